"""Correct shares of the emotions in a class: prevalence estimation under label shift.

Below, a class is one of the emotions, as in the literature on classifiers, and the people in a
picture are called a group.

The probabilities of one face depend on how frequent each class was among the faces that the network
was calibrated on. Their mean over a group of people is pulled towards that mixture, however many
faces are read. Quantification, or prevalence estimation, uses the mixture of the group itself
instead (González, Castaño, Chawla and del Coz 2017, "A review on quantification learning").

Every reading is counted in a cell: its best class, its second-best class and how sure it is. How
often the faces of each class fall into each cell is known from labelled faces, so the mixture of
classes that explains the counts best can be calculated (maximum likelihood under label shift:
Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities: a simple procedure"; on counts, as Lipton, Wang and Smola 2018, "Detecting and
correcting for label shift with black box predictors", do with the best class alone). The
probabilities have to be calibrated (Alexandari, Kundaje and Shrikumar 2020, "Maximum likelihood
with bias-corrected calibration is hard-to-beat at label shift adaptation").

The cells are the same for every network, and counts can be added: counts of several seconds,
threads, processes or days are combined by addition, and one row of sums is all that has to be kept.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from fer.emotions import EMOTIONS, KNOWN
from fer.errors import ModelError
from fer.model_card import ModelCard
from fer.mood.cells import CORRELATION, cell_count, cells, checked, class_count, sums, widened
from fer.mood.mixture import LEVEL, adjusted, diagonal, interval, quadratic
from fer.settings import ROOT

PRIOR_FACES = 3.0
"""Weight of the prior mixture in faces. It keeps a single strange reading from being counted for a
class that is hardly ever seen; with 25 faces it has little influence."""

MODEL_FACES = 300.0
"""Number of independent faces beyond which intervals hardly narrow.

How the network reads the faces of each class was measured on labelled faces of other people in
other pictures. The error of that does not average out over a group of people, however large. With
300, intervals held the truth in 92 of 100 cases, both when one half of FER2013's PublicTest was
used to estimate the other half and on press photographs (25 to 2,500 readings).
"""

_NORMAL = NormalDist().inv_cdf((1 + LEVEL) / 2)
"""Standard deviations on either side of the mean that hold `LEVEL` of a normal distribution."""

_WIDTHS = (len(EMOTIONS), len(KNOWN))
"""Numbers of classes of the networks that the app reads with."""

_SMOOTHING = 2.0
"""Weight, in faces, of a cell's mean probabilities beside the labels of the faces in it."""

_UNSEEN = 1e-3
"""Weight, in faces, of a cell without labelled faces, so that it favours no class."""


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the classes among the faces that were read, with 90 % intervals.

    If there are several rows of sums, every array has one more axis in front, for the rows.

    Attributes:
        values: float64 (classes,), 0 to 1; they sum to 1. NaN if nothing was read.
        low, high: float64 (classes,), 0 to 1: the interval of each share among the faces that were
            read, not among other faces that they may represent. NaN if nothing was read.
        adjusted: whether the mixture of these faces was estimated. If not, the values are the mean
            probability, which is pulled towards the mixture that the network was calibrated on.
        readings: float64, number of readings.
        effective: float64, number of independent readings that they are worth. It is smaller,
            because readings of the same face repeat each other's errors.
        misfit: float64, 1 or more: how many times more the readings differ from every mixture of
            the classes than chance and `MODEL_FACES` explain. The interval has been widened by
            it. Faces that are blurred, small or noisy make it large.
        covariance: float64 (classes, classes), covariance of the errors of `values`.
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
        """Joint share of several classes.

        Args:
            chosen: indices of the classes, such as those of the negative emotions.

        Returns:
            The share and the lower and upper bound of its interval, 0 to 1.
        """
        weights = np.zeros(self.values.shape[-1])
        weights[list(chosen)] = 1.0
        value = self.values @ weights
        variance = quadratic(self.covariance, weights)
        return value, *interval(value, variance, self.effective)

    def mean(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean over the faces of a number that each class has, such as its valence.

        Args:
            numbers: float (classes,), the number of each class.

        Returns:
            The mean and the lower and upper bound of its interval, in the unit of `numbers`.
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
    """How one network reads the faces of each class.

    Attributes:
        likelihoods: float64 (`cell_count(classes)`, classes): share of the faces of each class
            that falls into each cell. Columns sum to 1. A class without labelled faces has zeros
            and gets no share.
        prior: float64 (classes,), the prior mixture times `PRIOR_FACES`.
    """

    likelihoods: np.ndarray
    prior: np.ndarray

    @classmethod
    def fit(cls, probabilities: np.ndarray, targets: np.ndarray) -> Prevalence:
        """Learn from labelled faces that the network was not trained on.

        Args:
            probabilities: float (N, classes), calibrated as in the app; or float (N, R, classes)
                for R readings of each face, such as one of the original picture and others with
                small changes. With the changed ones the result holds better for other pictures.
            targets: int (N,), the class of each face, -1 if it is unknown; or float (N, classes),
                shares of votes, all zero if the class is unknown.

        Raises:
            ValueError: the shapes differ, a value is not a probability, or no face has a class.
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
        # Votes for other classes are ignored. Every face counts once, however many people voted.
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
        # A compromise between the mixture of the labelled faces, which no group of people has, and
        # an equal share of every class, even of rare ones.
        prior = np.sqrt(present)
        return cls(likelihoods, PRIOR_FACES * prior / prior.sum())

    @classmethod
    def from_card(cls, card: dict[str, Any]) -> Prevalence | None:
        """Read the "prevalence" of a model's card; None if the card has none.

        Raises:
            ValueError: the values cannot be read or are not those of seven or eight classes.
        """
        values = card.get("prevalence")
        if values is None:
            return None
        try:
            likelihoods = np.asarray(values["likelihoods"], np.float64)
            prior = np.asarray(values["prior"], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the card's prevalence cannot be read: {error!r}") from error
        fitting = [((cell_count(classes), classes), (classes,)) for classes in _WIDTHS]
        if (likelihoods.shape, prior.shape) not in fitting:
            raise ValueError(
                f"the card's prevalence has shapes {likelihoods.shape} and {prior.shape}, not "
                + " or ".join(f"{one} and {other}" for one, other in fitting)
            )
        totals = likelihoods.sum(axis=0)
        if not (np.isfinite(likelihoods).all() and (likelihoods >= 0).all() and totals.any()):
            raise ValueError("the card's prevalence holds values that are not probabilities")
        if not (np.isfinite(prior).all() and ((prior > 0) == (totals > 0)).all()):
            raise ValueError("the card's prevalence holds a prior that does not fit")
        return cls(likelihoods / np.where(totals > 0, totals, 1.0), prior)

    @classmethod
    def of_network(cls, card: dict[str, Any]) -> Prevalence | None:
        """The same for a network that is about to read faces; raises a `ModelError` instead."""
        try:
            return cls.from_card(card)
        except ValueError as error:
            raise ModelError(str(error)) from error

    def card(self) -> dict[str, Any]:
        """The values for the card's "prevalence", rounded to six digits."""
        return {
            "likelihoods": [[float(f"{x:.6g}") for x in row] for row in self.likelihoods],
            "prior": [float(f"{x:.6g}") for x in self.prior],
        }

    def shares(self, sums: np.ndarray, effective: np.ndarray | float | None = None) -> Shares:
        """Calculate the shares of the classes from sums.

        Args:
            sums: float (S,) or (rows, S), results of `fer.mood.cells.sums`, added up as needed.
            effective: float or (rows,), number of independent readings, see
                `fer.mood.cells.effective_readings`; None assumes that every reading is of another
                face.

        Returns:
            Shares of the classes of this prevalence. If the sums are of seven classes and this is
            for eight, contempt was never read. If they are of eight and this is for seven, they
            came from another network, and the result is that of `mean_shares` for eight.

        Raises:
            ValueError: the shape does not fit, or a sum is negative or not finite.
        """
        return _shares(self, sums, effective)


def alike(one: Prevalence | None, other: Prevalence | None) -> bool:
    """Returns whether two networks read faces in the same way, so that their sums can be added."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one.likelihoods, other.likelihoods) and np.array_equal(
        one.prior, other.prior
    )


def mean_shares(sums: np.ndarray, effective: np.ndarray | float | None = None) -> Shares:
    """Calculate shares without a `Prevalence`: the mean probability of each class.

    The arguments are those of `Prevalence.shares`.
    """
    return _shares(None, sums, effective)


def class_shares(
    probabilities: np.ndarray,
    groups: np.ndarray | Sequence[int] | None = None,
    *,
    prevalence: Prevalence | None = None,
) -> Shares:
    """Shares of the emotions in a class, with 90 % intervals.

    Args:
        probabilities: float (N, classes), calibrated, such as `FaceReading.probabilities` of
            faces that could be read. N may be 0.
        groups: int (N,), a number for the face that each reading belongs to, in any order; None if
            every reading belongs to another face. Readings of the same face are not independent:
            without groups, a face that was read a hundred times would get the narrow interval of
            a hundred faces.
        prevalence: that of the network that gave the probabilities; None takes that of the network
            which comes with the project. If it has other classes or does not exist, the shares are
            mean probabilities, and `adjusted` is False.

    Raises:
        ValueError: `probabilities` is not such an array, holds NaN or values that are not
            probabilities, or `groups` has another length.
        ModelError: the card of the network which comes with the project cannot be read.
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
    """Like `class_shares`, but without a `prevalence` the result is the mean probability.

    Raises:
        ValueError: as for `class_shares`.
    """
    probabilities = checked(probabilities)
    number = len(probabilities)
    faces: np.ndarray = np.ones(number, int)
    if groups is not None:
        groups = np.asarray(groups)
        if groups.shape != (number,):
            raise ValueError(f"{number} readings need {number} groups, not {groups.shape}")
        faces = np.unique(groups, return_counts=True)[1]
    # The variance of a mean over clusters of unequal size (Kish 1965, Survey Sampling).
    spread = float((faces * (1 + (faces - 1) * CORRELATION)).sum())
    effective = number**2 / spread if spread else 0.0
    return _shares(prevalence, sums(probabilities), effective)


@functools.lru_cache(maxsize=1)
def _shipped() -> Prevalence | None:
    """The prevalence of the network which comes with the project."""
    return Prevalence.from_card(ModelCard.read(ROOT / "models" / "emotion.onnx").data)


def _shares(
    prevalence: Prevalence | None, given: np.ndarray, effective: np.ndarray | float | None
) -> Shares:
    """Calculate `Prevalence.shares`, or `mean_shares` if `prevalence` is None."""
    given = np.asarray(given, np.float64)
    if given.ndim not in (1, 2):
        raise ValueError(f"sums must be (S,) or (rows, S), not {given.shape}")
    classes = class_count(given.shape[-1])
    if prevalence is not None and len(prevalence.prior) != classes:
        needed = len(prevalence.prior)
        if sorted((classes, needed)) != list(_WIDTHS):
            raise ValueError(f"sums of {classes} classes, but a prevalence for {needed}")
        if needed > classes:
            given, classes = widened(given, needed), needed
        else:
            prevalence = None
    number = cell_count(classes)
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
    # The errors of the faces and of the model are independent, so that their variances
    # 1 / worth and 1 / MODEL_FACES add up.
    weight = 1 / (1 / np.maximum(worth[read], 1e-9) + 1 / MODEL_FACES)
    if prevalence is None:
        values[read] = means / means.sum(axis=1, keepdims=True)
        covariance[read] = _multinomial(values[read]) / weight[:, None, None]
    else:
        known = np.flatnonzero(prevalence.prior > 0)
        values[read], covariance[read] = 0.0, 0.0
        estimate, spread, misfit[read] = adjusted(
            counts / readings[read, None],
            weight,
            prevalence.likelihoods[:, known],
            prevalence.prior[known],
            classes,
        )
        values[np.ix_(read, known)] = estimate
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
    """Covariance (rows, C, C) of a single draw from shares (rows, C)."""
    return diagonal(values) - values[:, :, None] * values[:, None, :]
