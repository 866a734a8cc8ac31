"""Sends messages between the app and a child: pickled, with arrays copied byte by byte."""

from __future__ import annotations

import pickle
from typing import IO, Any


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message, followed by the bytes of its arrays.

    Raises:
        OSError: the process on the other side has ended.
    """
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    sizes = pickle.dumps([len(data), *(raw.nbytes for raw in raws)])
    parts: list[bytes | memoryview] = [len(sizes).to_bytes(4, "little"), sizes, data, *raws]
    for part in parts:
        left = memoryview(part)
        while left:  # an unbuffered pipe may take only a part at a time
            left = left[stream.write(left) :]
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises:
        EOFError: the other side has closed the stream.
    """
    sizes = pickle.loads(_exactly(stream, int.from_bytes(_exactly(stream, 4), "little")))
    data, *buffers = (_exactly(stream, size) for size in sizes)
    return pickle.loads(data, buffers=buffers)


def _exactly(stream: IO[bytes], size: int) -> bytearray:
    data = bytearray(size)
    view, filled = memoryview(data), 0
    while filled < size:
        count = stream.readinto(view[filled:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        filled += count
    return data
