"""Decodes only the packets that the chosen cells of time need, and gives frames.

Between samples, as little is decoded as the codec allows. Packets are examined before they are
decoded, and those that no sample needs (whole groups of pictures, or the end of a group) are
dropped. When the others are decoded, non-reference frames and the loop filter are skipped.
"""

from __future__ import annotations

import contextlib
import logging
import math
import sys
from collections.abc import Iterator

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fer.media.clock import Clock
from fer.media.packets import runs, seconds_per_unit, stamp_of

log = logging.getLogger(__name__)

MAX_PIXELS = 8192 * 4608
"""The largest picture that is decoded, in pixels. 8K is allowed, although a decoder keeps several
pictures of that size in memory."""

# After so many packets without a picture, a stream counts as undecodable. A healthy stream gives
# its first picture within one group of pictures, which has 250 frames by x264's default.
_MAX_FRUITLESS = 3000
# A picture may be shown after pictures that are decoded later, but by less than this.
_REORDER_S = 30.0
# In these formats, not every picture has a timestamp. Where reading begins in the middle, FFmpeg
# guesses the first ones, and is wrong by up to three pictures.
_GUESSING = {"mpeg"}
# A packet that is marked as a key frame is not one if so many packets give no picture.
_MAX_RUN_IN = 120


class Decoder:
    """Feeds a decoder with the packets that the chosen cells need.

    Attributes:
        decoded: number of packets that were decoded.
        held: the pictures that stay on the screen during cells in which no picture begins. Maps
            the timestamp of the picture to the first such cell and the number of such cells. It is
            filled while `frames` runs; the entry of a frame is there before the frame comes.
    """

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        rate: float,
        first_cell: int = 0,
        last_cell: int | None = None,
        *,
        clock: Clock,
        end_s: float = math.inf,
        clean: bool = True,
        threads: int = 0,
    ) -> None:
        """Args:
        container: the recording, just opened.
        video: the stream to decode.
        rate: cells a second.
        first_cell, last_cell: cells `first_cell` to `last_cell - 1` are decoded; None decodes to
            the end.
        clock: the clock of the stream.
        end_s: when the last picture ends, in seconds.
        clean: whether decoding can begin at every key frame. If not, it begins one key frame
            earlier, and no packet is left out.
        threads: number of decoder threads; 0 lets FFmpeg choose.
        """
        self.decoded = 0
        self.held: dict[int, tuple[int, int]] = {}
        self._container = container
        self._video = video
        self._codec = video.codec_context
        self._rate = rate
        self._first_cell = first_cell
        self._start = first_cell / rate
        self._end = math.inf if last_cell is None else last_cell / rate
        self._end_s = end_s
        self._base = seconds_per_unit(video)
        self._clock = clock
        self._clean = clean
        self._guesses = container.format.name in _GUESSING
        # The newest cell that has its picture.
        self._cell = first_cell - 1
        # The timestamp of the newest picture that was seen, whether it is a sample or not.
        self._newest: int | None = None
        self._reached_end = False
        self._holds = True
        self._fed_since_frame = 0
        self._fed_since_flush = 0
        for stream in container.streams:
            if stream is not video:
                stream.discard = Discard.all
        self._codec.options = {"skip_loop_filter": "all", "max_pixels": str(MAX_PIXELS)}
        # With frame threads, FFmpeg 8's VP9 decoder crashes if it has been flushed and the next
        # packet, because of damage, is not a key frame (tests/media/test_fuzz.py showed it).
        self._codec.thread_type = "SLICE" if self._codec.name == "vp9" else "AUTO"
        self._codec.thread_count = threads

    def time(self, stamp: int | None) -> float | None:
        """Return the seconds from the start of the recording to a timestamp; None for None."""
        return None if stamp is None else stamp * self._base - self._clock.origin

    def cell(self, t: float) -> int:
        """Return the cell of a time in seconds.

        Timestamps are rounded to the time base; the small number that is added allows for that.
        """
        return math.floor(t * self._rate + 1e-4)

    def frames(self) -> Iterator[VideoFrame]:
        """Yield the frames of the chosen cells, and other frames needed to decode them."""
        waiting: tuple[list[Packet], set[int]] | None = None
        for run in runs(self._packets()):
            targets, earlier = self._targets(run)
            if waiting is not None:
                waiting[1].update(earlier)
                # In an open group of pictures, the first frames that are shown depend on the group
                # before.
                first = stamp_of(run[0])
                leans = first is not None and any(stamp < first for stamp in targets)
                whole = leans or not run[0].is_keyframe or not self._clean
                yield from self._feed(*waiting, whole)
            waiting = run, targets
        if waiting is not None:
            last = self._hold(self._cells_left())
            if last is not None:
                waiting[1].add(last)
            yield from self._feed(*waiting, False)
        yield from self._drain()

    def key_frames(self) -> Iterator[VideoFrame]:
        """Yield one key frame of each chosen cell that has one."""
        # It is not known what is shown between two key frames.
        self._holds = False
        for packet in self._packets():
            if packet.is_keyframe and self._targets([packet])[0]:
                yield from self._decode(packet)
        yield from self._drain()

    def first_key_frame(self) -> Iterator[VideoFrame]:
        """Yield the first key frame that can be decoded, then go back to the beginning."""
        for packet in self._packets():
            if packet.is_keyframe and not packet.is_discard:
                yield from self._decode(packet)
                yield from self._drain()
        with contextlib.suppress(av.error.FFmpegError):
            self._container.seek(0)

    def starts_at(self, t: float) -> bool:
        """Return whether decoding can begin at the key frame at `t` seconds.

        Streams with a rolling refresh mark packets as key frames although the picture only begins
        to build up there: the first frame comes later.
        """
        key: float | None = None
        for packet in self._packets():
            if key is None:
                if not packet.is_keyframe or (self.time(stamp_of(packet)) or 0.0) < t - 1e-3:
                    continue
                key = self.time(stamp_of(packet))
            for frame in self._decode(packet):
                first = self.time(frame.pts)
                return first is None or key is None or first <= key + 1e-3
            if self._fed_since_frame > _MAX_RUN_IN:
                break
        for frame in self._drain():
            first = self.time(frame.pts)
            return first is None or key is None or first <= key + 1e-3
        return key is None

    def _packets(self) -> Iterator[Packet]:
        """Yield packets in decoding order from the last key frame at or before the start."""
        packets = self._demux()
        if self._start > 0 and not self._clock.parts:
            first, packets = self._seek(self._start)
            if first is not None and (self._guesses or not self._clean):
                before = (self.time(stamp_of(first)) or 0.0) - 1e-3
                if before > 0:
                    first, packets = self._seek(before)
            if first is not None:
                yield first
        for packet in packets:
            soonest = self.time(packet.dts)
            if soonest is None and packet.pts is not None:
                # Without a decoding time, it is only known that packets need not come in the order
                # in which they are shown.
                soonest = packet.pts * self._base - self._clock.origin - _REORDER_S
            if soonest is not None and soonest >= self._end:
                self._reached_end = True
                return
            if self._fed_since_frame > _MAX_FRUITLESS:
                log.warning("%d packets in a row gave no picture", _MAX_FRUITLESS)
                return
            yield packet

    def _seek(self, start: float) -> tuple[Packet | None, Iterator[Packet]]:
        """Return the last key frame at or before a time, and the packets after it."""
        # Some formats are indexed by decoding time, and some have no index: the key frame that the
        # search gives may lie after the start. Then the next search begins earlier.
        packets = self._demux()
        for back in (0.0, 2.0, 10.0, 60.0, 600.0, math.inf):
            position = max(0.0, start - back)
            # In some formats, a search for the time of the first frame misses that frame. Others
            # have nothing before it, and stay where they are when that is searched.
            for margin in (10.0, 0.0) if position == 0.0 else (0.0,):
                stamp = round((position + self._clock.origin - margin) / self._base)
                with contextlib.suppress(av.error.FFmpegError):
                    self._container.seek(stamp, stream=self._video, backward=True)
                    break
            packets = self._demux()
            first = next((packet for packet in packets if packet.is_keyframe), None)
            t = None if first is None else self.time(stamp_of(first))
            if t is not None and t <= start + 1e-4:
                return first, packets
            if position == 0.0:
                return first, packets
        return None, packets

    def _demux(self) -> Iterator[Packet]:
        number = 0
        try:
            for packet in self._container.demux(self._video):
                # The last packet is empty and only tells a decoder that the end is reached.
                if not packet.size:
                    continue
                if self._clock.parts and stamp_of(packet) is not None:
                    shift = round(self._clock.shift(number) / self._base)
                    number += 1
                    packet.pts = None if packet.pts is None else packet.pts + shift
                    packet.dts = None if packet.dts is None else packet.dts + shift
                yield packet
        except (av.error.FFmpegError, IndexError) as error:
            # PyAV counts the streams when it opens a file. Damage can make further streams appear,
            # which raises an IndexError.
            log.warning("reading ends early: %s", error)

    def _targets(self, run: list[Packet]) -> tuple[set[int], set[int]]:
        """Return the timestamps of the samples in a run of packets, and in the run before it.

        The sample of a cell is the first picture that begins in it, or, if none begins in it, the
        picture that is still shown.
        """
        targets: set[int] = set()
        earlier: set[int] = set()
        is_of_this_run = False  # whether the newest picture is
        for stamp in sorted(
            stamp
            for packet in run
            if not packet.is_discard and (stamp := stamp_of(packet)) is not None
        ):
            t = self.time(stamp)
            if t is None or (self._newest is not None and stamp <= self._newest):
                continue
            cell = self.cell(t)
            held = self._hold(min(cell, self._last_cell()) - 1)
            if held is not None:
                (targets if is_of_this_run else earlier).add(held)
            if t >= self._end:
                # Not shown in any chosen cell, also if it is the first picture of the recording.
                continue
            if cell > self._cell:
                self._cell = cell
                targets.add(stamp)
            self._newest, is_of_this_run = stamp, True
        return targets, earlier

    def _hold(self, until: int) -> int | None:
        """Let the newest picture stand for all cells up to `until` that have none.

        Returns:
            Its timestamp; None if there is no such cell.
        """
        if not self._holds or self._newest is None or until <= self._cell:
            return None
        self.held[self._newest] = self._cell + 1, until - self._cell
        self._cell = until
        return self._newest

    def _last_cell(self) -> int:
        """Return the cell after the last chosen one; a huge number if there is no limit."""
        return sys.maxsize if math.isinf(self._end) else round(self._end * self._rate)

    def _cells_left(self) -> int:
        """Return the last chosen cell that begins before the last picture ends."""
        if self._reached_end:
            return self._last_cell() - 1
        if math.isinf(self._end_s):
            return self._cell
        # A picture that lasts only a few thousandths of a cell into it is not shown in it.
        return min(math.ceil(self._end_s * self._rate - 0.02) - 1, self._last_cell() - 1)

    def _feed(self, run: list[Packet], targets: set[int], whole: bool) -> Iterator[VideoFrame]:
        """Decode a run up to its last target, or to its end if the next run depends on it."""
        # Without presentation times, only the decoder knows the order in which pictures are shown.
        whole = whole or any(packet.pts is None for packet in run)
        length = len(run)
        if not whole:
            length = 1 + max(
                (place for place, packet in enumerate(run) if packet.pts in targets), default=-1
            )
        for packet in run[:length]:
            self._codec.skip_frame = "DEFAULT" if stamp_of(packet) in targets else "NONREF"
            yield from self._decode(packet)
        if length < len(run):
            yield from self._drain()

    def _decode(self, packet: Packet | None) -> list[VideoFrame]:
        self._fed_since_frame += 1
        self._fed_since_flush += 1
        self.decoded += packet is not None
        try:
            frames = self._codec.decode(packet)
        except av.error.FFmpegError as error:
            log.debug("a packet could not be decoded: %s", error)
            return []
        if frames:
            self._fed_since_frame = 0
        return frames

    def _drain(self) -> Iterator[VideoFrame]:
        """Yield the frames that the decoder still holds, and reset it."""
        if self._fed_since_flush:
            yield from self._decode(None)
            self._codec.flush_buffers()
            self._fed_since_flush = 0
