"""Sound: a recording in, blocks of samples out.

Decoding is done in blocks, so memory does not grow with the length of a recording. The time axis
is that of the file: sound that begins after the picture is preceded by silence, and a gap in the
presentation timestamps is filled with silence.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.clock import Clock
from fer.media.container import chosen, opened, sound_streams
from fer.media.sandbox.parent import in_child
from fer.media.sound_reader import RATE, SoundReader
from fer.media.survey import survey

T = TypeVar("T")

# Formats that carry sound and open no other file or address than the one handed in.
_FORMATS = (
    "wav,w64,rf64,aiff,au,caf,mp3,flac,ogg,aac,ac3,eac3,amr,ape,tta,wv,dts,mpc,mpc8,"
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegts,mpegvideo,mxf,nut,rm,ivf"
)
# Formats of sound only, whose clock is that of their samples.
_PLAIN = {"wav", "w64", "rf64", "aiff", "au", "caf", "mp3", "flac", "aac", "ac3", "eac3", "amr"}
# Codecs whose samples may be floating-point numbers of any size.
_FLOATS = ("pcm_f", "wavpack")
# Sound that never gets louder (-60 dB) is silence.
_SILENT = 0.001


def read_sound(
    path: Path | str,
    progress: Callable[[float], None] | None = None,
    track: int | None = None,
) -> Iterator[np.ndarray]:
    """A sound track of a recording as mono blocks.

    Args:
        path: anything with sound that FFmpeg reads.
        progress: called before each block with the share of the recording that is read, 0 to 1.
            What it raises ends the reading and reaches the caller.
        track: number of the track with sound, from 1; None takes the first one that is not
            silent, see `sounding_track`.

    Yields:
        float32 (n,), `RATE` samples a second, -1 to 1, finite; about a second each. Sound whose
        samples are floating-point numbers beyond 1, as some programs write them, is made softer
        as a whole.

    Raises:
        RecordingError: no such track, or a file that is empty, damaged, cut off or too long.
    """
    with contextlib.closing(_blocks(path, track)) as blocks:
        for fraction, block in blocks:
            if progress is not None and len(block):
                progress(fraction)
            if len(block):
                yield block


@in_child()
def _blocks(path: Path | str, track: int | None) -> Generator[tuple[float, np.ndarray], None, None]:
    """Blocks of `read_sound`, each with the share of the recording that is read by then.

    Empty ones only tell that the child is alive.
    """
    alive = 0.0, np.zeros(0, np.float32)
    number = track
    if number is None:
        number = yield from _sounding(path, alive)
    gain = yield from _gain(path, number, alive)
    clock, length = yield from _clock(path, number, alive)
    with opened(path, "sound", _FORMATS) as container:
        stream = _stream(path, container, number)
        reader = SoundReader(Path(path), container, stream, gain, clock, length)
        for block in _joined(reader.blocks()):
            yield reader.fraction, block


def sounding_track(path: Path | str) -> int:
    """The number, from 1, of the first sound track that is not silent; 1 where all are.

    Programs that record a screen write a track for each source, and the first one is often of a
    source that nobody used.

    Raises:
        RecordingError: no sound track, or a file that cannot be read as sound.
    """
    *_, number = _numbers(path)
    return number


@in_child()
def _numbers(path: Path | str) -> Iterator[int]:
    """0 as long as it is not known which track sounds, then its number."""
    yield (yield from _sounding(path, 0))


def _sounding(path: Path | str, alive: T) -> Generator[T, None, int]:
    """See `sounding_track`; yields `alive` while it works."""
    with opened(path, "sound", _FORMATS) as container:
        count = len(sound_streams(container))
    if count == 0:
        raise RecordingError(f"{name_of(path)} has no sound track.")
    for number in range(1, count + 1) if count > 1 else ():
        with contextlib.suppress(RecordingError):
            for _, block in inspect.unwrap(_blocks)(path, number):
                yield alive
                if len(block) and np.abs(block).max() > _SILENT:
                    return number
    return 1


def _stream(path: Path | str, container: InputContainer, number: int) -> AudioStream:
    streams = sound_streams(container)
    index = chosen(path, [stream.index for stream in streams], number, "sound")
    return next(stream for stream in streams if stream.index == index)


def _gain(path: Path | str, number: int, alive: T) -> Generator[T, None, float]:
    """The factor for samples that are floating-point numbers beyond 1.

    Such numbers may go beyond 1: by a little where something was too loud, and by 32,768 where a
    program has kept the scale of 16-bit samples.
    """
    peaks = []
    with opened(path, "sound", _FORMATS) as container:
        stream = _stream(path, container, number)
        if not stream.codec_context.name.startswith(_FLOATS):
            return 1.0
        with contextlib.suppress(av.error.FFmpegError, ValueError, IndexError):
            for frame in container.decode(stream):
                yield alive
                samples = np.abs(frame.to_ndarray())
                samples = samples[np.isfinite(samples)]
                peaks.append(float(samples.max()) if samples.size else 0.0)
    if not peaks:
        return 1.0
    # A damaged number here and there must not make everything else inaudible.
    usual = 100.0 * max(1.0, float(np.percentile(peaks, 95)))
    return 1.0 / max(1.0, *(peak for peak in peaks if peak <= usual))


def _clock(path: Path | str, number: int, alive: T) -> Generator[T, None, tuple[Clock, float]]:
    """The clock of a track, and the length of the recording in s or 0."""
    with opened(path, "sound", _FORMATS) as container:
        index = _stream(path, container, number).index
        if container.format.name in _PLAIN:
            clock = Clock((container.start_time or 0) / av.time_base)
            return clock, (container.duration or 0) / av.time_base
        steps = survey(path, container)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                tracks = end.value
                break
            yield alive
        length = max((track.end_s for track in tracks.values()), default=0.0)
        stated = (container.duration or 0) / av.time_base
    clock = tracks[index].clock if index in tracks else Clock()
    return clock, length if clock.parts else max(length, stated)


def _joined(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The same samples in blocks of about a second: codecs give a few hundred at a time."""
    waiting: list[np.ndarray] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= RATE:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)
