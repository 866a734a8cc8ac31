"""Timelines that grow: the same rows as if each was calculated anew, for much less work."""

import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, KNOWN
from fer.mood import known_rows
from fer.mood.known_rows import KnownRows
from fer.mood.prevalence import Prevalence
from fer.mood.tabulate import tabulate
from fer.mood.window import MoodWindow
from tests.mood.faces import bucket, reading

LABELS = np.arange(700) % 7
PREVALENCE = Prevalence.fit(
    np.stack([reading(EMOTIONS[label], 0.9).probabilities for label in LABELS]), LABELS
)


@pytest.fixture
def calculated(monkeypatch):
    """The times of the rows that were calculated, a list for each call."""
    calls = []

    def counted(times, numbers, prevalence):
        calls.append(list(times))
        return tabulate(times, numbers, prevalence)

    monkeypatch.setattr(known_rows, "tabulate", counted)
    return calls


def agree(window, rows, **how):
    pd.testing.assert_frame_equal(
        window.timeline(known=rows, **how), window.timeline(**how), rtol=1e-6
    )


@pytest.mark.parametrize("prevalence", [None, PREVALENCE])
def test_a_timeline_that_grows_is_the_one_that_is_calculated_anew(prevalence):
    random = np.random.default_rng(5)
    window, rows = MoodWindow(), KnownRows()
    agree(window, rows, prevalence=prevalence)
    for second in range(40):
        if second % 7:  # some seconds are a pause
            window.merge(second, bucket(*random.choice(["happy", "sad", "fear"], 3)))
        if second % 5 == 4:  # a reading that comes late
            window.merge(second - 3, bucket("neutral"))
        if second == 20:
            window.mark(20.5, "a question")
        step, smooth = ((1, 5), (1, 1), (2, 3))[second % 3 if second > 30 else 0]
        since = None if second % 2 else second - 12
        agree(window, rows, smooth_s=smooth, step_s=step, since=since, prevalence=prevalence)
    window.clear()
    agree(window, rows, prevalence=prevalence)


def test_only_the_rows_that_changed_are_calculated(calculated):
    window, rows = MoodWindow(), KnownRows()
    for second in range(100):
        window.merge(second, bucket("happy"))
    window.timeline(5, known=rows)
    window.merge(99, bucket("sad"))
    window.merge(100, bucket("sad"))
    window.timeline(5, since=20, known=rows)
    window.timeline(5, since=20, known=rows)
    assert calculated == [list(range(100)), [99, 100]]


def test_another_network_calculates_all_rows_anew():
    window, rows = MoodWindow(), KnownRows()
    window.merge(0, bucket("happy"))
    agree(window, rows)
    agree(window, rows, prevalence=PREVALENCE)


def test_eight_classes_after_seven():
    rows = KnownRows()
    for classes in (7, 8, 7):
        window = MoodWindow()
        window.merge(0, bucket("happy", classes=KNOWN[:classes]))
        agree(window, rows)


def test_what_a_page_does_to_its_table_changes_no_other():
    window, rows = MoodWindow(), KnownRows()
    window.merge(0, bucket("happy"))
    table = window.timeline(known=rows)
    table["happy"] = 0.0
    agree(window, rows)
