"""Values of command-line options; one that cannot be meant is refused before anything is read."""

from __future__ import annotations

import argparse
import math

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
"""Keras' dtype policies that keep the weights in 32 bit, as averages and checkpoints need."""


def whole(text: str) -> int:
    """A whole number from 0 on."""
    return _at_least(0, text)


def positive_whole(text: str) -> int:
    """A whole number from 1 on."""
    return _at_least(1, text)


def seed(text: str) -> int:
    """A whole number of 32 bits, which is what random generators take."""
    value = whole(text)
    if value >= 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not below 2^32")
    return value


def number(text: str) -> float:
    """A finite number from 0 on."""
    value = _finite(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def positive(text: str) -> float:
    """A finite number above 0."""
    value = _finite(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def share(text: str) -> float:
    """A number from 0 to 1."""
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
