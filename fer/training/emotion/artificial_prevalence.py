"""The artificial-prevalence protocol, which measures the shares that the app shows for a class.

It follows Forman 2008, "Quantifying counts and costs via classification": windows with a known
mixture of emotions are drawn from labelled faces, and the shares that the app shows for them are
compared with the true ones. The measure is their total variation, which is half the sum of the
differences. Beside each figure stands what the app showed before it adjusted shares: the mean
probability over the faces that the head for FER2013's labels is sure of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer.emotions import EMOTIONS, NEGATIVE, places
from fer.mood.alerts import MoodAlerts, Watched
from fer.mood.cells import cell_count, cells, effective_readings
from fer.mood.prevalence import Prevalence, Shares
from fer.training.files import DataError

SIZES = (25, 250, 2500)
"""Numbers of faces in a window."""

WINDOWS = 40
"""Number of windows for each fixed mixture and size; five times as many have random mixtures."""

STUDENTS, FRAMES_A_SECOND, HOURS, EXPRESSION_S = 25, 2, 20, 30
"""The simulated neutral class: the number of students, the frames analysed in each second, the
hours simulated, and the seconds for which a student looks like one picture on average."""

FEWEST = 50
"""The number of photographs that an emotion needs before windows are drawn from it."""

_NEGATIVE = places(NEGATIVE, len(EMOTIONS))
_NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True, eq=False)
class Readings:
    """The readings of labelled faces.

    Attributes:
        labels: int64 (N,), index into `EMOTIONS`.
        served: float32 (N, R, 7), probabilities of R readings of each face, as the app shows them.
        before: float64 (N, R, 7), probabilities of the head for FER2013's labels for these
            readings; all zero where that head is not sure.
        answers: int64 (N,), the answer of that head to the first reading, sure or not.
    """

    labels: np.ndarray
    served: np.ndarray
    before: np.ndarray
    answers: np.ndarray

    def take(self, which: np.ndarray) -> Readings:
        """Select the faces at `which` (indices or a boolean mask)."""
        return Readings(
            self.labels[which], self.served[which], self.before[which], self.answers[which]
        )


def mixture(**parts: float) -> np.ndarray:
    """Make shares (7,) in the order of `EMOTIONS` from parts by name, scaled to the sum 1."""
    shares = np.array([parts.get(name, 0.0) for name in EMOTIONS])
    return shares / shares.sum()


MIXTURES = {
    "neutral80": mixture(neutral=80, happy=5, surprise=5, sad=5, angry=5),
    "neutral60_happy40": mixture(neutral=60, happy=40),
    "equal": mixture(neutral=1, happy=1, surprise=1, sad=1, angry=1),
    "negative": mixture(neutral=40, sad=30, angry=20, fear=5, happy=5),
    "many": mixture(neutral=36, happy=25, surprise=13, sad=12, angry=9.5, fear=3, disgust=1.5),
}
"""The fixed mixtures of the protocol. Random ones are drawn besides, each equally likely."""


def total_variation(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Compute the total variation (...), 0 to 1, of shares (..., classes) from the true ones."""
    return 0.5 * np.abs(values - truth).sum(axis=-1)


def draw(
    labels: np.ndarray, mixtures: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw windows of faces: their indices, int (windows, size), and true shares (windows, 7).

    Args:
        labels: int (N,), index into `EMOTIONS` for each face to draw from.
        mixtures: (windows, 7), the probabilities with which each window's emotions are drawn.
        size: number of faces in a window; one face may be drawn more than once.
    """
    by_class = [np.flatnonzero(labels == label) for label in range(len(EMOTIONS))]
    numbers = np.stack([rng.multinomial(size, shares) for shares in mixtures])
    windows = [
        np.concatenate(
            [rng.choice(of, number) for of, number in zip(by_class, row, strict=True) if number]
        )
        for row in numbers
    ]
    return np.stack(windows), numbers / size


def window_sums(cell: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Compute the sums that are kept of each window, as far as adjusted shares need them.

    `fer.mood.cells.sums` says what these sums are.

    Args:
        cell: int (N, R), the cells of R readings of each face.
        windows: int (windows, size), indices of faces.
    """
    number = cell_count(len(EMOTIONS))
    kept = np.zeros((len(windows), number + len(EMOTIONS)))
    for row, window in zip(kept, windows, strict=True):
        row[:number] = np.bincount(cell[window].ravel(), minlength=number)
    return kept


def sure_shares(before: np.ndarray) -> np.ndarray:
    """Compute the shares as they were shown before they were adjusted.

    Args:
        before: (windows, readings, 7), probabilities; all zero where the head is not sure.

    Returns:
        Shares (windows, 7) with the sum 1.
    """
    total = before.sum(axis=1)
    weight = total.sum(axis=1, keepdims=True)
    # Where no face was sure, nothing was shown. Equal shares judge that most mildly.
    equal = np.full_like(total, 1 / total.shape[1])
    return np.divide(total, weight, out=equal, where=weight > 0)


def protocol(prevalence: Prevalence, faces: Readings, seed: int = 0) -> dict:
    """Compute the figures of the artificial-prevalence protocol, ready for JSON.

    All kinds of mixture have the same weight; the random ones are one kind. The total variation
    is taken over windows in which every face is read once. The coverage is the share of the
    intervals of all emotions that hold the true share, in those windows and in windows in which
    every face is read several times.
    """
    rng = np.random.default_rng(seed)
    once, repeated = cells(faces.served[:, 0])[:, None], _cells(faces.served[:, 1:])
    random = rng.dirichlet(np.ones(len(EMOTIONS)), 5 * WINDOWS)
    kinds = {name: np.repeat(shares[None], WINDOWS, 0) for name, shares in MIXTURES.items()}
    kinds["random"] = random
    rows: dict[str, dict] = {}
    for size in SIZES:
        figures: dict[str, dict] = {}
        for kind, mixtures in kinds.items():
            windows, truth = draw(faces.labels, mixtures, size, rng)
            shown = prevalence.shares(window_sums(once, windows))
            again = prevalence.shares(
                window_sums(repeated, windows), effective_readings(size * repeated.shape[1], size)
            )
            before = sure_shares(faces.before[windows, 0])
            figures[kind] = {
                "tv": float(total_variation(shown.values, truth).mean()),
                "tv_before": float(total_variation(before, truth).mean()),
                "tv_repeated": float(total_variation(again.values, truth).mean()),
                "dominant_right": _dominant(shown.values, truth),
                "dominant_right_before": _dominant(before, truth),
                "coverage": _covered(shown, truth),
                "coverage_repeated": _covered(again, truth),
                "width": float((shown.high - shown.low).mean()),
            }
        rows[str(size)] = figures

    def over(key: str, size: int) -> float:
        return float(np.mean([row[key] for row in rows[str(size)].values()]))

    result: dict = {}
    for size in SIZES:
        result |= {f"tv_{size}": over("tv", size), f"tv_{size}_before": over("tv_before", size)}
    neutral = rows["2500"]["neutral80"]
    covered = [over(key, size) for size in SIZES for key in ("coverage", "coverage_repeated")]
    return result | {
        "tv_neutral80_2500": neutral["tv"],
        "tv_neutral80_2500_before": neutral["tv_before"],
        "dominant_right_25": over("dominant_right", 25),
        "dominant_right_25_before": over("dominant_right_before", 25),
        "interval_coverage_90": float(np.mean(covered)),
        "interval_coverage_90_before": None,
        "by_size_and_mixture": rows,
    }


def photographs_protocol(prevalence: Prevalence, faces: Readings, seed: int = 0) -> dict:
    """Compute the figures of whole photographs; their keys begin with `wild_`.

    Raises:
        DataError: an emotion has too few photographs.
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
    enough = counts >= FEWEST
    if not enough[MIXTURES["neutral80"] > 0].all():
        raise DataError(
            f"neutral, happy, surprise, sad and angry each need {FEWEST} photographs with a "
            "readable face; there are "
            f"{dict(zip(EMOTIONS, counts.tolist(), strict=True))}"
        )
    once = cells(faces.served[:, 0])[:, None]
    rows = {}
    for name, shares in MIXTURES.items():
        if not enough[shares > 0].all():
            continue
        for size in SIZES:
            windows, truth = draw(faces.labels, np.repeat(shares[None], WINDOWS, 0), size, rng)
            shown = prevalence.shares(window_sums(once, windows))
            rows[f"{name}_{size}"] = {
                "tv": float(total_variation(shown.values, truth).mean()),
                "tv_before": float(
                    total_variation(sure_shares(faces.before[windows, 0]), truth).mean()
                ),
                "coverage": _covered(shown, truth),
                "width": float((shown.high - shown.low).mean()),
                "misfit": float(shown.misfit.mean()),
            }
    neutral = faces.take(faces.labels == _NEUTRAL)
    return {
        "wild_tv_neutral80": rows["neutral80_2500"]["tv"],
        "wild_tv_neutral80_before": rows["neutral80_2500"]["tv_before"],
        "wild_neutral_read_negative": read_negative(neutral.served[:, 0].argmax(1)),
        "wild_neutral_read_negative_before": read_negative(neutral.answers),
        "wild_interval_coverage_90": float(np.mean([row["coverage"] for row in rows.values()])),
        "wild_interval_coverage_90_before": None,
        **{f"wild_{key}": value for key, value in false_alerts(prevalence, neutral).items()},
        "wild_faces": len(faces.labels),
        "wild_by_mixture_and_size": rows,
    }


def false_alerts(
    prevalence: Prevalence, faces: Readings, hours: int | None = None, seed: int = 0
) -> dict[str, float]:
    """Count the alerts of a negative mood that the app would raise in an hour of neutral faces.

    Args:
        faces: repeated readings of neutral faces. Each student looks like one of them for
            `EXPRESSION_S` on average, and then like another.
        hours: the number of hours to simulate; None takes `HOURS`.
        seed: of all random numbers.
    """
    hours = HOURS if hours is None else hours
    rng = np.random.default_rng(seed)
    cell = _cells(faces.served)
    alerts, alerts_before = 0, 0
    for _ in range(hours):
        picture = rng.integers(0, len(cell), (3600, STUDENTS))
        stays = rng.random(picture.shape) >= 1 / EXPRESSION_S
        for second in range(1, len(picture)):
            picture[second] = np.where(stays[second], picture[second - 1], picture[second])
        picture = np.repeat(picture, FRAMES_A_SECOND, axis=1)
        again = rng.integers(0, cell.shape[1], picture.shape)
        kept = window_sums(cell[picture, again][:, :, None].reshape(-1, 1), _rows(picture.shape))
        shown = prevalence.shares(kept, effective_readings(picture.shape[1], STUDENTS))
        alerts += _alerts(shown.together(_NEGATIVE)[1])
        sure = faces.before[picture, again].sum(axis=1)[:, _NEGATIVE].sum(axis=1)
        alerts_before += _alerts(sure / picture.shape[1])
    return {
        "false_alerts_per_hour_neutral": alerts / hours,
        "false_alerts_per_hour_neutral_before": alerts_before / hours,
    }


def _cells(served: np.ndarray) -> np.ndarray:
    """Compute the cells (N, R) of readings (N, R, 7)."""
    return cells(served.reshape(-1, served.shape[-1])).reshape(served.shape[:2])


def _rows(shape: tuple[int, ...]) -> np.ndarray:
    """Number the places of an array of this shape, row by row."""
    return np.arange(shape[0] * shape[1]).reshape(shape)


def _covered(shares: Shares, truth: np.ndarray) -> float:
    """The share of the intervals that hold the true value."""
    return float(((shares.low <= truth + 1e-9) & (truth <= shares.high + 1e-9)).mean())


def _dominant(values: np.ndarray, truth: np.ndarray) -> float:
    """The share of the windows whose largest share belongs to an emotion that is truly largest."""
    chosen = np.take_along_axis(truth, values.argmax(1)[:, None], 1)[:, 0]
    return float((chosen >= truth.max(1) - 1e-9).mean())


def read_negative(answers: np.ndarray) -> float | None:
    """The share of answers (indices into `EMOTIONS`) that are negative; None without answers."""
    return float(np.isin(answers, _NEGATIVE).mean()) if len(answers) else None


def _alerts(negative: np.ndarray) -> int:
    """Count the alerts of a negative mood that these shares, one for each second, raise."""
    watch = MoodAlerts()
    for second, share in enumerate(negative.tolist()):
        watch.update(Watched(second, share, STUDENTS, STUDENTS))
    return sum(event.kind == "negative mood" for event in watch.events)
