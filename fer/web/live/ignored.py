"""What the live page and the class page say about the parts of a picture that are ignored."""

from __future__ import annotations

import streamlit as st

from fer.live.ignored import STILL_S, Ignored
from fer.live.room_feed import TakesFrames
from fer.text import counted
from fer.web.live import texts
from fer.web.widgets.areas import draw_areas


def ignored_parts(source: TakesFrames, key: str) -> None:
    """Let the instructor draw parts to ignore, and offer faces that never move. Use a fragment.

    Before the first picture there is nothing to draw on.

    Args:
        source: takes the pictures.
        key: begins the keys of the widgets.
    """
    ignored = source.ignored
    if ignored.size is None:
        return
    with st.expander(texts.IGNORE):
        st.caption(texts.IGNORE_HELP)
        draw_areas(ignored, ignored.size, source.in_view(), f"{key}-plan", texts.IGNORE_WORDS)
        if ignored.areas:
            st.button(texts.IGNORE_NONE, key=f"{key}-none", on_click=ignored.set, args=((),))
    # The offer comes and goes. Above the plan, it would close the plan and move it from under the
    # pointer.
    still = ignored.still()
    if still:
        st.info(texts.STILL.format(faces=counted(len(still), "face"), seconds=STILL_S))
        st.button(
            texts.STILL_IGNORE,
            key=f"{key}-still",
            icon=":material/visibility_off:",
            on_click=_add_still,
            args=(ignored,),
        )


def _add_still(ignored: Ignored) -> None:
    # Those of this moment: a face may have moved since the offer was drawn.
    ignored.set([*ignored.areas, *ignored.still()])
