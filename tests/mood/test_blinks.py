"""Blinks, from made-up series of eye aspect ratios."""

import numpy as np
import pytest

from fer.mood.blinks import BlinkCounter


def blinks(series, rate=25.0):
    counter = BlinkCounter()
    ends = [n / rate for n, value in enumerate(series) if counter.update(n / rate, value)]
    assert counter.blinks == len(ends)
    return ends


def with_closings(*closings, rate=25.0, usual=0.3, seconds=10):
    """A series with the eyes closed in the given intervals (start, end) in s."""
    t = np.arange(int(seconds * rate)) / rate
    series = usual + 0.01 * np.sin(40 * t)
    for start, end in closings:
        series[(t >= start) & (t < end)] = usual * 0.4
    return series


def test_a_blink_is_counted_when_it_ends():
    assert blinks(with_closings((3.0, 3.2), (6.0, 6.3))) == pytest.approx([3.2, 6.32], abs=0.05)


@pytest.mark.parametrize("usual", [0.18, 0.30, 0.42])
def test_the_limit_is_the_persons_own(usual):
    assert len(blinks(with_closings((3.0, 3.2), usual=usual))) == 1


@pytest.mark.parametrize(
    ("what", "series"),
    [
        ("open eyes", with_closings()),
        ("one slip of the landmarks", with_closings((3.0, 3.03))),
        ("eyes closed for two seconds", with_closings((3.0, 5.0))),
        ("no eyes", np.full(250, np.nan)),
        ("a closing before the baseline is known", with_closings((0.2, 0.4))),
    ],
)
def test_no_blink(what, series):
    assert blinks(series) == []


def test_a_face_that_leaves_with_closed_eyes_has_not_blinked():
    series = with_closings((3.0, 3.2))
    series[78:85] = np.nan
    assert blinks(series) == []


def test_eyes_that_dance_on_the_limit_blink_once():
    series = with_closings((3.0, 3.3))
    series[75:82] = np.tile([0.21, 0.23], 4)[:7]
    assert len(blinks(series)) == 1
