"""Types of command-line options, which reject impossible values before anything is read."""

from __future__ import annotations

import argparse
import math

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
"""Keras' dtype policies that keep weights in 32 bit, as averaging and checkpoints require."""


FACES = (
    "labelled faces: fer2013.csv or icml_face_data.csv; or a folder or zip with one of these, with "
    "folders train, validation and test of folders of emotions, or with folders of emotions alone"
)
"""The help of `--data` for faces; `fer.training.emotion.data.read` reads all of these."""


def whole(text: str) -> int:
    """Parse a whole number, 0 or more."""
    return _at_least(0, text)


def positive_whole(text: str) -> int:
    """Parse a whole number, 1 or more."""
    return _at_least(1, text)


def seed(text: str) -> int:
    """Parse a whole number from 0 to 2^32 - 1, the range that random generators accept."""
    value = whole(text)
    if value >= 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not below 2^32")
    return value


def number(text: str) -> float:
    """Parse a finite number, 0 or more."""
    value = _finite(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def positive(text: str) -> float:
    """Parse a finite number above 0."""
    value = _finite(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = number(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text} is above 1")
    return value


def _at_least(least: int, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < least:
        raise argparse.ArgumentTypeError(f"{text} is below {least}")
    return value


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value
