"""Opens recordings: refuses files that are plainly something else, and reports damage.

All errors are `RecordingError`s.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.matroska import PatchedFile, joined_segments

MAX_HOURS = 24.0
"""Longest recording. A damaged header can claim centuries."""

_OPEN_SECONDS = 20.0

# Formats of playlists, scripts, devices and single pictures. The first three make FFmpeg open other
# files and addresses than the file that was given, and a picture is not a recording.
_REFUSED_FORMATS = {
    "concat", "dash", "hls", "imf", "sdp", "rtp", "rtsp", "sap", "avs", "vapoursynth", "lavfi",
    "alsa", "fbdev", "kmsgrab", "oss", "video4linux2,v4l2", "x11grab", "xcbgrab", "sndio", "pulse",
    "image2", "image2pipe", "alias_pix", "brender_pix", "tty", "bin", "adf", "idf", "xbin", "ico",
    "data", "avif", "webp", "fits", "tedcaptions",
}  # fmt: skip

_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"BZh", "a compressed archive"),
    (b"\xfd7zXZ", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a single picture"),
    (b"\xff\xd8\xff", "a single picture"),
    (b"BM", "a single picture"),
    (b"II*\x00", "a single picture"),
    (b"MM\x00*", "a single picture"),
    (b"#EXTM3U", "a playlist"),
    (b"ffconcat", "a playlist"),
)


@contextlib.contextmanager
def opened(
    path: Path | str, what: str = "video or sound", formats: str | None = None
) -> Iterator[InputContainer]:
    """Open a recording, and close it at the end of the block.

    Args:
        path: the file.
        what: the content that the caller expects, for the error message.
        formats: FFmpeg's names of the allowed formats, separated by commas; None allows all
            formats that never make FFmpeg open another file or address.

    Raises:
        RecordingError: the file cannot be opened, or an error occurred while it was read.
    """
    check_file(path)
    name = name_of(path)
    patches = joined_segments(path)
    file = PatchedFile(path, patches) if patches else None
    try:
        container = av.open(
            file or str(Path(path).resolve()),
            "r",
            options={
                "format_whitelist": formats or _formats(),
                "protocol_whitelist": "file",
                # FFmpeg would take a clock that restarts for a counter that wrapped around, and
                # would add a day.
                "correct_ts_overflow": "0",
            },
            metadata_errors="replace",
            timeout=_OPEN_SECONDS,
        )
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise RecordingError(
            f"{name} cannot be read as {what}: it is damaged, cut off or no recording. "
            f"({_reason(error)})"
        ) from error
    try:
        with container, file or contextlib.nullcontext():
            yield container
    except (av.error.FFmpegError, MemoryError, UnicodeError, OverflowError, IndexError) as error:
        raise RecordingError(f"{name} is damaged. ({_reason(error)})") from error


def picture_streams(container: InputContainer) -> list[VideoStream]:
    """List the video tracks whose codec is known, without the cover picture of a song."""
    return [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None
    ]


def picture_stream(container: InputContainer, index: int) -> VideoStream:
    """Return the video track with this index in the file."""
    return next(stream for stream in container.streams.video if stream.index == index)


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """List the sound tracks whose codec is known."""
    return [stream for stream in container.streams.audio if stream.codec_context is not None]


def chosen(path: Path | str, tracks: Sequence[int], number: int | None, what: str) -> int:
    """Return the track that somebody has chosen, or the first one.

    Args:
        path: the recording, for the error message.
        tracks: indexes of the tracks to choose from.
        number: place in `tracks`, counted from 1; None takes the first track.
        what: the content of the tracks, "pictures" or "sound", for the error message.

    Raises:
        RecordingError: there is no such track.
    """
    if number is None:
        return tracks[0]
    if not 1 <= number <= len(tracks):
        raise RecordingError(
            f"{name_of(path)} has no track {number} with {what}; it has {len(tracks)}."
        )
    return tracks[number - 1]


def check_file(path: Path | str) -> None:
    """Refuse a file that is plainly not a recording, before a decoder sees it.

    Raises:
        RecordingError: the file is missing, empty or unreadable, is no regular file, or is an
            archive, a picture or a playlist.
    """
    try:
        # Reading from a pipe or a device might never end.
        if not stat.S_ISREG(os.stat(path).st_mode) and not Path(path).is_dir():
            raise RecordingError(f"{name_of(path)} is not a file but a pipe, a socket or a device.")
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise RecordingError(f"{name_of(path)} does not exist.") from None
    except IsADirectoryError:
        raise RecordingError(f"{name_of(path)} is a folder, not a recording.") from None
    except OSError as error:
        raise RecordingError(f"{name_of(path)} cannot be read: {error.strerror}.") from error
    if not head:
        raise RecordingError(f"{name_of(path)} is empty.")
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise RecordingError(f"{name_of(path)} is {what}, not a recording.")


def _formats() -> str:
    # An entry of this list may hold several names, separated by commas; FFmpeg splits them.
    return ",".join(
        name
        for name in sorted(av.formats_available)
        if name not in _REFUSED_FORMATS and not name.endswith("_pipe")
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
