"""Walks over all packets of a recording, without decoding them, and corrects its header.

The header of a recording that was cut off announces too long a length, and the header of joined
recordings knows only the first part. The packets show what is really there.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.stream import Stream

from fer.media.clock import Clock, Stamps, parts_of
from fer.media.packets import stamp_of

# FFmpeg's flag AVFMT_TS_DISCONT: formats whose clock may jump.
_CLOCK_MAY_JUMP = 0x0200
# After so many packets, the survey shows that it is alive.
_TELL_EVERY = 10_000


@dataclass(frozen=True)
class TrackSurvey:
    """Facts of one track that follow from its packets.

    Attributes:
        packets: number of packets.
        end_s: when the last packet ends, in seconds on the axis of the recording.
        keys: times, in seconds, of the video packets that are marked as key frames.
        clock: turns timestamps into times.
        read_to: position in the file, in bytes, at which the last packet ends; 0 if unknown.
    """

    packets: int
    end_s: float
    keys: tuple[float, ...]
    clock: Clock
    read_to: int = 0


def survey(
    path: Path | str, container: InputContainer
) -> Generator[None, None, dict[int, TrackSurvey]]:
    """Survey the packets of a recording; returns the facts of each track by its index.

    Yields None now and then to show that it goes on.

    Args:
        path: the recording.
        container: the opened recording. Open it again to read from it afterwards: all its packets
            are read here, unless the file has a complete index of them.
    """
    origin = (container.start_time or 0) / av.time_base
    listed = _from_index(path, container, origin)
    if listed is not None:
        return listed
    return (yield from _from_packets(container, origin))


def _from_index(
    path: Path | str, container: InputContainer, origin: float
) -> dict[int, TrackSurvey] | None:
    """Survey the table in the header of MP4 and QuickTime files; None if there is none."""
    if "mp4" not in container.format.name:
        return None
    size = Path(path).stat().st_size
    tracks = {}
    for stream in _tracks(container):
        index = stream.index_entries
        if not len(index) or len(index) != stream.frames:
            return None
        base = float(stream.time_base or 0)
        there = [entry for entry in index if entry.pos + entry.size <= size]
        end = there[-1].timestamp * base if there else origin
        if len(there) == len(index) and stream.duration:
            end = max(end, ((stream.start_time or 0) + stream.duration) * base)
        keys = tuple(
            entry.timestamp * base - origin
            for entry in there
            if entry.is_keyframe and stream.type == "video"
        )
        tracks[stream.index] = TrackSurvey(len(there), end - origin, keys, Clock(origin))
    return tracks


def _from_packets(
    container: InputContainer, origin: float
) -> Generator[None, None, dict[int, TrackSurvey]]:
    streams = _tracks(container)
    bases = {stream.index: float(stream.time_base or 0) for stream in streams}
    stamps = {index: Stamps() for index in bases}
    keys: dict[int, list[int]] = {index: [] for index in bases}
    lengths: dict[int, float] = {}
    read_to = dict.fromkeys(bases, 0)
    place = 0
    try:
        for packet in container.demux(streams):
            place += 1
            if place % _TELL_EVERY == 0:
                yield
            index, base = packet.stream_index, bases.get(packet.stream_index, 0.0)
            stamp, decoding = stamp_of(packet), packet.dts
            if not packet.size or stamp is None or base == 0.0:
                continue
            if packet.is_keyframe and packet.stream.type == "video":
                keys[index].append(len(stamps[index].times))
            # The first packets of a stream may not say when they are decoded.
            time = math.nan if decoding is None else decoding * base
            stamps[index].add(time, stamp * base, place)
            lengths[index] = (packet.duration or 0) * base
            if packet.pos is not None:
                read_to[index] = max(read_to[index], packet.pos + packet.size)
    except (av.error.FFmpegError, IndexError, KeyError):
        # What has been read so far counts. A KeyError or IndexError means that damage made a
        # further stream appear.
        pass
    for index in stamps:
        stamps[index].fill()
    parts = parts_of(stamps, bool(container.format.flags & _CLOCK_MAY_JUMP))
    if any(parts.values()):
        origin = _first_time(stamps, parts)
    tracks = {}
    for index, clock_parts in parts.items():
        times = np.frombuffer(stamps[index].shown, "d").copy()
        ends = [*(first for first, _ in clock_parts[1:]), len(times)]
        for (first, shift), last in zip(clock_parts, ends, strict=False):
            times[first:last] += shift
        times -= origin
        end = float(times.max()) + _last_length(times, lengths[index])
        tracks[index] = TrackSurvey(
            len(times),
            end,
            tuple(float(times[number]) for number in keys[index]),
            Clock(origin, clock_parts),
            read_to[index],
        )
    return tracks


def _tracks(container: InputContainer) -> list[Stream]:
    return [
        stream
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.codec_context is not None
    ]


def _first_time(
    stamps: dict[int, Stamps], parts: dict[int, tuple[tuple[int, float], ...]]
) -> float:
    """Return the earliest time in the first part, over all tracks that begin in it."""
    firsts = []
    for index, entries in parts.items():
        count = entries[0][0] if entries else len(stamps[index].shown)
        if count:
            firsts.append(min(stamps[index].shown[:count]))
    return min(firsts)


def _last_length(times: np.ndarray, stated: float) -> float:
    """Return how long the last packet lasts, in s: as the file states it, or as is usual in it."""
    steps = np.diff(np.sort(times))
    steps = steps[steps > 0]
    usual = float(np.median(steps)) if len(steps) else 0.0
    return stated if 0 < stated < 60 else usual
