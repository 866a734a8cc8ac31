"""Batches of varied windows, for training the voice networks."""

from __future__ import annotations

import keras
import numpy as np
from scipy.signal import lfilter

from fer.emotions import EMOTIONS
from fer.speech.log_mel import LogMel
from fer.speech.model import scale
from fer.training.speech import sounds as speech_sounds
from fer.training.speech.augmentation import Augmentation
from fer.training.speech.data import SPEEDS, Clips
from fer.training.speech.windows import SILENCE, curve, cut, loud, masked, shifted


class EmotionBatches(keras.utils.PyDataset):
    """Batches of augmented windows in which all classes are equally likely, as UAR weighs them.

    A batch is a pure function of (seed, epoch, index).
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
        # Drawing gamma noise for each window would take longer than a step of the network.
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
        """Make a batch: windows float32 (N, window, bands) and labels float32 (N, 7)."""
        rng = np.random.default_rng((self.seed, self.epoch, index))
        labels = rng.integers(0, len(EMOTIONS), self.settings.batch)
        windows = [self._window(int(rng.choice(self._by_class[i])), rng) for i in labels]
        return np.stack(windows), np.eye(len(EMOTIONS), dtype=np.float32)[labels]

    def one_of_each(self, rng: np.random.Generator) -> np.ndarray:
        """Make a varied window of every clip, in their order: float32 (N, window, bands)."""
        return np.stack([self._window(clip, rng) for clip in range(len(self.clips))])

    def _window(self, clip: int, rng: np.random.Generator) -> np.ndarray:
        how: Augmentation = self.settings.augmentation
        version = int(rng.integers(len(SPEEDS)))
        frames, (start, end) = self.clips.frames[version][clip], self.clips.spans[version][clip]
        if rng.random() < how.concat:
            raw = self._continuous(clip, version, rng)
        else:
            # Some of the speech may lie outside the window, but most of it is inside.
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
    """Batches of windows, half of them with speech.

    A batch is a pure function of (seed, epoch, index). Speech and other sounds are mixed by adding
    their powers, which is exact on average.

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
        """Make a batch: windows float32 (N, window, bands) and speech float32 (N, 1), 0 or 1."""
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
            # Continuous speech; anybody may say the second sentence.
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
        """The quiet of the studio before a sentence, made as long as a window."""
        clip = int(rng.integers(len(self.clips)))
        quiet = self.clips.frames[0][clip][: max(20, self.clips.spans[0][clip][0] - 10)]
        return quiet[rng.integers(0, len(quiet), self.window)]

    def _heard(self, raw: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Change a window as a random room and microphone do, then scale and mask it."""
        if rng.random() < 0.3:
            # Reverberation: power decays by 60 dB in 0.2 to 1.2 s.
            decay = 10 ** (-6 / (100 * rng.uniform(0.2, 1.2)))
            power = np.exp(raw)
            tail = lfilter([0, 1 - decay], [1, -decay], power, axis=0)
            raw = np.log(power + rng.uniform(0.1, 1.0) * tail + np.exp(SILENCE))
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
    """Make the log-mel frames of `each` synthetic sounds of each family."""
    return [
        LogMel(log_mel).push(
            speech_sounds.draw(
                # The seed holds the number of the family, so that its sounds do not depend on
                # which other families are requested.
                np.random.default_rng((seed, list(speech_sounds.FAMILIES).index(family), i)),
                seconds,
                family,
            )
        )
        for family in families
        for i in range(each)
    ]
