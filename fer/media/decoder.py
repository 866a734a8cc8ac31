"""Decoder: the packets that some cells of time need in, frames out.

Between samples as little is decoded as the codec allows: packets are looked at before they are
decoded, and those that no sample needs (whole groups of pictures, or the end of one) are dropped;
of the others the non-reference frames and the loop filter are skipped.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Iterator

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fer.media.packets import runs, seconds_per_unit, stamp_of

log = logging.getLogger(__name__)

MAX_PIXELS = 8192 * 4608
"""Largest picture that is decoded. 8K passes; a decoder keeps several pictures of that size."""

# Packets without a picture after which a stream counts as undecodable. The slowest start of a
# healthy one is a group of pictures (250 frames by x264's default) that began before the cut.
_MAX_FRUITLESS = 3000


class Decoder:
    """Feeds a decoder with the packets that some cells need.

    Attributes:
        decoded: number of packets that were decoded.
    """

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        rate: float,
        first_cell: int = 0,
        last_cell: int | None = None,
        threads: int = 0,
    ) -> None:
        self.decoded = 0
        self._container = container
        self._video = video
        self._codec = video.codec_context
        self._rate = rate
        self._first_cell = first_cell
        self._start = first_cell / rate
        self._end = math.inf if last_cell is None else last_cell / rate
        self._base = seconds_per_unit(video)
        self._origin = (container.start_time or 0) / av.time_base
        # The newest cell whose packet is known.
        self._cell = first_cell - 1
        self._fed_since_frame = 0
        self._fed_since_flush = 0
        for stream in container.streams:
            if stream is not video:
                stream.discard = Discard.all
        self._codec.options = {"skip_loop_filter": "all", "max_pixels": str(MAX_PIXELS)}
        # FFmpeg 8's VP9 decoder with frame threads crashes when it has been flushed and the next
        # packet, because of damage, is no key frame (found by tests/test_fuzz.py).
        self._codec.thread_type = "SLICE" if self._codec.name == "vp9" else "AUTO"
        self._codec.thread_count = threads

    def time(self, stamp: int | None) -> float | None:
        """Seconds since the start of the recording; None without a timestamp."""
        return None if stamp is None else stamp * self._base - self._origin

    def cell(self, t: float) -> int:
        """The cell of a time. Timestamps are rounded to the time base, hence the allowance."""
        return math.floor(t * self._rate + 1e-4)

    def frames(self) -> Iterator[VideoFrame]:
        """The frames of the wanted cells, among others that are needed to decode them."""
        waiting: tuple[list[Packet], set[int]] | None = None
        for run in runs(self._packets()):
            targets = self._targets(run)
            if waiting is not None:
                # In an open group of pictures the first frames shown lean on the group before.
                first = stamp_of(run[0])
                leans = first is not None and any(stamp < first for stamp in targets)
                whole = leans or not run[0].is_keyframe
                yield from self._feed(*waiting, whole)
            waiting = run, targets
        if waiting is not None:
            yield from self._feed(*waiting, False)
        yield from self._drain()

    def key_frames(self) -> Iterator[VideoFrame]:
        """One key frame of each wanted cell that has one."""
        for packet in self._packets():
            if packet.is_keyframe and self._targets([packet]):
                yield from self._decode(packet)
        yield from self._drain()

    def first_key_frame(self) -> Iterator[VideoFrame]:
        """The first key frame that can be decoded; then the recording begins anew."""
        for packet in self._packets():
            if packet.is_keyframe and not packet.is_discard:
                yield from self._decode(packet)
                yield from self._drain()
        with contextlib.suppress(av.error.FFmpegError):
            self._container.seek(0)

    def _packets(self) -> Iterator[Packet]:
        """Packets in decoding order from the last key frame at or before the start."""
        packets = self._demux()
        if self._start > 0:
            first, packets = self._seek()
            if first is not None:
                yield first
        for packet in packets:
            soonest = packet.dts if packet.dts is not None else packet.pts
            if soonest is not None and soonest * self._base - self._origin >= self._end:
                return
            if self._fed_since_frame > _MAX_FRUITLESS:
                log.warning("%d packets in a row gave no picture", _MAX_FRUITLESS)
                return
            yield packet

    def _seek(self) -> tuple[Packet | None, Iterator[Packet]]:
        # Some formats are indexed by decoding time, some not at all: the first key frame found
        # can lie behind the start. Then the search begins earlier.
        packets = self._demux()
        for back in (0.0, 2.0, 10.0, 60.0, 600.0, math.inf):
            position = max(0.0, self._start - back)
            # Some formats miss their own first frame when asked for just that time.
            margin = 10.0 if position == 0.0 else 0.0
            stamp = round((position + self._origin - margin) / self._base)
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(stamp, stream=self._video, backward=True)
            packets = self._demux()
            first = next((packet for packet in packets if packet.is_keyframe), None)
            found = None if first is None else self.time(stamp_of(first))
            if found is not None and found <= self._start + 1e-4:
                return first, packets
            if position == 0.0:
                return first, packets
        return None, packets

    def _demux(self) -> Iterator[Packet]:
        try:
            for packet in self._container.demux(self._video):
                # The last one is empty and only tells the decoder that the end is reached.
                if packet.size:
                    yield packet
        except (av.error.FFmpegError, IndexError) as error:
            # PyAV counts the streams when it opens a file, and damage can make new ones appear.
            log.warning("reading ends early: %s", error)

    def _targets(self, run: list[Packet]) -> set[int]:
        """Timestamps of those packets that are the first of a wanted cell."""
        targets = set()
        for stamp in sorted(
            stamp
            for packet in run
            if not packet.is_discard and (stamp := stamp_of(packet)) is not None
        ):
            t = self.time(stamp)
            if t is not None and t < self._end and (cell := self.cell(t)) > self._cell:
                self._cell = cell
                targets.add(stamp)
        return targets

    def _feed(self, run: list[Packet], targets: set[int], whole: bool) -> Iterator[VideoFrame]:
        """Decode a run up to its last target, or to its end where the next run leans on it."""
        # Without presentation times the order of showing is known to the decoder only.
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
        """Take what the decoder still holds, and make it forget what it has seen."""
        if self._fed_since_flush:
            yield from self._decode(None)
            self._codec.flush_buffers()
            self._fed_since_flush = 0
