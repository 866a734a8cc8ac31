"""Collects the facts of a recording before it is analysed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.clock import Clock
from fer.media.container import (
    MAX_HOURS,
    chosen,
    opened,
    picture_stream,
    picture_streams,
    sound_streams,
)
from fer.media.decoder import MAX_PIXELS, Decoder
from fer.media.length import is_cut_off, stated_length
from fer.media.picture import Orientation, orientation, shown_size
from fer.media.sandbox.parent import in_child
from fer.media.survey import TrackSurvey, survey
from fer.text import clock as as_clock

# An index at the end of a file takes less than this share of it, except in very small files.
_UNREAD_SHARE = 0.1
_INDEX_BYTES = 10_000
# Codecs in which a packet may be marked as a key frame although decoding cannot begin there.
_MAY_REFRESH = {"h264", "hevc", "vvc", "mpeg2video", "mpeg4"}


@dataclass(frozen=True)
class VideoFacts:
    """The facts of a recording that are known before it is analysed.

    Attributes:
        container: FFmpeg's name of the file format.
        codec: FFmpeg's name of the video codec; "" if there are no pictures.
        width, height: size of the first picture as it is shown, upright and with square pixels.
        duration_s: length in seconds, taken from the packets.
        rotation: degrees by which the stored picture is turned counter-clockwise for display.
        audio_codec: FFmpeg's name of the sound codec; "" if there is no sound.
        key_gap_s: longest time between two key frames, in seconds.
        picture: index in the file of the track whose pictures are read.
        pictures, sounds: indexes of all tracks with pictures, and of all tracks with sound.
        pictures_end_s: when the last picture ends, in seconds.
        stated_s: length in seconds that the file's header states; 0 if it states none.
        clock: turns the timestamps of the pictures into times.
        clean: whether decoding can begin at every key frame.
        orientation: how stored pictures are turned and mirrored for display.
        unread_share: share of the file, 0 to 1, after the last packet that could be read.
        undecodable: those of `pictures` that were tried and of which no picture can be decoded.
    """

    container: str
    codec: str
    width: int
    height: int
    duration_s: float
    rotation: int
    audio_codec: str
    key_gap_s: float = 0.0
    picture: int = -1
    pictures: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    pictures_end_s: float = 0.0
    stated_s: float = 0.0
    clock: Clock = field(default_factory=Clock)
    clean: bool = True
    orientation: Orientation = field(default_factory=Orientation)
    unread_share: float = 0.0
    undecodable: tuple[int, ...] = ()

    @property
    def has_video(self) -> bool:
        """Whether there are pictures."""
        return bool(self.codec)

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return bool(self.audio_codec)

    @property
    def parts(self) -> int:
        """Number of parts that were joined although their clocks do not fit together."""
        return self.clock.joined

    @property
    def is_cut_off(self) -> bool:
        """Whether the file ends long before the end that its header announces."""
        return is_cut_off(self.stated_s, self.duration_s)

    @property
    def remarks(self) -> list[str]:
        """Sentences about what is unusual in the file, for the readers of its report."""
        sentences = []
        if self.is_cut_off:
            sentences.append(
                f"The file is cut off: it ends after {as_clock(self.duration_s)} of the "
                f"{as_clock(self.stated_s)} that its header announces. The rest is missing from "
                "this report. Copy or download the recording again."
            )
        if self.parts > 1:
            sentences.append(
                f"The recording was joined from {self.parts} parts, whose clocks do not fit. They "
                "are placed one after the other."
            )
        if self.unread_share > _UNREAD_SHARE:
            sentences.append(
                f"The last {self.unread_share:.0%} of the file cannot be read and are missing from "
                "this report. Where recordings were joined, analyse each of them."
            )
        if len(self.pictures) > 1:
            sentences.append(
                f"The file has {len(self.pictures)} tracks with pictures. Track "
                f"{self.pictures.index(self.picture) + 1} was read, the others were not."
            )
        for index in self.undecodable:
            sentences.append(f"Track {self.pictures.index(index) + 1} cannot be decoded.")
        return sentences

    def part(self, t: float) -> float:
        """Return the share of the recording, 0 to 1, that lies before `t` seconds."""
        return min(1.0, max(0.0, t / self.duration_s)) if self.duration_s > 0 else 0.0


def probe(path: Path | str, picture: int | None = None) -> VideoFacts:
    """Collect the facts of a recording. Walks over its packets and decodes a few pictures.

    Args:
        path: the recording.
        picture: number of the video track to read, counted from 1; None takes the first one that
            has more than a single picture and can be decoded.

    Raises:
        RecordingError: the file is missing, empty, not a recording, too large or too long, or it
            has no such track, or the track or all of them cannot be decoded.
    """
    *_, facts = probing(path, picture)
    assert facts is not None
    return facts


def probe_sound(path: Path | str) -> VideoFacts:
    """Collect the facts of a recording of which only the sound is read.

    Its pictures may be damaged: nobody looks at them.

    Raises:
        RecordingError: the file is missing, empty, not a recording or too long, or has no sound.
    """
    *_, facts = probing(path, None, of_sound=True)
    assert facts is not None
    return facts


@in_child()
def probing(
    path: Path | str, picture: int | None, of_sound: bool = False
) -> Iterator[VideoFacts | None]:
    """Do the work of `probe` or, with `of_sound`, of `probe_sound`.

    Yields None now and then before the facts, to show progress.
    """
    with opened(path) as container:
        streams, sounds = picture_streams(container), sound_streams(container)
        if of_sound:
            streams = []
            if not sounds:
                raise RecordingError(f"{name_of(path)} has no sound track.")
        if not streams and not sounds:
            raise RecordingError(f"{name_of(path)} holds neither pictures nor sound.")
        if not streams and picture is not None:
            raise RecordingError(f"{name_of(path)} holds no pictures.")
        name, length = container.format.name, (container.duration or 0) / av.time_base
        stated = stated_length(path, container)
        _check_length(path, stated)
        audio_codec = sounds[0].codec_context.name if sounds else ""
        heard = tuple(stream.index for stream in sounds)
        all_shown = [stream.index for stream in streams]
        # From the first opening: that of a file with many huge pictures takes seconds each time.
        too_large = {stream.index: _too_large(path, stream) for stream in streams}
        tracks = yield from survey(path, container)
    duration = max((track.end_s for track in tracks.values()), default=length)
    _check_length(path, duration)
    if not streams:
        yield VideoFacts(
            name,
            "",
            0,
            0,
            duration,
            0,
            audio_codec,
            sounds=heard,
            stated_s=stated,
            clock=tracks[heard[0]].clock if heard[0] in tracks else Clock(),
        )
        return
    shown = tuple(index for index in all_shown if _packets(tracks, index) > 1) or tuple(all_shown)
    wanted = shown if picture is None else (chosen(path, shown, picture, "pictures"),)
    damaged: dict[int, RecordingError] = {}
    for index in wanted:
        if (problem := too_large[index]) is not None:
            damaged[index] = problem
            continue
        track = tracks.get(index, TrackSurvey(0, 0.0, (), Clock()))
        try:
            facts = _facts_of(path, index, track)
        except RecordingError as error:
            # Another track may be whole.
            damaged[index] = error
            continue
        yield replace(
            facts,
            duration_s=duration,
            audio_codec=audio_codec,
            pictures=shown,
            sounds=heard,
            stated_s=stated,
            unread_share=_unread_share(path, tracks),
            undecodable=tuple(damaged),
        )
        return
    raise damaged[wanted[0]]


def _facts_of(path: Path | str, index: int, track: TrackSurvey) -> VideoFacts:
    """Collect the facts of one track with pictures; those of the whole file are still missing.

    Raises:
        RecordingError: none of its pictures can be decoded.
    """
    with opened(path) as container:
        video = picture_stream(container, index)
        first = _first_frame(path, container, video, track)
        turn = orientation(first)
        width, height = shown_size(first, video, turn)
        return VideoFacts(
            container=container.format.name,
            codec=video.codec_context.name,
            width=width,
            height=height,
            duration_s=0.0,
            rotation=turn.degrees,
            audio_codec="",
            key_gap_s=_key_gap(track),
            picture=index,
            pictures_end_s=track.end_s,
            clock=track.clock,
            clean=_is_clean(path, index, track),
            orientation=turn,
        )


def _check_length(path: Path | str, seconds: float) -> None:
    if seconds > MAX_HOURS * 3600:
        raise RecordingError(
            f"{name_of(path)} says that it lasts {seconds / 3600:.0f} hours; the limit is "
            f"{MAX_HOURS:.0f}. Its header may be damaged."
        )


def _too_large(path: Path | str, video: VideoStream) -> RecordingError | None:
    width, height = video.codec_context.width, video.codec_context.height
    if width * height <= MAX_PIXELS:
        return None
    return RecordingError(
        f"{name_of(path)} has pictures of {width}x{height} pixels; the limit is 8192x4608. "
        "Convert it to a smaller size first."
    )


def _packets(tracks: dict[int, TrackSurvey], index: int) -> int:
    return tracks[index].packets if index in tracks else 0


def _unread_share(path: Path | str, tracks: dict[int, TrackSurvey]) -> float:
    end, size = max(track.read_to for track in tracks.values()), Path(path).stat().st_size
    return max(0.0, 1 - end / size) if end and size > _INDEX_BYTES else 0.0


def _key_gap(track: TrackSurvey) -> float:
    """Return the longest time between two key frames, in seconds."""
    ends = sorted((*track.keys, track.end_s))
    return max((end - key for key, end in itertools.pairwise(ends)), default=0.0)


def _is_clean(path: Path | str, index: int, track: TrackSurvey) -> bool:
    """Return whether decoding can begin at key frames; tries the second, a middle and the last."""
    later = track.keys[1:]
    places = {0, len(later) // 2, len(later) - 1} if later else set()
    for place in sorted(places):
        with opened(path) as container:
            video = picture_stream(container, index)
            if video.codec_context.name not in _MAY_REFRESH:
                return True
            t = later[place]
            decoder = Decoder(
                container, video, 1000.0, max(0, round(t * 1000)), clock=track.clock, threads=1
            )
            if not decoder.starts_at(t):
                return False
    return True


def _first_frame(
    path: Path | str, container: InputContainer, video: VideoStream, track: TrackSurvey
) -> VideoFrame:
    # This must be known before decoding, for encrypted data may by chance decode to a picture of
    # noise. The file is opened a second time because not every format can go back to its beginning.
    with opened(path) as other:
        packet = next(other.demux(other.streams[video.index]), None)
    if packet is not None and packet.has_sidedata("encryption_info"):
        raise RecordingError(f"{name_of(path)} is encrypted. Export it without protection.")
    decoder = Decoder(container, video, 1.0, clock=track.clock, threads=1)
    for frame in itertools.chain(decoder.first_key_frame(), decoder.frames()):
        if frame.pts is not None:
            return frame
        raise RecordingError(
            f"{name_of(path)} carries no timestamps. Put it into a container first, for example "
            f"with `ffmpeg -i FILE -c copy FILE.mkv`."
        )
    raise RecordingError(
        f"No picture of {name_of(path)} can be decoded: it is damaged, encrypted or in a format "
        f"that is not known here ({video.codec_context.name})."
    )
