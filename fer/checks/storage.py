"""Checks whether results can be written, and whether they last."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fer.checks.check import Check, bad, good, warning

LITTLE_SPACE = 1 << 30
"""Bytes of free space below which the upload of a lecture may not fit."""

NAME = "results"


def check_storage(folder: Path, environment: Mapping[str, str] | None = None) -> Check:
    """Check whether the app can write its results.

    Args:
        folder: the folder for results. If it does not exist, the folder above must be writable.
        environment: environment variables, which show where the app is hosted; None for those of
            this process.
    """
    environment = os.environ if environment is None else environment
    if problem := why_unwritable(folder):
        return bad(
            NAME,
            problem,
            "Give the app's account the right to write there, or set FER_RESULTS to another "
            "folder. Without it the live page works, but recordings and reports do not.",
        )
    free = shutil.disk_usage(_nearest(folder)).free
    finding = f"Results are kept in {folder}, where {free / 1e9:,.1f} GB are free."
    if free < LITTLE_SPACE:
        return warning(
            NAME, finding, "Delete earlier results or recordings, or give the disk more room."
        )
    if "DYNO" in environment:
        return warning(
            NAME,
            finding + " Heroku empties this disk once a day and with each restart.",
            "Download the reports that you want to keep.",
        )
    return good(NAME, finding)


def why_unwritable(folder: Path) -> str:
    """Returns why the app cannot write to a folder, as a sentence; "" if it can.

    Nothing is left there. If the folder does not exist, the nearest one above it is tried.
    """
    target = _nearest(folder)
    if not target.is_dir():
        return f"{target} is a file, but a folder is needed there for {folder}."
    try:
        with tempfile.TemporaryFile(dir=target) as file:
            file.write(b"x")
    except OSError as error:
        return f"Nothing can be written to {target}: {error.strerror or error}."
    return ""


def _nearest(folder: Path) -> Path:
    """Returns a folder, or the nearest file or folder above it that exists."""
    # What lies in a folder that this account may not enter does not exist for it.
    while not os.path.exists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder
