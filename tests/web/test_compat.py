"""The private parts of frameworks that we rely on: a test fails when a new version changes them."""

import asyncio
import contextlib
import inspect
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import aioice
import aioice.ice
import aioice.stun
import aiortc.rtcicetransport
import aiortc.rtcrtpreceiver
import pytest
import streamlit as st
import streamlit.components.v1
import streamlit_webrtc.relay
import uvicorn
from aiortc import VideoStreamTrack
from aiortc.contrib.media import MediaRelay
from aiortc.rate import RemoteBitrateEstimator
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state.session_state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit_webrtc import webrtc_streamer
from streamlit_webrtc.component import generate_frontend_component_key
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.parts.stage import App
from benchmarks.parts.visitor import Visitor
from fer.live.camera_way import PATIENCE_S
from fer.settings import ROOT
from fer.web import compat
from fer.web.sources import compat as connections
from fer.web.uploads.quota import Held
from fer.web.uploads.stored import StoredFile
from tests.loops import run as run_alone


def test_every_private_name_stands_in_its_place():
    private = re.compile(
        r"streamlit\.(runtime|navigation|elements|delta_generator|proto)"
        r"|from streamlit import .*runtime|streamlit_webrtc\.|aiortc\.|session_state\._|\b_mgr\b"
        r"|from aiortc import (?!RTCIce)"
    )
    names = ("compat.py", "runs.py", "sources/compat.py")
    places = [ROOT / "fer/web" / name for name in names]
    files = [*(ROOT / "fer").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    users = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file not in places
        for line in file.read_text("utf-8").splitlines()
        if private.search(line) and re.search(r"\bimport\b|\._", line)
    ]
    # The keys of the TURN providers are in a public module, and `aiortc.RTCIce...` are names of its
    # public interface.
    assert [user for user in users if "credentials" not in user] == []


def test_the_parts_of_the_page_that_our_styles_name_are_there():
    static = Path(st.__file__).parent / "static" / "static" / "js"
    bundle = "".join(file.read_text("utf-8", "replace") for file in static.glob("*.js"))
    web = ROOT / "fer" / "web"
    files = [file for kind in ("css", "js", "html", "py") for file in web.rglob(f"*.{kind}")]
    wanted = {
        name
        for file in files
        for pattern in (r"data-testid=[\"']?(\w+)", r"data-test-[\w-]+")
        for name in re.findall(pattern, file.read_text("utf-8"))
    }
    assert wanted
    assert [name for name in sorted(wanted) if name not in bundle] == []


def test_a_start_without_faults_warns_of_nothing_and_a_drawn_page_has_the_camera(tmp_path):
    with App(tmp_path / "log.txt") as app, Visitor(app.url) as visitor:
        # What is loaded in the background may not take the camera's place, whenever that is.
        answer = urllib.request.urlopen(f"{app.url}/health/ready", timeout=60)
        assert answer.status == 200
        visitor.open("")
        component = "component/streamlit_webrtc.component.webrtc_streamer/index.html"
        assert urllib.request.urlopen(f"{app.url}/{component}", timeout=60).status == 200
        visitor.open("recording")
    printed = app.printed()
    assert "INFO fer.web.lifespan: the app starts at" in printed
    assert [line for line in printed.splitlines() if " WARNING " in line or " ERROR " in line] == []


def test_nothing_is_loaded_at_the_start_that_no_first_page_needs():
    """If streamlit_webrtc is imported before the server exists, its component is not registered,
    and the browser shows a 404."""
    late = [
        "streamlit_webrtc",
        "aiortc",
        "aioice",
        "alembic",
        "reportlab",
        "segno",
        "scipy",
        "skimage",
    ]
    code = f"import sys, app; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=120, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def noted():
    import streamlit as st

    from fer.web import compat

    st.text(f"visit {compat.visit_id()}")


def test_a_visit_has_a_number():
    assert compat.visit_id() is None
    said = AppTest.from_function(noted).run().text[0].value
    assert said.startswith("visit ")
    assert said != "visit None"


def asked_to_end():
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from fer.web import compat

    before = compat.is_ending()
    get_script_run_ctx().script_requests.request_stop()
    print(before, compat.is_ending())  # the page can show nothing any more


def test_a_page_knows_that_its_run_is_to_end(capsys):
    assert not compat.is_ending()
    AppTest.from_function(asked_to_end).run()
    assert capsys.readouterr().out == "False True\n"


def ending(way):
    import streamlit as st

    from fer.web import compat

    try:
        getattr(st, way)()
    except (compat.StopException, compat.RerunException) as error:
        print("ended by", type(error).__name__)  # writing to the page would end it again
    except Exception as error:
        print("ended by", repr(error))


@pytest.mark.parametrize(
    ("way", "raised"), [("stop", "StopException"), ("rerun", "RerunException")]
)
def test_a_run_of_a_page_ends_by_two_exceptions(way, raised, capsys):
    AppTest.from_function(ending, kwargs={"way": way}).run()
    assert f"ended by {raised}\n" in capsys.readouterr().out


def dropping():
    import streamlit as st

    from fer.web import compat

    file = st.file_uploader("file", key="file")
    if file is not None:
        manager = compat.get_script_run_ctx().uploaded_file_mgr
        st.text(type(manager).__name__)
        st.text(f"before {len(manager.get_stats())}")
        compat.drop_upload(file)
        st.text(f"after {len(manager.get_stats())}")


def test_an_upload_can_be_dropped():
    page = AppTest.from_function(dropping).run()
    page.file_uploader(key="file").upload("a.txt", b"x", "text/plain").run()
    assert [text.value for text in page.text] == [
        "MemoryUploadedFileManager",
        "before 1",
        "after 0",
    ]


def test_the_media_of_a_page_take_any_bytes_and_give_a_path(monkeypatch):
    asked = []

    class Manager:
        def add(self, *args):
            asked.append(args)
            return "/media/1.mp4"

    runtime = SimpleNamespace(media_file_mgr=Manager())
    monkeypatch.setattr(compat.runtime, "get_instance", lambda: runtime)
    content = memoryview(b"1234")
    assert compat.serve_in_parts(content, "video/mp4", "key") == "media/1.mp4"
    assert asked == [(content, "video/mp4", "key")]
    monkeypatch.undo()
    from streamlit.runtime.media_file_manager import MediaFileManager

    assert list(MediaFileManager.add.__annotations__)[:3] == [
        "path_or_data",
        "mimetype",
        "coordinates",
    ]
    assert isinstance(vars(st.runtime.Runtime)["media_file_mgr"], property)


def test_a_component_of_the_older_kind_has_its_folder_served(tmp_path):
    component = streamlit.components.v1.declare_component("shelf", path=str(tmp_path))
    assert compat.library_url(component, "a.js") == f"component/{component.name}/a.js"
    assert component.name.endswith("shelf")


@pytest.mark.parametrize(
    ("judged", "sent"),
    [(48_000, connections.MIN_BITRATE), (2_000_000, 2_000_000)],
    ids=["a pause of the process", "a good line"],
)
def test_the_camera_keeps_a_bitrate_that_shows_faces(monkeypatch, judged, sent):
    monkeypatch.setattr(RemoteBitrateEstimator, "add", lambda self: (judged, [7]))
    assert connections.SteadyEstimator().add() == (sent, [7])


def test_no_estimate_stays_none(monkeypatch):
    monkeypatch.setattr(RemoteBitrateEstimator, "add", lambda self: None)
    assert connections.SteadyEstimator().add() is None


def test_new_connections_use_the_steady_estimator(monkeypatch):
    monkeypatch.setattr(aiortc.rtcrtpreceiver, "RemoteBitrateEstimator", RemoteBitrateEstimator)
    connections.keep_a_steady_bitrate()
    receiver = aiortc.rtcrtpreceiver.RTCRtpReceiver("video", SimpleNamespace(state="new"))
    values = [
        value for value in vars(receiver).values() if isinstance(value, RemoteBitrateEstimator)
    ]
    assert [type(value) for value in values] == [connections.SteadyEstimator]


def test_the_relay_hands_on_the_newest_frame_only(monkeypatch):
    relay = MediaRelay()
    monkeypatch.setattr(streamlit_webrtc.relay, "get_global_relay", lambda: relay)
    connections.keep_newest_only()
    connections.keep_newest_only()
    assert relay.subscribe(VideoStreamTrack())._buffered is False


def test_cameras_have_an_event_loop_of_their_own(monkeypatch):
    """Hundreds of packets a second would keep pages waiting for their turn on the server's loop."""
    from streamlit_webrtc import relay, webrtc

    for module, user in ((relay, relay.get_global_relay), (webrtc, webrtc.WebRtcWorker.__init__)):
        assert "get_global_event_loop()" in inspect.getsource(user)
        monkeypatch.setattr(module, "get_global_event_loop", None)
    connections.keep_media_apart()
    connections.keep_media_apart()

    async def thread() -> str:
        return threading.current_thread().name

    loop = webrtc.get_global_event_loop()
    assert relay.get_global_event_loop() is loop
    assert asyncio.run_coroutine_threadsafe(thread(), loop).result(10) == "media-loop"


@pytest.mark.parametrize(("on_the_page", "left"), [(True, None), (False, 5)])
def test_only_a_camera_that_stayed_is_kept_connected(monkeypatch, on_the_page, left):
    context = SimpleNamespace(_last_rendered_run_count=5)
    state = {"camera": context}
    if on_the_page:
        state[generate_frontend_component_key("camera")] = {}
    monkeypatch.setattr(st, "session_state", state)
    connections.keep_connected("camera")
    assert context._last_rendered_run_count == left


def test_streamlit_webrtc_still_counts_runs_as_we_know_it():
    from streamlit_webrtc import component

    assert callable(webrtc_streamer)
    assert "_last_rendered_run_count" in inspect.getsource(component)


def test_the_versions_are_those_that_were_checked():
    """A reminder: if one changes, read the modules of the first test again, then update it here."""
    checked = {"streamlit": "1.67", "streamlit-webrtc": "0.79", "aiortc": "1.16"}
    installed = {name: metadata.version(name) for name in checked}
    assert {
        name: ".".join(version.split(".")[:2]) for name, version in installed.items()
    } == checked


async def connected() -> tuple[aioice.Connection, aioice.Connection]:
    """Two ends of a connection, each of which looks every few hundredths of a second."""
    here, there = (
        connections.SteadyConnection(ice_controlling=True),
        connections.SteadyConnection(False),
    )
    ends = (here, there)
    await asyncio.gather(*(end.gather_candidates() for end in ends))
    for one, other in (ends, ends[::-1]):
        for candidate in other.local_candidates:
            await one.add_remote_candidate(candidate)
        await one.add_remote_candidate(None)
        one.remote_username = other.local_username
        one.remote_password = other.local_password
    await asyncio.gather(*(end.connect() for end in ends))
    return here, there


@pytest.fixture
def quick_checks(monkeypatch):
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.01)
    monkeypatch.setattr(aioice.stun, "RETRY_RTO", 0.05)


async def busy_loop() -> None:
    """Keep the loop from running for longer than an answer may take, again and again."""
    while True:
        time.sleep(0.2)
        await asyncio.sleep(0)


async def talk(end: aioice.Connection) -> None:
    while True:
        await end.send(b"a frame")
        await asyncio.sleep(0.01)


def fall_silent(end: aioice.Connection) -> None:
    """Answer no more checks, but keep the connection."""
    end.request_received = lambda *_: None


@pytest.mark.parametrize(
    ("meanwhile", "ends"),
    [("silence", True), ("the loop is late", False), ("frames come", False)],
)
def test_only_a_browser_that_is_silent_while_the_loop_is_on_time_has_gone(
    quick_checks, meanwhile, ends
):
    async def run() -> bool:
        here, there = await connected()
        fall_silent(there)
        tasks = []
        if meanwhile == "the loop is late":
            tasks.append(asyncio.create_task(busy_loop()))
        if meanwhile == "frames come":
            tasks.append(asyncio.create_task(talk(there)))

        async def until_it_ends() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await here.recv()

        # Six checks without an answer take 0.4 s.
        try:
            await asyncio.wait_for(until_it_ends(), 4)
            return True
        except TimeoutError:
            return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(here.close(), there.close())

    assert run_alone(run()) is ends


def test_servers_that_never_answer_are_given_up_early(monkeypatch):
    """aioice would wait for five seconds, in which a browser gives up."""
    monkeypatch.setattr(connections, "GATHER_S", 1)

    async def run(server: tuple[str, int]) -> tuple[set[str], float]:
        began = time.monotonic()
        end = connections.SteadyConnection(
            False,
            stun_server=server,
            turn_server=server,
            turn_username="name",
            turn_password="secret",
        )
        await end.gather_candidates()
        took = time.monotonic() - began
        types = {candidate.type for candidate in end.local_candidates}
        await end.close()
        return types, took

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        types, took = run_alone(run(silent.getsockname()))
    assert types == {"host"}
    assert took < 4.5


def test_a_browser_is_answered_long_before_it_gives_up():
    assert connections.GATHER_S <= PATIENCE_S / 2


def test_aiortc_makes_its_connections_of_the_class_that_we_set(monkeypatch):
    monkeypatch.setattr(aiortc.rtcicetransport, "Connection", aioice.Connection)
    connections.be_patient_with_connections()
    gatherer = aiortc.RTCIceGatherer()
    assert [type(value) for value in vars(gatherer).values()].count(
        connections.SteadyConnection
    ) == 1
    assert "self.query_consent()" in inspect.getsource(aioice.Connection.connect)


def reading():
    import streamlit as st

    from fer.web import compat

    if file := st.file_uploader("file", key="file"):
        with compat.open_upload(file) as content:
            st.text(f"{file.name}: {content.read()!r}")


def test_the_testing_tools_put_the_bytes_themselves_into_the_list():
    page = AppTest.from_function(reading).run()
    page.file_uploader(key="file").upload("a.txt", b"x", "text/plain").run()
    assert page.text[0].value == "a.txt: b'x'"


@pytest.fixture
def uploads(monkeypatch):
    manager = MemoryUploadedFileManager("/upload")
    instance = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(compat.runtime, "get_instance", lambda: instance)
    return manager


def test_a_file_on_disk_stands_in_the_list_of_uploads(uploads, tmp_path, monkeypatch):
    for visit, number, size in (("anna", "1", 5), ("anna", "2", 7), ("ben", "1", 3)):
        file = StoredFile(tmp_path)
        run_alone(file.add(b"x" * size))
        compat.add_upload(visit, number, f"{number}.mp4", "video/mp4", file)
    del file
    assert compat.uploads_held() == {"anna": Held(2, 12), "ben": Held(1, 3)}
    assert isinstance(vars(st.runtime.Runtime)["uploaded_file_mgr"], property)

    (record,) = uploads.get_files("anna", ["1"])
    page_has = UploadedFile(record, FileURLs())
    assert (page_has.name, page_has.size, page_has.getvalue()) == ("1.mp4", 5, b"")
    context = SimpleNamespace(session_id="anna", uploaded_file_mgr=uploads)
    monkeypatch.setattr(compat, "get_script_run_ctx", lambda **_: context)
    with compat.open_upload(page_has) as content:
        assert content.read() == b"xxxxx"

    del record
    assert compat.take_upload_into_memory(page_has) == b"xxxxx"
    assert len(list(tmp_path.iterdir())) == 2
    assert compat.uploads_held()["anna"] == Held(2, 12)
    with compat.open_upload(page_has) as content:
        assert content.read() == b"xxxxx"
    compat.drop_upload(page_has)
    with pytest.raises(FileNotFoundError):
        compat.open_upload(page_has)
    assert len(list(tmp_path.iterdir())) == 2
    uploads.remove_session_files("anna")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"xxx"]


@pytest.mark.parametrize(
    ("header", "cookie", "forged"),
    [("a", "a", False), ("a", "b", True), (None, "a", True), ("a", None, True), (None, None, True)],
)
def test_only_pages_of_the_app_know_the_token(header, cookie, forged):
    token = {value: generate_xsrf_token_string(value.encode() * 16) for value in "ab"}
    headers = {"X-Xsrftoken": token[header]} if header else {}
    cookies = {"_streamlit_xsrf": token[cookie]} if cookie else {}
    assert compat.is_forged(headers, cookies) is forged


def test_visits_that_nobody_comes_back_to_are_ended(monkeypatch, caplog):
    storage = MemorySessionStorage(ttl_seconds=0.05)
    ended = []

    def shut_down(name):
        ended.append(name)
        if name == "anna":
            raise RuntimeError("it cannot be shut down")

    def visit(name):
        state, fragments = SessionState(), MemoryFragmentStorage()
        state["live"] = "numbers"
        state._new_widget_state.widget_metadata["button"] = lambda: "numbers"
        fragments.register("part", lambda: "numbers")
        session = SimpleNamespace(
            id=name,
            shutdown=lambda: shut_down(name),
            session_state=state,
            _fragment_storage=fragments,
        )
        storage.save(SessionInfo(client=None, session=session, script_run_count=1))
        return session

    manager = SimpleNamespace(_session_storage=storage)
    instance = SimpleNamespace(_session_mgr=manager)
    monkeypatch.setattr(compat.runtime, "get_instance", lambda: instance)
    visits = [visit(name) for name in ("anna", "ben")]
    assert compat.end_left_visits() == 0
    time.sleep(0.1)
    assert compat.end_left_visits() == 2
    assert ended == ["anna", "ben"]
    assert "it cannot be shut down" in caplog.text
    for left in visits:
        assert len(left.session_state) == 0
        assert left.session_state._new_widget_state.widget_metadata == {}
        assert not left._fragment_storage.contains("part")
    assert "_session_mgr" in inspect.getsource(st.runtime.Runtime.__init__)
    assert "_session_storage" in inspect.getsource(WebsocketSessionManager.__init__)
    assert isinstance(vars(AppSession)["session_state"], property)
    assert "self._fragment_storage" in inspect.getsource(AppSession.__init__)


def test_what_a_fragment_drew_is_sent_before_what_it_draws_next(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    compat.keep_unsent_messages()
    compat.keep_unsent_messages()

    def drawn(text: str) -> ForwardMsg:
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, 1])
        message.delta.fragment_id = "part"
        message.delta.new_element.text.body = text
        return message

    queue = ForwardMsgQueue()
    first, second, third = map(drawn, ("first", "second", "third"))
    queue.enqueue(first)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["part"])
    queue.enqueue(second)
    assert queue.flush() == [first, second]
    # A run of the whole page draws all anew.
    queue.enqueue(second)
    queue.clear(retain_lifecycle_msgs=True)
    queue.enqueue(third)
    assert queue.flush() == [third]


def test_uvicorn_ends_a_socket_on_which_a_long_message_begins():
    """This needs a real connection, since the limit replaces that of uvicorn."""
    received = []

    async def app(scope, receive, send):
        compat.limit_messages(receive, 1000)
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            received.append(len(message["bytes"]))
            await send({"type": "websocket.send", "text": "received"})

    async def run():
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = uvicorn.Server(
                uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_level="error")
            )
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            address = f"ws://127.0.0.1:{listening.getsockname()[1]}"
            async with connect(address) as client:
                await client.send(bytes(1000))
                await client.recv()
                await client.send(bytes(1001))
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                code = client.close_code
            server.should_exit = True
            await serving
            return code

    assert run_alone(run()) == 1009
    assert received == [1000]
