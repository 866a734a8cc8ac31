"""Small recordings whose pictures say which frame they are, made where a test needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 10


def numbered(number: int, width: int = 160, height: int = 96) -> np.ndarray:
    """A picture that carries a number as `BITS` vertical bars, the lowest bit on the left.

    The lower half is the upper one's negative, so that no picture is without contrast.

    Returns:
        uint8 (height, width, 3).
    """
    picture = np.zeros((height, width, 3), np.uint8)
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for bit in range(BITS):
        picture[:, edges[bit] : edges[bit + 1]] = 220 if number >> bit & 1 else 30
    picture[height // 2 :] = 250 - picture[height // 2 :]
    return picture


def number_of(picture: np.ndarray) -> int:
    """The number that a picture of `numbered` carries, whatever a codec did to it."""
    edges = np.linspace(0, picture.shape[1], BITS + 1).astype(int)
    upper = picture[: picture.shape[0] // 2]
    bars = [upper[:, edges[bit] : edges[bit + 1]].mean() for bit in range(BITS)]
    return sum(int(bar > 125) << bit for bit, bar in enumerate(bars))


def make_video(
    path: Path,
    *,
    codec: str = "libx264",
    frames: int = 75,
    fps: int = 25,
    size: tuple[int, int] = (160, 96),
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    format: str | None = None,
    times: Sequence[float] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    sound: str | None = None,
    sound_start: float = 0.0,
    sound_seconds: float | None = None,
    first: int = 0,
    matrix: tuple[int, ...] | None = None,
    draw: Callable[[int], np.ndarray] | None = None,
) -> Path:
    """Write a video of numbered frames.

    Args:
        times: presentation time of each frame in s; None takes `fps`.
        rotation: degrees, counter-clockwise, by which a player has to turn the pictures.
        aspect: width over height of a pixel.
        sound: codec of a sound track with a tone, or None.
        sound_start: time at which the tone begins, s.
        sound_seconds: how long it lasts; None: as long as the frames at `fps`.
        first: number of the first frame.
        matrix: the four numbers a, b, c, d of the display matrix, each -1, 0 or 1.
        draw: frame number in, uint8 (H, W, 3) out, instead of `numbered`.
    """
    with av.open(str(path), "w", format=format, container_options=container or {}) as out:
        video = out.add_stream(codec, rate=fps, options=options or {})
        video.width, video.height = size
        video.pix_fmt = pixels
        video.codec_context.time_base = Fraction(1, 1000 if times else fps)
        if rotation:
            video.set_display_rotation(rotation)
        if matrix is not None:
            a, b, c, d = (65536 * number for number in matrix)
            video.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
        if aspect is not None:
            video.codec_context.sample_aspect_ratio = aspect
        audio = out.add_stream(sound, rate=16000) if sound else None
        for number in range(frames):
            picture = numbered(first + number, *size) if draw is None else draw(number)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            frame.pts = round(times[number] * 1000) if times else number
            frame.time_base = video.codec_context.time_base
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None:
            seconds = frames / fps if sound_seconds is None else sound_seconds
            tone(out, audio, seconds, sound_start)
    return path


def cut(source: Path, path: Path, seconds: float, repeat: int = 1) -> Path:
    """Copy the first seconds of a video's pictures, several times over, without decoding."""
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        video = container.streams.video[0]
        copy = out.add_stream_from_template(video)
        packets = [
            (bytes(packet), packet.pts, packet.dts, packet.is_keyframe)
            for packet in container.demux(video)
            if packet.size and packet.pts * video.time_base < seconds
        ]
        for turn in range(repeat):
            offset = round(turn * seconds / video.time_base)
            for data, pts, dts, key in packets:
                packet = av.Packet(data)
                packet.pts, packet.dts, packet.time_base = (
                    pts + offset,
                    dts + offset,
                    (video.time_base),
                )
                packet.is_keyframe = key
                packet.stream = copy
                out.mux(packet)
    return path


def make_long_video(path: Path) -> Path:
    """Write a recording of hours, whose analysis takes far longer than a test, within a moment."""
    # Without pictures that refer to later ones, as copies follow each other.
    short = make_video(path.with_stem("short"), frames=50, fps=1, options={"bf": "0"})
    return cut(short, path, 50, repeat=300)


def make_sound(path: Path, codec: str = "pcm_s16le", seconds: float = 2.0) -> Path:
    """Write a tone."""
    with av.open(str(path), "w") as out:
        tone(out, out.add_stream(codec, rate=16000), seconds)
    return path


def make_tracks(path: Path, *pictures: Callable[[int], np.ndarray], sounds: int = 0) -> Path:
    """Write a file of two seconds with several tracks.

    Args:
        pictures: for each track with pictures, frame number in, uint8 (96, 160, 3) out.
        sounds: number of sound tracks. All are silent but the last one.
    """
    with av.open(str(path), "w") as out:
        videos = [out.add_stream("libx264", rate=25) for _ in pictures]
        for video in videos:
            video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audios = [out.add_stream("aac", rate=16000) for _ in range(sounds)]
        for video, draw in zip(videos, pictures, strict=True):
            for number in range(50):
                frame = av.VideoFrame.from_ndarray(draw(number), "rgb24").reformat(format="yuv420p")
                frame.pts = number
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
        for place, audio in enumerate(audios):
            tone(out, audio, 2.0, loudness=0.0 if place + 1 < sounds else 1.0)
    return path


def damage(source: Path, path: Path, *tracks: int) -> Path:
    """Copy a file, but with zeros in place of the content of some of its tracks, from 0 on."""
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        copies = [out.add_stream_from_template(stream) for stream in container.streams]
        for packet in container.demux():
            if not packet.size:
                continue
            index = packet.stream.index
            content = bytes(packet.size) if index in tracks else bytes(packet)
            copy = av.Packet(content)
            copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.is_keyframe, copy.stream = packet.is_keyframe, copies[index]
            out.mux(copy)
    return path


def tone(out, stream, seconds: float, start: float = 0.0, loudness: float = 1.0) -> None:
    """Encode a tone that begins at `start` seconds into a stream of an open container."""
    wave = (8000 * loudness * np.sin(np.arange(round(16000 * seconds)) * 0.1)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 16000, round(16000 * start), Fraction(1, 16000)
    resampler = av.AudioResampler(
        stream.codec_context.format, "mono", 16000, stream.codec_context.frame_size or 1024
    )
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        out.mux(stream.encode(piece))
    out.mux(stream.encode(None))
