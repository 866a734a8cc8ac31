"""Works on packets, the compressed pieces of a recording: their times, and where to cut."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from av.packet import Packet
from av.video.stream import VideoStream

# A run of packets waits in memory until it is known which of them must be decoded.
_MAX_RUN = 300
_MAX_RUN_BYTES = 16_000_000


def runs(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Cut packets, in decoding order, where all later ones are shown after all earlier ones.

    A cut is made before each key frame of this kind, and before another packet only if the run
    would otherwise get too long to keep in memory.
    """
    run: list[Packet] = []
    size, highest = 0, -math.inf
    for packet in packets:
        stamp = stamp_of(packet)
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


def seconds_per_unit(video: VideoStream) -> float:
    """Return the length of one unit of the stream's timestamps, in seconds."""
    return float(video.time_base or 0)


def stamp_of(packet: Packet) -> int | None:
    """Return a packet's presentation timestamp or, failing that, its decoding timestamp."""
    return packet.dts if packet.pts is None else packet.pts
