"""The log of the real app, driven through its addresses with a secret in every place."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import json
import socket
from urllib.parse import quote, urlencode, urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.store.database import Database
from fer.store.store import Store
from tests.fakes import wait_for
from tests.loops import run as run_alone

ADDRESS = "203.0.113.77"
PASSWORD = "open sesame"

# Read by Python when the server starts.
FAULTS = """
import fer.media.probe, fer.model_card, fer.web.join.page

def broken(*_, **__):
    raise OverflowError("cannot do that")

def full(path):
    raise OSError(28, "No space left on device", str(path))

fer.media.probe.probe = full
fer.model_card.installed = broken
fer.web.join.page.projector_page = broken
"""


class Secrets:
    """Makes secrets that can be told from everything else, and remembers them."""

    def __init__(self) -> None:
        self.made: list[str] = [ADDRESS]

    def __call__(self, place: str) -> str:
        self.made.append(f"{place}-secret-{len(self.made)}")
        return self.made[-1]


def ask(url: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str):
    """Returns the status and the text of an answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, {"X-Forwarded-For": ADDRESS, **named})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.fixture
def school(tmp_path):
    """A class, and a recording that the app will try to analyse."""
    secret = Secrets()
    results = tmp_path / "results"
    rooms = Classrooms(Store(Database(f"sqlite:///{results}/classes.db")))
    room = rooms.open(secret("title"), mode=Mode.CAMERA, individual=True)
    secret.made.append(room.code)

    def wait(path, options, progress, checkpoint):
        raise AssertionError("the board has no thread")

    board = JobBoard(results, wait, running_at_once=0)
    board.start_upload(f"{secret('recording')}.mp4", io.BytesIO(b"a recording"), Options())
    board.hand_over()
    return secret, room, board


async def be_a_student(url: str, code: str, secret: Secrets) -> None:
    address = f"{url.replace('http', 'ws')}/join/{code}/socket?{secret('query')}={secret('query')}"
    headers = {"X-Forwarded-For": ADDRESS, "User-Agent": secret("agent")}

    async def say(*messages: str | bytes, until: str = "") -> dict:
        """Returns the first answer of the type `until`, or the last before the server hangs up."""
        heard: dict = {}
        async with asyncio.timeout(60), connect(address, additional_headers=headers) as server:
            for message in messages:
                await server.send(message)
            with contextlib.suppress(ConnectionClosed):
                while not until or heard.get("type") != until:
                    heard = json.loads(await server.recv())
        return heard

    nickname = secret("nickname")
    join = {"type": "join", "camera": "pictures", "individual": True, "nickname": nickname}
    ticket = (await say(json.dumps(join), until="welcome"))["ticket"]
    secret.made.append(ticket)
    await say(json.dumps({"type": "resume", "ticket": ticket}), b"no picture")
    await say(json.dumps({"type": "resume", "ticket": secret("ticket")}))
    await say(json.dumps({"type": "pulse", "pulse": secret("pulse")}))
    await say(json.dumps(join), secret("text"))
    await say(secret("picture").encode())
    other = address.replace(code, "ACD4F7K")
    async with connect(other, additional_headers=headers) as server:
        await server.send(json.dumps(join))
        refused = json.loads(await server.recv())
        assert refused["reason"] == "wrong-code"


def say_raw(url: str, text: bytes) -> None:
    with socket.create_connection(("localhost", urlsplit(url).port), timeout=20) as line:
        line.sendall(text)
        while line.recv(4096):
            pass


def test_no_secret_stands_in_the_log_and_each_request_has_a_number(school, tmp_path):
    secret, room, board = school
    (tmp_path / "sitecustomize.py").write_text(FAULTS)
    settings = {
        "PYTHONPATH": f"{tmp_path}:{stage.ROOT}",
        "FER_LOG": "json",
        "FER_PROXIES": "1",
        "FER_PASSWORD": PASSWORD,
        "FER_METRICS_TOKEN": secret("token"),
        "FER_TURN_SECRET": secret("turn"),
        "FER_TURN_URLS": "turn:localhost",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "localhost",
    }
    secret.made.append(PASSWORD)
    with stage.App(tmp_path / "log.txt", **settings) as app:
        run_alone(be_a_student(app.url, room.code, secret))
        cookie = f"mood={secret('cookie')}"
        guess = urlencode({"password": secret("guess")}).encode()
        form = "application/x-www-form-urlencoded"
        where = f"/sign-in?next={secret('next')}"
        ask(app.url, where, "POST", guess, Cookie=cookie, Content_Type=form)
        ask(app.url, where, "POST", guess * 1000, Cookie=cookie, Content_Type=form)
        ask(app.url, f"/{secret('path')}?{secret('query')}=1", Referer=secret("referer"))
        ask(app.url, f"/join?code={secret('code')}")
        ask(app.url, f"/join/{secret('code')}")
        ask(app.url, f"/join/files/{secret('file')}")
        ask(app.url, f"/class?invitation={secret('invitation')}")
        ask(app.url, "/metrics", Authorization=f"Bearer {secret('token')}")
        ask(app.url, "/", Host=secret("host"))
        status, said = ask(app.url, f"/join/{quote(room.code)}/projector")
        assert status == 500
        with Visitor(app.url, "model") as visitor:
            visitor.put(1000, f"{secret('upload')}.mp4")
            visitor.put(1000, f"{secret('upload')}.mp4", forged=True)
            visitor.put(1000, f"{secret('upload')}.mp4", visit=secret("visit"))
        say_raw(app.url, secret("garbage").encode() + b"\r\n\r\n")
        say_raw(app.url, f"GET /{secret('path')} HTTP/1.1\r\nA{{: b\r\n\r\n".encode())
        (job,) = board.files.peek()
        wait_for(lambda: board.files.peek()[0].state == JobState.INTERRUPTED, 60)
    printed = app.printed()
    lines = [json.loads(line) for line in printed.splitlines()]
    # There is something to read, with numbers.
    texts = [line["message"] for line in lines]
    assert any(text.startswith("the app starts at ") for text in texts)
    assert "the app ends, and everything has been written" in texts
    assert sum(text.startswith("refused a") for text in texts) >= 3
    fault = next(line for line in lines if line["message"].startswith("fault "))
    assert fault["message"] == f"fault {fault['reference']}"
    failed = next(line for line in lines if line["message"] == "a request failed: GET /join")
    assert failed["error"] == "OverflowError"
    assert failed["reference"] in said
    stopped = next(line for line in lines if line["message"] == f"job {job.id} cannot go on")
    assert stopped["reference"] == job.id[:8]
    assert "No space left on device" in stopped["traceback"]
    assert "Uncaught app execution" not in texts
    assert "OverflowError" in failed["traceback"]
    assert "OverflowError" not in said
    assert [text for text in secret.made if text in printed] == []
