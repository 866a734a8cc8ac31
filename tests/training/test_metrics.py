"""Metrics and calibration against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.classify import calibrated
from fer.training import calibrate, metrics

SURE = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
LABELS = np.array([0, 0, 1, 1])


def test_confusion_and_per_class():
    matrix = metrics.confusion(SURE, LABELS)
    np.testing.assert_array_equal(matrix, [[2, 0], [1, 1]])
    found = metrics.per_class(matrix)
    assert found["precision"] == pytest.approx([2 / 3, 1])
    assert found["recall"] == pytest.approx([1, 0.5])
    assert found["f1"] == pytest.approx([0.8, 2 / 3])
    assert found["faces"] == [2, 2]


def test_class_without_faces_or_answers_counts_as_zero():
    found = metrics.per_class(np.array([[3, 0], [0, 0]]))
    assert found["precision"][1] == found["recall"][1] == found["f1"][1] == 0


def test_means_over_classes_leave_out_those_without_faces():
    """Only five of the seven classes have faces, four each, and all are read correctly."""
    labels = np.repeat([0, 3, 4, 5, 6], 4)
    found = metrics.summary(np.eye(7)[labels], labels)
    assert found["uar"] == found["macro_f1"] == 1
    # One face is read as disgust, which no face shows: no recall, but an F1 of 0.
    answers = np.r_[1, labels[1:]]
    found = metrics.summary(np.eye(7)[answers], labels)
    assert found["uar"] == pytest.approx((0.75 + 4) / 5)
    assert found["macro_f1"] == pytest.approx((6 / 7 + 4 + 0) / 6)


def test_calibration_error():
    # Four bins of one face each: |0.9-1|, |0.8-1|, |0.7-1|, |0.6-0|, a quarter each.
    assert metrics.calibration_error(SURE, LABELS) == pytest.approx((0.1 + 0.2 + 0.3 + 0.6) / 4)
    assert metrics.calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0


def test_coverage():
    assert metrics.answered_at(SURE, LABELS, 0.85) == 0.75
    assert metrics.answered_at(SURE, 1 - LABELS, 0.85) == 0
    rows = metrics.coverage_curve(SURE, LABELS)
    assert rows[0] == {"threshold": 0.0, "answered": 1.0, "accuracy": 0.75}
    assert rows[-1]["accuracy"] is None


def test_bootstrap_interval_of_a_proportion():
    right = np.arange(3589) < 2500
    low, high = metrics.bootstrap(right)
    half = 1.96 * np.sqrt(2500 / 3589 * (1 - 2500 / 3589) / 3589)
    assert low == pytest.approx(2500 / 3589 - half, abs=0.002)
    assert high == pytest.approx(2500 / 3589 + half, abs=0.002)


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20000, 7))
    labels = np.array([rng.choice(7, p=p) for p in calibrated(logits, 1.0)])
    assert calibrate.fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.05)
    probabilities = calibrated(logits * 3, 3.0)
    assert metrics.calibration_error(probabilities, labels) < 0.015


def test_floor_is_found_again():
    """The network learned labels of which a tenth is spread over all classes."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (20000, 7))
    labels = np.array([rng.choice(7, p=p) for p in calibrated(logits, 1.0)])
    smoothed = np.log(0.9 * calibrated(logits, 1.0) + 0.1 / 7)
    temperature, floor = calibrate.fit_calibration(smoothed, labels)
    better = calibrated(smoothed, temperature, floor)
    only = calibrated(smoothed, calibrate.fit_temperature(smoothed, labels))
    assert 0.1 / 7 / 4 < floor < 0.1 / 7 * 4
    errors = [metrics.calibration_error(found, labels) for found in (better, only)]
    assert errors[0] < 0.6 * errors[1]


def test_calibration_of_a_network_that_knows_nothing_stays_within_bounds():
    rng = np.random.default_rng(2)
    logits, labels = rng.normal(size=(40, 7)), rng.integers(0, 7, 40)
    temperature, floor = calibrate.fit_calibration(logits, labels)
    assert temperature <= np.exp(2) + 1e-9
    assert 1e-4 - 1e-12 <= floor <= 1 + 1e-9


def test_vote_share_prefers_the_better_head():
    labels = np.arange(700) % 7
    good = np.eye(7)[labels] * 4.0
    noise = np.random.default_rng(0).normal(size=(700, 7))
    assert calibrate.fit_vote_share(noise, good, labels) > 0.9
    assert calibrate.fit_vote_share(good, noise, labels) < 0.1


def test_abstention():
    assert calibrate.abstention(SURE, LABELS) == 0.7
    assert calibrate.abstention(SURE, 1 - LABELS) is None
    # Three faces share one confidence: two right ones are too few, whatever their order.
    alike = np.tile([[0.7, 0.3]], (3, 1))
    assert calibrate.abstention(alike, np.array([0, 0, 1])) is None


def test_loss_and_mean_precision_by_hand():
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1]])
    labels = np.array([0, 1, 0])
    found = metrics.summary(probabilities, labels)
    assert found["loss"] == pytest.approx(-np.log([0.5, 0.8, 0.2]).mean())
    # The first class is answered once, rightly; the second twice, once rightly; the third never.
    assert found["macro_precision"] == pytest.approx((1 + 0.5) / 2)
    never = metrics.summary(np.array([[1.0, 0.0]]), np.array([1]))
    assert np.isfinite(never["loss"])


def test_neutral_faces_read_as_negative():
    neutral, sad, happy = (EMOTIONS.index(name) for name in ("neutral", "sad", "happy"))
    answers = np.eye(7)[[neutral, sad, happy, sad]]
    labels = np.array([neutral, neutral, neutral, happy])
    assert metrics.neutral_read_negative(answers, labels) == pytest.approx(1 / 3)
    assert metrics.neutral_read_negative(answers[3:], labels[3:]) is None
