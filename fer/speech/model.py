"""The voice network with its card: it turns windows of log-mel frames into probabilities.

Everything about the input and the output of the network is read from its card,
`models/speech.json`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer.emotions import CONTEMPT, EMOTIONS, label_matrix
from fer.errors import ModelError
from fer.network import check_format, open_network, read_card, softmax
from fer.settings import ROOT
from fer.speech.log_mel import LogMel

_MODEL = ROOT / "models" / "speech.onnx"


class SpeechModel:
    """The voice network with its card. Several threads may share one.

    Attributes:
        card: the parsed card.
        window: number of frames in a window.
        step: number of frames from the start of one window to the start of the next.
        step_s: `step` in seconds.
        window_s: length of a window in seconds.
        abstain_below: a window with speech counts as unsure if the confidence is lower.
    """

    def __init__(self, network: bytes | str | Path, card: dict, threads: int = 2) -> None:
        """Args:
            network: an ONNX file or its bytes, with an input float32 (N, window, bands) and two
                outputs of logits: "speech" (N, 1) and "emotion" (N, labels).
            card: the parsed card.
            threads: how many threads one call may use.

        Raises:
            ModelError: the card and the network do not fit together.
        """
        self.card = card
        try:
            check_format(card, "the speech model")
            self._to_emotions = label_matrix(card["labels"])
            if self._to_emotions.shape[1] != len(EMOTIONS):
                raise ValueError(f"{CONTEMPT} is not known as a tone of voice")
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
            self.abstain_below = float(card.get("abstain_below") or 0.0)
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
            ModelError: a file is missing or cannot be read, or the two do not fit together.
        """
        path = Path(path)
        return cls(path, read_card(path, "python train.py speech"), threads)

    def log_mel(self) -> LogMel:
        """Returns a new stream of the frames that this network takes."""
        return LogMel(self._log_mel)

    def read(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say whether somebody speaks in windows of sound, and in which tone.

        Args:
            windows: log-mel frames, float32 (N, window, bands).

        Returns:
            Whether there is speech, bool (N,), and calibrated probabilities, float32 (N, 7), in the
            order of `EMOTIONS`. The rows of windows without speech are NaN.
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


def level(windows: np.ndarray, scaling: dict) -> np.ndarray:
    """Returns how loud the loud parts of windows are, float32 (N,), in units of the log-mel frames.

    It is the mean over the bands of the `scaling["loud_frames"]`-th loudest frame, so a few loud
    frames, such as a click, do not change it.
    """
    loudness = windows.mean(axis=-1)
    return np.partition(loudness, -scaling["loud_frames"], axis=-1)[..., -scaling["loud_frames"]]


def scale(windows: np.ndarray, scaling: dict) -> np.ndarray:
    """Returns log-mel windows, float32 (..., frames, bands), as the network takes them.

    They are relative to their level, so the gain of the microphone has little effect. What lies
    more than `scaling["range"]` below the level is cut off, so background noise has little effect.
    """
    relative = windows - level(windows, scaling)[..., None, None]
    cut = np.maximum(relative, -scaling["range"])
    return (cut / scaling["divisor"] + scaling["offset"]).astype(np.float32)
