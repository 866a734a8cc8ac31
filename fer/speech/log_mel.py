"""Log-mel frames: the kind of spectrogram that the voice network takes."""

from __future__ import annotations

import kaldi_native_fbank
import numpy as np

from fer.errors import ModelError
from fer.media.audio import RATE


class LogMel:
    """Log-mel frames of a stream of samples, computed by kaldi-native-fbank.

    The library is a port of Kaldi's feature extraction to C++ without dependencies. The frames do
    not depend on how the samples are cut into blocks.

    Attributes:
        bands: number of mel bands.
    """

    def __init__(self, card: dict) -> None:
        """Args:
            card: `rate` (Hz), `frame_ms`, `step_ms`, `bands`, `low_hz`, `high_hz`, `window`.

        Raises:
            ModelError: a value is missing or impossible.
        """
        options = kaldi_native_fbank.FbankOptions()
        try:
            options.frame_opts.samp_freq = float(card["rate"])
            options.frame_opts.frame_length_ms = float(card["frame_ms"])
            options.frame_opts.frame_shift_ms = float(card["step_ms"])
            options.frame_opts.window_type = str(card["window"])
            options.mel_opts.num_bins = self.bands = int(card["bands"])
            options.mel_opts.low_freq = float(card["low_hz"])
            options.mel_opts.high_freq = float(card["high_hz"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the card's log-mel settings lack or misname {error}") from error
        if card["rate"] != RATE:
            raise ModelError(f"the card wants {card['rate']} Hz; sound is read at {RATE} Hz")
        # Dither would add random noise, and equal sound must give equal frames.
        options.frame_opts.dither = 0.0
        options.frame_opts.snip_edges = True
        self._fbank = kaldi_native_fbank.OnlineFbank(options)
        self._taken = 0

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Add samples, float32 (n,); returns the frames that they complete, float32 (m, bands)."""
        self._fbank.accept_waveform(RATE, samples)
        ready = self._fbank.num_frames_ready
        frames = np.empty((ready - self._taken, self.bands), np.float32)
        for row, number in enumerate(range(self._taken, ready)):
            frames[row] = self._fbank.get_frame(number)
        self._fbank.pop(ready - self._taken)
        self._taken = ready
        return frames
