"""What the voice network is trained with: actors, frames, limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fer.training.speech.data import Augmentation

FOLDS: tuple[tuple[int, ...], ...] = tuple(tuple(range(i, i + 4)) for i in range(1, 17, 4))
"""Actors by fold. RAVDESS's odd actors are men, its even ones women: two of each in a fold."""


HELD_OUT = (17, 18, 19, 20)


UNSEEN_FAMILIES = ("plucked", "piano", "bells", "sung", "gusts", "beeps")
"""Synthetic sounds that the test gate is trained without, to see how it takes new ones."""


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
"""Windows whose loud frames are below this (log-mel units, see `fer.speech.model.level`)
are silence: white noise of -73 dBFS. The quietest clip of RAVDESS lies above."""


WHAT = "acted English speech"
"""What the network reads, for the card and for people."""


RIGHT_WHEN_SURE = 0.8
"""Share of the windows that has to be right among those that are not unsure."""


SPEECH_FROM = 0.9
"""Windows with less probability of speech are not classified. At 0.5 the tapping on a blackboard
in a recorded lecture passed; at 0.9 it does not, and speech over the telephone still does."""


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, besides the data.

    steps, epochs   batches in all, and in how many epochs they are counted
    batch           windows a batch
    rate            largest learning rate
    decay           weight decay of AdamW
    smoothing       label smoothing: RAVDESS's labels are intentions, not certainties
    average         decay of the moving average of the weights, a step
    dropout         before the last layer
    gate_*          the same for the voice gate
    sounds          synthetic sounds of each family
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
    """Log-mel frames of a window."""
    return round((WINDOW_S * 1000 - LOG_MEL["frame_ms"]) // LOG_MEL["step_ms"]) + 1
