"""The player: a recording beside its charts, with one position in time for both.

A click on a chart moves the recording there, and while it plays a cursor moves over the charts.
All of this happens in the browser, without a rerun of the page.
"""

from __future__ import annotations

import mimetypes
import mmap
from collections.abc import Sequence
from pathlib import Path

from fer.mood.moments import title_of
from fer.mood.trigger import Event
from fer.web import compat
from fer.web.widgets.component import component

_component = component(__file__)


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
        key: the key of the component, another one for each recording.
        name, size: the recording's file name and its size in bytes. If this visit uploaded it on a
            page with `fer.web.widgets.recorder`, the browser still has it and plays it from there.
        source: the address of the recording on the server, from `address`, for all other cases.
            None offers to open a file on the visitor's computer, which is sent nowhere.
        duration: the length of the recording, s.
        events: the events to list beneath; a click on one jumps to its start.
        charts: the keys of the `st.container`s whose Plotly charts belong to the recording. Their
            horizontal axis must be the time as `fer.charts.timeline` draws it.
        sound_only: whether the recording has no picture.
        absent: the text that says why there is nothing to play if `source` is None. "" stands for
            what was never recorded; no file can be opened then.
    """
    _component(
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
    """Maps the content of a file into memory without reading it; it outlives the file's deletion.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is empty.
    """
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def address(content: memoryview, name: str, key: str) -> str:
    """Let the browser fetch a recording in parts; returns the address, relative to the page.

    The address works until a run of the page no longer calls this function.

    Args:
        content: the recording's bytes, from `mapped`.
        name: the file name; its ending gives the media type.
        key: distinguishes the recordings of one page.
    """
    media_type = mimetypes.guess_type(name)[0] or "video/mp4"
    return compat.serve_in_parts(content, media_type, f"player-{key}")
