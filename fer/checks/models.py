"""Checks whether the networks are there, unchanged, and fast enough."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from fer.checks.check import Check, bad, good, warning
from fer.errors import ModelError, SettingsError
from fer.faces.core import MoodCore
from fer.settings import ROOT, Settings
from fer.speech.model import SpeechModel

CHECKSUMS = ROOT / "models" / "SHA256SUMS"
"""Checksums of the networks that come with the app, in the format of `sha256sum --check`."""

FETCH_AGAIN = "Correct FER_MODEL or FER_DETECTOR, or fetch the app again."

SLOW_S = 0.5
"""Seconds for reading one picture above which a live page lags."""


def check_models(settings: Settings) -> list[Check]:
    """Load the networks, read one picture, and compare the files with their checksums."""
    return [_faces(settings), _attempt("voice network", _hear), *check_checksums()]


def check_checksums(sums: Path = CHECKSUMS) -> list[Check]:
    """Compare the networks that come with the app with their checksums."""
    name = "checksums"
    try:
        lines = sums.read_text("utf-8").splitlines()
    except OSError:
        return [warning(name, f"There is no {sums}.", "Fetch the app again.")]
    differ = []
    for line in lines:
        digest, _, file = line.partition("  ")
        try:
            with (sums.parent / file).open("rb") as data:
                same = hashlib.file_digest(data, "sha256").hexdigest() == digest
        except OSError:
            same = False
        if not same:
            differ.append(file)
    if differ:
        return [
            warning(
                name,
                f"These files are not as they came with the app: {', '.join(differ)}.",
                "If you did not put your own models there, fetch the app again.",
            )
        ]
    return [good(name, f"All {len(lines)} network files are as they came with the app.")]


def _faces(settings: Settings) -> Check:
    def read() -> str:
        core = MoodCore.load(settings=settings)
        picture = np.zeros((480, 640, 3), np.uint8)
        core.read(picture)
        began = perf_counter()
        core.read(picture)
        core.classify([np.zeros((48, 48), np.uint8)])
        seconds = perf_counter() - began
        if seconds > SLOW_S:
            raise _Slow(f"A picture takes {seconds:.1f} s to read.")
        return f"{core.detector_name} and {settings.model.name} read a picture in {seconds:.2f} s."

    return _attempt("face networks", read)


def _hear() -> str:
    SpeechModel.load()
    return "The network for voices is loaded."


class _Slow(Exception):
    """It works, but too slowly."""


def _attempt(name: str, work: Callable[[], str]) -> Check:
    try:
        return good(name, work())
    except _Slow as slow:
        return warning(name, str(slow), "Use a faster machine, or lower FER_DETECT_SIZE.")
    except (ModelError, SettingsError, OSError) as error:
        return bad(name, f"{error}", FETCH_AGAIN)
