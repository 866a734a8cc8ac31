"""The app is told to end while students are connected and a recording is analysed."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import cv2
import psutil
import pytest
import uvicorn

from benchmarks.parts import stage
from benchmarks.parts.returning import Student, picture, taking_part
from fer.checks.check import Outcome
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.jobs.problems import ELSEWHERE
from fer.store.database import Database
from fer.store.store import Store
from fer.web import shutdown
from fer.web.shutdown import WITHIN_S, limit_open_requests, write_everything
from fer.web.uploads.stored import FOLDER as UPLOADS
from tests.fakes import wait_for
from tests.footage import make_video
from tests.loops import run as run_alone

STUDENTS = 6
FRAMES = 240
"""So many pictures, one a second, are four segments, each of which goes to the checkpoint by
itself. With fewer key frames they would be one."""

SERVICE_RESTART = 1012

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


@pytest.fixture
def school(tmp_path):
    """Results with a class that is open, and an analysis that waits for the app to start."""
    results = tmp_path / "results"
    rooms = Classrooms(Store(Database(f"sqlite:///{results}/classes.db")))
    room = rooms.open("Physics", mode=Mode.CAMERA)
    face = cv2.resize(stage.portrait(), (160, 160))[..., ::-1]
    video = make_video(
        tmp_path / "lecture.mp4",
        frames=FRAMES,
        fps=1,
        size=(160, 160),
        options={"g": "30"},
        draw=lambda _: face,
    )

    def wait(path, options, progress, checkpoint):
        while True:
            progress(0.0, None)
            time.sleep(0.05)

    board = JobBoard(results, wait)
    with video.open("rb") as data:
        job_id = board.start_upload("lecture.mp4", data, Options(1.0))
    board.hand_over()
    return SimpleNamespace(rooms=rooms, room=room, board=board, job_id=job_id)


def note(school) -> dict:
    return json.loads((school.board.files.home(school.job_id) / "job.json").read_text("utf-8"))


@contextmanager
def decoding_stands_still(app):
    """Meanwhile the analysis gets no more pictures, so that even a fast machine cannot end it.

    Each segment has a decoder of its own: one that starts only now is stopped, too."""
    stopped, over = set(), threading.Event()

    def stop_all():
        with suppress(psutil.NoSuchProcess):  # the app has ended meanwhile
            while not over.wait(0.02):
                for one in psutil.Process(app.process.pid).children(recursive=True):
                    if one not in stopped and is_decoder(one):
                        one.suspend()
                        stopped.add(one)

    thread = threading.Thread(target=stop_all)
    thread.start()
    try:
        wait_for(lambda: any(one.is_running() for one in [*stopped]))
        yield
    finally:
        over.set()
        thread.join()
        for decoder in stopped:
            with suppress(psutil.NoSuchProcess):
                decoder.resume()


def is_decoder(process: psutil.Process) -> bool:
    try:
        return "fer.media.sandbox" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a decoder that has ended meanwhile
        return False


def seconds(school) -> list[int]:
    """The seconds of the class that are kept, as far as they may be seen."""
    kept = school.rooms.past(school.room.id)
    return [second for second, _ in kept.window.seconds()]


def wait_for_seconds(school, enough) -> None:
    """Wait until enough seconds are kept; each look reads the whole class."""
    wait_for(lambda: enough(seconds(school)), 60, pause=lambda: time.sleep(0.2))


def test_a_restart_loses_no_second_and_no_analysis(school, tmp_path):
    checkpoint = school.board.files.checkpoint(school.job_id)
    jpeg = picture()
    log = tmp_path / "log.txt"
    with stage.App(log) as app:
        port = app.port
        students = [Student(app.url, school.room.code, jpeg) for _ in range(STUDENTS)]
        with taking_part(students):
            wait_for(lambda: list(checkpoint.glob("*.npz")), 180)
            with decoding_stands_still(app):
                wait_for(lambda: all(student.readings >= 4 for student in students), 60)
                wait_for_seconds(school, lambda kept: len(kept) >= 5)
            assert note(school)["state"] == JobState.RUNNING
            # Somebody whose upload takes for ever keeps no server from ending.
            with socket.create_connection(("localhost", port)) as slow:
                slow.sendall(b"PUT /_stcore/upload_file/x/y HTTP/1.1\r\nHost: localhost\r\n")
                slow.sendall(b"Content-Type: multipart/form-data; boundary=b\r\n")
                slow.sendall(b"Content-Length: 1000000\r\n\r\n--b\r\n")
                told = time.time()
                app.process.send_signal(signal.SIGTERM)
                app.process.wait(WITHIN_S)
            done = set(checkpoint.glob("*"))
            assert note(school)["state"] == JobState.WAITING
            assert {tuple(student.closed) for student in students} == {(SERVICE_RESTART,)}
            with stage.App(log, port=port) as app:
                back = int(time.time() - school.room.began)
                wait_for(lambda: all(student.welcomes == 2 for student in students), 60)
                wait_for(lambda: note(school)["state"] == JobState.DONE, 180)
                wait_for_seconds(school, lambda kept: kept[-1] > back + 3)
    assert done  # it went on from there
    kept = seconds(school)
    until = int(told - school.room.began)
    assert [second for second in kept if second < until] == list(range(kept[0], until))
    report = JobBoard(school.board.files.path, lambda *_: None).report(school.job_id)
    assert len(report.timeline) == FRAMES


def test_a_second_app_waits_for_the_first_and_then_goes_on(school, tmp_path):
    """As after an update, where both run for a while."""
    checkpoint = school.board.files.checkpoint(school.job_id)

    def said(app):
        with urllib.request.urlopen(f"{app.url}/health/ready", timeout=60) as answer:
            return json.load(answer)["checks"]["processes"]

    with stage.App(tmp_path / "first.txt") as first:
        wait_for(lambda: list(checkpoint.glob("*.npz")), 180)
        upload = first.results / UPLOADS / "chosen"
        upload.parent.mkdir()
        upload.touch()
        with decoding_stands_still(first), stage.App(tmp_path / "second.txt") as second:
            assert ELSEWHERE in second.printed()
            assert said(second) == said(first) == Outcome.WARNING
            assert note(school)["state"] == JobState.RUNNING
            assert upload.exists()
            first.process.send_signal(signal.SIGTERM)
            first.process.wait(WITHIN_S)
            # Nobody opens a page of it meanwhile.
            wait_for(lambda: said(second) == Outcome.GOOD)
            assert not upload.exists()
            wait_for(lambda: note(school)["state"] == JobState.RUNNING)
            assert list(checkpoint.glob("*.npz"))


def test_steps_run_side_by_side_and_none_holds_up_the_end(monkeypatch, caplog):
    stuck, written = threading.Event(), []
    monkeypatch.setattr(shutdown, "steps", [stuck.wait, lambda: 1 / 0, lambda: written.append(1)])
    began = time.monotonic()
    write_everything(0.3)
    assert time.monotonic() - began < 3
    stuck.set()
    assert written == [1]
    assert "not everything could be written" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_uvicorn_ends_though_a_request_never_does(monkeypatch):
    """It is reached through its handler of the signal, and its setting is as it was."""
    monkeypatch.setattr(shutdown, "REQUESTS_S", 0.2)
    assert not limit_open_requests()
    seen = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            seen.append("ended in good order")
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200})
        seen.append("a request")
        await asyncio.sleep(60)

    config = uvicorn.Config(app, log_level="critical")
    server = uvicorn.Server(config)
    monkeypatch.setattr(shutdown.signal, "getsignal", lambda number: server.handle_exit)
    assert limit_open_requests()

    async def run():
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while not seen:
                await asyncio.sleep(0.01)
            server.handle_exit(signal.SIGTERM, None)
            server._captured_signals.clear()
            await asyncio.wait_for(serving, 10)
            writer.close()

    run_alone(run())
    assert seen == ["a request", "ended in good order"]
