"""Opens Matroska and WebM files that were joined byte by byte, so that all parts are read.

Such a file consists of several segments, each with a length. FFmpeg goes on after the end of the
first one, but no further. It does read all of them if their lengths are unknown, as in files of
programs that write to a pipe. So the lengths are replaced while the file is read.

The elements of a file, their ids and lengths are those of EBML (RFC 8794) and Matroska (RFC 9559).
"""

from __future__ import annotations

import bisect
import io
from pathlib import Path

_HEADER = bytes.fromhex("1a45dfa3")
_SEGMENT = bytes.fromhex("18538067")
# Most bytes of a length.
_LONGEST = 8
# No recording has so many parts; a damaged file could seem to.
_MOST_PARTS = 10_000


def joined_segments(path: Path | str) -> dict[int, bytes]:
    """Find the lengths of the segments of a joined file.

    Args:
        path: any file that can be read.

    Returns:
        For each segment the position of its length in the file, and the bytes for an unknown
        length; nothing unless the file has several segments.
    """
    patches: dict[int, bytes] = {}
    place, end = 0, Path(path).stat().st_size
    with open(path, "rb") as file:
        for _ in range(2 * _MOST_PARTS):
            file.seek(place)
            head = file.read(4 + _LONGEST)
            size = _size(head[4:])
            if head[:4] not in (_HEADER, _SEGMENT) or size is None:
                break
            width, value = size
            if head[:4] == _SEGMENT:
                patches[place + 4] = _unknown(width)
            place += 4 + width + value
            if place >= end:
                break
    return patches if len(patches) > 1 else {}


class PatchedFile(io.RawIOBase):
    """A file in which some bytes are replaced while it is read."""

    def __init__(self, path: Path | str, patches: dict[int, bytes]) -> None:
        """Args:
        path: the file.
        patches: bytes by the position in the file that they replace.
        """
        self._file = open(path, "rb")  # noqa: SIM115  closed by `close`
        self._patches = patches
        self._positions = sorted(patches)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        start = self._file.tell()
        data = bytearray(self._file.read(size))
        first = bisect.bisect(self._positions, start - _LONGEST)
        for position in self._positions[first:]:
            if position >= start + len(data):
                break
            for place, byte in enumerate(self._patches[position], position - start):
                if 0 <= place < len(data):
                    data[place] = byte
        return bytes(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _size(data: bytes) -> tuple[int, int] | None:
    """Read a length: its width in bytes and its value; None if it is damaged or unknown."""
    width = 9 - data[0].bit_length() if data and data[0] else 0
    if not 1 <= width <= len(data):
        return None
    value = int.from_bytes(data[:width]) & ((1 << 7 * width) - 1)
    return None if value == (1 << 7 * width) - 1 else (width, value)


def _unknown(width: int) -> bytes:
    """Return the bytes of an unknown length: all bits of its value are 1."""
    return ((1 << 7 * width + 1) - 1).to_bytes(width)
