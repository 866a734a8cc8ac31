"""The analysis of a voice: a recording's sound goes in, and a timeline of its tone comes out.

A window of some seconds moves over the sound in steps. For each window a network says whether
somebody speaks in it and, if so, gives calibrated probabilities of the seven emotions. Windows
without speech (silence, music, noise) are not classified. Everything about the input and the
output of the network is read from its card, `models/speech.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.errors import CutOffError
from fer.media.audio import RATE, read_sound
from fer.speech.model import SpeechModel
from fer.speech.speech_report import SpeechReport

# This many windows are classified at once. They are half a minute of sound and take 2.4 MB.
_BATCH = 32


def analyze_speech(
    path: Path | str,
    progress: Callable[[float], None] | None = None,
    model: SpeechModel | None = None,
    track: int | None = None,
) -> SpeechReport:
    """Say for each window of a recording whether somebody speaks, and in which tone.

    Args:
        path: any file with sound.
        progress: called about once for every second of sound with the part that is done, 0 to 1.
            An exception that it raises ends the analysis and reaches the caller.
        model: the network; None takes the one that comes with the project.
        track: number of the track with sound, from 1; None takes the first one that is not silent.

    Returns:
        The report. Sound that is shorter than a window is padded with silence and gives one row.
        If the end of the file is missing, a remark says so.

    Raises:
        RecordingError: the file has no sound track, or is empty, damaged or too long.
        ModelError: the network that comes with the project is missing or damaged.
    """
    model = model or SpeechModel.load()
    intake = _Intake()
    speech, emotions = [np.zeros(0, bool)], [np.zeros((0, len(EMOTIONS)), np.float32)]
    for windows in _batches(_windows(intake.of(read_sound(path, progress, track)), model)):
        said, probabilities = model.read(windows)
        speech.append(said)
        emotions.append(probabilities)
    if progress is not None:
        progress(1.0)
    timeline = _timeline(np.concatenate(speech), np.concatenate(emotions), model)
    return SpeechReport.of(timeline, intake.samples / RATE, intake.remarks)


class _Intake:
    """Counts the samples that pass through it, and notes if the end of the sound is missing."""

    def __init__(self) -> None:
        self.samples = 0
        self.remarks: list[str] = []

    def of(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        try:
            for block in blocks:
                self.samples += len(block)
                yield block
        except CutOffError as error:
            self.remarks.append(f"The end of the sound is missing from this report. {error}")


def _windows(blocks: Iterator[np.ndarray], model: SpeechModel) -> Iterator[np.ndarray]:
    """Yields windows of log-mel frames, float32 (window, bands).

    The last window is padded with silence, so that every sample lies in a window.
    """
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
    needed = 1 + max(0, int(np.ceil((samples / RATE - model.window_s) / model.step_s - 1e-6)))
    if count < needed:
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
    unsure = speech & (emotions.max(axis=1, initial=0) < model.abstain_below)
    table.loc[unsure, list(EMOTIONS)] = 0.0
    table.loc[unsure, "valence"] = np.nan
    # A window without speech has no value here either.
    table.insert(len(EMOTIONS) + 2, UNSURE, np.where(speech, unsure.astype(float), np.nan))
    return table
