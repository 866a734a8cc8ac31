"""Figures of merit from probabilities and labels, with NumPy only.

Accuracies, recalls, errors and shares are fractions of 1.
"""

from __future__ import annotations

import numpy as np

from fer.emotions import EMOTIONS, KNOWN, NEGATIVE, places

_NEGATIVE = places(NEGATIVE, len(KNOWN))

BINS = 15
"""Equal-width bins of the calibration error."""


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The share of faces whose most probable class is their label.

    Args:
        probabilities: (N, K).
        labels: int (N,).
    """
    return float((probabilities.argmax(1) == labels).mean())


def loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The cross entropy: the mean of -log p, where p is the probability of the true class.

    Args:
        probabilities: (N, K).
        labels: int (N,).
    """
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(true, 1e-12)).mean())


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Number of faces by true class (row) and answer (column), int64 (K, K)."""
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(matrix: np.ndarray) -> dict[str, list[float]]:
    """Precision, recall, F1 and number of faces of each class of a confusion matrix.

    A class that is never answered has precision 0; a class without faces has recall 0.
    """
    hits = np.diag(matrix).astype(float)
    answered, present = matrix.sum(0), matrix.sum(1)
    precision = np.divide(hits, answered, out=np.zeros_like(hits), where=answered > 0)
    recall = np.divide(hits, present, out=np.zeros_like(hits), where=present > 0)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(hits), where=total > 0)
    return {
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "faces": present.tolist(),
    }


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> list[dict]:
    """One record for each bin of confidence: edges, number of faces, mean confidence, accuracy.

    Confidence and accuracy are None in a bin without faces.
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = []
    for i in range(bins):
        inside = place == i
        count = int(inside.sum())
        rows.append(
            {
                "from": i / bins,
                "to": (i + 1) / bins,
                "faces": count,
                "confidence": float(confidence[inside].mean()) if count else None,
                "accuracy": float(right[inside].mean()) if count else None,
            }
        )
    return rows


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: |confidence - accuracy| of each bin, averaged by its faces."""
    rows = [row for row in reliability(probabilities, labels, bins) if row["faces"]]
    gaps = sum(row["faces"] * abs(row["confidence"] - row["accuracy"]) for row in rows)
    return gaps / len(labels)


def coverage_curve(probabilities: np.ndarray, labels: np.ndarray, points: int = 50) -> list[dict]:
    """What happens if faces below a threshold of confidence are left unanswered.

    One record for each threshold: `threshold`, `answered` (share of faces), and `accuracy` among
    the answered ones (None if there are none).
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    rows = []
    for threshold in np.linspace(0, 1, points, endpoint=False):
        kept = confidence >= threshold
        rows.append(
            {
                "threshold": round(float(threshold), 4),
                "answered": float(kept.mean()),
                "accuracy": float(right[kept].mean()) if kept.any() else None,
            }
        )
    return rows


def answered_at(probabilities: np.ndarray, labels: np.ndarray, wanted: float) -> float:
    """The largest share of faces that can be answered with an accuracy of at least `wanted`."""
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(1) == labels)[order]
    running = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(running >= wanted)
    return float((enough[-1] + 1) / len(right)) if len(enough) else 0.0


def neutral_read_negative(probabilities: np.ndarray, labels: np.ndarray) -> float | None:
    """The share of neutral faces that are read as one of `NEGATIVE`; None without neutral faces.

    Args:
        probabilities: (N, 7) or (N, 8) in the order of `fer.emotions.KNOWN`.
        labels: int (N,), index into `EMOTIONS`.
    """
    negative = read_as_negative(probabilities[labels == EMOTIONS.index("neutral")])
    return float(negative.mean()) if len(negative) else None


def read_as_negative(probabilities: np.ndarray) -> np.ndarray:
    """Which faces are read as one of `NEGATIVE`: bool (N,).

    Args:
        probabilities: (N, 7) or (N, 8) in the order of `fer.emotions.KNOWN`.
    """
    return np.isin(probabilities.argmax(1), _NEGATIVE)


def bootstrap(right: np.ndarray, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean of `right` (N,), by resampling faces."""
    rng = np.random.default_rng(seed)
    right = np.asarray(right, float)
    # The number of right answers in a resample of N faces is binomial, so that number can be drawn
    # instead of the faces.
    means = rng.binomial(len(right), right.mean(), draws) / len(right)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def summary(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """All figures of one set of faces, ready for JSON.

    `loss` is the mean negative logarithm of the probability of the true class. `uar` is the mean
    recall of the classes that have faces. `macro_precision` and `macro_f1` are the mean precision
    and F1 of the classes that have faces or answers.
    """
    matrix = confusion(probabilities, labels)
    classes = per_class(matrix)
    present = matrix.sum(1) > 0
    concerned = present | (matrix.sum(0) > 0)
    low, high = bootstrap(probabilities.argmax(1) == labels)
    return {
        "faces": len(labels),
        "accuracy": accuracy(probabilities, labels),
        "interval_95": [low, high],
        "loss": loss(probabilities, labels),
        "macro_precision": float(np.mean(np.asarray(classes["precision"])[concerned])),
        "uar": float(np.mean(np.asarray(classes["recall"])[present])),
        "macro_f1": float(np.mean(np.asarray(classes["f1"])[concerned])),
        "ece": calibration_error(probabilities, labels),
        "answered_at_85": answered_at(probabilities, labels, 0.85),
        "answered_at_90": answered_at(probabilities, labels, 0.9),
        "per_class": classes,
        "confusion_matrix": matrix.tolist(),
        "reliability": reliability(probabilities, labels),
        "coverage": coverage_curve(probabilities, labels),
    }
