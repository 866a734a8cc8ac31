"""The form with which an instructor opens a class."""

from __future__ import annotations

import time
from contextlib import suppress

import streamlit as st

from fer.classroom.anonymity import DEFAULT_K, SMALLEST_K
from fer.classroom.classroom import Classroom
from fer.classroom.join_code import shown
from fer.classroom.mode import Mode
from fer.errors import ModelError, SettingsError, StoreError
from fer.text import markdown
from fer.web.access.visit import person
from fer.web.classroom import texts, visit
from fer.web.faults import in_markdown
from fer.web.join.device.shelf import shelf
from fer.web.live import notice
from fer.web.once import Once
from fer.web.resources import classrooms

MOST_K = 50


def open_class() -> None:
    """Show the choices for a new class, and open it."""
    st.title(texts.OPEN_HEADING)
    st.markdown(texts.OPEN_ABOUT)
    # Containers keep the place of what comes and goes. When the fields below moved, the browser
    # made them anew, and a number that was being typed in was lost.
    with st.container():
        _going_on()
    title = st.text_input(texts.NAME, placeholder=texts.NAME_PLACEHOLDER, key="class-title")
    mode = st.radio(
        texts.MODE, list(texts.MODES), format_func=texts.MODES.__getitem__, key="class-mode"
    )
    st.info(texts.MODE_ABOUT[mode])
    with st.container():
        individual = mode == Mode.CAMERA and st.toggle(
            texts.INDIVIDUAL, help=texts.INDIVIDUAL_HELP, key="class-individual"
        )
    left, right = st.columns(2)
    rehearsal = left.toggle(texts.REHEARSAL, key="class-rehearsal")
    with left.container():
        if rehearsal:
            st.warning(texts.REHEARSAL_ABOUT)
    k = left.number_input(
        texts.K.format(fewest=SMALLEST_K, most=MOST_K),
        SMALLEST_K,
        MOST_K,
        DEFAULT_K,
        help=texts.K_HELP,
        key="class-k",
        disabled=rehearsal,
    )
    minutes = right.selectbox(
        texts.ENDS,
        list(texts.ENDINGS),
        index=1,
        format_func=texts.ENDINGS.__getitem__,
        key="class-ends",
    )
    # A class without cameras reads nobody's face, so the notice about that is not asked for.
    read = not Mode(mode).uses_cameras or notice.is_read()
    if not read:
        notice.show()
    opened: Once[Classroom] = st.session_state.setdefault("class-opened", Once())
    if st.button(texts.OPEN, type="primary", key="class-open", disabled=not read):
        try:
            room = opened(
                "class",
                lambda: classrooms().open(
                    title.strip() or texts.NAME_WITHOUT,
                    mode=mode,
                    owner=person().owner,
                    k=int(k),
                    rehearsal=rehearsal,
                    individual=individual,
                    ends=time.time() + 60 * minutes,
                ),
            )
        except StoreError as problem:
            st.error(texts.STORE_AWAY.format(problem=problem))
            return
        except (ModelError, SettingsError) as problem:
            st.error(in_markdown(problem))
            return
        if room.mode.uses_cameras:
            # Made ready before students come, because the runtime may have to be fetched first.
            shelf().kit()
        visit.show(room)
        st.rerun()
    opened.forget()


def _going_on() -> None:
    """Offer the visitor's classes that go on, for somebody who has closed the page of one."""
    now = time.time()
    rooms = classrooms()
    going_on = [
        facts for facts in rooms.store.classes.all(person().owner) if facts.over(now) is None
    ]
    if not going_on:
        return
    st.markdown(f"**{texts.GOING_ON}**")
    for facts in going_on:
        label = texts.GO_TO.format(title=markdown(facts.title), code=shown(facts.code))
        st.button(label, key=f"class-{facts.id}", on_click=_go_to, args=(facts.id,))


def _go_to(class_id: str) -> None:
    with suppress(StoreError):  # the page, which runs next, says why
        if (room := classrooms().by_id(class_id)) is not None:
            visit.show(room)
