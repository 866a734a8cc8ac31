"""The students who chose to show their own reading to the instructor."""

from __future__ import annotations

import time

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.classroom.seat import Tile
from fer.emotions import UNSURE
from fer.mood.groups import Group, group_values
from fer.text import markdown
from fer.web import texts as shared
from fer.web.classroom import texts


def tiles(room: Classroom) -> None:
    """List these students, sorted by nickname. Call it in a fragment."""
    shown = room.tiles(time.time())
    if not shown:
        return
    st.markdown(f"**{texts.TILES_HEADING}**", help=texts.TILES_HELP)
    st.markdown("\n".join(f"- {_line(tile)}" for tile in shown))


def _line(tile: Tile) -> str:
    name = markdown(tile.nickname) if tile.nickname else f"*{texts.NO_NICKNAME}*"
    if tile.shares is None:
        return f"{name}: {texts.TILE_NOTHING}"
    if tile.unsure:
        return f"{name}: {UNSURE}"
    group = list(Group)[int(group_values(tile.shares).argmax())]
    line = f"{name}: {shared.GROUPS[group].lower()}"
    return f"{line}, {texts.TILE_LONG}" if tile.long_unpleasant else line
