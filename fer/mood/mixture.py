"""The mixture of emotions that best explains the counts of the cells, and how certain it is.

Arrays have one row for each group of people; `C` is the number of emotions.
"""

from __future__ import annotations

import numpy as np

from fer.mood.beta import beta_quantiles
from fer.mood.cells import coarse

LEVEL = 0.90
"""Probability with which an interval should hold the true share."""

_STRAY = 0.05
"""Share of readings that may lie anywhere before they count as a misfit."""

_EM_STEPS, _NEWTON_STEPS, _TOLERANCE = 10, 60, 1e-7


def adjusted(
    shares: np.ndarray, weight: np.ndarray, likelihoods: np.ndarray, prior: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimate the shares of the emotions.

    Args:
        shares: (rows, cells), share of the readings in each cell.
        weight: (rows,), number of independent faces that the readings are worth.
        likelihoods: (cells, C), share of the faces of each emotion that falls into each cell.
        prior: (C,), prior mixture in faces. Only emotions with labelled faces are in `C`.
        classes: number of all emotions, which decides the number of cells.

    Returns:
        Shares (rows, C), their covariance (rows, C, C) and the misfit (rows,), all float64.
    """
    mixture = fit_mixture(shares * weight[:, None], likelihoods, prior)
    misfit = misfit_of(shares, weight, mixture @ likelihoods.T, classes, len(prior))
    # Readings that fit no mixture well say less about the mixture: the worse the fit, the less.
    weight = weight / misfit**2
    mixture = fit_mixture(shares * weight[:, None], likelihoods, prior)
    expected = np.maximum(mixture @ likelihoods.T, 1e-12)
    ratio = shares / expected
    curvature = _curvature(ratio / expected, likelihoods)
    # Laplace's approximation: the mixture's covariance is the inverse of the information, within
    # the shares that sum to 1.
    basis = np.linalg.svd(np.ones((1, len(prior))))[2][1:].T
    information = weight[:, None, None] * curvature + diagonal(prior / mixture**2)
    spread = basis @ np.linalg.inv(basis.T @ information @ basis) @ basis.T
    # The shares among exactly these faces: the mean probability of each class, given the mixture.
    pull = ratio @ likelihoods
    values = mixture * pull
    slope = diagonal(pull) - mixture[:, :, None] * curvature
    noise = diagonal(values) - mixture[:, :, None] * mixture[:, None, :] * curvature
    covariance = slope @ spread @ slope.transpose(0, 2, 1) + noise / weight[:, None, None]
    return values / values.sum(axis=1, keepdims=True), covariance, misfit


def fit_mixture(counts: np.ndarray, likelihoods: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """The most probable mixture of each row: float64 (rows, C), all above 0.

    It maximises sum(counts * log(likelihoods @ mixture)) + sum(prior * log(mixture)), a concave
    function. A few steps of expectation maximisation are followed by Newton steps, of which far
    fewer are needed when classes look alike.
    """
    mixture = np.broadcast_to(prior / prior.sum(), (len(counts), len(prior))).copy()
    total = counts.sum(axis=1) + prior.sum()

    def expect(mixture: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        expected = np.maximum(mixture @ likelihoods.T, 1e-12)
        return expected, counts / expected

    def height(mixture: np.ndarray, counts: np.ndarray, total: np.ndarray) -> np.ndarray:
        # The last term makes the shares sum to 1 without an extra constraint.
        logs = np.log(np.maximum(mixture @ likelihoods.T, 1e-12))
        return (counts * logs).sum(1) + np.log(mixture) @ prior - total * mixture.sum(1)

    for _ in range(_EM_STEPS):
        mixture = mixture * (expect(mixture, counts)[1] @ likelihoods) + prior
        mixture /= mixture.sum(axis=1, keepdims=True)
    moving = np.arange(len(counts))
    for _ in range(_NEWTON_STEPS):
        if not len(moving):
            break
        now, some, whole = mixture[moving], counts[moving], total[moving]
        expected, ratio = expect(now, some)
        steps = now * (ratio @ likelihoods) + prior
        slope = steps / now - whole[:, None]
        bend = _curvature(ratio / expected, likelihoods) + diagonal(prior / now**2)
        step = np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
        room = np.where(step < 0, -now / np.minimum(step, -1e-300), np.inf).min(axis=1)
        newton = now + np.minimum(1.0, 0.9 * room)[:, None] * step
        higher = height(newton, some, whole) >= height(now, some, whole)
        after = np.where(higher[:, None], newton, steps / steps.sum(axis=1, keepdims=True))
        mixture[moving] = after
        moving = moving[np.abs(after - now).max(axis=1) > _TOLERANCE]
    return mixture / mixture.sum(axis=1, keepdims=True)


def misfit_of(
    shares: np.ndarray, weight: np.ndarray, expected: np.ndarray, classes: int, known: int
) -> np.ndarray:
    """Pearson's statistic divided by its expected value, at least 1: float64 (rows,).

    It ignores the second-best class: the single cells hold too few readings.
    """
    best = coarse(classes)
    seen, meant = shares @ best, expected @ best
    allowed = (1 - _STRAY) * meant + _STRAY / best.shape[1]
    statistic = weight * ((seen - meant) ** 2 / allowed).sum(axis=1)
    chance = (meant * (1 - meant) / allowed).sum(axis=1) - (known - 1)
    return np.maximum(1.0, statistic / np.maximum(chance, 1.0))


def interval(
    value: np.ndarray, variance: np.ndarray, effective: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of shares: quantiles of the beta distribution with this mean and variance.

    A bound of less than half a face is rounded to no face, and a bound that leaves less than half
    a face is rounded to all faces.
    """
    inside = np.clip(value, 1e-9, 1 - 1e-9)
    limit = inside * (1 - inside)
    size = limit / np.clip(variance, 1e-12, 0.9 * limit) - 1
    tail = (1 - LEVEL) / 2
    low, high = beta_quantiles(inside * size, (1 - inside) * size, (tail, 1 - tail))
    low = np.where(low * effective < 0.5, 0.0, low)
    high = np.where((1 - high) * effective < 0.5, 1.0, high)
    return np.minimum(low, value), np.maximum(high, value)


def _curvature(weights: np.ndarray, likelihoods: np.ndarray) -> np.ndarray:
    """For each row of weights (rows, cells), the sum of w * l lᵀ over cells: (rows, C, C)."""
    classes = likelihoods.shape[1]
    squares = (likelihoods[:, :, None] * likelihoods[:, None, :]).reshape(len(likelihoods), -1)
    return (weights @ squares).reshape(-1, classes, classes)


def diagonal(values: np.ndarray) -> np.ndarray:
    """Diagonal matrices (rows, C, C) with these values (rows, C)."""
    return values[:, :, None] * np.eye(values.shape[1])


def quadratic(covariance: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Variance of a sum with these weights (C,), under covariances (..., C, C): float64 (...)."""
    return np.einsum("k,...kl,l->...", weights, covariance, weights)
