import threading
import time

import numpy as np
import pandas as pd
import pytest

from fer.faces.core import FaceState
from fer.mood import seconds
from fer.mood.bucket import MoodBucket
from fer.mood.dominant import dominant
from fer.mood.tabulate import tabulate
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from fer.mood.window import MoodWindow
from tests.mood.faces import reading


def test_window_looks_back_as_far_as_it_is_told():
    window = MoodWindow()
    for second in range(100):
        window.add(second + 0.5, [reading("sad" if second < 90 else "happy")])
    assert dominant(window.total(99.5, 10).class_shares(None).values) == "happy"
    assert dominant(window.total(99.5, 60).class_shares(None).values) == "sad"
    assert window.total().frames == 100


def test_timeline_shows_a_pause_as_a_gap():
    window = MoodWindow()
    window.add(3, [reading("happy")])
    window.add(6, [reading("happy")])
    table = window.timeline()
    assert table["t"].tolist() == [3, 4, 5, 6]
    assert table["faces"].isna().tolist() == [False, True, True, False]
    assert isinstance(table, pd.DataFrame)


def test_timeline_of_nothing_has_its_columns():
    assert tuple(MoodWindow().timeline().columns) == TIMELINE_COLUMNS + BAND_COLUMNS


def test_window_forgets_what_is_older_than_its_limit(monkeypatch):
    monkeypatch.setattr(MoodWindow, "MAX_SECONDS", 10)
    window = MoodWindow()
    for second in range(50):
        window.add(second, [])
    assert [second for second, _ in window.seconds()] == list(range(40, 50))


@pytest.fixture
def others_in_between():
    """At each line in which a thread changes the table of seconds, the other threads go on."""

    def on_line(frame, event, argument):
        time.sleep(0)
        return on_line

    def on_call(frame, event, argument):
        return on_line if frame.f_code.co_filename == seconds.__file__ else None

    threading.settrace(on_call)
    yield
    threading.settrace(None)


def test_reading_while_other_threads_write(others_in_between):
    """Two threads write the same seconds. Without the lock, ten runs of ten failed."""
    window = MoodWindow()

    def write():
        for step in range(300):
            window.add(step, [reading("happy")])

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        window.seconds()
        window.total(10_000, 60)
    assert window.total().frames == 600


def test_a_pause_of_a_week_is_two_rows():
    window = MoodWindow()
    week = 7 * 24 * 3600
    for second in (0, 1, week, week + 1):
        window.add(second, [reading("happy")])
    table = window.timeline()
    assert table["t"].tolist() == [0, 1, 2, week - 1, week, week + 1]
    assert table["happy"].isna().tolist() == [False, False, True, True, False, False]


def test_a_pause_of_an_hour_keeps_its_seconds():
    window = MoodWindow()
    window.add(0, [reading("happy")])
    window.add(3601, [reading("happy")])
    assert len(window.timeline()) == 3602


def by_hand(added, smooth_s, step_s, since, until):
    """A timeline added up bucket by bucket, as the docstring of `MoodWindow.timeline` says."""
    known = {}
    for second, bucket in added:
        known[second] = known.get(second, MoodBucket()) + bucket
    first, last = max(min(known), since), min(max(known), until)
    seconds, rows = [], []
    for second in range(first - first % step_s, last + 1, step_s):
        recent = range(second - smooth_s + 1, second + step_s)
        analysed = any(each in known for each in range(second, second + step_s))
        parts = [known[each] for each in recent if each in known] if analysed else []
        seconds.append(second)
        rows.append(sum(parts, MoodBucket()).numbers)
    return tabulate(seconds, np.array(rows), None)


@pytest.mark.parametrize(
    ("smooth_s", "step_s", "since", "until"),
    [(1, 1, 0, 999), (5, 1, 0, 999), (1, 7, 0, 999), (10, 4, 33, 120), (30, 3, 50, 90)],
)
def test_rows_are_the_sums_of_their_seconds(smooth_s, step_s, since, until):
    rng = np.random.default_rng(0)
    names = rng.choice(["happy", "sad", "neutral"], 300)
    states = rng.choice(list(FaceState), 300)
    added = [
        (int(second), MoodBucket.of([reading(name, 0.8, FaceState(state))] * int(second % 4)))
        for second, name, state in zip(rng.integers(3, 160, 300), names, states, strict=True)
        if not 60 <= second < 75
    ]
    window = MoodWindow()
    for second, bucket in added:
        window.merge(second, bucket)
    table = window.timeline(smooth_s, since=since, until=until, step_s=step_s)
    expected = by_hand(added, smooth_s, step_s, since, until)
    pd.testing.assert_frame_equal(table, expected, rtol=1e-5, atol=1e-6)


def test_seconds_out_of_order_and_the_oldest_dropped(monkeypatch):
    monkeypatch.setattr(MoodWindow, "MAX_SECONDS", 300)
    rng = np.random.default_rng(1)
    window, counts = MoodWindow(), {}
    for second in rng.permutation(2000).tolist() + rng.permutation(2000).tolist():
        window.merge(second, MoodBucket(frames=second))
        counts[second] = counts.get(second, 0) + second
        while len(counts) > 300:
            del counts[min(counts)]
    assert {second: bucket.frames for second, bucket in window.seconds()} == counts
    assert window.total().frames == sum(counts.values())
