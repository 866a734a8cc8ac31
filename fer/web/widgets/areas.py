"""A plan of the picture, on which an instructor draws the parts whose faces do not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple

import streamlit as st

from fer.faces.core import FaceReading
from fer.live.ignored import Area, Ignored, around
from fer.live.overlay import in_parts
from fer.web.widgets.component import component

_component = component(__file__)


def draw_areas(
    ignored: Ignored,
    size: tuple[int, int],
    faces: Sequence[FaceReading],
    key: str,
    words: dict[str, str],
) -> None:
    """Show the plan; what is drawn on it is ignored at once. Call it in a fragment.

    Args:
        ignored: the areas.
        size: width and height of the picture, in pixels.
        faces: the faces in view; each can be ignored by a press on it.
        key: the key of the widget.
        words: names for screen readers: of the `plan`, and of an `area` and a `face`, each with
            its {number}.
    """

    def on_edit() -> None:
        # If the visitor left the page meanwhile, the component is gone.
        state = st.session_state.get(key)
        edit(ignored, None if state is None else state.edit)

    _component(key=key, data=plan(ignored, size, faces) | {"words": words}, on_edit_change=on_edit)


def plan(ignored: Ignored, size: tuple[int, int], faces: Sequence[FaceReading]) -> dict:
    """Return what the plan shows, for `draw_areas` and its arguments."""
    width, height = size
    return {
        "ratio": width / height,
        "areas": [astuple(area) for area in ignored.areas],
        "faces": [
            {
                "track": face.track or number,
                "box": in_parts(face.box, width, height),
                "around": astuple(area),
            }
            for number, face in enumerate(faces, 1)
            # One that was ignored a moment ago may still be in view.
            if ignored.counts(face.box) and (area := around(face.box, width, height)) is not None
        ],
    }


def edit(ignored: Ignored, change: object) -> None:
    """Do what a browser says: `add` an area of four numbers, or `remove` it."""
    if not isinstance(change, Mapping):
        return
    if (area := Area.of(change.get("add"))) is not None:
        ignored.set([*ignored.areas, area])
    if (area := Area.of(change.get("remove"))) is not None:
        ignored.set(one for one in ignored.areas if one != area)
