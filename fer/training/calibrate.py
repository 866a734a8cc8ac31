"""Calibration, so that 80 % confidence is right in 80 % of cases; mixing of heads; abstention.

Everything is fitted on PublicTest, never on PrivateTest, which the reported figures come from.
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
    """The temperature T > 0 that minimises the log loss of logits / T."""
    logits = np.asarray(logits, np.float64)
    best = minimize_scalar(
        lambda log_t: log_loss(logits / np.exp(log_t), labels),
        bounds=_LOG_TEMPERATURES,
        method="bounded",
    )
    return float(np.exp(best.x))


def fit_calibration(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The temperature and floor (`fer.faces.classify.calibrated`) with the smallest log loss."""
    logits = np.asarray(logits, np.float64)
    start = np.log([fit_temperature(logits, labels), 0.02])

    def loss(parameters: np.ndarray) -> float:
        probabilities = calibrated(logits, *np.exp(parameters))
        return log_loss(np.log(np.maximum(probabilities, 1e-12)), labels)

    # With few faces or a network that has learned nothing, the best values may be infinite.
    bounds = [_LOG_TEMPERATURES, np.log([1e-4, 1.0])]
    best = minimize(loss, start, method="Nelder-Mead", bounds=bounds)
    temperature, floor = np.exp(best.x)
    return float(temperature), float(floor)


def fit_vote_share(emotion: np.ndarray, votes: np.ndarray, labels: np.ndarray) -> float:
    """The share a, 0 to 1, that makes (1 - a) * emotion + a * votes fit the labels best.

    It is chosen by the log loss at the best temperature, which is smoother than the accuracy and
    so depends less on chance.

    Args:
        emotion, votes: logits (N, 7) of the two heads, of the same classes in the same order.
        labels: int (N,).
    """

    def loss(share: float) -> float:
        mixed = (1 - share) * emotion + share * votes
        return log_loss(mixed / fit_temperature(mixed, labels), labels)

    shares = np.linspace(0, 1, 21)
    return float(min(shares, key=loss))


def abstention(probabilities: np.ndarray, labels: np.ndarray, wanted: float = 0.85) -> float | None:
    """The smallest confidence from which on the share `wanted` of the answers is right.

    None if no threshold reaches that share.
    """
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(1) == labels)[order]
    running = np.cumsum(right) / np.arange(1, len(right) + 1)
    # A threshold that lets one face through lets through all with the same confidence.
    last = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero((running >= wanted) & last)
    return float(confidence[order][enough[-1]]) if len(enough) else None
