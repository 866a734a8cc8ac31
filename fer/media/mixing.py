"""Mixes the channels of a sound track to one channel."""

from __future__ import annotations

import numpy as np

# A channel whose correlation with the loudest channel is below `_INVERTED` is its mirror image: a
# cable or a plug-in has swapped the poles of one microphone. It counts as upright again above
# `_UPRIGHT`. Wide stereo stays far above both.
_INVERTED = -0.7
_UPRIGHT = -0.3
# The correlation is judged over about so many seconds.
_MEMORY_S = 2.0


class Mixer:
    """Averages channels without letting them cancel each other.

    FFmpeg adds channels without dividing the sum, which clips loud stereo. A plain mean turns two
    channels into silence if one of them is the other upside down.
    """

    def __init__(self, rate: int) -> None:
        """Args:
        rate: samples a second.
        """
        self._rate = rate
        self._products = np.zeros((0, 0))
        self._signs = np.ones(0)

    def mono(self, samples: np.ndarray) -> np.ndarray:
        """Mix several channels to one.

        Args:
            samples: float32 (n, channels), finite.

        Returns:
            float32 (n,).
        """
        channels = samples.shape[1]
        if channels == 1 or not len(samples):
            return samples.mean(axis=1)
        if len(self._signs) != channels:
            self._products = np.zeros((channels, channels))
            self._signs = np.ones(channels)
        keep = np.exp(-len(samples) / (_MEMORY_S * self._rate))
        block = samples.astype(np.float64)
        self._products = keep * self._products + block.T @ block
        power = np.diag(self._products)
        loudest = int(power.argmax())
        scale = np.sqrt(power * power[loudest])
        alike = np.divide(self._products[loudest], scale, out=np.zeros(channels), where=scale > 0)
        # Signs are relative to the loudest channel. A sign between the two limits stays as it was.
        relative = self._signs * self._signs[loudest]
        relative[alike < _INVERTED] = -1.0
        relative[alike > _UPRIGHT] = 1.0
        self._signs = relative * self._signs[loudest]
        return (samples @ (self._signs / channels)).astype(np.float32)
