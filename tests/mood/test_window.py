import itertools
import math
import threading

import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, VALENCE
from fer.faces.core import FaceReading, FaceState
from fer.mood.window import TIMELINE_COLUMNS, AlertLimits, MoodAlerts, MoodBucket, MoodWindow


def reading(emotion, share=1.0, state=FaceState.READ):
    probabilities = np.full(7, (1 - share) / 6, np.float32)
    probabilities[EMOTIONS.index(emotion)] = share
    return FaceReading((0, 0, 40, 40), probabilities, state=state)


def bucket(*emotions):
    return MoodBucket.of([reading(emotion) for emotion in emotions])


def test_shares_count_each_face_once_and_unsure_apart():
    shares = MoodBucket.of(
        [
            reading("happy"),
            reading("happy"),
            reading("sad"),
            reading("fear", 0.3, FaceState.UNSURE),
            reading("angry", 0.9, FaceState.UNREAD),
        ]
    ).shares
    assert np.isclose(shares.sum(), 1)
    assert np.isclose(shares[EMOTIONS.index("happy")], 0.5)
    assert np.isclose(shares[-1], 0.25)
    assert shares[EMOTIONS.index("angry")] == 0


def test_an_unsure_smile_is_no_smile():
    assert MoodBucket.of([reading("happy", 0.4, FaceState.UNSURE)]).smiles == 0


def test_buckets_add_in_any_order():
    parts = [bucket("happy"), bucket("sad", "sad"), MoodBucket.of([]), bucket("neutral")]
    whole = [sum(order, MoodBucket()).row(0) for order in itertools.permutations(parts)]
    for row in whole[1:]:
        assert row == pytest.approx(whole[0], nan_ok=True)


def test_row_of_a_known_second():
    row = bucket("happy", "happy", "sad", "neutral").row(7)
    assert tuple(row) == TIMELINE_COLUMNS
    assert row["t"] == 7
    assert row["faces"] == 4
    assert row["smile"] == 0.5
    assert row["valence"] == pytest.approx((2 * VALENCE["happy"] + VALENCE["sad"]) / 4)


def test_a_second_without_faces_has_no_mood():
    row = MoodBucket.of([]).row(0)
    assert row["faces"] == 0
    assert math.isnan(row["happy"])
    assert math.isnan(row["valence"])


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


def alerts_over(buckets, **limits):
    alerts = MoodAlerts(AlertLimits(**limits))
    for second, item in enumerate(buckets):
        alerts.update(second, item)
    return alerts.events


def test_a_long_negative_stretch_is_one_alert():
    events = alerts_over([bucket("sad")] * 40 + [bucket("happy")] * 40)
    (event,) = events
    assert event.kind == "negative mood"
    assert (event.start, event.end) == (0, 40)
    assert event.strength == pytest.approx(1.0)
    assert "above 40" in event.text


def test_a_short_negative_stretch_is_none():
    assert alerts_over(([bucket("sad")] * 10 + [bucket("happy")] * 10) * 3) == []


def test_a_mood_on_the_line_does_not_flicker():
    above, below = bucket(*["sad"] * 42, *["happy"] * 58), bucket(*["sad"] * 38, *["happy"] * 62)
    assert len(alerts_over([above] * 20 + [below, above] * 50)) == 1


def test_missing_faces_are_noticed():
    full, empty = bucket(*["neutral"] * 10), bucket(*["neutral"] * 3)
    (event,) = alerts_over([full] * 60 + [empty] * 60)
    assert event.kind == "faces missing"
    assert event.start == 60
    assert event.end is None
    assert "usual 10 faces" in event.text


def test_seconds_without_frames_change_nothing():
    assert alerts_over([bucket("sad")] * 14 + [MoodBucket()] * 60) == []


def test_an_alert_ends_at_either_end_of_the_sliders():
    # Limits of 90 % of the faces and 10 % of the mood leave less room than the usual margin.
    full, few = bucket(*["neutral"] * 20), bucket(*["neutral"] * 5)
    (missing,) = alerts_over([full] * 60 + [few] * 20 + [full] * 60, presence=0.9, hold_s=5)
    assert (missing.start, missing.end) == (60, 80)
    half, none = bucket("sad", "neutral"), bucket("neutral", "neutral")
    (negative,) = alerts_over([half] * 60 + [none] * 60, negative=0.1, hold_s=5)
    assert (negative.start, negative.end) == (0, 60)
