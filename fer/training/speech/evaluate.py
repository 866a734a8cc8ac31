"""Measures the voice networks on actors and sounds that they have never heard."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from fer.emotions import EMOTIONS
from fer.network import softmax
from fer.speech.model import SpeechModel, level
from fer.training.calibrate import abstention
from fer.training.metrics import calibration_error
from fer.training.speech import sounds as speech_sounds
from fer.training.speech.answers import by_clip, clip_windows, confusion, mean_of, predict, uar
from fer.training.speech.batches import other_sounds
from fer.training.speech.data import Clips
from fer.training.speech.fit import fit_gate
from fer.training.speech.settings import (
    FOLDS,
    HELD_OUT,
    LOG_MEL,
    RIGHT_WHEN_SURE,
    SCALING,
    UNSEEN_FAMILIES,
    Settings,
    window_frames,
)

NEW_SOUNDS = 40
"""Sounds of each family on which the gate is tested."""


def cross_figures(cross: dict, temperature: float) -> dict:
    """Measure one network with one linear rule on actors that neither has heard.

    Args:
        cross: readings from `fit.cross_validate`, with the mixed `logits`.
        temperature: of the calibration.
    """

    def by_fold(read: np.ndarray) -> list[float]:
        uars = []
        for number in np.unique(cross["fold"]):
            mine = cross["fold"] == number
            _, first, owner = np.unique(
                cross["owner"][mine], return_index=True, return_inverse=True
            )
            uars.append(uar(by_clip(read[mine], owner), cross["labels"][mine][first]))
        return uars

    read, labels = cross["logits"], cross["labels"]
    folds = by_fold(read)
    return {
        "actors_by_fold": FOLDS[: len(folds)],
        "uar": float(np.mean(folds)),
        "uar_by_fold": folds,
        "uar_by_fold_network_alone": by_fold(cross["networks"]),
        "uar_by_fold_linear_alone": by_fold(cross["linear"]),
        "windows": len(read),
        "window_uar": uar(read.argmax(axis=1), labels),
        "ece_before": calibration_error(softmax(read), labels),
        "ece": calibration_error(softmax(read / temperature), labels),
    }


def held_out(model: SpeechModel, members: list[keras.Model], clips: Clips) -> dict:
    """Measure what the app says about actors that no training has heard.

    A clip whose windows are all taken for silence or music counts as wrong. Figures that cannot be
    computed are None: those of windows if no window has speech, the recall of an emotion that has
    no clips, and the deviation of a single network.

    Args:
        model: the network that the app runs.
        members: the networks that it was assembled from.
        clips: the clips of the held-out actors.
    """
    windows, owner, labels = clip_windows(clips)
    speech, read = model.read(windows)
    said = labels[owner[speech]]
    answers = np.full(len(labels), -1)
    heard = np.unique(owner[speech])
    order = {clip: i for i, clip in enumerate(heard)}
    if len(heard):
        mine = np.array([order[clip] for clip in owner[speech]])
        answers[heard] = mean_of(read[speech], mine).argmax(axis=1)
    matrix = confusion(answers, labels)
    hits, present = np.diag(matrix).tolist(), matrix.sum(axis=1).tolist()
    single = [uar(by_clip(predict(member, windows), owner), labels) for member in members]
    spread = float(np.std(single, ddof=1)) if len(single) > 1 else None
    low, high = _interval(answers == labels, labels)
    return {
        "actors": HELD_OUT,
        "clips": len(labels),
        "windows": len(windows),
        "uar": uar(answers, labels),
        "uar_interval_95": [low, high],
        "accuracy": float((answers == labels).mean()),
        "recall": {
            name: round(hit / count, 4) if count else None
            for name, hit, count in zip(EMOTIONS, hits, present, strict=True)
        },
        "confusion_matrix": matrix.tolist(),
        "confusion_columns": [*EMOTIONS, "no speech"],
        "window_uar": uar(read[speech].argmax(axis=1), said) if len(said) else None,
        "window_ece": calibration_error(read[speech], said) if len(said) else None,
        "uar_by_actor": {
            str(actor): uar(answers[clips.actors == actor], labels[clips.actors == actor])
            for actor in HELD_OUT
        },
        "uar_of_single_networks": single,
        "uar_deviation_of_single_networks": spread,
    }


def with_abstention(card: dict, model: SpeechModel, clips: Clips) -> dict:
    """Choose the confidence below which a window is unsure.

    It is chosen by the held-out actors. The other actors are known to at least two of the networks,
    which are too sure of them.

    Returns:
        The entries `abstain_below` and `metrics` of the card.
    """
    figures = abstention_figures(*_sure_of(model, clips))
    held = card["metrics"]["held_out"] | {"abstention": figures}
    return {
        "abstain_below": figures["abstain_below"],
        "metrics": card["metrics"] | {"held_out": held},
    }


def _sure_of(model: SpeechModel, clips: Clips) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the windows with speech: probabilities (N, 7), labels (N,) and actors (N,)."""
    windows, owner, labels = clip_windows(clips)
    speech, read = model.read(windows)
    return read[speech], labels[owner[speech]], clips.actors[owner[speech]]


def abstention_figures(
    probabilities: np.ndarray, labels: np.ndarray, actors: np.ndarray
) -> dict[str, float | None]:
    """Choose the confidence below which windows are unsure, and measure it on other speakers.

    Args:
        probabilities: (N, 7), for the windows with speech.
        labels: int (N,), index into `EMOTIONS`.
        actors: int (N,), number of the speaker.

    Returns:
        `abstain_below`, chosen by all actors for the share `right_when_sure`. For the other
        figures each actor's windows are judged by the confidence that the other actors choose:
        `coverage` is the share of the windows that are sure, and `accuracy` the share of these
        that are right. Figures that cannot be computed are None.
    """
    sure = np.zeros(len(labels), bool)
    for actor in np.unique(actors):
        mine = actors == actor
        limit = abstention(probabilities[~mine], labels[~mine], RIGHT_WHEN_SURE)
        sure[mine] = probabilities[mine].max(axis=1) >= (np.inf if limit is None else limit)
    right = probabilities.argmax(axis=1) == labels
    limit = abstention(probabilities, labels, RIGHT_WHEN_SURE)
    return {
        # Where no confidence is enough, all windows are unsure.
        "abstain_below": 1.01 if limit is None else limit,
        "right_when_sure": RIGHT_WHEN_SURE,
        "windows": len(labels),
        "coverage": float(sure.mean()) if len(sure) else None,
        "accuracy": float(right[sure].mean()) if sure.any() else None,
        "accuracy_of_all": float(right.mean()) if len(right) else None,
    }


def _interval(right: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Compute the 95 % interval of the UAR by resampling the clips of each class."""
    rng = np.random.default_rng(0)
    recalls = [
        rng.binomial(mine.sum(), right[mine].mean(), 2000) / mine.sum()
        for mine in (labels == i for i in np.unique(labels))
    ]
    low, high = np.quantile(np.mean(recalls, axis=0), (0.025, 0.975))
    return float(low), float(high)


def gate_figures(model: SpeechModel, clips: Clips, settings: Settings) -> dict:
    """Measure how often the gate is right, on held-out actors and on new sounds of each family."""
    windows, _, _ = clip_windows(clips.of(HELD_OUT))
    # The last window of a clip may hold little speech; such windows would be unfair.
    loudness = windows.mean(axis=2)
    spoken = (loudness > level(windows, SCALING)[:, None] - 5.5).sum(axis=1) >= 80
    heard = model.read(windows[spoken])[0]
    return {
        "speech_found": float(heard.mean()) if len(heard) else None,
        "speech_windows": len(heard),
        "false_speech_by_family": {
            family: float(model.read(_new_sounds(family, settings))[0].mean())
            for family in speech_sounds.FAMILIES
        },
        "sounds_a_family": NEW_SOUNDS,
    }


def unseen_figures(clips: Clips, settings: Settings, work: Path) -> dict:
    """Measure how often a gate takes kinds of sound for speech that it was not trained on."""
    families = tuple(name for name in speech_sounds.FAMILIES if name not in UNSEEN_FAMILIES)
    gate = fit_gate(clips, families, settings, work / "gate_unseen")
    return {
        "false_speech_in_families_not_trained_on": {
            family: float((predict(gate, _new_sounds(family, settings)) > 0).mean())
            for family in UNSEEN_FAMILIES
        }
    }


def _new_sounds(family: str, settings: Settings) -> np.ndarray:
    """Make windows of a family with a seed that training does not use."""
    seed = settings.seed + 1000
    sounds = other_sounds((family,), NEW_SOUNDS, 3.2, LOG_MEL, seed)
    return np.stack([sound[: window_frames()] for sound in sounds])
