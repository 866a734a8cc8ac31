"""What can be done with the sessions that are chosen in the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fer.errors import RecordingError, StoreError
from fer.sessions.bundle import bundle
from fer.sessions.session import Kind, Session
from fer.sessions.sessions import Sessions
from fer.text import markdown
from fer.web.faults import in_markdown, named
from fer.web.fragment import fragment
from fer.web.recording import stored
from fer.web.sessions import navigation, texts, visible
from fer.web.visitor import zone
from fer.web.widgets.confirm import confirm_button
from fer.web.widgets.download import download_button

_THROWN_AWAY = "sessions-thrown-away"
_PROBLEM = "sessions-problem"


def actions(known: Sessions, chosen: Sequence[Session]) -> None:
    """Show the buttons beneath the table."""
    if not chosen:
        st.caption(texts.CHOOSE)
    classes = [one for one in chosen if one.kind is Kind.CLASS]
    with st.container(key="sessions-actions"):
        open_, compare, export, rename, delete = st.columns(5)
    # The report on a class opens here, results of recordings open together on their page.
    can_open = bool(chosen) and (not classes or len(chosen) == 1)
    if open_.button(texts.OPEN, disabled=not can_open, key="sessions-open", width="stretch"):
        navigation.go_to(chosen)
    compare.button(
        texts.COMPARE,
        disabled=len(chosen) < 2,
        key="sessions-compare",
        width="stretch",
        on_click=navigation.compare,
        args=(chosen,),
    )
    with export, st.popover(texts.EXPORT, disabled=not chosen, width="stretch"):
        st.markdown(texts.EXPORT_ABOUT)
        fragment(_export)(known, chosen)
    with rename:
        _rename(known, chosen)
    with delete:
        _delete(known, chosen)


def thrown_away(known: Sessions) -> None:
    """Show the sessions that this visit has thrown away and can take back, and what went wrong."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(problem)
    mine: list[Session] = st.session_state.get(_THROWN_AWAY, [])
    stayed = {one: problem for one in mine if (problem := known.problem(one))}
    for problem in stayed.values():
        st.error(in_markdown(problem))
    mine = st.session_state[_THROWN_AWAY] = [one for one in mine if one not in stayed]
    try:
        held = known.thrown_away(mine) if mine else []
    except StoreError:
        held = []
    if not held:
        return
    text, button = st.columns([6, 1], vertical_alignment="center")
    names = ", ".join(markdown(one.name) for one in held)
    text.info(texts.THROWN_AWAY.format(names=names))
    button.button(
        texts.TAKE_BACK,
        key="sessions-undo",
        width="stretch",
        on_click=lambda: _try(lambda: known.take_back(held)),
    )


def _export(known: Sessions, chosen: Sequence[Session]) -> None:
    def make() -> bytes:
        reports = (
            (one.name, one.began, report)
            for one in chosen
            if (report := _report(known, one)) is not None
        )
        return bundle(reports, zone())

    download_button(
        texts.EXPORT_FILE, make, "sessions.zip", "application/zip", "sessions-export-file"
    )


def _report(known: Sessions, session: Session):
    """The report on a session; None, and a sentence, where there is none."""
    try:
        return known.report(session)
    except ValueError:
        st.info(named(session.name, texts.NO_NUMBERS))
    except (RecordingError, StoreError) as problem:
        st.error(named(session.name, problem))
    return None


def _rename(known: Sessions, chosen: Sequence[Session]) -> None:
    one = chosen[0] if len(chosen) == 1 else None
    # Streamlit leaves a popover open after the click, unless its key changes.
    done = st.session_state.setdefault("sessions-renamed", 0)
    field = f"sessions-name-{done}-{one.key if one else ''}"

    def rename() -> None:
        assert one is not None
        _try(lambda: known.rename(one, st.session_state[field]))
        stored.forget(one.id)
        st.session_state["sessions-renamed"] += 1

    with st.popover(
        texts.RENAME, disabled=one is None, width="stretch", key=f"sessions-rename-ask-{done}"
    ):
        st.text_input(texts.NEW_NAME, one.name if one else "", key=field)
        st.button(texts.RENAME_ANSWER, type="primary", key="sessions-rename", on_click=rename)


def _delete(known: Sessions, chosen: Sequence[Session]) -> None:
    def delete() -> None:
        _try(lambda: known.throw_away(chosen))
        for one in chosen:
            visible.forget(one)
            stored.forget(one.id)
        before = st.session_state.get(_THROWN_AWAY, [])
        st.session_state[_THROWN_AWAY] = list(dict.fromkeys([*before, *chosen]))

    lines = "\n".join(f"- {markdown(one.name)}" for one in chosen)
    confirm_button(
        texts.DELETE,
        texts.DELETE_QUESTION.format(names=lines),
        texts.DELETE_ANSWER,
        delete,
        "sessions-delete",
        disabled=not chosen,
        number=len(chosen) if len(chosen) > 1 else None,
    )


def _try(act: Callable[[], None]) -> None:
    """Do something in a callback; the next run of the page says what went wrong."""
    try:
        act()
    except StoreError as problem:
        st.session_state[_PROBLEM] = texts.STORE_PROBLEM.format(problem=in_markdown(problem))
    except RecordingError as problem:
        st.session_state[_PROBLEM] = in_markdown(problem)
