"""Shares of a class that are right: prevalence estimation under label shift.

The probabilities of one face carry the mixture of classes that the network was calibrated on. Their
mean over a class is pulled towards that mixture, however many faces are read. Quantification, or
prevalence estimation, puts the class's own mixture in instead (González, Castaño, Chawla and del
Coz 2017, "A review on quantification learning").

Every reading is counted in a cell: its best class, its second-best class and how sure it is. How
often the faces of each class fall into each cell is known from labelled faces, so the mixture of
classes that explains the counts best can be found (maximum likelihood under label shift: Saerens,
Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities:
a simple procedure"; on counts, as Lipton, Wang and Smola 2018, "Detecting and correcting for label
shift with black box predictors", do with the best class alone). The probabilities have to be
calibrated (Alexandari, Kundaje and Shrikumar 2020, "Maximum likelihood with bias-corrected
calibration is hard-to-beat at label shift adaptation").

The cells are the same for every network and counts add: those of seconds, threads, processes and
days are combined by addition, and one row of sums is all that has to be kept.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from fer.emotions import EMOTIONS
from fer.model_card import ModelCard
from fer.mood.cells import CORRELATION, cell_count, cells, checked, sums
from fer.mood.mixture import LEVEL, adjusted, diagonal, interval, quadratic
from fer.settings import ROOT

PRIOR_FACES = 3.0
"""Weight of the prior mixture in faces. It keeps one strange reading from being given to a class
that is hardly ever seen; among 25 faces little of it is left."""

MODEL_FACES = 300.0
"""Number of independent faces beyond which intervals hardly narrow.

How each class looks to the network is known from the labelled faces of other people in other
pictures. That error does not average out over a class, however large. With 300, intervals held the
truth in 92 of 100 cases, both when one half of FER2013's PublicTest was measured by the other and
on press photographs (25 to 2,500 readings).
"""

_NORMAL = float(ndtri((1 + LEVEL) / 2))
"""Standard deviations of a normal distribution on either side that hold `LEVEL`."""

_SMOOTHING = 2.0
"""Weight, in faces, of a cell's mean probabilities beside the labels of the faces in it."""

_UNSEEN = 1e-3
"""Weight, in faces, of a cell without labelled faces: it then favours no class."""


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the classes among the faces that were read, with 90 % intervals.

    Of several rows of sums, every array has one more axis in front, for the rows.

    Attributes:
        values: float64 (classes,), 0 to 1; they sum to 1. NaN where nothing was read.
        low, high: float64 (classes,), 0 to 1: the interval of each class's share among the faces
            that were read, not among others that these may stand for. NaN where nothing was read.
        adjusted: whether the class's own mixture was put in. If not, the values are the mean
            probability, which is pulled towards the mixture that the network was calibrated on.
        readings: float64, number of readings.
        effective: float64, number of independent readings that they are worth, because readings of
            one face repeat each other's errors.
        misfit: float64, 1 or more: how many times more the readings differ from every mixture of
            the classes than chance and `MODEL_FACES` explain. The interval has been widened by
            it. Faces that are blurred, small or noisy make it large.
        covariance: float64 (classes, classes) of the errors of `values`.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    adjusted: bool
    readings: np.ndarray
    effective: np.ndarray
    misfit: np.ndarray
    covariance: np.ndarray

    def together(self, chosen: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Joint share of several classes: value, low and high.

        Args:
            chosen: indices of the classes, such as those of the negative emotions.
        """
        weights = np.zeros(self.values.shape[-1])
        weights[list(chosen)] = 1.0
        value = self.values @ weights
        variance = quadratic(self.covariance, weights)
        return value, *interval(value, variance, self.effective)

    def mean(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean over the faces of what each class stands for: value, low and high.

        Args:
            numbers: float (classes,), such as the valence of each class.
        """
        numbers = np.asarray(numbers, np.float64)
        value = self.values @ numbers
        reach = _NORMAL * np.sqrt(np.maximum(quadratic(self.covariance, numbers), 0.0))
        lowest, highest = numbers.min(), numbers.max()
        return (
            value,
            np.clip(value - reach, lowest, highest),
            np.clip(value + reach, lowest, highest),
        )


@dataclass(frozen=True, eq=False)
class Prevalence:
    """How the faces of each class look to one network.

    Attributes:
        likelihoods: float64 (`cell_count(classes)`, classes): share of the faces of each class
            that falls into each cell. Columns sum to 1; a class without labelled faces has zeros
            and gets no share.
        prior: float64 (classes,), the prior mixture times `PRIOR_FACES`.
    """

    likelihoods: np.ndarray
    prior: np.ndarray

    @classmethod
    def fit(cls, probabilities: np.ndarray, targets: np.ndarray) -> Prevalence:
        """Learn from labelled faces that the network was not trained on.

        Args:
            probabilities: float (N, classes), calibrated, as the app serves them; or float
                (N, R, classes) for R readings of each face, such as one as it is and others with
                small changes. Those make it hold better outside of the labelled pictures.
            targets: int (N,), the class of each face, -1 where nobody knows; or float
                (N, classes), shares of votes, all zero where nobody knows.

        Raises:
            ValueError: the shapes differ, a value is no probability, or no face has a class.
        """
        given = np.asarray(probabilities)
        if given.ndim == 2:
            given = given[:, None]
        if given.ndim != 3 or not given.shape[1]:
            raise ValueError(f"(N, classes) or (N, R, classes) are needed, not {given.shape}")
        faces, repeats, classes = given.shape
        flat = checked(given.reshape(-1, classes))
        targets = np.asarray(targets)
        if targets.shape not in ((faces,), (faces, classes)):
            raise ValueError(f"{faces} faces of {classes} classes, but {targets.shape} targets")
        if targets.ndim == 1:
            if targets.size and not -1 <= targets.min() <= targets.max() < classes:
                raise ValueError(f"targets must lie between -1 and {classes - 1}")
            targets = np.eye(classes)[targets.astype(int)] * (targets >= 0)[:, None]
        # Votes for none of the classes are left out; a face counts as one, however many voted.
        total = targets.sum(axis=1, keepdims=True).astype(np.float64)
        if not total.any():
            raise ValueError("no face has a class")
        targets = np.divide(targets, total, out=np.zeros_like(total * targets), where=total > 0)
        targets = np.repeat(targets, repeats, axis=0) / repeats
        known = targets.sum(axis=1) > 0
        flat, targets = flat[known], targets[known]
        cell = cells(flat)
        labels, means = np.zeros((2, cell_count(classes), classes))
        np.add.at(labels, cell, targets)
        np.add.at(means, cell, flat)
        number = np.bincount(cell, minlength=len(labels))[:, None]
        present = targets.sum(axis=0)
        weights = labels + _SMOOTHING * means / np.maximum(number, 1)
        weights = np.where(number > 0, weights, _UNSEEN * present / present.sum())
        weights[:, present == 0] = 0.0
        totals = weights.sum(axis=0)
        likelihoods = np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)
        # Between the mixture of the labelled faces, which no class has, and an equal share of every
        # class, rare ones too.
        prior = np.sqrt(present)
        return cls(likelihoods, PRIOR_FACES * prior / prior.sum())

    @classmethod
    def from_card(cls, card: dict[str, Any], classes: int = len(EMOTIONS)) -> Prevalence | None:
        """What the card of a model holds under "prevalence"; None if that is missing or None.

        Raises:
            ValueError: it does not fit the number of classes.
        """
        found = card.get("prevalence")
        if found is None:
            return None
        try:
            likelihoods = np.asarray(found["likelihoods"], np.float64)
            prior = np.asarray(found["prior"], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the card's prevalence cannot be read: {error!r}") from error
        if likelihoods.shape != (cell_count(classes), classes) or prior.shape != (classes,):
            raise ValueError(
                f"the card's prevalence is of shape {likelihoods.shape} and {prior.shape}; "
                f"{classes} classes need {(cell_count(classes), classes)} and {(classes,)}"
            )
        totals = likelihoods.sum(axis=0)
        if not (np.isfinite(likelihoods).all() and (likelihoods >= 0).all() and totals.any()):
            raise ValueError("the card's prevalence holds values that are no probabilities")
        if not (np.isfinite(prior).all() and ((prior > 0) == (totals > 0)).all()):
            raise ValueError("the card's prevalence holds a prior that does not fit")
        return cls(likelihoods / np.where(totals > 0, totals, 1.0), prior)

    def card(self) -> dict[str, Any]:
        """For the card, under "prevalence"; six digits are kept."""
        return {
            "likelihoods": [[float(f"{x:.6g}") for x in row] for row in self.likelihoods],
            "prior": [float(f"{x:.6g}") for x in self.prior],
        }

    def shares(self, sums: np.ndarray, effective: np.ndarray | float | None = None) -> Shares:
        """Shares of the class that the sums were taken of.

        Args:
            sums: float (S,) or (rows, S), as `sums` gives them, added up as you like.
            effective: float or (rows,), number of independent readings, see
                `fer.mood.cells.effective_readings`; None takes every reading for another face's.

        Raises:
            ValueError: the shape does not fit, or a sum is negative or not finite.
        """
        return _shares(self, sums, self.likelihoods.shape[1], effective)


def mean_shares(
    sums: np.ndarray, classes: int = len(EMOTIONS), effective: np.ndarray | float | None = None
) -> Shares:
    """Shares without a `Prevalence`: the mean probability. Arguments as for `Prevalence.shares`."""
    return _shares(None, sums, classes, effective)


def class_shares(
    probabilities: np.ndarray,
    groups: np.ndarray | Sequence[int] | None = None,
    *,
    prevalence: Prevalence | None = None,
) -> Shares:
    """Shares of the emotions in a class, with 90 % intervals.

    Args:
        probabilities: float (N, classes), calibrated; those of `FaceReading.probabilities`, of
            faces that could be read. N may be 0.
        groups: int (N,), which face each reading is of, in any order; None where each is of
            another face. Readings of one face are not independent: without their groups, the
            interval of a face that was read a hundred times would be that of a hundred faces.
        prevalence: of the network that gave the probabilities; None takes that of the network which
            the project ships. Where that knows other classes or none is there, the shares are mean
            probabilities, and `adjusted` is False.

    Raises:
        ValueError: `probabilities` is no such array, holds NaN or values that are no
            probabilities, or `groups` has another length.
        ModelError: the card of the network which the project ships is needed and cannot be read.
    """
    probabilities = checked(probabilities)
    if prevalence is None:
        prevalence = _shipped()
        if prevalence is not None and len(prevalence.prior) != probabilities.shape[1]:
            prevalence = None
    return grouped_shares(probabilities, groups, prevalence)


def grouped_shares(
    probabilities: np.ndarray,
    groups: np.ndarray | Sequence[int] | None,
    prevalence: Prevalence | None,
) -> Shares:
    """Like `class_shares`, where None for `prevalence` gives the mean probability.

    Raises:
        ValueError: as for `class_shares`.
    """
    probabilities = checked(probabilities)
    number, classes = probabilities.shape
    faces: np.ndarray = np.ones(number, int)
    if groups is not None:
        groups = np.asarray(groups)
        if groups.shape != (number,):
            raise ValueError(f"{number} readings need {number} groups, not {groups.shape}")
        faces = np.unique(groups, return_counts=True)[1]
    if prevalence is not None and len(prevalence.prior) != classes:
        raise ValueError(f"{classes} classes, but prevalence of {len(prevalence.prior)}")
    # The variance of a mean over clusters of unequal size (Kish 1965, Survey Sampling).
    spread = float((faces * (1 + (faces - 1) * CORRELATION)).sum())
    effective = number**2 / spread if spread else 0.0
    return _shares(prevalence, sums(probabilities), classes, effective)


@functools.lru_cache(maxsize=1)
def _shipped() -> Prevalence | None:
    """That of the network which the project ships."""
    return Prevalence.from_card(ModelCard.read(ROOT / "models" / "emotion.onnx").data)


def _shares(
    prevalence: Prevalence | None,
    given: np.ndarray,
    classes: int,
    effective: np.ndarray | float | None,
) -> Shares:
    """`Prevalence.shares`, or `mean_shares` without one."""
    given = np.asarray(given, np.float64)
    number = cell_count(classes)
    if given.ndim not in (1, 2) or given.shape[-1] != number + classes:
        raise ValueError(f"{classes} classes need {number + classes} sums, not {given.shape}")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise ValueError("sums must be finite and not negative")
    rows = np.atleast_2d(given)
    readings = rows[:, :number].sum(axis=1)
    worth = readings if effective is None else np.minimum(np.asarray(effective, float), readings)
    worth = np.broadcast_to(worth, readings.shape).astype(np.float64)
    read = readings > 0
    values = np.full((len(rows), classes), np.nan)
    covariance = np.full((len(rows), classes, classes), np.nan)
    misfit = np.ones(len(rows))
    counts, means = rows[read, :number], rows[read, number:] / readings[read, None]
    # Faces and model err independently: the variances 1 / worth and 1 / MODEL_FACES add.
    weight = 1 / (1 / np.maximum(worth[read], 1e-9) + 1 / MODEL_FACES)
    if prevalence is None:
        values[read] = means / means.sum(axis=1, keepdims=True)
        covariance[read] = _multinomial(values[read]) / weight[:, None, None]
    else:
        known = np.flatnonzero(prevalence.prior > 0)
        values[read], covariance[read] = 0.0, 0.0
        found, spread, misfit[read] = adjusted(
            counts / readings[read, None],
            weight,
            prevalence.likelihoods[:, known],
            prevalence.prior[known],
            classes,
        )
        values[np.ix_(read, known)] = found
        covariance[np.ix_(read, known, known)] = spread
    low, high = interval(values, np.einsum("bkk->bk", covariance), worth[:, None])
    if prevalence is not None:
        absent = prevalence.prior == 0
        low[np.ix_(read, absent)] = high[np.ix_(read, absent)] = 0.0
    arrays = (values, low, high, readings, worth, misfit, covariance)
    if given.ndim == 1:
        arrays = tuple(array[0] for array in arrays)
    values, low, high, readings, worth, misfit, covariance = arrays
    return Shares(values, low, high, prevalence is not None, readings, worth, misfit, covariance)


def _multinomial(values: np.ndarray) -> np.ndarray:
    """Covariance (rows, C, C) of one draw from shares (rows, C)."""
    return diagonal(values) - values[:, :, None] * values[:, None, :]
