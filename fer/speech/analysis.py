"""The voice: a recording's sound in, a timeline of how people speak out.

A window of some seconds moves over the sound in steps. For each window one network says whether
somebody speaks in it and, if so, how: calibrated probabilities of the seven emotions. Windows
without speech (silence, music, noise) are not classified. Everything about the input and the
output of the network is read from its card, `models/speech.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, VALENCES, label_matrix
from fer.errors import ModelError
from fer.media.audio import RATE, LogMel, read_sound
from fer.mood.shares import dominant
from fer.network import check_format, open_network, read_card, softmax
from fer.settings import ROOT

TIMELINE_COLUMNS: tuple[str, ...] = ("t", "speech", *EMOTIONS, "valence")
"""Columns of `SpeechReport.timeline`."""

_MODEL = ROOT / "models" / "speech.onnx"
# Windows that are classified at once: half a minute of sound, 2.4 MB.
_BATCH = 32


@dataclass(frozen=True, eq=False)
class SpeechReport:
    """What the voice in a recording sounds like.

    Attributes:
        timeline: one row a window, columns `TIMELINE_COLUMNS`: `t`, centre of the window in s of
            the file's time axis; `speech`, bool, whether somebody speaks; a probability for each
            emotion and `valence`, -1 to 1, NaN where nobody speaks.
        summary: `duration_s`; `windows`; `speech_share`, windows with speech over all; `shares`,
            mean probability of each emotion over the windows with speech; `dominant`, the largest
            of them; `valence`, its mean. The last three are None where nobody speaks.
    """

    timeline: pd.DataFrame
    summary: dict


class SpeechModel:
    """The network for windows of sound, with its card. May be shared between threads.

    Attributes:
        card: the parsed card.
        window: frames of a window.
        step: frames between the starts of two windows.
        step_s: the same in seconds.
        window_s: length of a window in seconds.
    """

    def __init__(self, network: bytes | str | Path, card: dict, threads: int = 2) -> None:
        """Args:
            network: ONNX file or its bytes; input float32 (N, window, bands), outputs "speech"
                (N, 1) and "emotion" (N, labels), both logits.
            card: parsed card.
            threads: threads that one call may use.

        Raises:
            ModelError: card and network do not fit each other.
        """
        self.card = card
        try:
            check_format(card, "the speech model")
            self._to_emotions = label_matrix(card["labels"])
            self._log_mel = card["log_mel"]
            LogMel(self._log_mel)
            self.window_s, self.step_s = float(card["window_s"]), float(card["step_s"])
            frame_ms, step_ms = self._log_mel["frame_ms"], self._log_mel["step_ms"]
            self.window = round((self.window_s * 1000 - frame_ms) // step_ms) + 1
            self.step = round(self.step_s * 1000 / step_ms)
            self._scaling = card["scaling"]
            self._temperature = float(card["temperature"])
            self._speech_from = float(card["speech_from"])
            self._silence_below = float(card["silence_below"])
            bands = int(self._log_mel["bands"])
            scale(np.zeros((self.window, bands), np.float32), self._scaling)
        except KeyError as error:
            raise ModelError(f"the speech card lacks {error}") from error
        except (TypeError, ValueError) as error:
            raise ModelError(f"the speech card is wrong: {error}") from error
        try:
            self._session = open_network(network, threads)
            self._input = self._session.get_inputs()[0].name
            speech, emotion = self._run(np.zeros((1, self.window, bands), np.float32))
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ModelError(f"the speech network does not fit its card: {error}") from error
        if speech.shape != (1,) or emotion.shape != (1, len(card["labels"])):
            raise ModelError("the speech network's outputs do not fit its card")

    @classmethod
    def load(cls, path: Path | str = _MODEL, threads: int = 2) -> SpeechModel:
        """Load a network and the card beside it (same name, `.json`).

        Raises:
            ModelError: a file is missing, cannot be read or does not fit the other.
        """
        path = Path(path)
        return cls(path, read_card(path, "python train.py speech"), threads)

    def log_mel(self) -> LogMel:
        """A new stream of the frames that this network takes."""
        return LogMel(self._log_mel)

    def read(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether somebody speaks in windows of sound, and how.

        Args:
            windows: log-mel frames, float32 (N, window, bands).

        Returns:
            bool (N,), and calibrated probabilities float32 (N, 7) in `EMOTIONS` order; the rows
            of windows without speech are NaN.
        """
        speech = level(windows, self._scaling) >= self._silence_below
        emotions = np.full((len(windows), len(EMOTIONS)), np.nan, np.float32)
        if speech.any():
            heard = np.flatnonzero(speech)
            gate, logits = self._run(scale(windows[heard], self._scaling))
            said = gate >= np.log(self._speech_from / (1 - self._speech_from))
            speech[heard] = said
            probabilities = softmax(logits[said].astype(np.float64) / self._temperature)
            emotions[heard[said]] = probabilities @ self._to_emotions
        return speech, emotions

    def _run(self, scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        speech, emotion = self._session.run(["speech", "emotion"], {self._input: scaled})
        return speech[:, 0], emotion


def analyze_speech(
    path: Path | str,
    progress: Callable[[float], None] | None = None,
    model: SpeechModel | None = None,
) -> SpeechReport:
    """Say for each window of a recording whether somebody speaks and how it sounds.

    Args:
        path: any file with sound; the first sound track of a video is taken.
        progress: called about once a second of sound with the share that is done, 0 to 1. It
            may raise to cancel; the exception reaches the caller.
        model: None takes the one that the project ships.

    Returns:
        A report. Sound shorter than a window is padded with silence and gives one row.

    Raises:
        RecordingError: no sound track, or a file that is empty, damaged, cut off or too long.
        ModelError: the shipped network is missing or damaged.
    """
    model = model or SpeechModel.load()
    length = _Counter()
    speech, emotions = [np.zeros(0, bool)], [np.zeros((0, len(EMOTIONS)), np.float32)]
    for windows in _batches(_windows(length.of(read_sound(path, progress)), model)):
        said, probabilities = model.read(windows)
        speech.append(said)
        emotions.append(probabilities)
    if progress is not None:
        progress(1.0)
    timeline = _timeline(np.concatenate(speech), np.concatenate(emotions), model)
    return SpeechReport(timeline, _summary(timeline, length.samples / RATE))


def level(windows: np.ndarray, scaling: dict) -> np.ndarray:
    """How loud the loud parts of windows are: float32 (N,), in units of the log-mel frames.

    The mean over the bands of the `scaling["loud_frames"]`-th loudest frame; a few loud frames,
    such as a click, do not move it.
    """
    loudness = windows.mean(axis=-1)
    return np.partition(loudness, -scaling["loud_frames"], axis=-1)[..., -scaling["loud_frames"]]


def scale(windows: np.ndarray, scaling: dict) -> np.ndarray:
    """Log-mel windows float32 (..., frames, bands) as the network takes them.

    Relative to their level, so the gain of the microphone has little effect; what is more than
    `scaling["range"]` below it is cut off, so the noise floor has little.
    """
    relative = windows - level(windows, scaling)[..., None, None]
    cut = np.maximum(relative, -scaling["range"])
    return (cut / scaling["divisor"] + scaling["offset"]).astype(np.float32)


class _Counter:
    """Counts the samples that pass."""

    def __init__(self) -> None:
        self.samples = 0

    def of(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self.samples += len(block)
            yield block


def _windows(blocks: Iterator[np.ndarray], model: SpeechModel) -> Iterator[np.ndarray]:
    """Windows (window, bands) of log-mel frames; the last is padded to hold the end."""
    stream = model.log_mel()
    frames = np.zeros((0, stream.bands), np.float32)
    count = samples = 0
    for block in blocks:
        samples += len(block)
        frames = np.concatenate([frames, stream.push(block)])
        while len(frames) >= model.window:
            yield frames[: model.window]
            frames = frames[model.step :]
            count += 1
    # Every sample lies in a window.
    wanted = 1 + max(0, int(np.ceil((samples / RATE - model.window_s) / model.step_s - 1e-6)))
    if count < wanted:
        silence = np.zeros(round(model.window_s * RATE), np.float32)
        frames = np.concatenate([frames, stream.push(silence)])
        yield frames[: model.window]


def _batches(windows: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    batch: list[np.ndarray] = []
    for window in windows:
        batch.append(window)
        if len(batch) == _BATCH:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def _timeline(speech: np.ndarray, emotions: np.ndarray, model: SpeechModel) -> pd.DataFrame:
    table = pd.DataFrame(emotions.astype(np.float64), columns=list(EMOTIONS))
    table.insert(0, "t", np.arange(len(speech)) * model.step_s + model.window_s / 2)
    table.insert(1, "speech", speech)
    table["valence"] = table[list(EMOTIONS)].to_numpy() @ VALENCES
    return table


def _summary(timeline: pd.DataFrame, duration: float) -> dict:
    spoken = timeline[timeline["speech"]]
    summary: dict[str, Any] = {
        "duration_s": round(duration, 3),
        "windows": len(timeline),
        "speech_share": float(timeline["speech"].mean()) if len(timeline) else 0.0,
        "shares": None,
        "dominant": None,
        "valence": None,
    }
    if len(spoken):
        shares = spoken[list(EMOTIONS)].mean()
        summary["shares"] = {name: float(shares[name]) for name in EMOTIONS}
        summary["dominant"] = dominant(shares.to_numpy())
        summary["valence"] = float(spoken["valence"].mean())
    return summary
