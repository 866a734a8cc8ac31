"""Clock: the times of a stream on one axis, also where the clock of the file restarts or jumps.

Recordings that were joined byte by byte, cameras that were switched off and on, and counters that
wrap leave timestamps that start anew or leap ahead in the middle of a file. Such a recording
consists of parts with separate clocks, and the parts are put one after the other.
"""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass, field

import numpy as np

# Timestamps in the order of the file never go back by more than rounding within one part.
_BACK_S = 1.0
# Formats for broadcasts allow jumps; the tools of FFmpeg take a gap of this length for one.
_JUMP_S = 10.0
# Where nothing but the size of a gap tells that it is none.
_LONG_JUMP_S = 60.0
# More jumps than this are damage, not parts.
_MAX_JUMPS = 200
# Counters of MPEG streams, 33 bits of 90 kHz, begin anew after this time.
_WRAP_S = 2**33 / 90_000
# Jumps of several streams that differ by less than this are the same one.
_SAME_S = 10.0


@dataclass(frozen=True)
class Clock:
    """How the timestamps of one stream become times of the recording.

    Attributes:
        origin: s, the timestamp at which the recording begins.
        parts: for each part after the first one, the number of its first packet in this stream
            and the seconds to add to its timestamps.
    """

    origin: float = 0.0
    parts: tuple[tuple[int, float], ...] = ()

    @property
    def joined(self) -> int:
        """Number of parts that were joined; a counter that began anew by itself joins nothing."""
        shifts = [0.0, *(shift for _, shift in self.parts)]
        return 1 + sum(not _is_wrap(a - b) for a, b in itertools.pairwise(shifts))

    def shift(self, number: int) -> float:
        """Seconds to add to the timestamps of the packet with this number in its stream."""
        shift = 0.0
        for first, seconds in self.parts:
            if number < first:
                break
            shift = seconds
        return shift


@dataclass(eq=False)
class Stamps:
    """The timestamps of one stream in the order of the file.

    Attributes:
        times: s, of decoding.
        places: number of each packet among those of all streams.
    """

    times: array = field(default_factory=lambda: array("d"))
    places: array = field(default_factory=lambda: array("q"))

    def add(self, time: float, place: int) -> None:
        """Take the next packet."""
        self.times.append(time)
        self.places.append(place)

    def fill(self, shown: array) -> None:
        """Put a time where there is none (NaN): that of the next packet.

        Args:
            shown: times of presentation, for streams that say nothing else.
        """
        times = np.frombuffer(self.times, "d")
        known = np.flatnonzero(np.isfinite(times))
        if not len(known):
            times[:] = np.minimum.accumulate(np.frombuffer(shown, "d")[::-1])[::-1]
            return
        following = np.searchsorted(known, np.arange(len(times))).clip(max=len(known) - 1)
        times[:] = times[known[following]]


@dataclass(frozen=True)
class _Jump:
    stream: int
    number: int
    place: int
    before: float
    after: float

    @property
    def delta(self) -> float:
        return self.after - self.before


def parts_of(
    streams: dict[int, Stamps], discontinuous: bool
) -> dict[int, tuple[tuple[int, float], ...]]:
    """The parts of a recording, for the `Clock` of each stream.

    A jump ahead counts only where every stream makes it: a picture that is held while somebody
    talks on is no jump.

    Args:
        streams: timestamps by the index of the stream.
        discontinuous: whether the format is one in which clocks may jump, such as MPEG-TS.

    Returns:
        `Clock.parts` by the index of the stream; empty tuples for a recording of one part.
    """
    streams = {index: stamps for index, stamps in streams.items() if len(stamps.times)}
    found = [jump for index in streams for jump in _jumps(index, streams[index])]
    found = [jump for jump in found if _is_break(jump, found, streams, discontinuous)]
    parts: dict[int, list[tuple[int, float]]] = {index: [] for index in streams}
    if len(found) > _MAX_JUMPS * len(streams):
        return dict.fromkeys(streams, ())
    shifts = dict.fromkeys(streams, 0.0)
    for group in _groups(sorted(found, key=lambda jump: jump.place)):
        end = max(jump.before + _step(streams[jump.stream]) + shifts[jump.stream] for jump in group)
        shift = end - min(jump.after for jump in group)
        if _is_wrap(group[0].delta):
            shift = shifts[group[0].stream] + _WRAP_S
        for jump in group:
            shifts[jump.stream] = shift
            parts[jump.stream].append((jump.number, shift))
        for index, stamps in streams.items():
            # A stream that begins in this part has its clock; one that went on without a jump
            # keeps its own.
            if stamps.places[0] > group[0].place and not parts[index]:
                shifts[index] = shift
                parts[index].append((0, shift))
    return {index: tuple(entries) for index, entries in parts.items()}


def _jumps(index: int, stamps: Stamps) -> list[_Jump]:
    times = np.frombuffer(stamps.times, "d")
    steps = np.diff(times)
    places = np.flatnonzero((steps < -_BACK_S) | (steps > _JUMP_S)) + 1
    return [
        _Jump(index, int(n), stamps.places[n], float(times[n - 1]), float(times[n])) for n in places
    ]


def _is_break(
    jump: _Jump, found: list[_Jump], streams: dict[int, Stamps], discontinuous: bool
) -> bool:
    if jump.delta < 0:
        return True
    others = [stream for stream in streams if stream != jump.stream]
    if not others:
        return discontinuous and jump.delta > _LONG_JUMP_S
    if not discontinuous and jump.delta <= _LONG_JUMP_S:
        return False
    return all(
        any(
            other.stream == stream
            and abs(other.before - jump.before) < _SAME_S
            and abs(other.after - jump.after) < _SAME_S
            for other in found
        )
        or (discontinuous and _is_silent(streams[stream], jump))
        for stream in others
    )


def _is_silent(stamps: Stamps, jump: _Jump) -> bool:
    """Whether a stream has no packet within the gap."""
    times = np.frombuffer(stamps.times, "d")
    return not ((times > jump.before + _BACK_S) & (times < jump.after - _BACK_S)).any()


def _groups(jumps: list[_Jump]) -> list[list[_Jump]]:
    """Jumps, in the order of the file, put together where several streams make the same one."""
    groups: list[list[_Jump]] = []
    for jump in jumps:
        last = groups[-1] if groups else []
        if (
            last
            and all(other.stream != jump.stream for other in last)
            and abs(last[0].delta - jump.delta) < _SAME_S
        ):
            last.append(jump)
        else:
            groups.append([jump])
    return groups


def _is_wrap(delta: float) -> bool:
    return abs(delta + _WRAP_S) < _LONG_JUMP_S


def _step(stamps: Stamps) -> float:
    """How long a packet usually lasts, in seconds."""
    steps = np.diff(np.frombuffer(stamps.times, "d"))
    steps = steps[(steps > 0) & (steps < _JUMP_S)]
    return float(np.median(steps)) if len(steps) else 0.0
