"""Making confidences mean what they say: temperature, floor, head mixing, abstention.

Everything is fitted on PublicTest, never on PrivateTest.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from fer.faces.classify import calibrated

_LOG_TEMPERATURES = (-2.0, 2.0)


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log-likelihood of labels (N,) under softmax of logits (N, K)."""
    logits = logits - logits.max(1, keepdims=True)
    normaliser = np.log(np.exp(logits).sum(1))
    return float((normaliser - logits[np.arange(len(labels)), labels]).mean())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T > 0 that minimises the log loss of logits / T."""
    logits = np.asarray(logits, np.float64)
    found = minimize_scalar(
        lambda log_t: log_loss(logits / np.exp(log_t), labels),
        bounds=_LOG_TEMPERATURES,
        method="bounded",
    )
    return float(np.exp(found.x))


def fit_calibration(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The temperature and floor (`fer.faces.classify.calibrated`) with the smallest log loss."""
    logits = np.asarray(logits, np.float64)
    start = np.log([fit_temperature(logits, labels), 0.02])

    def loss(parameters: np.ndarray) -> float:
        found = calibrated(logits, *np.exp(parameters))
        return log_loss(np.log(np.maximum(found, 1e-12)), labels)

    # On few faces, or of a network that has learned nothing, the best of both may be endless.
    bounds = [_LOG_TEMPERATURES, np.log([1e-4, 1.0])]
    found = minimize(loss, start, method="Nelder-Mead", bounds=bounds)
    temperature, floor = np.exp(found.x)
    return float(temperature), float(floor)


def fit_vote_share(emotion: np.ndarray, votes: np.ndarray, labels: np.ndarray) -> float:
    """How much of the vote head to add to the emotion head, 0 to 1.

    emotion, votes: logits (N, 7) of the same classes in the same order. The
    share a in (1 - a) * emotion + a * votes is chosen by the log loss at the best
    temperature: smoother than accuracy, so less a matter of luck.
    """

    def loss(share: float) -> float:
        mixed = (1 - share) * emotion + share * votes
        return log_loss(mixed / fit_temperature(mixed, labels), labels)

    shares = np.linspace(0, 1, 21)
    return float(min(shares, key=loss))


def abstention(probabilities: np.ndarray, labels: np.ndarray, wanted: float = 0.85) -> float | None:
    """Smallest confidence at which the faces answered are `wanted` right.

    None if no threshold reaches it.
    """
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(1) == labels)[order]
    running = np.cumsum(right) / np.arange(1, len(right) + 1)
    # Who answers one face of a confidence answers all that have the same.
    last = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero((running >= wanted) & last)
    return float(confidence[order][enough[-1]]) if len(enough) else None
