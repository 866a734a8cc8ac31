"""The length that the header of a recording states, and whether the recording ends before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

# Formats whose header states the length of the recording. For others, FFmpeg estimates it.
_STATED = {"mov", "matroska", "avi", "flv", "asf", "mxf"}
# Programs write when such a recording ends by its clock, which begins late in a piece of a longer
# one.
_STATED_END = {"matroska", "asf"}
# A header may be wrong by so many seconds, or by this share of the length, before the report says
# that the file is cut off.
_CUT_S = 1.0
_CUT_SHARE = 0.02
# The properties of an .asf, .wma or .wmv file stand within so many bytes from its beginning.
_HEAD_BYTES = 65_536
# The name of these properties, and where their fields are: the size of the file, the length, of
# which a part is a lead that nobody hears, and flags.
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_SIZE, _ASF_LENGTH, _ASF_LEAD, _ASF_FLAGS, _ASF_END = 40, 64, 80, 88, 92
# The header of an .avi file has two numbers at these places: how long a picture lasts, in
# microseconds, and how many there are.
_AVI_STEP, _AVI_COUNT = 32, 48
# A size in a RIFF header from here on stands for an unknown size.
_UNKNOWN_FROM = 0x7FFF0000


@dataclass(frozen=True)
class Lengths:
    """How long a recording is, in seconds.

    Attributes:
        whole_s: length for the time axis; 0 if it is not known.
        stated_s: `stated_length`.
        there_s: when the last packet ends.
    """

    whole_s: float
    stated_s: float = 0.0
    there_s: float = 0.0


def is_cut_off(stated_s: float, there_s: float) -> bool:
    """Return whether a recording ends long before the end that its header announces.

    Args:
        stated_s: `stated_length`.
        there_s: when the last packet ends, in seconds.
    """
    return stated_s - there_s > max(_CUT_S, _CUT_SHARE * stated_s)


def stated_length(path: Path | str, container: InputContainer) -> float:
    """Return the length that the header states, in seconds; 0 if it states none.

    It is the length of the longest track.

    Args:
        path: the recording.
        container: the opened recording.
    """
    formats = set(container.format.name.split(","))
    if not formats & _STATED:
        return 0.0
    stated = (container.duration or 0) / av.time_base
    late = max(0.0, (container.start_time or 0) / av.time_base) if formats & _STATED_END else 0.0
    # Where such a file is shorter than its header says, FFmpeg does not tell what the header says.
    if "avi" in formats and riff_bytes_missing(path) > 0:
        return max(stated, _avi_length(_head(path)))
    if "asf" in formats:
        stated = max(stated, _asf_length(_head(path), Path(path).stat().st_size))
    return max(0.0, stated - late)


def riff_bytes_missing(path: Path | str) -> int:
    """Return how many bytes are missing that the header of a .wav or .avi file announces.

    FFmpeg cannot say it, because it shortens the stated length to the data that are there.
    """
    with open(path, "rb") as file:
        head = file.read(8)
    announced = _number(head, 4, 4)
    # Programs that write to a pipe do not know the size. They write 0 or about the largest number
    # possible: sox 0x7FFFF024, arecord 0x7FFFFF24, FFmpeg 0xFFFFFFFF.
    if head[:4] != b"RIFF" or announced == 0 or announced >= _UNKNOWN_FROM:
        return 0
    return announced + 8 - Path(path).stat().st_size


def _head(path: Path | str) -> bytes:
    with open(path, "rb") as file:
        return file.read(_HEAD_BYTES)


def _avi_length(head: bytes) -> float:
    if head[24:28] != b"avih":
        return 0.0
    return _number(head, _AVI_STEP, 4) * _number(head, _AVI_COUNT, 4) / 1e6


def _asf_length(head: bytes, size: int) -> float:
    at = head.find(_ASF_PROPERTIES)
    fields = head[at : at + _ASF_END]
    # A file that was written while it was sent does not know its length.
    if at < 0 or len(fields) < _ASF_END or _number(fields, _ASF_FLAGS, 4) & 1:
        return 0.0
    if _number(fields, _ASF_SIZE, 8) <= size:
        return 0.0
    return max(0.0, _number(fields, _ASF_LENGTH, 8) / 1e7 - _number(fields, _ASF_LEAD, 8) / 1e3)


def _number(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(content[at : at + length], "little")
