"""Reads the sound of a recording as blocks of samples.

Sound is decoded in blocks, so memory does not grow with the length of a recording. The time axis
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

from fer.errors import CutOffError, RecordingError
from fer.files import name_of
from fer.media.clock import Clock
from fer.media.container import chosen, opened, sound_streams
from fer.media.length import Lengths, stated_length
from fer.media.sandbox.parent import in_child
from fer.media.sound_reader import RATE, SoundReader
from fer.media.survey import survey

T = TypeVar("T")

# Formats that carry sound and never make FFmpeg open another file or address.
_FORMATS = (
    "wav,w64,rf64,aiff,au,caf,mp3,flac,ogg,aac,ac3,eac3,amr,ape,tta,wv,dts,mpc,mpc8,"
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegts,mpegvideo,mxf,nut,rm,ivf"
)
# Formats that hold nothing but sound. Their time follows from the number of samples.
_PLAIN = {"wav", "w64", "rf64", "aiff", "au", "caf", "mp3", "flac", "aac", "ac3", "eac3", "amr"}
# Of these, FFmpeg estimates the length from the bit rate at the beginning. Where a file begins
# silent, the estimate may be fifty times too long.
_ESTIMATED = {"mp3", "aac", "ac3", "eac3", "amr"}
# Codecs whose samples may be floating-point numbers of any size.
_FLOATS = ("pcm_f", "wavpack")
# Sound that never gets louder than this (-60 dB) counts as silence.
_SILENT = 0.001


def read_sound(
    path: Path | str,
    progress: Callable[[float], None] | None = None,
    track: int | None = None,
) -> Iterator[np.ndarray]:
    """Read a sound track of a recording as mono blocks.

    Args:
        path: any file with sound that FFmpeg can read.
        progress: called before each block with the share of the recording that has been read, 0
            to 1. An exception that it raises ends the reading and reaches the caller.
        track: number of the sound track, counted from 1; None takes the first one that is not
            silent, see `sounding_track`.

    Yields:
        Blocks of about a second: float32 (n,), `RATE` samples a second, -1 to 1, finite. Some
        programs write floating-point samples beyond 1; such sound is made softer as a whole.

    Raises:
        CutOffError: the end of the sound is missing. It is raised after the last block.
        RecordingError: there is no such track, or the file is empty, damaged or too long.
    """
    with contextlib.closing(_blocks(path, track)) as blocks:
        for fraction, block in blocks:
            if progress is not None and len(block):
                progress(fraction)
            if len(block):
                yield block


@in_child()
def _blocks(path: Path | str, track: int | None) -> Generator[tuple[float, np.ndarray], None, None]:
    """Yield the blocks of `read_sound`, each with the share of the recording read by then.

    An empty block only shows that the child is alive.
    """
    alive = 0.0, np.zeros(0, np.float32)
    number = track
    if number is None:
        number = yield from _sounding(path, alive)
    gain = yield from _gain(path, number, alive)
    clock, lengths = yield from _clock(path, number, alive)
    with opened(path, "sound", _FORMATS) as container:
        stream = _stream(path, container, number)
        reader = SoundReader(Path(path), container, stream, gain, clock, lengths)
        for block in _joined(reader.blocks()):
            yield reader.fraction, block


def sounding_track(path: Path | str) -> int:
    """Return the number, from 1, of the first sound track that is not silent; 1 if all are.

    Programs that record a screen write one track for each source, and the first source is often
    one that nobody used.

    Raises:
        RecordingError: the file has no sound track, or cannot be read as sound.
    """
    *_, number = _numbers(path)
    return number


@in_child()
def _numbers(path: Path | str) -> Iterator[int]:
    """Yield 0 until it is known which track is not silent, then the number of that track."""
    yield (yield from _sounding(path, 0))


def _sounding(path: Path | str, alive: T) -> Generator[T, None, int]:
    """Do the work of `sounding_track`; yields `alive` meanwhile."""
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
    """Return the factor that brings floating-point samples back to -1 to 1.

    Floating-point samples may go beyond 1: by a little where something was too loud, and by a
    factor of 32,768 where a program has kept the scale of 16-bit samples.
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
    # A few damaged numbers must not make everything else inaudible.
    usual = 100.0 * max(1.0, float(np.percentile(peaks, 95)))
    return 1.0 / max(1.0, *(peak for peak in peaks if peak <= usual))


def _clock(path: Path | str, number: int, alive: T) -> Generator[T, None, tuple[Clock, Lengths]]:
    """Return the clock of a track, and how long the recording is."""
    with opened(path, "sound", _FORMATS) as container:
        index = _stream(path, container, number).index
        if container.format.name in _PLAIN:
            clock = Clock((container.start_time or 0) / av.time_base)
            known = container.format.name not in _ESTIMATED
            return clock, Lengths((container.duration or 0) / av.time_base if known else 0.0)
        steps = survey(path, container)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                tracks = end.value
                break
            yield alive
        there = max((track.end_s for track in tracks.values()), default=0.0)
        told = (container.duration or 0) / av.time_base
        stated = stated_length(path, container)
    clock = tracks[index].clock if index in tracks else Clock()
    return clock, Lengths(there if clock.parts else max(there, told), stated, there)


def _joined(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Join blocks to about a second each: codecs give a few hundred samples at a time."""
    waiting: list[np.ndarray] = []
    cut_off: CutOffError | None = None
    try:
        for block in blocks:
            waiting.append(block)
            if sum(map(len, waiting)) >= RATE:
                yield np.concatenate(waiting)
                waiting = []
    except CutOffError as error:
        cut_off = error
    if waiting:
        yield np.concatenate(waiting)
    if cut_off is not None:
        raise cut_off
