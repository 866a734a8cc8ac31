"""Recordings for benchmarks, made from the shared clips without encoding them again."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np

from benchmarks.parts.footage import gallery, media, portraits


def clip(name: str) -> Path:
    """Returns the path of a shared clip.

    Raises:
        SystemExit: the shared material is missing.
    """
    folder = media()
    if folder is None:
        raise SystemExit("this benchmark needs the shared clips; set FER_SHARED to their folder")
    return folder / name


def prolonged(source: Path, path: Path, seconds: float) -> float:
    """Repeat the pictures of a clip, from key frame to key frame, without decoding them.

    Returns:
        The length of the recording in s, the first at or over `seconds`.
    """
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        video = container.streams.video[0]
        copy = out.add_stream_from_template(video)
        packets = [
            (bytes(packet), packet.pts, packet.dts, packet.is_keyframe)
            for packet in container.demux(video)
            if packet.size
        ]
        keys = [place for place, (_, pts, _, key) in enumerate(packets) if key and pts >= 0]
        first, last = packets[keys[0]], packets[keys[-1]]
        period = last[1] - first[1]
        offset = 0
        while offset * video.time_base < seconds:
            for data, pts, dts, key in packets[keys[0] : keys[-1]]:
                packet = av.Packet(data)
                packet.pts, packet.dts = pts - first[1] + offset, dts - first[1] + offset
                packet.time_base, packet.is_keyframe, packet.stream = video.time_base, key, copy
                out.mux(packet)
            offset += period
        return float(offset * video.time_base)


def gallery_recording(path: Path, seconds: int = 20, fps: int = 25) -> None:
    """Write a video call of 25 people, 1280x720, whose pictures change four times a second."""
    faces = portraits(50)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        pictures = [gallery(list(islice(faces, turn, turn + 25))) for turn in range(8)]
        for number in range(seconds * fps):
            picture = np.ascontiguousarray(pictures[number * 4 // fps % len(pictures)])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
