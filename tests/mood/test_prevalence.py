"""Shares of a class: prevalence estimation on invented readings of known classes."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fer
from fer.emotions import EMOTIONS, VALENCES
from fer.mood.cells import CORRELATION, cell_count, cells, effective_readings, sums
from fer.mood.prevalence import (
    Prevalence,
    class_shares,
    mean_shares,
)

CLASSES = len(EMOTIONS)
NEUTRAL = EMOTIONS.index("neutral")
FITTED_ON = np.array([0.1, 0.02, 0.03, 0.25, 0.12, 0.13, 0.35])
MOSTLY_NEUTRAL = np.array([0.05, 0.0, 0.0, 0.05, 0.05, 0.05, 0.8])


def readings(labels: np.ndarray, seed: int, doubt: float = 1.0) -> np.ndarray:
    """Probabilities, float32 (N, 7), of a calibrated network of average skill for such faces.

    It sees seven noisy numbers per face and gives their true posterior under `FITTED_ON`. With a
    `doubt` above 1 it is less sure than it could be, as it is for blurred faces.
    """
    rng = np.random.default_rng(seed)
    seen = 2.5 * np.eye(CLASSES)[labels] + rng.normal(size=(len(labels), CLASSES))
    logits = (2.5 * seen + np.log(FITTED_ON)) / doubt
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)


def people(mixture: np.ndarray, number: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(CLASSES, number, p=mixture)


@pytest.fixture(scope="module")
def prevalence() -> Prevalence:
    labels = people(FITTED_ON, 4000, 1)
    return Prevalence.fit(readings(labels, 2), labels)


def far(values: np.ndarray, truth: np.ndarray) -> float:
    """Total variation distance."""
    return float(0.5 * np.abs(values - truth).sum())


def test_known_mixture_is_recovered_where_the_mean_probability_is_wrong(prevalence):
    labels = people(MOSTLY_NEUTRAL, 2500, 3)
    truth = np.bincount(labels, minlength=CLASSES) / len(labels)
    shares = class_shares(readings(labels, 4), prevalence=prevalence)
    plain = mean_shares(sums(readings(labels, 4)))
    assert shares.adjusted
    assert not plain.adjusted
    assert far(shares.values, truth) < 0.04 < far(plain.values, truth)
    assert shares.misfit < 2
    assert shares.values.sum() == pytest.approx(1)


def test_the_interval_holds_the_truth_about_as_often_as_it_says(prevalence):
    rng = np.random.default_rng(5)
    held = []
    for seed in range(200):
        labels = people(rng.dirichlet(np.ones(CLASSES)), 40, seed)
        shares = class_shares(readings(labels, seed + 1000), prevalence=prevalence)
        truth = np.bincount(labels, minlength=CLASSES) / len(labels)
        held.append((shares.low <= truth) & (truth <= shares.high))
    assert 0.85 <= np.mean(held) <= 0.98


def test_sums_add(prevalence):
    probabilities = readings(people(FITTED_ON, 300, 6), 7)
    parts = sum(sums(part) for part in np.array_split(probabilities, 7))
    np.testing.assert_allclose(parts, sums(probabilities))
    ours, whole = prevalence.shares(parts), class_shares(probabilities, prevalence=prevalence)
    np.testing.assert_allclose(ours.values, whole.values)
    np.testing.assert_allclose(ours.high, whole.high)


def test_rows_of_sums_are_the_same_as_one_after_the_other(prevalence):
    rows = np.stack([sums(readings(people(FITTED_ON, n, n), n)) for n in (1, 5, 60)])
    rows = np.concatenate([rows, np.zeros((1, rows.shape[1]))])
    together = prevalence.shares(rows, np.array([1, 5, 30, 0]))
    for i, effective in enumerate((1, 5, 30, 0)):
        alone = prevalence.shares(rows[i], effective)
        np.testing.assert_allclose(together.values[i], alone.values, atol=1e-9)
        np.testing.assert_allclose(together.low[i], alone.low, atol=1e-9)
        assert together.effective[i] == alone.effective
    assert np.isnan(together.values[3]).all()


def test_fewer_faces_make_wider_intervals(prevalence):
    probabilities = readings(people(MOSTLY_NEUTRAL, 400, 8), 9)
    widths = []
    for number in (400, 100, 25, 5):
        shares = class_shares(probabilities[:number], prevalence=prevalence)
        widths.append(shares.high[NEUTRAL] - shares.low[NEUTRAL])
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_repeated_readings_of_one_face_are_no_more_faces(prevalence):
    few = readings(people(MOSTLY_NEUTRAL, 5, 10), 11)
    many = np.repeat(few, 100, axis=0)
    groups = np.repeat([7, 3, 9, 1, 4], 100)
    order = np.random.default_rng(12).permutation(len(many))
    apart = class_shares(many, prevalence=prevalence)
    known = class_shares(many, groups, prevalence=prevalence)
    mixed = class_shares(many[order], groups[order], prevalence=prevalence)
    alone = class_shares(few, prevalence=prevalence)
    assert known.readings == 500
    assert known.effective <= 5 / CORRELATION
    np.testing.assert_allclose(mixed.low, known.low)
    np.testing.assert_allclose(known.high - known.low, alone.high - alone.low, rtol=0.3, atol=0.01)
    # Five hundred strangers would hardly look like five people.
    assert apart.misfit > 2 > known.misfit


def test_unequal_groups_count_by_their_sizes():
    probabilities = readings(people(FITTED_ON, 100, 13), 14)
    balanced = class_shares(probabilities, np.arange(100) % 10)
    one_face_most_of_the_time = class_shares(probabilities, np.maximum(np.arange(100) - 90, 0))
    assert balanced.effective == pytest.approx(float(effective_readings(100, 10)))
    assert one_face_most_of_the_time.effective < balanced.effective / 5


def test_faces_unlike_those_it_was_fitted_on_widen_the_interval(prevalence):
    labels = people(MOSTLY_NEUTRAL, 250, 15)
    sharp = class_shares(readings(labels, 16), prevalence=prevalence)
    blurred = class_shares(readings(labels, 16, doubt=3.0), prevalence=prevalence)
    assert sharp.misfit < 2 < blurred.misfit
    assert (blurred.high - blurred.low).mean() > 2 * (sharp.high - sharp.low).mean()


def test_joint_share_and_mean_of_numbers(prevalence):
    shares = class_shares(readings(people(FITTED_ON, 60, 17), 18), prevalence=prevalence)
    negative, low, high = shares.together([0, 1, 2, 4])
    assert negative == pytest.approx(shares.values[[0, 1, 2, 4]].sum())
    assert low < negative < high
    everything, low, high = shares.together(range(CLASSES))
    assert (everything, low, high) == pytest.approx((1, 1, 1))
    valence, low, high = shares.mean(VALENCES)
    assert valence == pytest.approx(shares.values @ VALENCES)
    assert VALENCES.min() <= low < valence < high <= VALENCES.max()


def test_nothing_read_is_nan(prevalence):
    shares = class_shares(np.zeros((0, CLASSES)), [], prevalence=prevalence)
    assert np.isnan(shares.values).all()
    assert np.isnan(shares.low).all()
    assert np.isnan(shares.high).all()
    assert shares.readings == shares.effective == 0


@pytest.mark.parametrize("sure", [0.3, 0.8, 1.0])
def test_one_reading_says_little(prevalence, sure):
    one = np.full((1, CLASSES), (1 - sure) / (CLASSES - 1))
    one[0, 3] = sure
    shares = class_shares(one, prevalence=prevalence)
    assert shares.values.argmax() == 3
    assert ((shares.low <= shares.values) & (shares.values <= shares.high)).all()
    assert ((shares.low >= 0) & (shares.high <= 1)).all()
    assert np.isfinite(shares.covariance).all()


@pytest.mark.parametrize(
    "wrong",
    [
        np.full((3, CLASSES), np.nan),
        np.full((3, CLASSES), 0.5),
        np.array([[1.5, -0.5, 0, 0, 0, 0, 0]]),
        np.full(CLASSES, 1 / CLASSES),
        np.ones((3, 1)),
    ],
    ids=["NaN", "sums of 3.5", "negative", "one axis", "one class"],
)
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match="probabilities must"):
        class_shares(wrong)


def test_groups_of_another_length_are_refused():
    with pytest.raises(ValueError, match="3 readings need 3 groups"):
        class_shares(np.full((3, CLASSES), 1 / CLASSES), [1, 2])


def test_other_numbers_of_classes_are_not_adjusted():
    shares = class_shares(np.full((4, 8), 1 / 8))
    assert not shares.adjusted
    np.testing.assert_allclose(shares.values, 1 / 8)
    assert (shares.low < shares.values).all()


def test_eight_classes_can_be_fitted():
    rng = np.random.default_rng(19)
    labels = rng.integers(0, 8, 2000)
    logits = 3 * np.eye(8)[labels] + rng.normal(size=(2000, 8))
    scores = np.exp(logits)
    scores /= scores.sum(axis=1, keepdims=True)
    fitted = Prevalence.fit(scores[:1000], labels[:1000])
    shares = class_shares(scores[1000:], prevalence=fitted)
    assert shares.values == pytest.approx(np.bincount(labels[1000:]) / 1000, abs=0.04)


def test_a_class_without_labelled_faces_gets_no_share():
    labels = people(FITTED_ON, 2000, 20)
    probabilities = readings(labels, 21)
    fitted = Prevalence.fit(probabilities, np.where(labels == 1, -1, labels))
    shares = class_shares(probabilities[:50], prevalence=fitted)
    assert shares.values[1] == shares.low[1] == shares.high[1] == 0
    assert np.isfinite(shares.values).all()


def test_a_single_known_class_takes_everything():
    labels = np.full(20, 3)
    fitted = Prevalence.fit(readings(labels, 22), labels)
    assert class_shares(readings(labels, 23), prevalence=fitted).values[3] == pytest.approx(1)


def test_shares_of_votes_fit_as_labels_do():
    labels = people(FITTED_ON, 500, 24)
    probabilities = readings(labels, 25)
    votes = np.eye(CLASSES)[labels]
    one, other = Prevalence.fit(probabilities, labels), Prevalence.fit(probabilities, votes)
    np.testing.assert_array_equal(one.likelihoods, other.likelihoods)


def test_several_readings_of_each_face_count_as_one_face():
    labels = people(FITTED_ON, 500, 29)
    probabilities = readings(labels, 30)
    one = Prevalence.fit(probabilities, labels)
    same = Prevalence.fit(np.stack([probabilities] * 3, axis=1), labels)
    np.testing.assert_allclose(same.likelihoods, one.likelihoods)
    np.testing.assert_allclose(same.prior, one.prior)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.zeros(4, int), "targets"),
        (np.full(5, 7), "between -1 and 6"),
        (np.full(5, -1), "no face has a class"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, message):
    with pytest.raises(ValueError, match=message):
        Prevalence.fit(np.full((5, CLASSES), 1 / CLASSES), targets)


def test_the_card_keeps_it(prevalence):
    card = json.loads(json.dumps({"prevalence": prevalence.card()}))
    again = Prevalence.from_card(card)
    probabilities = readings(people(MOSTLY_NEUTRAL, 50, 26), 27)
    np.testing.assert_allclose(
        class_shares(probabilities, prevalence=again).values,
        class_shares(probabilities, prevalence=prevalence).values,
        atol=1e-4,
    )
    assert Prevalence.from_card({}) is None
    assert Prevalence.from_card({"prevalence": None}) is None


@pytest.mark.parametrize(
    "value",
    [{}, 5, {"likelihoods": [[1.0]], "prior": [1.0]}, {"likelihoods": "x", "prior": []}],
)
def test_a_card_with_something_else_is_refused(value):
    with pytest.raises(ValueError, match="prevalence"):
        Prevalence.from_card({"prevalence": value})


@pytest.mark.parametrize("wrong", [np.ones(5), np.full(98, np.nan), np.full(98, -1.0)])
def test_sums_that_are_none_are_refused(prevalence, wrong):
    with pytest.raises(ValueError, match="sums"):
        prevalence.shares(wrong)


def test_cells_are_told_apart_by_best_second_and_sureness():
    assert cell_count(CLASSES) == 91
    assert cell_count(8) == 120
    rows = np.zeros((5, CLASSES))
    rows[:, 3] = (0.55, 0.80, 0.80, 0.96, 0.96)
    for row, second in enumerate((6, 6, 4, 6, 4)):
        rows[row, second] = 1 - rows[row].sum()
    numbers = cells(rows)
    assert len(set(numbers[:4])) == 4
    assert numbers[3] == numbers[4]
    assert numbers.max() < 91


def test_every_cell_can_be_reached():
    rng = np.random.default_rng(28)
    rows = np.concatenate(
        [rng.dirichlet(np.full(CLASSES, strength), 30_000) for strength in (0.02, 0.1, 0.5)]
    )
    assert set(cells(rows)) == set(range(91))


def test_effective_readings():
    assert effective_readings(25, 25) == 25
    assert effective_readings(2500, 25) < 25 / CORRELATION
    assert effective_readings(0, 0) == 0
    assert effective_readings(3, 10) == 3
    np.testing.assert_allclose(effective_readings([10, 20], 10), [10, 20 / (1 + CORRELATION)])


def test_it_is_public():
    assert fer.class_shares is class_shares
    assert "Shares" in fer.__all__
