"""The students who chose to show their own reading to the instructor."""

from __future__ import annotations

import time

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.classroom.seat import Tile
from fer.mood.shares import dominant
from fer.text import markdown
from fer.web.classroom import texts


def tiles(room: Classroom) -> None:
    """List these students, those who need attention first. Call it in a fragment."""
    shown = room.tiles(time.time())
    if not shown:
        return
    st.markdown(f"**{texts.TILES_HEADING}**", help=texts.TILES_HELP)
    st.markdown("\n".join(f"- {_line(tile)}" for tile in shown))


def _line(tile: Tile) -> str:
    name = markdown(tile.nickname) if tile.nickname else f"*{texts.NO_NICKNAME}*"
    if tile.shares is None:
        return f"{name}: {texts.TILE_NOTHING}"
    line = f"{name}: {dominant(tile.shares)}"
    return f"{line}, **{texts.TILE_ATTENTION}**" if tile.needs_attention else line
