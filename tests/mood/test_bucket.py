import itertools

import numpy as np

from fer.faces.core import FaceState
from fer.mood.bucket import MoodBucket
from fer.mood.cells import sums
from tests.mood.faces import bucket, reading


def test_counts_tell_seen_read_and_sure_apart():
    counted = MoodBucket.of(
        [
            reading("happy"),
            reading("fear", 0.3, FaceState.UNSURE),
            reading("angry", 0.9, FaceState.UNREAD),
        ]
    )
    assert (counted.frames, counted.faces, counted.read, counted.sure) == (1, 3, 2, 1)


def test_buckets_add_in_any_order():
    parts = [bucket("happy"), bucket("sad", "sad"), MoodBucket.of([]), bucket("neutral")]
    whole = [sum(order, MoodBucket()) for order in itertools.permutations(parts)]
    for one in whole:
        assert (one.frames, one.faces, one.read, one.sure) == (4, 4, 4, 4)
        np.testing.assert_allclose(one.kept, whole[0].kept)


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
