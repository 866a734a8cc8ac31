import threading

import pandas as pd

from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.window import MoodWindow
from tests.mood.faces import reading


def test_window_looks_back_as_far_as_it_is_told():
    window = MoodWindow()
    for second in range(100):
        window.add(second + 0.5, [reading("sad" if second < 90 else "happy")])
    assert window.total(99.5, 10).dominant == "happy"
    assert window.total(99.5, 60).dominant == "sad"
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
    assert tuple(MoodWindow().timeline().columns) == TIMELINE_COLUMNS


def test_window_forgets_what_is_older_than_its_limit(monkeypatch):
    monkeypatch.setattr(MoodWindow, "MAX_SECONDS", 10)
    window = MoodWindow()
    for second in range(50):
        window.add(second, [])
    assert [second for second, _ in window.seconds()] == list(range(40, 50))


def test_reading_while_another_thread_writes():
    window = MoodWindow()
    done = threading.Event()

    def write():
        for step in range(20_000):
            window.add(step, [reading("happy")])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        window.seconds()
        window.total(10_000, 60)
    thread.join()
    assert window.total().frames == 20_000
