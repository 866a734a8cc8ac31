"""The private and undocumented names of frameworks that we rely on, which their makers may change.

Each has one function or class here, which gives the reason. Five modules with one subject each have
their own: `fer.web.runs` (runs of a page that overlap), `fer.web.loggers` (Streamlit's loggers),
`fer.web.silent_clients` and `fer.web.shutdown` (uvicorn), and `fer.web.sources.compat`
(streamlit-webrtc, aiortc and aioice, which are loaded later). A new version is checked in these six
and in their tests, which fail if a name is gone or behaves in another way. The names in Streamlit's
page that the style sheets use (`data-testid`) are checked in `tests/web/test_compat.py`, too.

Checked with Streamlit 1.67, uvicorn 0.54 and websockets 17.4.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import io
import logging
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any, BinaryIO

from streamlit import runtime
from streamlit.components.v1.custom_component import CustomComponent
from streamlit.components.v2.bidi_component import serialization
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.web.server.server_util import is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from websockets.protocol import Protocol

from fer.web.uploads.quota import Held
from fer.web.uploads.stored import Content, StoredFile

log = logging.getLogger(__name__)

__all__ = [
    "DeltaGenerator",
    "RerunException",
    "StopException",
    "UploadedFile",
    "add_upload",
    "drop_upload",
    "end_left_visits",
    "is_ending",
    "is_forged",
    "keep_unsent_messages",
    "leave_tables_out",
    "library_url",
    "limit_messages",
    "of_visit",
    "open_upload",
    "open_visits",
    "others_changed",
    "serve_in_parts",
    "take_upload_into_memory",
    "uploads_held",
    "visit_id",
]
# Streamlit ends a run of a page by raising `RerunException` or `StopException`: code that catches
# every other exception has to let these two pass. `st.file_uploader` returns an `UploadedFile`, and
# a `DeltaGenerator` draws on a page; both are needed only for type hints.


def visit_id() -> str | None:
    """The id of the visit whose script runs on this thread; None if no script runs on it.

    Streamlit has no public id of a visit, and without one nobody can tell what belongs to it.
    """
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def is_ending() -> bool:
    """Whether the run of a page on this thread is to end, as when its browser has gone.

    Streamlit asks for that first, then lets go of what it caches for the visit, and ends the run
    where it next draws something. There is no public way to ask.
    """
    context = get_script_run_ctx(suppress_warning=True)
    requests = None if context is None else context.script_requests
    return requests is not None and requests._state == ScriptRequestType.STOP


def others_changed() -> bool:
    """Whether fragments run alone, though a widget elsewhere on the page has a new value.

    `fer.web.fragment` says why this matters. The public session state holds no widgets without a
    key, and does not say which fragment a widget belongs to.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not context.fragment_ids_this_run:
        return False
    state = context.session_state._state
    sent = state._new_widget_state
    return any(
        name in sent.widget_metadata
        and sent.widget_metadata[name].fragment_id not in context.fragment_ids_this_run
        and state._widget_changed(name)
        for name in sent
    )


def add_upload(visit: str, file_id: str, name: str, media_type: str, file: StoredFile) -> None:
    """Put a file on disk into the list of uploads of a visit, where its pages will find it.

    `UploadedFile` then has the file's name and size, but no content; see `open_upload`. The file
    is deleted as soon as Streamlit drops it from its list: when the visitor or a page removes it,
    or when the visit ends.

    Args:
        visit: the id of the visit.
        file_id: the id that Streamlit gave to the browser for this file.
        name: the file's name as the browser gives it.
        media_type: its MIME type.
        file: the file.
    """
    record = UploadedFileRec(file_id, name, media_type, Content(file))
    _uploads().add_file(visit, record)


def open_upload(file: UploadedFile) -> BinaryIO:
    """Returns the content of an upload, open for reading.

    Raises:
        OSError: the file cannot be read, or is no longer there.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        raise FileNotFoundError("no page of a visit runs on this thread")
    records = context.uploaded_file_mgr.get_files(context.session_id, [file.file_id])
    if not records:
        raise FileNotFoundError("the upload was removed")
    content = records[0].data
    # `streamlit.testing` puts the bytes themselves into the list.
    return content.file.open() if isinstance(content, Content) else io.BytesIO(content)


def take_upload_into_memory(file: UploadedFile) -> bytes:
    """Returns the content of an upload, which then lies in memory and no longer on the disk.

    Raises:
        OSError: as `open_upload` raises it.
    """
    with open_upload(file) as data:
        content = data.read()
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        record = UploadedFileRec(file.file_id, file.name, file.type, content)
        context.uploaded_file_mgr.add_file(context.session_id, record)
    return content


def drop_upload(file: UploadedFile) -> None:
    """Let go of an upload that is no longer needed; Streamlit holds it until the visit ends.

    The uploader then leaves the file out, as if the visitor had removed it. Streamlit's chat input
    drops the files that were sent in the same way.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def uploads_held() -> dict[str, Held]:
    """What each visit holds of uploads now."""
    manager = _uploads()
    with manager._lock:
        return {
            visit: Held(len(files), sum(len(file.data) for file in files.values()))
            for visit, files in manager.file_storage.items()
        }


def _uploads() -> MemoryUploadedFileManager:
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager


def is_forged(headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Whether a request that changes something does not come from a page of this app.

    Streamlit's pages send the value of a cookie in a header, too, which pages of other servers
    cannot read. This is the check of Streamlit's own upload address, which we replace.
    """
    if not is_xsrf_enabled():
        return False
    return not validate_xsrf_token(headers.get("X-Xsrftoken"), cookies.get(XSRF_COOKIE_NAME))


def of_visit(visit: str, key: str) -> Any:
    """A value in the session state of a visit whose browser is connected, or None.

    The public session state is that of the visit whose page runs; a request has none.
    """
    info = runtime.get_instance()._session_mgr.get_active_session_info(visit)
    try:
        return None if info is None else info.session.session_state[key]
    except KeyError:
        return None


def open_visits() -> int:
    """How many pages are open in browsers now. Streamlit has no public count of its sessions."""
    return runtime.get_instance()._session_mgr.num_active_sessions()


def end_left_visits() -> int:
    """End the visits whose time to come back is over; returns how many. Call it on the event loop.

    Streamlit keeps a visit for two minutes after its browser has gone, with its uploads and all
    that its pages hold. It forgets an old visit only when somebody else leaves, which may be hours
    later on a quiet server. A variable of its main loop even keeps the newest one for longer, so
    the callbacks of widgets and the fragments, which hold on to what pages show, are cleared, too.
    """
    storage = runtime.get_instance()._session_mgr._session_storage  # type: ignore[attr-defined]
    ended = storage._cache.expire()
    for _, visit in ended:
        try:
            visit.session.shutdown()
        except Exception:  # one visit must not keep the data of the others
            log.exception("a visit that was left cannot be ended in good order")
        visit.session.session_state.clear()
        visit.session.session_state._new_widget_state.widget_metadata.clear()
        visit.session._fragment_storage.clear()
    return len(ended)


def serve_in_parts(content: memoryview, media_type: str, key: str) -> str:
    """Let the browser fetch a file's content in parts; returns the path, relative to the page.

    `st.video` would read the whole file at every run of the page and hold it in memory, with one
    more copy for each request of a browser. The manager behind it takes bytes, but only asks for
    their length and for slices, so a memory-mapped file works as well.

    Args:
        content: the bytes.
        media_type: MIME type.
        key: distinguishes the files of one page. A file can be fetched for as long as each run of
            the page asks for it again.
    """
    files = runtime.get_instance().media_file_mgr
    path = files.add(content, media_type, key)  # type: ignore[arg-type]
    # Relative, because the page may lie below a sub-path, as on Streamlit Community Cloud.
    return path.removeprefix("/")


def library_url(component: Any, file: str) -> str:
    """The address at which Streamlit serves a file of a component of the older kind (`v1`).

    Args:
        component: what `streamlit.components.v1.declare_component` returned for a folder.
        file: name of a file in the folder.
    """
    return f"component/{component.name}/{file}"


def limit_messages(receive: Any, most: int) -> None:
    """Make uvicorn end a web socket on which a message of more than `most` bytes begins.

    uvicorn collects a whole message before the app sees any of it, and has one limit for all web
    sockets: Streamlit's, for which it is tens of megabytes.

    Args:
        receive: the function of the ASGI connection, as uvicorn made it. Another server's is left
            alone.
        most: bytes.
    """
    protocol = getattr(getattr(receive, "__self__", None), "conn", None)
    if isinstance(protocol, Protocol):
        protocol.max_message_size = most


def keep_unsent_messages() -> None:
    """Make Streamlit send all that a run has drawn; call it once at the start.

    If a fragment runs again before that is sent, Streamlit (1.67) takes back what the run before
    has drawn of it. At the end of that run the browser removes what the fragment showed, draws it
    anew a moment later, and may draw other parts in wrong places. So a busy server ended a camera,
    a recording or what somebody typed, or the page went white: "Cannot set a node at a delta path".
    """
    clear = inspect.unwrap(ForwardMsgQueue.clear)

    @functools.wraps(clear)
    def clear_for_whole_runs(
        queue: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        if retain_lifecycle_msgs and fragment_ids_this_run:
            # What the fragment draws now comes after what was drawn before, and not in its place.
            queue._delta_index_map = {}
        else:
            clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)

    ForwardMsgQueue.clear = clear_for_whole_runs  # type: ignore[assignment]


def leave_tables_out() -> None:
    """Make components take no tables, which none of ours does; call it once at the start.

    Streamlit loads pyarrow for each component of the older kind, and compares lists and dicts that
    a component gets with pyarrow's types. `fer.web.arrow` says why this matters. The function for
    the older kind gets globals of its own, where `import pyarrow` does nothing.
    """
    serialization.is_dataframe_like = _is_never_a_table
    create = inspect.unwrap(CustomComponent.create_instance)
    names = {
        **create.__globals__,
        "is_dataframe_like": _is_never_a_table,
        "__builtins__": {**vars(builtins), "__import__": _import_without_pyarrow},
    }
    copy = FunctionType(create.__code__, names, create.__name__, create.__defaults__)
    copy.__kwdefaults__ = create.__kwdefaults__
    CustomComponent.create_instance = copy  # type: ignore[method-assign]


def _is_never_a_table(obj: object) -> bool:
    return False


def _import_without_pyarrow(name: str, *args: Any, **kwargs: Any) -> Any:
    return ModuleType(name) if name == "pyarrow" else builtins.__import__(name, *args, **kwargs)
