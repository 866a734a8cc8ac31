"""Small files that claim far more memory or time than a recording needs, made here."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from tests.sounds import tone, write_sound


def jpeg_bomb(side: int = 60_000) -> bytes:
    """A JPEG of some hundred bytes whose header claims `side` × `side` px: 10 GB when decoded."""
    small = io.BytesIO()
    Image.new("RGB", (16, 16), "grey").save(small, "JPEG")
    data = bytearray(small.getvalue())
    frame = data.index(b"\xff\xc0")  # the header of a baseline frame: length, depth, height, width
    data[frame + 5 : frame + 9] = side.to_bytes(2, "big") * 2
    return bytes(data)


def huge_png(side: int = 15_000) -> bytes:
    """A black picture of `side` x `side` pixels in 24 bit: hundreds of bytes a gigabyte."""
    row = bytes(1 + 3 * side)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def zip_bomb(path: Path, names: list[str], size: int = 60_000_000) -> Path:
    """A zip whose files are `size` zeros each; a file takes up a thousandth of that."""
    zeros = bytes(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(zeros) + packer.flush()
    # Method 8 is Deflate; day 33 is the first of January 1980.
    facts = struct.pack("<5H3I", 20, 0, 8, 0, 33, zlib.crc32(zeros), len(packed), size)
    files, directory = b"", b""
    for name in (name.encode() for name in names):
        at, length = len(files), struct.pack("<2H", len(name), 0)
        files += b"PK\3\4" + facts + length + name + packed
        place = struct.pack("<3H2I", 0, 0, 0, 0, at)
        directory += b"PK\1\2" + struct.pack("<H", 20) + facts + length + place + name
    end = struct.pack("<4H2IH", 0, 0, len(names), len(names), len(directory), len(files), 0)
    path.write_bytes(files + directory + b"PK\5\6" + end)
    return path


def png_streams(path: Path, png: bytes, streams: int = 2) -> Path:
    """A QuickTime file whose video streams each hold the picture."""
    with av.open(str(path), "w") as container:
        added = []
        for _ in range(streams):
            stream = container.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 16, 16, "rgb24"
            added.append(stream)
        for stream in added:
            packet = av.Packet(png)
            packet.stream, packet.pts, packet.dts = stream, 0, 0
            packet.time_base, packet.is_keyframe = Fraction(1, 1000), True
            container.mux(packet)
    return path


def mp3_with_cover(path: Path, png: bytes) -> Path:
    """A second of sound with the picture as its cover."""
    sound = write_sound(path, tone(1.0)).read_bytes()
    frame = b"\x00image/png\x00\x03\x00" + png
    body = b"APIC" + struct.pack(">I", len(frame)) + b"\x00\x00" + frame
    size = len(body)
    synchsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\x00\x00" + synchsafe + body + sound)
    return path


def slow_gif(path: Path, width: int, height: int, frames: int) -> Path:
    """A picture of a large canvas in which one pixel changes, `frames` times in a hundredth of a
    second each: 20 bytes that make a decoder copy the canvas."""
    data = bytearray(b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00")
    data += b"\x00\x00\x00\xff\xff\xff"
    control = b"\x21\xf9\x04\x04" + struct.pack("<H", 1) + b"\x00\x00"
    one = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\x00\x02\x02\x44\x01\x00"
    for _ in range(frames):
        data += control + one
    path.write_bytes(bytes(data) + b"\x3b")
    return path
