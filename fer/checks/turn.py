"""Checks whether one process alone uses the folder of results."""

from __future__ import annotations

from pathlib import Path

from fer.checks.check import Check, good, warning
from fer.jobs.turn import is_taken, somebody_waits

NAME = "processes"


def check_turn(folder: Path) -> Check:
    """Check whether a second process of the app waits for the first one to end.

    Args:
        folder: the folder for results.
    """
    if somebody_waits(folder):
        return warning(
            NAME,
            f"Two processes of this app use {folder}: one analyses recordings there, and the other "
            "only shows results until the first has ended.",
            "After an update this takes a few seconds. If it stays so, stop one of the two, or "
            "give it a folder of its own as FER_RESULTS.",
        )
    if is_taken(folder):
        return good(NAME, f"The app is running, and no second process uses {folder}.")
    return good(NAME, f"No process of this app uses {folder} now.")
