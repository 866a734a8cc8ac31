"""Puts the times of a stream on one axis, even if the clock of the file restarts or jumps.

In the middle of a file, timestamps may start again from zero or leap ahead: because recordings
were joined byte by byte, a camera was switched off and on, or a counter wrapped around. Such a
recording consists of parts with separate clocks, and the parts are put one after the other.
"""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass, field

import numpy as np

# Within one part, timestamps in the order of the file never go back by more than this.
_BACK_S = 1.0
# Broadcast formats allow the clock to jump. FFmpeg's tools treat a gap of this length as a jump.
_JUMP_S = 10.0
# The shortest gap that counts as a jump if nothing but its length speaks for one.
_LONG_JUMP_S = 60.0
# A file with more jumps than this is damaged; it was not joined from so many parts.
_MAX_JUMPS = 200
# The 33-bit counters of MPEG streams count at 90 kHz and start again from zero after this time.
_WRAP_S = 2**33 / 90_000
# The first and the last picture of a part are among so many packets at its beginning and end.
_REORDERED = 64
# Jumps in several streams that differ by less than this count as one and the same jump.
_SAME_S = 10.0


@dataclass(frozen=True)
class Clock:
    """Turns the timestamps of one stream into times of the recording.

    Attributes:
        origin: the timestamp, in seconds, at which the recording begins.
        parts: for each part after the first one, the number of its first packet in this stream
            and the seconds to add to its timestamps.
    """

    origin: float = 0.0
    parts: tuple[tuple[int, float], ...] = ()

    @property
    def joined(self) -> int:
        """Number of joined parts. A counter that merely wrapped around does not start a part."""
        shifts = [0.0, *(shift for _, shift in self.parts)]
        return 1 + sum(not _is_wrap(a - b) for a, b in itertools.pairwise(shifts))

    def shift(self, number: int) -> float:
        """Return the seconds to add to the timestamps of this packet.

        Args:
            number: of the packet within its stream, from 0.
        """
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
        times: decoding times in seconds.
        shown: presentation times in seconds.
        places: number of each packet among the packets of all streams.
    """

    times: array = field(default_factory=lambda: array("d"))
    shown: array = field(default_factory=lambda: array("d"))
    places: array = field(default_factory=lambda: array("q"))

    def add(self, time: float, shown: float, place: int) -> None:
        """Append the times and the place of the next packet.

        Args:
            time: decoding time in seconds; NaN if it is not known.
            shown: presentation time in seconds.
            place: number of the packet among the packets of all streams.
        """
        self.times.append(time)
        self.shown.append(shown)
        self.places.append(place)

    def fill(self) -> None:
        """Fill in missing decoding times: with that of the next packet that has one.

        If no packet has one, decoding times follow from the presentation times.
        """
        times = np.frombuffer(self.times, "d")
        known = np.flatnonzero(np.isfinite(times))
        if not len(known):
            times[:] = np.minimum.accumulate(np.frombuffer(self.shown, "d")[::-1])[::-1]
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
    step: float  # how long a packet before it usually lasts

    @property
    def delta(self) -> float:
        return self.after - self.before


def parts_of(
    streams: dict[int, Stamps], discontinuous: bool
) -> dict[int, tuple[tuple[int, float], ...]]:
    """Find the parts of a recording, for the `Clock` of each stream.

    A jump ahead counts only if every stream makes it: when a picture stands still while somebody
    goes on talking, the clock has not jumped.

    Args:
        streams: timestamps by the index of the stream.
        discontinuous: whether clocks may jump in this format, as in MPEG-TS.

    Returns:
        `Clock.parts` by the index of the stream; empty tuples for a recording of one part.
    """
    streams = {index: stamps for index, stamps in streams.items() if len(stamps.times)}
    jumps = [jump for index in streams for jump in _jumps(index, streams[index])]
    jumps = [jump for jump in jumps if _is_break(jump, jumps, streams, discontinuous)]
    parts: dict[int, list[tuple[int, float]]] = {index: [] for index in streams}
    if len(jumps) > _MAX_JUMPS * len(streams):
        return dict.fromkeys(streams, ())
    shifts = dict.fromkeys(streams, 0.0)
    for group in _groups(sorted(jumps, key=lambda jump: jump.place)):
        end = max(jump.before + jump.step + shifts[jump.stream] for jump in group)
        shift = end - min(jump.after for jump in group)
        if _is_wrap(group[0].delta):
            shift = shifts[group[0].stream] + _WRAP_S
        for jump in group:
            shifts[jump.stream] = shift
            parts[jump.stream].append((jump.number, shift))
        for index, stamps in streams.items():
            # A stream that begins in this part takes the clock of the part. A stream that went on
            # without a jump keeps its clock.
            if stamps.places[0] > group[0].place and not parts[index]:
                shifts[index] = shift
                parts[index].append((0, shift))
    return {index: tuple(entries) for index, entries in parts.items()}


def _jumps(index: int, stamps: Stamps) -> list[_Jump]:
    times, shown = np.frombuffer(stamps.times, "d"), np.frombuffer(stamps.shown, "d")
    steps = np.diff(times)
    numbers = (np.flatnonzero((steps < -_BACK_S) | (steps > _JUMP_S)) + 1).tolist()
    jumps = []
    for last, number, following in zip(
        [0, *numbers], numbers, [*numbers[1:], len(times)], strict=False
    ):
        before, after, step = float(times[number - 1]), float(times[number]), _step(times)
        if after < before:
            # FFmpeg may not know the decoding times of a part. It reaches from its first picture to
            # its last, in whatever order they are decoded.
            end = np.sort(shown[max(last, number - _REORDERED) : number])
            before, step = float(end[-1]), _step(end)
            after = float(shown[number : min(following, number + _REORDERED)].min())
        jumps.append(_Jump(index, number, stamps.places[number], before, after, step))
    return jumps


def _is_break(
    jump: _Jump, jumps: list[_Jump], streams: dict[int, Stamps], discontinuous: bool
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
            for other in jumps
        )
        or (discontinuous and _is_silent(streams[stream], jump))
        for stream in others
    )


def _is_silent(stamps: Stamps, jump: _Jump) -> bool:
    """Return whether a stream has no packet within the gap."""
    times = np.frombuffer(stamps.times, "d")
    return not ((times > jump.before + _BACK_S) & (times < jump.after - _BACK_S)).any()


def _groups(jumps: list[_Jump]) -> list[list[_Jump]]:
    """Group jumps, given in the order of the file: those that several streams make together."""
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


def _step(times: np.ndarray) -> float:
    """Return how long a packet usually lasts, in seconds, by the times of packets."""
    steps = np.diff(times)
    steps = steps[(steps > 0) & (steps < _JUMP_S)]
    return float(np.median(steps)) if len(steps) else 0.0
