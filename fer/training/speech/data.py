"""RAVDESS as log-mel frames, and windows made from them for training.

RAVDESS: Livingstone and Russo (2018), "The Ryerson Audio-Visual Database of Emotional Speech and
Song", PLoS ONE 13(5), CC BY-NC-SA 4.0. File names say what is in them:
modality-channel-emotion-intensity-statement-repetition-actor.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from scipy.signal import lfilter, resample_poly

from fer.emotions import EMOTIONS
from fer.media.audio import read_sound
from fer.speech.log_mel import LogMel
from fer.speech.model import scale
from fer.training.files import DataError, open_zip, reading
from fer.training.speech import sounds as speech_sounds

SPEEDS = ((1, 1), (10, 9), (10, 11))
"""Resampling ratios of the copies of each clip: as it is, 0.9 and 1.1 times as fast. Speed and
pitch change together (Ko et al. 2015, "Audio augmentation for speech recognition")."""

_NAME = re.compile(r"(?:^|/)03-01-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.\w+$")
_CLASSES = {1: "neutral", 2: "neutral", 3: "happy", 4: "sad", 5: "angry", 6: "fear"} | {
    7: "disgust",
    8: "surprise",
}
# A frame this far below the loud ones (in log-mel units; 5.5 is 24 dB) is no speech.
_SPEECH_RANGE = 5.5
_SILENCE = float(np.log(np.finfo(np.float32).eps))  # what kaldi-native-fbank gives for zeros


@dataclass(frozen=True, eq=False)
class Clips:
    """Spoken sentences.

    Attributes:
        frames: for each of `SPEEDS` a list of log-mel frames, float32 (frames, bands).
        spans: for each of `SPEEDS` int (N, 2): first and last frame of the speech.
        labels: int64 (N,) in `EMOTIONS` order; calm is neutral.
        actors: int64 (N,).
    """

    frames: list[list[np.ndarray]]
    spans: list[np.ndarray]
    labels: np.ndarray
    actors: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, actors: tuple[int, ...]) -> Clips:
        """The clips of some actors."""
        which = np.flatnonzero(np.isin(self.actors, actors))
        return Clips(
            [[version[i] for i in which] for version in self.frames],
            [spans[which] for spans in self.spans],
            self.labels[which],
            self.actors[which],
        )

    def fingerprint(self) -> str:
        """Changes when any frame, label or actor changes."""
        digest = hashlib.sha1()
        for array in (*self.frames[0], self.labels, self.actors):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def read_ravdess(path: Path | str, log_mel: dict) -> Clips:
    """Read RAVDESS speech from its zip or folder.

    Raises:
        DataError: nothing there, names that are not RAVDESS's, or a sound that cannot be read.
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
            samples = np.concatenate(list(read_sound(file)))
        for version, (up, down) in zip(frames, SPEEDS, strict=True):
            changed = samples if up == down else resample_poly(samples, up, down)
            version.append(LogMel(log_mel).push(changed.astype(np.float32)))
            if not len(version[-1]):
                raise DataError(f"{where}: too short to hold speech")
    if not labels:
        raise DataError(f"{path}: no RAVDESS speech (names like 03-01-05-01-02-01-12.wav) found")
    spans = [np.array([span(one) for one in version]) for version in frames]
    return Clips(frames, spans, np.array(labels), np.array(actors))


def _files(path: Path) -> Iterator[tuple[str, re.Match, Path]]:
    """(place for messages, match of the name, file) of every clip."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if match := _NAME.search(file.name):
                yield str(file), match, file
        return
    archive = open_zip(path, "neither a folder nor a zip")
    with archive, tempfile.TemporaryDirectory() as folder:
        for name in sorted(archive.namelist()):
            if match := _NAME.search(name):
                with reading(f"{path}: {name}"):
                    file = Path(archive.extract(name, folder))
                yield f"{path}: {name}", match, file


def span(frames: np.ndarray) -> tuple[int, int]:
    """First and last frame of the speech in a clip, with a margin of about 0.1 s."""
    loudness = frames.mean(axis=1)
    loud = np.flatnonzero(loudness > np.percentile(loudness, 97) - _SPEECH_RANGE)
    return max(0, int(loud[0]) - 8), min(len(frames), int(loud[-1]) + 12)


def cut(frames: np.ndarray, start: int, window: int) -> np.ndarray:
    """`window` frames from `start`, which may be negative; silence where there are none."""
    out = np.full((window, frames.shape[1]), _SILENCE, np.float32)
    piece = frames[max(0, start) : max(0, start + window)]
    first = max(0, -start)
    out[first : first + len(piece)] = piece
    return out


def reading_windows(frames: np.ndarray, window: int, step: int) -> np.ndarray:
    """The windows that `analyze_speech` takes from a clip: float32 (N, window, bands)."""
    count = 1 + max(0, -(-(len(frames) - window) // step))
    return np.stack([cut(frames, step * i, window) for i in range(count)])


@dataclass(frozen=True)
class Augmentation:
    """How windows are varied, each with its reason.

    concat          share of windows filled with several sentences of one actor and emotion:
                    lessons are continuous speech, RAVDESS is one short sentence a clip
    noise           share with noise added, 8 to 40 dB below the speech
    equaliser       standard deviation, in log-mel units (1 is 4.3 dB), of a smooth random curve
                    over the bands: microphones and rooms
    band            share with the upper bands cut by 43 dB: telephones
    shift           largest shift in bands: vocal tract length
    masks           masks over time and over bands each (Park et al. 2019, "SpecAugment")
    """

    concat: float = 0.3
    noise: float = 0.3
    equaliser: float = 0.5
    band: float = 0.1
    shift: float = 2.5
    masks: int = 1


class EmotionBatches(keras.utils.PyDataset):
    """Batches of augmented windows with equally many of each class, as UAR weighs them.

    A pure function of (seed, epoch, index).
    """

    def __init__(self, clips: Clips, window: int, scaling: dict, settings, seed: int):
        super().__init__(workers=1, use_multiprocessing=False)
        self.clips, self.window, self.scaling = clips, window, scaling
        self.settings, self.seed, self.epoch = settings, seed, 0
        self._by_class = [np.flatnonzero(clips.labels == i) for i in range(len(EMOTIONS))]
        self._alike = {
            (actor, label): np.flatnonzero((clips.actors == actor) & (clips.labels == label))
            for actor in np.unique(clips.actors)
            for label in range(len(EMOTIONS))
        }
        # Drawing gamma noise for each window would cost more than the network's step.
        self._rustle = np.random.default_rng(seed).gamma(3, 1 / 3, (4000, self._bands))
        self._rustle = self._rustle.astype(np.float32)

    @property
    def _bands(self) -> int:
        return self.clips.frames[0][0].shape[1]

    def __len__(self) -> int:
        return self.settings.steps // self.settings.epochs

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(windows (N, window, bands) float32, labels (N, 7) float32)."""
        rng = np.random.default_rng((self.seed, self.epoch, index))
        labels = rng.integers(0, len(EMOTIONS), self.settings.batch)
        windows = [self._window(int(rng.choice(self._by_class[i])), rng) for i in labels]
        return np.stack(windows), np.eye(len(EMOTIONS), dtype=np.float32)[labels]

    def one_of_each(self, rng: np.random.Generator) -> np.ndarray:
        """A varied window of every clip, in their order: float32 (N, window, bands)."""
        return np.stack([self._window(clip, rng) for clip in range(len(self.clips))])

    def _window(self, clip: int, rng: np.random.Generator) -> np.ndarray:
        how: Augmentation = self.settings.augmentation
        version = int(rng.integers(len(SPEEDS)))
        frames, (start, end) = self.clips.frames[version][clip], self.clips.spans[version][clip]
        if rng.random() < how.concat:
            raw = self._continuous(clip, version, rng)
        else:
            # The speech may stick out of the window, but most of it stays in.
            low, high = min(start, end - self.window), max(start, end - self.window)
            raw = cut(frames, int(rng.integers(low - 50, high + 51)), self.window)
        raw = self._disturbed(raw, how, rng)
        return masked(scale(raw, self.scaling), how.masks, rng)

    def _continuous(self, clip: int, version: int, rng: np.random.Generator) -> np.ndarray:
        frames, spans = self.clips.frames[version], self.clips.spans[version]
        alike = self._alike[self.clips.actors[clip], self.clips.labels[clip]]
        parts, length = [], 0
        while length < self.window + 40:
            start, end = spans[clip]
            parts.append(frames[clip][start : end + int(rng.integers(0, 40))])
            length += len(parts[-1])
            clip = int(rng.choice(alike))
        joined = np.concatenate(parts)
        spare = max(1, min(len(joined) - self.window, 160))
        return cut(joined, int(rng.integers(spare)), self.window)

    def _disturbed(self, raw, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
        bands = np.arange(raw.shape[1])
        if rng.random() < how.noise:
            loud = np.partition(raw.mean(axis=1), -15)[-15]
            tilt = rng.uniform(-0.06, 0.02) * (bands - bands.mean())
            below = np.exp(loud - np.log(10) / 10 * rng.uniform(8, 40) + tilt)
            at = int(rng.integers(len(self._rustle) - self.window))
            raw = np.log(np.exp(raw) + below * self._rustle[at : at + self.window])
        raw = raw + curve(rng, raw.shape[1], how.equaliser)
        if rng.random() < how.band:
            raw[:, int(rng.integers(int(0.7 * len(bands)), len(bands))) :] -= 10
        if how.shift:
            raw = shifted(raw, rng.uniform(-how.shift, how.shift))
        return raw.astype(np.float32)


class GateBatches(keras.utils.PyDataset):
    """Windows with and without speech, half and half; a pure function of (seed, epoch, index).

    Speech is mixed with other sound in the power domain, which is exact in the mean.

    Args:
        others: log-mel frames of sounds that are not speech, longer than a window.
    """

    def __init__(self, clips: Clips, others, window: int, scaling: dict, settings, seed: int):
        super().__init__(workers=1, use_multiprocessing=False)
        self.clips, self.others, self.window, self.scaling = clips, others, window, scaling
        self.settings, self.seed, self.epoch = settings, seed, 0

    def __len__(self) -> int:
        return self.settings.gate_steps // self.settings.gate_epochs

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(windows (N, window, bands) float32, speech (N, 1) float32)."""
        rng = np.random.default_rng((self.seed, self.epoch, index))
        speech = rng.random(self.settings.batch) < 0.5
        windows = [self._spoken(rng) if said else self._other(rng) for said in speech]
        return np.stack(windows), speech[:, None].astype(np.float32)

    def _spoken(self, rng: np.random.Generator) -> np.ndarray:
        version = int(rng.integers(len(SPEEDS)))
        clip = int(rng.integers(len(self.clips)))
        start, end = self.clips.spans[version][clip]
        frames = self.clips.frames[version][clip]
        if rng.random() < 0.5:
            # Continuous speech; the second sentence may be anybody's.
            second = int(rng.integers(len(self.clips)))
            again = self.clips.spans[version][second]
            pause = int(rng.integers(0, 60))
            frames = np.concatenate(
                [frames[start : end + pause], self.clips.frames[version][second][slice(*again)]]
            )
            start, end = 0, len(frames)
        # At least a second of speech is in the window.
        raw = cut(frames, int(rng.integers(start + 100 - self.window, end - 99)), self.window)
        if rng.random() < 0.5:
            other = self._piece(rng)
            gap = loud(raw) - loud(other) - np.log(10) / 10 * rng.uniform(6, 30)
            raw = np.logaddexp(raw, other + gap)
        return self._heard(raw, rng)

    def _other(self, rng: np.random.Generator) -> np.ndarray:
        kind = rng.random()
        if kind < 0.15:
            raw = self._room(rng)
        else:
            raw = self._piece(rng)
            if kind < 0.5:
                second = self._piece(rng)
                raw = np.logaddexp(raw, second + loud(raw) - loud(second) - rng.uniform(0, 6))
            if kind > 0.9:
                raw = cut(raw[: int(rng.integers(30, self.window))], 0, self.window)
        return self._heard(raw, rng)

    def _piece(self, rng: np.random.Generator) -> np.ndarray:
        frames = self.others[int(rng.integers(len(self.others)))]
        return cut(frames, int(rng.integers(0, len(frames) - self.window + 1)), self.window)

    def _room(self, rng: np.random.Generator) -> np.ndarray:
        """The quiet before a sentence, made as long as a window: the studio is not speech."""
        clip = int(rng.integers(len(self.clips)))
        quiet = self.clips.frames[0][clip][: max(20, self.clips.spans[0][clip][0] - 10)]
        return quiet[rng.integers(0, len(quiet), self.window)]

    def _heard(self, raw: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Through a random room and microphone."""
        if rng.random() < 0.3:
            # Reverberation: power decays by 60 dB in 0.2 to 1.2 s.
            decay = 10 ** (-6 / (100 * rng.uniform(0.2, 1.2)))
            power = np.exp(raw)
            tail = lfilter([0, 1 - decay], [1, -decay], power, axis=0)
            raw = np.log(power + rng.uniform(0.1, 1.0) * tail + np.exp(_SILENCE))
        floor = loud(raw) - np.log(10) / 10 * rng.uniform(15, 70)
        raw = np.logaddexp(raw, floor + rng.normal(scale=0.5, size=raw.shape))
        raw = raw + curve(rng, raw.shape[1], 0.7)
        if rng.random() < 0.2:
            raw[:, int(rng.integers(0.65 * raw.shape[1], raw.shape[1])) :] -= 10
        raw = shifted(raw, rng.uniform(-4, 4)).astype(np.float32)
        return masked(scale(raw, self.scaling), 1, rng)


def other_sounds(
    families: tuple[str, ...], each: int, seconds: float, log_mel: dict, seed: int
) -> list[np.ndarray]:
    """Log-mel frames of `each` synthetic sounds of each family."""
    return [
        LogMel(log_mel).push(
            speech_sounds.draw(
                # The family's own number, so that its sounds do not depend on the others asked for.
                np.random.default_rng((seed, list(speech_sounds.FAMILIES).index(family), i)),
                seconds,
                family,
            )
        )
        for family in families
        for i in range(each)
    ]


def loud(raw: np.ndarray) -> float:
    """Level of the loud frames of a window."""
    return float(np.percentile(raw.mean(axis=1), 95))


def curve(rng: np.random.Generator, bands: int, deviation: float) -> np.ndarray:
    """A smooth random curve over the bands, float (bands,)."""
    knots = rng.normal(scale=deviation, size=5)
    return np.interp(np.arange(bands), np.linspace(0, bands - 1, 5), knots)


def shifted(raw: np.ndarray, by: float) -> np.ndarray:
    """A window moved up or down by a fraction of bands."""
    last = raw.shape[1] - 1
    place = np.clip(np.arange(raw.shape[1]) + by, 0, last)
    below = np.minimum(place.astype(int), last - 1)
    part = (place - below).astype(np.float32)
    return raw[:, below] * (1 - part) + raw[:, below + 1] * part


def masked(scaled: np.ndarray, masks: int, rng: np.random.Generator) -> np.ndarray:
    """A window with up to 30 frames and up to 8 bands blanked, `masks` times each."""
    mean = scaled.mean()
    for _ in range(masks):
        length = int(rng.integers(0, 30))
        start = int(rng.integers(0, scaled.shape[0] - length))
        scaled[start : start + length] = mean
        length = int(rng.integers(0, 8))
        start = int(rng.integers(0, scaled.shape[1] - length))
        scaled[:, start : start + length] = mean
    return scaled
