"""Reads RAVDESS as log-mel frames.

RAVDESS: Livingstone and Russo (2018), "The Ryerson Audio-Visual Database of Emotional Speech and
Song", PLoS ONE 13(5), CC BY-NC-SA 4.0. The name of a file describes its content:
modality-channel-emotion-intensity-statement-repetition-actor.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from scipy.signal import resample_poly

from fer.emotions import EMOTIONS
from fer.media.audio import RATE, read_sound
from fer.speech.log_mel import LogMel
from fer.training.archive import contents, opened
from fer.training.files import DataError, reading

SPEEDS = ((1, 1), (10, 9), (10, 11))
"""The resampling ratios of the three copies of each clip: unchanged, 0.9 and 1.1 times as fast.
Speed and pitch change together (Ko et al. 2015, "Audio augmentation for speech recognition")."""

LONGEST_S = 60
"""The longest accepted clip, in seconds. Those of RAVDESS last three to six."""

_NAME = re.compile(r"(?:^|/)03-01-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.\w+$")
_CLASSES = {1: "neutral", 2: "neutral", 3: "happy", 4: "sad", 5: "angry", 6: "fear"} | {
    7: "disgust",
    8: "surprise",
}
# A frame so far below the loud ones (in log-mel units; 5.5 is 24 dB) holds no speech.
_SPEECH_RANGE = 5.5


@dataclass(frozen=True, eq=False)
class Clips:
    """Spoken sentences.

    Attributes:
        frames: for each of `SPEEDS`, a list of N log-mel clips, float32 (frames, bands).
        spans: for each of `SPEEDS`, int (N, 2): the first and the last frame of the speech.
        labels: int64 (N,), index into `EMOTIONS`; calm counts as neutral.
        actors: int64 (N,), number of the actor.
    """

    frames: list[list[np.ndarray]]
    spans: list[np.ndarray]
    labels: np.ndarray
    actors: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, actors: tuple[int, ...]) -> Clips:
        """Select the clips of some actors."""
        which = np.flatnonzero(np.isin(self.actors, actors))
        return Clips(
            [[version[i] for i in which] for version in self.frames],
            [spans[which] for spans in self.spans],
            self.labels[which],
            self.actors[which],
        )

    def fingerprint(self) -> str:
        """A digest that changes with any frame, label or actor."""
        digest = hashlib.sha1()
        for array in (*self.frames[0], self.labels, self.actors):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def read_ravdess(path: Path | str, log_mel: dict) -> Clips:
    """Read the speech of RAVDESS from its zip or folder.

    Args:
        path: zip or folder.
        log_mel: settings of `LogMel`.

    Raises:
        DataError: the path does not exist, no file has a name of RAVDESS, or a sound cannot be
            read.
    """
    labels, actors = [], []
    frames: list[list[np.ndarray]] = [[] for _ in SPEEDS]
    for where, name, file in _files(Path(path)):
        emotion, _, _, _, actor = map(int, name.groups())
        if emotion not in _CLASSES:
            raise DataError(f"{where}: unknown emotion {emotion:02}, expected 01 to 08")
        labels.append(EMOTIONS.index(_CLASSES[emotion]))
        actors.append(actor)
        with reading(where):
            samples = _samples(file, where)
        for version, (up, down) in zip(frames, SPEEDS, strict=True):
            changed = samples if up == down else resample_poly(samples, up, down)
            version.append(LogMel(log_mel).push(changed.astype(np.float32)))
            if not len(version[-1]):
                raise DataError(f"{where}: too short to hold speech")
    spans = [np.array([span(one) for one in version]) for version in frames]
    return Clips(frames, spans, np.array(labels), np.array(actors))


def _samples(file: Path, where: str) -> np.ndarray:
    """Read a clip: float32 (n,).

    Raises:
        DataError: it is longer than `LONGEST_S`. A clip of a few bytes may hold hours of silence.
        RecordingError: it cannot be read.
    """
    blocks, length = [], 0
    for block in read_sound(file):
        blocks.append(block)
        length += len(block)
        if length > LONGEST_S * RATE:
            raise DataError(f"{where}: longer than {LONGEST_S} s, so it is no clip of RAVDESS")
    return np.concatenate(blocks)


def _files(path: Path) -> Iterator[tuple[str, re.Match, Path]]:
    """Iterate over (place for messages, match of the name, file) of every clip."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    with (
        opened(path, "neither a folder nor a zip") as source,
        tempfile.TemporaryDirectory() as folder,
    ):
        clips = [(name, match) for name in source.names if (match := _NAME.search(name))]
        if not clips:
            raise DataError(
                f"{path}: no RAVDESS speech (names like 03-01-05-01-02-01-12.wav); "
                f"{contents(source.names)}"
            )
        for name, match in clips:
            if path.is_dir():
                yield source.where(name), match, path / name
                continue
            file = Path(folder) / PurePosixPath(name).name
            file.write_bytes(source.read(name))
            yield source.where(name), match, file
            file.unlink()


def span(frames: np.ndarray) -> tuple[int, int]:
    """Find the first and the last frame of the speech in a clip, with a margin of about 0.1 s."""
    loudness = frames.mean(axis=1)
    loud = np.flatnonzero(loudness > np.percentile(loudness, 97) - _SPEECH_RANGE)
    return max(0, int(loud[0]) - 8), min(len(frames), int(loud[-1]) + 12)
