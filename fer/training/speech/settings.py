"""Settings of the training of the voice network: actors, frames and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fer.training.speech.augmentation import Augmentation

FOLDS: tuple[tuple[int, ...], ...] = tuple(tuple(range(i, i + 4)) for i in range(1, 17, 4))
"""The actors of each fold. In RAVDESS odd numbers are men and even ones women, so each fold has two
of each."""


HELD_OUT = (17, 18, 19, 20)


UNSEEN_FAMILIES = ("plucked", "piano", "bells", "sung", "gusts", "beeps")
"""The families of sounds that the gate of `--check-unseen` is trained without and tested on."""


LOG_MEL: dict[str, Any] = {
    "library": "kaldi-native-fbank",
    "rate": 16000,
    "frame_ms": 25,
    "step_ms": 10,
    "window": "hanning",
    "bands": 64,
    "low_hz": 50,
    "high_hz": 7600,
}


SCALING = {"loud_frames": 15, "range": 12.0, "divisor": 6.0, "offset": 0.5}


WINDOW_S, STEP_S = 3.0, 1.0


SILENCE_BELOW = -12.0
"""The level below which a window is silence, in log-mel units as from `fer.speech.model.level`. It
is that of white noise at -73 dBFS; the quietest clip of RAVDESS is louder."""


WHAT = "acted English speech"
"""The kind of speech that the network has learned, for the card and its readers."""


RIGHT_WHEN_SURE = 0.8
"""The share of the sure windows that has to be right."""


SPEECH_FROM = 0.9
"""Windows with a lower probability of speech are not classified. At 0.5 the tapping on a blackboard
in a recorded lecture passed as speech; at 0.9 it does not, and speech over the telephone still
does."""


@dataclass(frozen=True)
class Settings:
    """The settings of a training run, besides the data.

    Attributes:
        steps: number of batches in all.
        epochs: number of epochs that these batches are divided into.
        batch: number of windows in each batch.
        rate: largest learning rate.
        decay: weight decay of AdamW.
        smoothing: label smoothing, since the labels of RAVDESS say what an actor intended.
        average: decay of the moving average of the weights in each step.
        dropout: share of the features that is dropped before the last layer.
        gate_steps: number of batches for the voice gate.
        gate_epochs: number of epochs that these are divided into.
        sounds: number of synthetic sounds of each family.
        seed: of all random numbers.
        augmentation: how windows are varied.
    """

    steps: int = 1650
    epochs: int = 75
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    smoothing: float = 0.1
    average: float = 0.99
    dropout: float = 0.3
    gate_steps: int = 1200
    gate_epochs: int = 40
    sounds: int = 100
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation)


def window_frames() -> int:
    """The number of log-mel frames in a window."""
    return round((WINDOW_S * 1000 - LOG_MEL["frame_ms"]) // LOG_MEL["step_ms"]) + 1
