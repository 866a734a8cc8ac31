from dataclasses import replace

import numpy as np
import pytest

from fer.emotions import EMOTIONS, NEGATIVE, places
from fer.mood.alerts import AlertLimits, MoodAlerts, Watched
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence
from fer.network import read_card
from fer.settings import Settings
from tests.mood.faces import bucket, reading


def alerts_over(buckets, **limits):
    alerts = MoodAlerts(AlertLimits(**{"faces": 1} | limits))
    for second, item in enumerate(buckets):
        alerts.update(Watched.of(second, item, None))
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
    # The lower bounds lie on both sides of the limit of 40 %, and above 30 %, where alerts end.
    above, below = bucket(*["sad"] * 55, *["happy"] * 45), bucket(*["sad"] * 45, *["happy"] * 55)
    assert Watched.of(0, below, None).negative < 0.4 < Watched.of(0, above, None).negative
    assert len(alerts_over([above] * 20 + [below, above] * 50)) == 1


def test_missing_faces_are_noticed():
    full, empty = bucket(*["neutral"] * 10), bucket(*["neutral"] * 3)
    (event,) = alerts_over([full] * 60 + [empty] * 60)
    assert event.kind == "faces missing"
    assert event.start == 60
    assert event.end is None
    assert "usual 10 faces" in event.text


def test_the_usual_number_of_faces_is_that_of_the_latest_hours(monkeypatch):
    monkeypatch.setattr(MoodAlerts, "MEMORY_SECONDS", 100)
    many, fewer, few = (bucket(*["neutral"] * number) for number in (10, 6, 4))
    assert alerts_over([many] * 300 + [fewer] * 110 + [few] * 60) == []


def test_seconds_without_frames_change_nothing():
    assert alerts_over([bucket("sad")] * 14 + [MoodBucket()] * 60) == []


def test_an_alert_ends_at_either_end_of_the_sliders():
    # Limits of 90 % of the faces and 10 % of the mood leave less room than the usual margin.
    full, few = bucket(*["neutral"] * 20), bucket(*["neutral"] * 5)
    (missing,) = alerts_over([full] * 60 + [few] * 20 + [full] * 60, presence=0.9, hold_s=5)
    assert (missing.start, missing.end) == (60, 80)
    half, none = bucket(*["sad", "neutral"] * 10), bucket(*["neutral"] * 20)
    (negative,) = alerts_over([half] * 60 + [none] * 60, negative=0.1, hold_s=5)
    assert (negative.start, negative.end) == (0, 60)


@pytest.fixture
def prevalence():
    """The prevalence of a network that reads 19 of 20 faces right, the others as sad or neutral."""
    labels = np.arange(1400) % 7
    answers = np.where(np.arange(1400) // 7 % 20, labels, np.where(labels == 4, 6, 4))
    return Prevalence.fit(np.stack([face(EMOTIONS[answer]) for answer in answers]), labels)


def face(emotion):
    return reading(emotion, 0.96).probabilities


def alerts_with(prevalence, buckets, **limits):
    alerts = MoodAlerts(AlertLimits(**limits))
    for second, item in enumerate(buckets):
        alerts.update(Watched.of(second, item, prevalence))
    return [event.kind for event in alerts.events]


def test_with_adjusted_shares_the_lower_bound_must_be_above_the_limit(prevalence):
    near = bucket(*["sad"] * 11, *["neutral"] * 14)
    far = bucket(*["sad"] * 20, *["neutral"] * 5)
    value, low, _ = near.class_shares(prevalence).together([0, 1, 2, 4])
    assert low < AlertLimits().negative < value
    assert alerts_with(prevalence, [near] * 60) == []
    assert alerts_with(prevalence, [far] * 60) == ["negative mood"]


def test_a_few_faces_are_no_class(prevalence):
    ten = bucket(*["sad"] * 10)
    assert alerts_with(prevalence, [ten] * 60, faces=10) == ["negative mood"]
    assert alerts_with(prevalence, [ten] * 60, faces=11) == []
    # The same ten faces in two frames count as ten, not as twenty.
    assert alerts_with(prevalence, [ten + ten] * 60, faces=11) == []
    assert alerts_with(prevalence, [MoodBucket()] * 60) == []


@pytest.mark.parametrize("known", [False, True])
def test_many_seconds_together_are_watched_as_one_by_one(known):
    prevalence = Prevalence.from_card(read_card(Settings().model)) if known else None
    buckets = [
        MoodBucket(),
        bucket(),
        bucket("sad"),
        bucket("happy", "sad", "angry") + bucket("sad"),
        bucket(*["angry"] * 20),
        replace(bucket("neutral", "fear"), read=0, kept=np.zeros_like(MoodBucket().kept)),
    ]
    seconds = list(enumerate(buckets))
    together = Watched.each(seconds, prevalence)
    for one, (second, each) in zip(together, seconds, strict=True):
        assert one.second == second
        assert one.faces == each.mean_faces
        assert one.read == (each.read / each.frames if each.frames else 0)
        if each.read:
            negative = places(NEGATIVE, len(EMOTIONS))
            expected = each.class_shares(prevalence).together(negative)[1]
            assert one.negative == pytest.approx(float(expected))
        else:
            assert one.negative is None
