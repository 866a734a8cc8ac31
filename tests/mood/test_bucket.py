import itertools
import math

import numpy as np
import pytest

from fer.emotions import EMOTIONS, VALENCE
from fer.faces.core import FaceState
from fer.mood.bucket import MoodBucket
from fer.mood.cells import sums
from fer.mood.timeline import TIMELINE_COLUMNS
from tests.mood.faces import bucket, reading


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


def test_what_shares_are_made_from_adds_and_counts_faces_read_with_and_without_confidence():
    frames = [
        MoodBucket.of([reading("happy"), reading("sad", 0.4, FaceState.UNSURE)]),
        MoodBucket.of([reading("happy"), reading("fear", 1.0, FaceState.UNREAD)]),
        MoodBucket.of([]),
    ]
    whole = sum(frames, MoodBucket())
    read = np.stack([face("happy"), face("sad", 0.4), face("happy")])
    np.testing.assert_allclose(whole.kept, sums(read), atol=1e-6)
    assert whole.kept[:91].sum() == whole.read == 3


def face(emotion, share=1.0):
    return reading(emotion, share).probabilities


def test_faces_seen_again_and_again_are_worth_hardly_more_than_once():
    once = bucket(*["neutral"] * 10)
    assert once.effective == 10
    assert 10 < sum([once] * 100, MoodBucket()).effective < 13
    assert MoodBucket().effective == 0


def test_shares_of_the_class_without_a_prevalence_are_mean_probabilities():
    some = MoodBucket.of([reading("happy"), reading("sad", 0.4, FaceState.UNSURE)])
    shares = some.class_shares(None)
    assert not shares.adjusted
    np.testing.assert_allclose(shares.values, (face("happy") + face("sad", 0.4)) / 2, atol=1e-6)
    assert np.isnan(MoodBucket().class_shares(None).values).all()
