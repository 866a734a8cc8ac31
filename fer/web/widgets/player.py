"""The player: a recording beside its charts, with one position in time for both.

A click on a chart moves the recording there, and while it plays a cursor moves over the charts.
All of it happens in the browser, without a rerun of the page.
"""

from __future__ import annotations

import mimetypes
import mmap
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fer.mood.moments import title_of
from fer.mood.trigger import Event
from fer.web import compat

_FRONTEND = Path(__file__).resolve().parent

_player = st.components.v2.component(
    "mood_player",
    html=(_FRONTEND / "player.html").read_text(encoding="utf-8"),
    css=(_FRONTEND / "player.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "player.js").read_text(encoding="utf-8"),
)


def player(
    key: str,
    name: str,
    size: int,
    source: str | None,
    duration: float,
    events: Sequence[Event],
    charts: Sequence[str],
    *,
    sound_only: bool = False,
    absent: str = "",
) -> None:
    """Show the player.

    Args:
        key: of the component; one key for one recording.
        name, size: file name and bytes of the recording. If this visit uploaded it on a page
            with `fer.web.widgets.recorder`, the browser still has it and plays it from there.
        source: else, address of the recording on the server, see `address`. None offers to open
            a file of the user's own computer, which is played without sending it anywhere.
        duration: of the recording, s.
        events: the list beneath; a click jumps to the start of one.
        charts: keys of the `st.container`s whose Plotly charts belong to the recording. Their
            horizontal axis must be the time as `fer.charts.timeline` draws it.
        sound_only: whether there is no picture.
        absent: says why there is nothing to play, where `source` is None.
    """
    _player(
        key=key,
        data={
            "name": name,
            "size": size,
            "source": source,
            "sound_only": sound_only,
            "duration": duration,
            "absent": absent,
            "charts": list(charts),
            "events": [
                {
                    "start": event.start,
                    "end": duration if event.end is None else event.end,
                    "kind": title_of(event.kind),
                    "text": event.text,
                }
                for event in events
            ],
        },
    )


def mapped(path: Path) -> memoryview:
    """The content of a file, mapped and not read; it outlives the file's deletion.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is empty.
    """
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def address(content: memoryview, name: str, key: str) -> str:
    """Let the browser fetch a recording in parts; returns the address, relative to the page.

    The address holds until a later run of the page no longer calls this.

    Args:
        content: see `mapped`.
        name: file name; its ending says what the media type is.
        key: distinguishes the recordings of one page.
    """
    media_type = mimetypes.guess_type(name)[0] or "video/mp4"
    return compat.serve_in_parts(content, media_type, f"player-{key}")
