"""Decodes one sound track, puts it on the time axis and judges how much of it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from fer.errors import CutOffError, RecordingError
from fer.files import name_of
from fer.media.clock import Clock
from fer.media.container import MAX_HOURS
from fer.media.length import Lengths, is_cut_off, riff_bytes_missing
from fer.media.mixing import Mixer
from fer.media.packets import stamp_of

RATE = 16_000
"""Samples a second of all sound that `fer.media` gives."""

# Formats whose header states the true length of the sound. For others, FFmpeg estimates it from
# the bit rate, so that a difference proves nothing.
_TRUE_LENGTH = {"wav", "w64", "aiff", "au", "caf", "flac", "mov", "mp4"}

# The samples of compressed sound may go a little beyond 1. Samples beyond this are damaged.
_LOUDEST = 8.0

# A damaged header can claim 1 sample a second, which would be an hour of work for a kilobyte.
_RATES = (4_000, 768_000)
_MAX_CHANNELS = 64
# Timestamps are rounded and resampling delays the sound, so less than this is not a gap.
_GAP_S = 0.1
# If the file does not say how long it is, gaps are believed up to this length.
_BLIND_GAP_S = 600.0
# Sound is refused if more than this share of its packets cannot be decoded: with silence in so many
# places, the report would say that nobody speaks.
_BAD_SHARE = 0.1
# Sound that ends before this share of its stated length was cut off. Careless programs write
# headers that are wrong by up to this number of bytes, 2 s at 16 kHz.
_WHOLE_SHARE = 0.9
_WHOLE_MARGIN = 64_000


class SoundReader:
    """Decodes and resamples one sound track.

    Attributes:
        fraction: share of the recording that has been read, 0 to 1.
    """

    def __init__(
        self,
        path: Path,
        container: InputContainer,
        stream: AudioStream,
        gain: float,
        clock: Clock,
        lengths: Lengths,
    ) -> None:
        self.fraction = 0.0
        self._path = path
        self._container = container
        self._stream = stream
        self._resampler = _resampler()
        self._made = 0  # samples handed out
        self._packets = self._bad = 0
        self._last_error: Exception | None = None
        self._gain = gain
        self._mixer = Mixer(RATE)
        self._clock = clock
        self._number = 0  # of the packet
        self._lengths = lengths
        self._length = lengths.whole_s
        if self._length > MAX_HOURS * 3600:
            raise RecordingError(
                f"{name_of(path)} says that it lasts {self._length / 3600:.0f} hours; the limit is "
                f"{MAX_HOURS:.0f}. Its header may be damaged."
            )
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all
        if stream.codec_context.name == "flac":
            # By default the decoder does not compare checksums, and damage becomes noise.
            stream.codec_context.options = {"err_detect": "crccheck+explode"}

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield resampled blocks of any length: float32 (n,), -1 to 1.

        Raises:
            CutOffError: the end of the sound is missing. It is raised after the last block.
            RecordingError: the sound is too long, or too much of it is damaged.
        """
        for frame in self._frames():
            yield from self._silence_before(frame)
            yield from self._out(self._resample(frame))
            if self._made > MAX_HOURS * 3600 * RATE:
                raise RecordingError(
                    f"{name_of(self._path)} is longer than the limit of {MAX_HOURS:.0f} hours."
                )
        yield from self._out(self._resampler.resample(None))
        self._judge()

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, IndexError) as error:
                # The container breaks off here. What has been read is judged like any other sound.
                # PyAV counts the streams when it opens a file. Damage can make further streams
                # appear, which raises an IndexError.
                self._bad, self._last_error = self._bad + 1, error
                return
            if packet.size:
                self._packets += 1
                self._advance(packet.pos)
                self._set_time(packet)
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                self._bad, self._last_error = self._bad + 1, error
                continue
            for frame in frames:
                self._check(frame)
                yield frame

    def _advance(self, position: int | None) -> None:
        if self._length > 0:
            done = self._made / RATE / self._length
        elif position and self._container.size:
            done = position / self._container.size
        else:
            return
        self.fraction = min(1.0, max(self.fraction, done))

    def _set_time(self, packet: Packet) -> None:
        """Put the packet's timestamps on the axis of the whole recording."""
        if not self._clock.parts or stamp_of(packet) is None or not self._stream.time_base:
            return
        shift = round(self._clock.shift(self._number) / float(self._stream.time_base))
        self._number += 1
        packet.pts = None if packet.pts is None else packet.pts + shift
        packet.dts = None if packet.dts is None else packet.dts + shift

    def _check(self, frame: AudioFrame) -> None:
        channels = frame.layout.nb_channels
        if not _RATES[0] <= frame.sample_rate <= _RATES[1] or channels > _MAX_CHANNELS:
            raise RecordingError(
                f"{name_of(self._path)} claims {channels} channels at {frame.sample_rate} Hz; its "
                "header may be damaged."
            )

    def _silence_before(self, frame: AudioFrame) -> Iterator[np.ndarray]:
        """Yield silence up to the frame's timestamp, a second at a time."""
        if frame.pts is None or frame.time_base is None:
            return
        start = float(frame.pts * frame.time_base) - self._clock.origin
        gap = start - self._made / RATE
        # A timestamp beyond the end of the file is damaged.
        believed = start <= self._length + _GAP_S if self._length > 0 else gap <= _BLIND_GAP_S
        if gap <= _GAP_S or not believed:
            return
        for missing in _parts(round(gap * RATE)):
            self._made += missing
            yield np.zeros(missing, np.float32)

    def _resample(self, frame: AudioFrame) -> list[AudioFrame]:
        frame.pts = None  # this class keeps the time; the resampler would complain about jumps
        try:
            return self._resampler.resample(frame)
        except ValueError:
            # The track has changed its rate or channels in the middle, as broadcasts do.
            rest = self._resampler.resample(None)
            self._resampler = _resampler()
            return [*rest, *self._resampler.resample(frame)]

    def _out(self, frames: list[AudioFrame]) -> Iterator[np.ndarray]:
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels) * self._gain
            # A damaged packet can decode to huge or undefined numbers.
            samples = np.clip(np.nan_to_num(samples, copy=False), -_LOUDEST, _LOUDEST)
            self._made += len(samples)
            yield np.clip(self._mixer.mono(samples), -1.0, 1.0)

    def _judge(self) -> None:
        """Raise a RecordingError if too much of the sound is missing or damaged."""
        name = name_of(self._path)
        if self._made == 0:
            raise RecordingError(f"{name} holds no sound that can be decoded.") from (
                self._last_error
            )
        if self._bad > _BAD_SHARE * self._packets:
            raise RecordingError(
                f"{name} is damaged: {self._bad} of {self._packets} pieces of its sound cannot be "
                "decoded."
            ) from self._last_error
        missing = riff_bytes_missing(self._path)
        if missing > _WHOLE_MARGIN:
            raise CutOffError(
                f"{name} is cut off: {missing / 1e6:.1f} MB that its header announces are not "
                "there. Copy or upload it again."
            )
        stated, there = self._lengths.stated_s, self._lengths.there_s
        if is_cut_off(stated, there):
            raise CutOffError(
                f"{name} is cut off: it should last {stated:.0f} s, but only {there:.0f} s are "
                "there. Copy or upload it again."
            )
        stated = self._stated_length()
        read = self._made / RATE
        if read < _WHOLE_SHARE * stated and stated - read > 1.0:
            raise CutOffError(
                f"{name} is cut off: it should last {stated:.0f} s, but only {read:.0f} s of "
                "sound are there. Copy or upload it again."
            )

    def _stated_length(self) -> float:
        """Return when the sound ends by the file's header, in s; 0 if the header does not say."""
        formats = set(self._container.format.name.split(","))
        if not formats & _TRUE_LENGTH or not self._stream.duration or not self._stream.time_base:
            return 0.0
        base = float(self._stream.time_base)
        start = (self._stream.start_time or 0) * base - self._clock.origin
        return start + self._stream.duration * base


def _resampler() -> AudioResampler:
    # A packed format, not a planar one: with eight or more planes, PyAV 18 reads past the end of
    # its list of planes and crashes the process.
    return AudioResampler(format="flt", rate=RATE)


def _parts(samples: int) -> Iterator[int]:
    """Split a number of samples into parts of at most a second."""
    while samples > 0:
        yield min(samples, RATE)
        samples -= RATE
