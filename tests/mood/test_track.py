import numpy as np
import pytest

from fer.faces.core import FaceReading, FaceState
from fer.faces.detect.base import iou
from fer.mood.track import FaceTracker

HAPPY = np.array([0, 0, 0, 0.9, 0, 0, 0.1], np.float32)
SAD = np.array([0, 0, 0, 0, 0.9, 0, 0.1], np.float32)


def face(x, y=0, side=40, probabilities=HAPPY, **rest):
    return FaceReading((x, y, side, side), probabilities, **rest)


def numbers(readings):
    return [reading.track for reading in readings]


def test_iou_of_known_boxes():
    boxes = np.array([[0, 0, 10, 10]])
    others = np.array([[0, 0, 10, 10], [5, 0, 10, 10], [20, 20, 5, 5]])
    assert np.allclose(iou(boxes, others), [[1, 50 / 150, 0]])


def test_a_moving_face_keeps_its_number():
    tracker = FaceTracker()
    for step in range(20):
        assert numbers(tracker.update(step / 5, [face(10 * step)])) == [1]


def test_two_faces_that_swap_places_in_the_list_keep_their_numbers():
    tracker = FaceTracker()
    tracker.update(0, [face(0), face(100)])
    assert numbers(tracker.update(0.2, [face(102), face(3)])) == [2, 1]


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    tracker = FaceTracker(max_gap_s=1.0)
    tracker.update(0, [face(0)])
    tracker.update(0.5, [])
    assert numbers(tracker.update(0.9, [face(2)])) == [1]
    assert numbers(tracker.update(3.0, [face(2)])) == [2]


def test_a_far_jump_is_a_new_face():
    tracker = FaceTracker()
    tracker.update(0, [face(0)])
    assert numbers(tracker.update(0.1, [face(300)])) == [2]


def test_the_best_pairs_are_found_together():
    # Greedy matching would give the first face the second one's track.
    tracker = FaceTracker(min_iou=0.1)
    tracker.update(0, [face(0), face(30)])
    assert numbers(tracker.update(0.1, [face(18), face(48)])) == [1, 2]


def test_smoothing_follows_its_time_constant():
    tracker = FaceTracker(smoothing_s=1.0)
    tracker.update(0, [face(0, probabilities=HAPPY)])
    (reading,) = tracker.update(1.0, [face(0, probabilities=SAD)])
    keep = np.exp(-1)
    assert np.allclose(reading.probabilities, keep * HAPPY + (1 - keep) * SAD, atol=1e-6)
    assert reading.probabilities.dtype == np.float32


def test_an_unread_face_keeps_its_number_and_leaves_the_average_alone():
    tracker = FaceTracker(smoothing_s=1.0)
    tracker.update(0, [face(0)])
    (unread,) = tracker.update(0.2, [face(0, probabilities=SAD, state=FaceState.UNREAD)])
    assert unread.track == 1
    assert unread.state == FaceState.UNREAD
    (reading,) = tracker.update(0.4, [face(0)])
    assert reading.emotion == "happy"
    assert np.isclose(reading.confidence, 0.9)


def test_uncertain_average_is_unsure():
    tracker = FaceTracker(smoothing_s=1.0, abstain_below=0.6)
    tracker.update(0, [face(0)])
    (reading,) = tracker.update(0.7, [face(0, probabilities=SAD)])
    assert reading.state == "unsure"


@pytest.mark.parametrize("wrong", [{"min_iou": 0}, {"max_gap_s": -1}, {"smoothing_s": -0.1}])
def test_wrong_parameters_are_quoted(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        FaceTracker(**wrong)


def test_an_old_reading_fades_while_the_face_is_turned_away():
    tracker = FaceTracker(smoothing_s=2.0)
    tracker.update(0, [face(0, probabilities=SAD)])
    for step in range(1, 60):
        tracker.update(step / 2, [face(0, state=FaceState.UNREAD)])
    (back,) = tracker.update(30, [face(0)])
    assert np.allclose(back.probabilities, HAPPY, atol=1e-4)


def test_a_clock_that_is_set_back_leaves_the_faces_as_they_are():
    tracker = FaceTracker(smoothing_s=1.0)
    tracker.update(10_000, [face(0)])
    (reading,) = tracker.update(5, [face(0, probabilities=SAD)])
    assert reading.track == 1
    assert reading.emotion == "happy"
    assert np.isclose(reading.probabilities.sum(), 1.0)
    for step in range(1, 20):
        (reading,) = tracker.update(5 + step / 2, [face(0, probabilities=SAD)])
    assert reading.emotion == "sad"
