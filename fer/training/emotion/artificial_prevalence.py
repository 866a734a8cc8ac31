"""The artificial-prevalence protocol: how right the shares of classes with a known mixture are.

Forman 2008, "Quantifying counts and costs via classification": windows with a known mixture of
classes are drawn from labelled faces, and the shares shown for them are compared with the truth by
their total variation, half the sum of the differences. Beside each figure stands what was shown
before shares were adjusted: the mean probability of the faces that FER2013's head is sure of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer.emotions import EMOTIONS, NEGATIVE
from fer.mood.alerts import MoodAlerts, Watched
from fer.mood.cells import cell_count, cells, effective_readings
from fer.mood.prevalence import Prevalence, Shares
from fer.training.files import DataError

SIZES = (25, 250, 2500)
"""Faces of a window."""

WINDOWS = 40
"""Windows of each fixed mixture and size; there are five times as many with random mixtures."""

STUDENTS, FRAMES_A_SECOND, HOURS, EXPRESSION_S = 25, 2, 20, 30
"""The simulated neutral class: students, frames analysed a second, hours simulated, and the seconds
for which a student looks like one picture on average."""

FEWEST = 50
"""Photographs that a class must have to be drawn from."""

_NEGATIVE = [EMOTIONS.index(name) for name in NEGATIVE]
_NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True, eq=False)
class Readings:
    """What was read from labelled faces.

    Attributes:
        labels: int64 (N,), index into `EMOTIONS`.
        served: float32 (N, R, 7), R readings of each face as the app serves them.
        before: float64 (N, R, 7), the same by FER2013's head; all zero where it is not sure.
        answers: int64 (N,), the answer of FER2013's head to the first reading, sure or not.
    """

    labels: np.ndarray
    served: np.ndarray
    before: np.ndarray
    answers: np.ndarray

    def take(self, which: np.ndarray) -> Readings:
        return Readings(
            self.labels[which], self.served[which], self.before[which], self.answers[which]
        )


def mixture(**parts: float) -> np.ndarray:
    """Shares of `EMOTIONS` by name; they are brought to the sum 1."""
    shares = np.array([parts.get(name, 0.0) for name in EMOTIONS])
    return shares / shares.sum()


MIXTURES = {
    "neutral80": mixture(neutral=80, happy=5, surprise=5, sad=5, angry=5),
    "neutral60_happy40": mixture(neutral=60, happy=40),
    "equal": mixture(neutral=1, happy=1, surprise=1, sad=1, angry=1),
    "negative": mixture(neutral=40, sad=30, angry=20, fear=5, happy=5),
    "many": mixture(neutral=36, happy=25, surprise=13, sad=12, angry=9.5, fear=3, disgust=1.5),
}
"""Fixed mixtures of the protocol; besides, random ones are drawn, all mixtures alike."""


def total_variation(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Total variation of shares (..., classes), 0 to 1."""
    return 0.5 * np.abs(values - truth).sum(axis=-1)


def draw(
    labels: np.ndarray, mixtures: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Windows of faces: their indices, int (windows, size), and the true shares (windows, 7).

    Args:
        labels: int (N,), the classes of the faces that there are.
        mixtures: (windows, 7), what each window is drawn from.
        size: faces of a window; a face may come more than once.
    """
    by_class = [np.flatnonzero(labels == label) for label in range(len(EMOTIONS))]
    numbers = np.stack([rng.multinomial(size, shares) for shares in mixtures])
    windows = [
        np.concatenate(
            [rng.choice(own, number) for own, number in zip(by_class, row, strict=True) if number]
        )
        for row in numbers
    ]
    return np.stack(windows), numbers / size


def window_sums(cell: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """What is kept of each window (`fer.mood.cells.sums`), as far as adjusted shares need it.

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
    """Shares as they were shown: (windows, 7) of (windows, readings, 7) sure probabilities."""
    total = before.sum(axis=1)
    weight = total.sum(axis=1, keepdims=True)
    # Where no face is sure, nothing was shown; an equal share of all is the mildest reading of it.
    equal = np.full_like(total, 1 / total.shape[1])
    return np.divide(total, weight, out=equal, where=weight > 0)


def protocol(prevalence: Prevalence, faces: Readings, seed: int = 0) -> dict:
    """The figures of the artificial-prevalence protocol, ready for JSON.

    Each kind of mixture, the random ones as one kind, counts the same. Total variation is that of
    windows in which every face is read once. The coverage is the share of the intervals of all
    classes that hold the true share, in those windows and in windows in which every face is read
    several times.
    """
    rng = np.random.default_rng(seed)
    once, repeated = cells(faces.served[:, 0])[:, None], _cells(faces.served[:, 1:])
    random = rng.dirichlet(np.ones(len(EMOTIONS)), 5 * WINDOWS)
    kinds = {name: np.repeat(shares[None], WINDOWS, 0) for name, shares in MIXTURES.items()}
    kinds["random"] = random
    rows: dict[str, dict] = {}
    for size in SIZES:
        found: dict[str, dict] = {}
        for kind, mixtures in kinds.items():
            windows, truth = draw(faces.labels, mixtures, size, rng)
            shown = prevalence.shares(window_sums(once, windows))
            again = prevalence.shares(
                window_sums(repeated, windows), effective_readings(size * repeated.shape[1], size)
            )
            before = sure_shares(faces.before[windows, 0])
            found[kind] = {
                "tv": float(total_variation(shown.values, truth).mean()),
                "tv_before": float(total_variation(before, truth).mean()),
                "tv_repeated": float(total_variation(again.values, truth).mean()),
                "dominant_right": _dominant(shown.values, truth),
                "dominant_right_before": _dominant(before, truth),
                "coverage": _covered(shown, truth),
                "coverage_repeated": _covered(again, truth),
                "width": float((shown.high - shown.low).mean()),
            }
        rows[str(size)] = found

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
    """The figures of whole photographs: keys that begin with `wild_`."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
    enough = counts >= FEWEST
    if not enough[MIXTURES["neutral80"] > 0].all():
        raise DataError(
            f"the photographs need {FEWEST} faces each of neutral, happy, surprise, sad and "
            f"angry that can be read; found {dict(zip(EMOTIONS, counts.tolist(), strict=True))}"
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
    """Alerts of a negative mood in an hour of a class of neutral faces, by the app's own logic.

    Args:
        faces: repeated readings of neutral faces. Each student looks like one of them for
            `EXPRESSION_S` on average, and then like another.
        hours: how many are simulated; `HOURS` where it is None.
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
    """Cells (N, R) of readings (N, R, 7)."""
    return cells(served.reshape(-1, served.shape[-1])).reshape(served.shape[:2])


def _rows(shape: tuple[int, ...]) -> np.ndarray:
    """Indices of a flattened array, row by row."""
    return np.arange(shape[0] * shape[1]).reshape(shape)


def _covered(shares: Shares, truth: np.ndarray) -> float:
    """Share of the intervals that hold the truth."""
    return float(((shares.low <= truth + 1e-9) & (truth <= shares.high + 1e-9)).mean())


def _dominant(values: np.ndarray, truth: np.ndarray) -> float:
    """How often the largest share is that of a class that has the largest true share."""
    chosen = np.take_along_axis(truth, values.argmax(1)[:, None], 1)[:, 0]
    return float((chosen >= truth.max(1) - 1e-9).mean())


def read_negative(answers: np.ndarray) -> float | None:
    """Share of answers, indices into `EMOTIONS`, that are negative; None without answers."""
    return float(np.isin(answers, _NEGATIVE).mean()) if len(answers) else None


def _alerts(negative: np.ndarray) -> int:
    """Alerts of a negative mood that these seconds, shares of 0 to 1, raise."""
    watch = MoodAlerts()
    for second, share in enumerate(negative.tolist()):
        watch.update(Watched(second, share, STUDENTS, STUDENTS))
    return sum(event.kind == "negative mood" for event in watch.events)
