"""Keeps what a visitor asks for while runs of a page overlap, by private names of Streamlit.

`fer.web.compat` holds the other private names, and says which versions were checked.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import SCRIPT_RUN_CONTEXT_ATTR_NAME


def keep_requests() -> None:
    """Keep what a visitor did right before the next thing, also on a busy server.

    For each request of a browser, Streamlit starts a thread and ends the one before. If that has
    not begun, its request is lost: the click on a button, and, where the next request is for
    another page, a choice as well, because the browser then sends no widgets of the page that it
    leaves. If it has not come to the button, the click is lost, except for its callback. Here the
    next request takes over what is lost.

    A request for a part of a page, which a shared window makes twice a second, takes a visitor who
    has just asked for another page back to the page of the part. Here it is left out.

    The run before may go on for a moment beside the next one, and all runs of a visit note in the
    same place which page they are for. A run that notes it last takes the next one to its own page.
    Here each thread has a place of its own.
    """
    plain, create = AppSession.request_rerun, AppSession._create_scriptrunner
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.fragment_id:
            if client_state.page_script_hash not in ("", _page(self)):
                return
        elif client_state is not None and self._scriptrunner:
            lost, newer = _end(self._scriptrunner), client_state.widget_states
            if lost.widgets:
                merged = script_requests._coalesce_widget_states(lost, newer) or newer
                sent = {state.id for state in merged.widgets}
                merged.widgets.extend(one for one in lost.widgets if one.id not in sent)
                newer.CopyFrom(merged)
        plain(self, client_state)

    @functools.wraps(create)
    def create_scriptrunner(self: AppSession, initial_rerun_data: RerunData) -> None:
        self._pages_manager = copy.copy(self._pages_manager)
        create(self, initial_rerun_data)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]
    AppSession._create_scriptrunner = create_scriptrunner  # type: ignore[method-assign]


def _page(session: AppSession) -> str:
    """Returns the hash of the page that was asked for last, or to which its run has gone on."""
    if (runner := session._scriptrunner) is None:
        return session._client_state.page_script_hash
    waits = runner._requests._state == script_requests.ScriptRequestType.RERUN
    return ((not waits and _begun(runner)) or runner._requests._rerun_data).page_script_hash


def _begun(runner: ScriptRunner) -> Any:
    """Returns the context of a run that has begun, so that callbacks may have been called."""
    context = getattr(runner._script_thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, None)
    return context if context and (runner._execing or context.has_script_started) else None


def _end(runner: ScriptRunner) -> WidgetStates:
    """Ends what a thread does, or what waits for it; returns the widgets that are lost with it."""
    requests, kinds = runner._requests, script_requests.ScriptRequestType
    with requests._lock:
        state, requests._state = requests._state, kinds.STOP
        asked = requests._rerun_data.widget_states or WidgetStates()
    if state == kinds.STOP:
        return WidgetStates()
    if state == kinds.RERUN or (context := _begun(runner)) is None:
        return asked
    known = runner._session_state._state._new_widget_state.widget_metadata

    def is_lost(widget: WidgetState) -> bool:
        called = (known_as := known.get(widget.id)) and (known_as.callback or known_as.callbacks)
        drawn = widget.id in context.shared.widget_ids_this_run
        return not called and not drawn and script_requests._has_active_trigger_value(widget)

    return WidgetStates(widgets=filter(is_lost, asked.widgets))
