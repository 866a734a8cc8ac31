"""Decoding: a recording in, pictures at chosen times out.

Time is the presentation timestamp, never a count of frames. The time axis of a recording is cut
into cells of `1 / rate` seconds, and the sample of a cell is the first picture shown in it. Cells
and timestamps do not depend on where decoding begins, so any part of a recording can be read on
its own and gives the pictures that a read from the beginning gives.

Between samples as little is decoded as the codec allows: packets are looked at before they are
decoded, and those that no sample needs (whole groups of pictures, or the end of one) are dropped;
of the others the non-reference frames and the loop filter are skipped.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.container import MAX_HOURS, opened

log = logging.getLogger(__name__)

MAX_PIXELS = 8192 * 4608
"""Largest picture that is decoded. 8K passes; a decoder keeps several pictures of that size."""

MAX_SIDE = 1920
"""Pictures are handed out with at most this longest side: larger ones cost memory and time, and
faces are looked for and cut at less."""

# Packets without a picture after which a stream counts as undecodable. The slowest start of a
# healthy one is a group of pictures (250 frames by x264's default) that began before the cut.
_MAX_FRUITLESS = 3000
# A run of packets that waits for its verdict is held in memory.
_MAX_RUN = 300
_MAX_RUN_BYTES = 16_000_000


@dataclass(frozen=True)
class VideoFacts:
    """What is known of a recording before it is analysed.

    Attributes:
        container: FFmpeg's name of the file format.
        codec: FFmpeg's name of the video codec; "" where there is no picture.
        width, height: pixels of the picture as it is shown: turned upright, pixels square.
        fps: average frames a second, or 0.0 where the file does not say.
        duration_s: length in seconds; an estimate where the file does not say.
        rotation: degrees, counter-clockwise, by which the stored picture is turned for display.
        pixel_format: FFmpeg's name, such as "yuv420p".
        audio_codec: FFmpeg's name of the sound's codec; "" where there is none.
        key_gap_s: longest time between two key frames, as far as the file's index tells; else 0.
    """

    container: str
    codec: str
    width: int
    height: int
    fps: float
    duration_s: float
    rotation: int
    pixel_format: str
    audio_codec: str
    key_gap_s: float = 0.0

    @property
    def has_video(self) -> bool:
        """Whether there are pictures."""
        return bool(self.codec)

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return bool(self.audio_codec)

    def part(self, t: float) -> float:
        """Share of the recording that lies before `t` seconds, 0 to 1."""
        return min(1.0, max(0.0, t / self.duration_s)) if self.duration_s > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture of a recording.

    Attributes:
        t: s since the start of the recording.
        image: uint8 (H, W, 3) BGR, upright, square pixels, longest side at most `MAX_SIDE`.
        scale: pixels of the shown video per pixel of `image`.
    """

    t: float
    image: np.ndarray
    scale: float


def probe(path: Path | str) -> VideoFacts:
    """The facts of a recording. Reads the header and decodes one picture.

    Raises:
        RecordingError: the file is missing, empty, no recording, too large or too long.
    """
    with opened(path) as container:
        video = _video_stream(container)
        # A stream of an unknown codec has no context.
        sounds = [stream for stream in container.streams.audio if stream.codec_context is not None]
        if video is None and not sounds:
            raise RecordingError(f"{name_of(path)} holds neither pictures nor sound.")
        duration, key_gap = _extent(path, container, video)
        if duration > MAX_HOURS * 3600:
            raise RecordingError(
                f"{name_of(path)} says that it lasts {duration / 3600:.0f} hours; the limit is "
                f"{MAX_HOURS:.0f}. Its header may be damaged."
            )
        audio_codec = sounds[0].codec_context.name if sounds else ""
        if video is None:
            return VideoFacts(container.format.name, "", 0, 0, 0.0, duration, 0, "", audio_codec)
        codec = video.codec_context
        rate = video.average_rate
        first = _first_frame(path, container, video)
        width, height = _shown_size(first, video)
        return VideoFacts(
            container.format.name,
            codec.name,
            width,
            height,
            float(rate) if rate else 0.0,
            duration,
            _turns(first) * 90 if _turns(first) < 3 else -90,
            first.format.name,
            audio_codec,
            key_gap,
        )


def samples(
    path: Path | str,
    rate: float,
    first_cell: int = 0,
    last_cell: int | None = None,
    *,
    key_frames_only: bool = False,
    threads: int = 0,
) -> Generator[Sample, None, None]:
    """The samples of some cells of a recording, in order of time.

    Args:
        path: any file with pictures.
        rate: cells a second.
        first_cell, last_cell: cells `first_cell` to `last_cell - 1` are read; None reads to the
            end. Cell k lasts from `k / rate` to `(k + 1) / rate` seconds.
        key_frames_only: sample key frames only, which need no other frame. Cells without one
            have no sample.
        threads: of the decoder; 0 lets FFmpeg choose.

    Raises:
        RecordingError: the file cannot be read or decoded at all. Damage in the middle is
            skipped.
    """
    with opened(path) as container:
        video = _video_stream(container)
        if video is None:
            raise RecordingError(f"{name_of(path)} holds no pictures.")
        reader = _Reader(container, video, rate, first_cell, last_cell, threads)
        frames = reader.key_frames() if key_frames_only else reader.frames()
        cell = first_cell - 1
        for frame in frames:
            t = reader.time(frame.pts)
            if t is None or not cell < (here := reader.cell(t)):
                continue
            if last_cell is not None and here >= last_cell:
                break
            cell = here
            picture = _picture(frame, video)
            if picture is not None:
                yield Sample(round(t, 6), *picture)


def ahead(items: Iterator[Sample], depth: int = 3) -> Generator[Sample, None, None]:
    """The same samples, decoded on another thread while the caller works on the last one.

    Args:
        depth: samples held ready. Each takes up to 6 MB.
    """
    ready: queue.Queue = queue.Queue(depth)
    stop = threading.Event()
    done = object()

    def offer(item) -> bool:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not offer(item):
                    return
            offer(done)
        except BaseException as error:  # handed to the caller, whatever it is
            offer(error)

    worker = threading.Thread(target=work, name="decoder", daemon=True)
    worker.start()
    try:
        while (item := ready.get()) is not done:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        worker.join()


class _Reader:
    """Feeds a decoder with the packets that some cells need."""

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        rate: float,
        first_cell: int = 0,
        last_cell: int | None = None,
        threads: int = 0,
    ) -> None:
        self._container = container
        self._video = video
        self._codec = video.codec_context
        self._rate = rate
        self._first_cell = first_cell
        self._start = first_cell / rate
        self._end = math.inf if last_cell is None else last_cell / rate
        self._base = _base(video)
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
        for run in _runs(self._packets()):
            targets = self._targets(run)
            if waiting is not None:
                # In an open group of pictures the first frames shown lean on the group before.
                first = _stamp(run[0])
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
            found = None if first is None else self.time(_stamp(first))
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
            if not packet.is_discard and (stamp := _stamp(packet)) is not None
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
            self._codec.skip_frame = "DEFAULT" if _stamp(packet) in targets else "NONREF"
            yield from self._decode(packet)
        if length < len(run):
            yield from self._drain()

    def _decode(self, packet: Packet | None) -> list[VideoFrame]:
        self._fed_since_frame += 1
        self._fed_since_flush += 1
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


def _runs(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Cut packets, in decoding order, where all that follow are shown after all before.

    A cut is made at each such key frame, and elsewhere only where a run would get too long to
    keep in memory.
    """
    run: list[Packet] = []
    size, highest = 0, -math.inf
    for packet in packets:
        stamp = _stamp(packet)
        full = len(run) >= _MAX_RUN or size >= _MAX_RUN_BYTES
        if run and (stamp is None or stamp > highest) and (packet.is_keyframe or full):
            yield run
            run, size = [], 0
        run.append(packet)
        size += packet.size
        if stamp is not None:
            highest = max(highest, stamp)
    if run:
        yield run


def _base(video: VideoStream) -> float:
    """Seconds in a unit of the stream's timestamps."""
    return float(video.time_base or 0)


def _stamp(packet: Packet) -> int | None:
    return packet.dts if packet.pts is None else packet.pts


def _picture(frame: VideoFrame, video: VideoStream) -> tuple[np.ndarray, float] | None:
    """A frame as it is shown, BGR, and its scale; None where it cannot be converted."""
    width, height = _square_size(frame, video)
    scale = max(1.0, max(width, height) / MAX_SIDE)
    size = max(1, round(width / scale)), max(1, round(height / scale))
    try:
        image = frame.reformat(*size, format="bgr24", interpolation="AREA").to_ndarray()
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        log.warning("a frame could not be converted: %s", error)
        return None
    return np.ascontiguousarray(np.rot90(image, _turns(frame))), scale


def _turns(frame: VideoFrame) -> int:
    """Quarter turns, counter-clockwise, that set a frame upright."""
    return round(frame.rotation / 90) % 4


def _square_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Width and height of a frame with square pixels, before it is turned upright."""
    aspect = video.sample_aspect_ratio
    stretch = float(aspect) if aspect and 0.1 < aspect < 10 else 1.0
    return max(1, round(frame.width * stretch)), frame.height


def _shown_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    width, height = _square_size(frame, video)
    return (height, width) if _turns(frame) % 2 else (width, height)


def _video_stream(container: InputContainer) -> VideoStream | None:
    """The first moving picture; a cover picture of a sound file is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    return None


def _extent(
    path: Path | str, container: InputContainer, video: VideoStream | None
) -> tuple[float, float]:
    """Length of the recording and the longest time between two key frames, in seconds."""
    duration = (container.duration or 0) / av.time_base
    if video is None:
        return duration, 0.0
    base = _base(video)
    index = video.index_entries
    complete = len(index) > 0 and len(index) == video.frames
    if complete:
        start = (container.start_time or 0) / av.time_base
        duration = max(duration, index[-1].timestamp * base - start)
    if duration <= 0:
        duration = _measured_duration(path)
    keys = [entry.timestamp * base for entry in index if entry.is_keyframe]
    # An index that ends early says nothing about the rest.
    if not keys or not (complete or keys[-1] > duration - 60):
        return duration, 0.0
    ends = [*keys[1:], max(duration, keys[-1])]
    return duration, max(end - key for key, end in zip(keys, ends, strict=True))


def _measured_duration(path: Path | str) -> float:
    """The time between the first and the last packet; browsers record without a length."""
    first, last = math.inf, -math.inf
    with opened(path) as container:
        video = _video_stream(container)
        if video is None:
            return 0.0
        for packet in container.demux(video):
            if (stamp := _stamp(packet)) is not None:
                first, last = min(first, stamp), max(last, stamp)
        return max(0.0, last - first) * _base(video) if last > -math.inf else 0.0


def _first_frame(path: Path | str, container: InputContainer, video: VideoStream) -> VideoFrame:
    codec = video.codec_context
    if codec.width * codec.height > MAX_PIXELS:
        raise RecordingError(
            f"{name_of(path)} has pictures of {codec.width}x{codec.height} pixels; the limit is "
            f"8192x4608. Convert it to a smaller size first."
        )
    # Asked before decoding: by chance, encrypted data may decode to a picture of noise. And in a
    # container of its own: not every format can go back to its beginning.
    with opened(path) as other:
        packet = next(other.demux(other.streams[video.index]), None)
    if packet is not None and packet.has_sidedata("encryption_info"):
        raise RecordingError(f"{name_of(path)} is encrypted. Export it without protection.")
    reader = _Reader(container, video, 1.0, threads=1)
    for frame in itertools.chain(reader.first_key_frame(), reader.frames()):
        if frame.pts is not None:
            return frame
        raise RecordingError(
            f"{name_of(path)} carries no timestamps. Put it into a container first, for example "
            f"with `ffmpeg -i FILE -c copy FILE.mkv`."
        )
    raise RecordingError(
        f"No picture of {name_of(path)} can be decoded: it is damaged, encrypted or in a format "
        f"that is not known here ({codec.name})."
    )
