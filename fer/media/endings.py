"""File name endings of recordings, for searching folders and for uploads."""

from __future__ import annotations

VIDEO: tuple[str, ...] = (
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mts", "m2ts", "wmv", "asf",
    "flv", "ogv", "3gp", "mxf",
)  # fmt: skip
"""Endings of video files, in lower case and without the dot."""

SOUND: tuple[str, ...] = ("wav", "mp3", "flac", "m4a", "aac", "ogg", "oga", "opus", "wma")
"""Endings of files with sound only."""

ENDINGS: tuple[str, ...] = (*VIDEO, *SOUND)
"""All endings of recordings."""
