"""Small sound files, made here."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

CODECS = {
    ".wav": "pcm_s16le",
    ".mp3": "mp3",
    ".flac": "flac",
    ".m4a": "aac",
    ".opus": "libopus",
    ".mkv": "pcm_s16le",
    ".webm": "libopus",
}

MORE_CODECS = {".avi": "pcm_s16le", ".flv": "mp3", ".mka": "aac", ".wma": "wmav2"}
"""Of these, .flv takes 44,100 samples a second only."""


def write_sound(path: Path, samples: np.ndarray, rate: int = 16_000, start: int = 0) -> Path:
    """Encode float (n,) mono or (2, n) stereo samples by the codec of the file's ending.

    Args:
        start: timestamp of the first sample, in samples.
    """
    codec = (CODECS | MORE_CODECS)[path.suffix]
    samples = np.atleast_2d(np.asarray(samples, np.float32))
    with av.open(str(path), "w") as container:
        layout = "mono" if len(samples) == 1 else "stereo"
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if codec == "wmav2":  # it has no rate of its own
            stream.bit_rate = 64_000
        for at in range(0, samples.shape[1], 960):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, at : at + 960]), "fltp", layout
            )
            frame.rate, frame.pts = rate, start + at
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def tone(seconds: float, hz: float = 440.0, rate: int = 16_000) -> np.ndarray:
    """A sine of amplitude 0.3, float32."""
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype("f4")
