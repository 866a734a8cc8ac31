"""Probe: what is known of a recording before it is analysed."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.container import MAX_HOURS, opened, video_stream
from fer.media.decoder import MAX_PIXELS, Decoder
from fer.media.packets import seconds_per_unit, stamp_of
from fer.media.picture import shown_size, turns
from fer.media.sandbox.parent import in_child


@dataclass(frozen=True)
class VideoFacts:
    """What is known of a recording before it is analysed.

    Attributes:
        container: FFmpeg's name of the file format.
        codec: FFmpeg's name of the video codec; "" where there is no picture.
        width, height: pixels of the picture as it is shown: turned upright, pixels square.
        fps: average frames a second, or 0.0 where the file does not say.
        duration_s: length in seconds; an estimate where the file does not say.
        rotation: degrees, counter-clockwise, by which the stored picture is turned for display.
        pixel_format: FFmpeg's name, such as "yuv420p".
        audio_codec: FFmpeg's name of the sound's codec; "" where there is none.
        key_gap_s: longest time between two key frames, as far as the file's index tells; else 0.
    """

    container: str
    codec: str
    width: int
    height: int
    fps: float
    duration_s: float
    rotation: int
    pixel_format: str
    audio_codec: str
    key_gap_s: float = 0.0

    @property
    def has_video(self) -> bool:
        """Whether there are pictures."""
        return bool(self.codec)

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return bool(self.audio_codec)

    def part(self, t: float) -> float:
        """Share of the recording that lies before `t` seconds, 0 to 1."""
        return min(1.0, max(0.0, t / self.duration_s)) if self.duration_s > 0 else 0.0


@in_child()
def probe(path: Path | str) -> VideoFacts:
    """The facts of a recording. Reads the header and decodes one picture.

    Raises:
        RecordingError: the file is missing, empty, no recording, too large or too long.
    """
    with opened(path) as container:
        video = video_stream(container)
        # A stream of an unknown codec has no context.
        sounds = [stream for stream in container.streams.audio if stream.codec_context is not None]
        if video is None and not sounds:
            raise RecordingError(f"{name_of(path)} holds neither pictures nor sound.")
        duration, key_gap = _extent(path, container, video)
        if duration > MAX_HOURS * 3600:
            raise RecordingError(
                f"{name_of(path)} says that it lasts {duration / 3600:.0f} hours; the limit is "
                f"{MAX_HOURS:.0f}. Its header may be damaged."
            )
        audio_codec = sounds[0].codec_context.name if sounds else ""
        if video is None:
            return VideoFacts(container.format.name, "", 0, 0, 0.0, duration, 0, "", audio_codec)
        codec = video.codec_context
        rate = video.average_rate
        first = _first_frame(path, container, video)
        width, height = shown_size(first, video)
        return VideoFacts(
            container.format.name,
            codec.name,
            width,
            height,
            float(rate) if rate else 0.0,
            duration,
            turns(first) * 90 if turns(first) < 3 else -90,
            first.format.name,
            audio_codec,
            key_gap,
        )


def _extent(
    path: Path | str, container: InputContainer, video: VideoStream | None
) -> tuple[float, float]:
    """Length of the recording and the longest time between two key frames, in seconds."""
    duration = (container.duration or 0) / av.time_base
    if video is None:
        return duration, 0.0
    base = seconds_per_unit(video)
    index = video.index_entries
    complete = len(index) > 0 and len(index) == video.frames
    if complete:
        start = (container.start_time or 0) / av.time_base
        duration = max(duration, index[-1].timestamp * base - start)
    if duration <= 0:
        duration = _measured_duration(path)
    keys = [entry.timestamp * base for entry in index if entry.is_keyframe]
    # An index that ends early says nothing about the rest.
    if not keys or not (complete or keys[-1] > duration - 60):
        return duration, 0.0
    ends = [*keys[1:], max(duration, keys[-1])]
    return duration, max(end - key for key, end in zip(keys, ends, strict=True))


def _measured_duration(path: Path | str) -> float:
    """The time between the first and the last packet; browsers record without a length."""
    first, last = math.inf, -math.inf
    with opened(path) as container:
        video = video_stream(container)
        if video is None:
            return 0.0
        for packet in container.demux(video):
            if (stamp := stamp_of(packet)) is not None:
                first, last = min(first, stamp), max(last, stamp)
        return max(0.0, last - first) * seconds_per_unit(video) if last > -math.inf else 0.0


def _first_frame(path: Path | str, container: InputContainer, video: VideoStream) -> VideoFrame:
    codec = video.codec_context
    if codec.width * codec.height > MAX_PIXELS:
        raise RecordingError(
            f"{name_of(path)} has pictures of {codec.width}x{codec.height} pixels; the limit is "
            f"8192x4608. Convert it to a smaller size first."
        )
    # Asked before decoding: by chance, encrypted data may decode to a picture of noise. And in a
    # container of its own: not every format can go back to its beginning.
    with opened(path) as other:
        packet = next(other.demux(other.streams[video.index]), None)
    if packet is not None and packet.has_sidedata("encryption_info"):
        raise RecordingError(f"{name_of(path)} is encrypted. Export it without protection.")
    reader = Decoder(container, video, 1.0, threads=1)
    for frame in itertools.chain(reader.first_key_frame(), reader.frames()):
        if frame.pts is not None:
            return frame
        raise RecordingError(
            f"{name_of(path)} carries no timestamps. Put it into a container first, for example "
            f"with `ffmpeg -i FILE -c copy FILE.mkv`."
        )
    raise RecordingError(
        f"No picture of {name_of(path)} can be decoded: it is damaged, encrypted or in a format "
        f"that is not known here ({codec.name})."
    )
