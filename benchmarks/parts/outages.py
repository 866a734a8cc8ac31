"""What is lost of a class when something below it fails: nothing but its last two seconds.

Six students take part with pictures in each step, and come back by themselves. Afterwards the
seconds that are kept of their class are counted. A step that this machine cannot do says why.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.parts import stage
from benchmarks.parts.returning import Student, picture, taking_part
from fer.classroom.classroom import Classroom
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.store import postgres

STUDENTS = 6
BEFORE_S, OUTAGE_S, AFTER_S = 8.0, 10.0, 8.0
CUT_S = 20.0
JUMP_S = 300
MOST_LOST_S = 2
PATIENCE_S = 120.0
DISK_MB = 4

_FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@dataclass
class Lesson:
    """A class that goes on, with its app and its students."""

    app: stage.App
    rooms: Classrooms
    room: Classroom
    students: list[Student]

    def second(self) -> int:
        """Returns the second of the class that is running."""
        return int(time.time() - self.room.began)

    def wait(self, seconds: float) -> None:
        """Let the class go on until so many more of its seconds are kept and can be seen."""
        until = self.second() + seconds
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if (kept := self.kept()) and kept[-1] >= until:
                return
            time.sleep(0.5)
        raise RuntimeError("the class does not go on")

    def kept(self) -> list[int]:
        """Returns the seconds of the class that are kept."""
        past = self.rooms.past(self.room.id)
        return [] if past is None else [second for second, _ in past.window.seconds()]

    def lost(self, until: int | None = None) -> list[int]:
        """Returns the seconds that are not kept, of those up to `until` or the last one kept."""
        kept = self.kept()
        return sorted({*range(kept[0], kept[-1] if until is None else until)} - {*kept})


@contextmanager
def lesson(folder: Path, **settings: str) -> Iterator[Lesson]:
    """A class with students, for as long as the block runs."""
    url = database_url(
        Settings(database=settings.get("DATABASE_URL", ""), results=folder / "results")
    )
    rooms = Classrooms(Store(Database(url)))
    room = rooms.open("Physics", mode=Mode.CAMERA)
    jpeg = picture()
    with stage.App(folder / "log.txt", **settings) as app:
        students = [Student(app.url, room.code, jpeg) for _ in range(STUDENTS)]
        with taking_part(students):
            one = Lesson(app, rooms, room, students)
            one.wait(BEFORE_S)
            yield one


def outages() -> dict[str, dict]:
    """Run all steps; returns for each "held", what was lost, or why it was not tried."""
    steps: dict[str, Callable[[Path], dict]] = {
        "app_killed": app_killed,
        "database_stopped": database_stopped,
        "disk_full": disk_full,
        "network_cut": network_cut,
        "clock_jump": clock_jump,
        "garbage": garbage,
    }
    results = {}
    for name, step in steps.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                results[name] = step(Path(folder))
            except Exception as error:  # the other steps are worth knowing all the same
                results[name] = {"held": False, "error": str(error)[:200]}
    return results


def app_killed(folder: Path) -> dict:
    """The app is killed in the middle of a class, and started again."""
    with lesson(folder) as one:
        one.app.process.send_signal(signal.SIGKILL)
        killed = one.second()
        one.app.process.wait()
        with stage.App(folder / "log.txt", port=one.app.port):
            back = one.second()
            one.wait(AFTER_S)
            came = sum(student.welcomes == 2 for student in one.students)
            lost = one.lost(killed)
    return _said(lost) | {"students_back": came, "away_s": back - killed}


def database_stopped(folder: Path) -> dict:
    """PostgreSQL is stopped for a while."""
    if (why := postgres.missing()) is not None:
        return {"held": True, "not_tried": why}
    server = postgres.Postgres()
    try:
        with lesson(folder, DATABASE_URL=server.database()) as one:
            server.stop()
            time.sleep(OUTAGE_S)
            server.start()
            one.wait(AFTER_S)
            return _said(one.lost())
    finally:
        server.close()


def disk_full(folder: Path) -> dict:
    """The disk of the results, a small one, is full for a while."""
    results = folder / "results"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", str(results)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        return {"held": True, "not_tried": f"no small disk can be made: {done.stderr.strip()}"}
    try:
        with lesson(folder) as one:
            filler = results / "filler"
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            time.sleep(OUTAGE_S)
            filler.unlink()
            one.wait(AFTER_S)
            said = _said(one.lost())
            one.rooms.store.database.close()
            return said
    finally:
        subprocess.run(["umount", "--lazy", str(results)], check=False)


def network_cut(folder: Path) -> dict:
    """The network of one student swallows everything for a while; the others' does not."""
    with lesson(folder) as one, _Line(urlsplit(one.app.url).port or 0) as line:
        cut = Student(line.url, one.room.code, picture())
        with taking_part([cut]):
            one.wait(BEFORE_S)
            line.swallows = True
            time.sleep(CUT_S)
            line.swallows = False
            _until(lambda: cut.welcomes >= 2)
            one.wait(AFTER_S)
        return _said(one.lost()) | {"came_back": cut.welcomes >= 2}


def clock_jump(folder: Path) -> dict:
    """The clock of the server jumps ahead, as after a long time without time servers."""
    if not _FAKETIME:
        return {"held": True, "not_tried": "needs libfaketime (Debian's package faketime)"}
    clock = folder / "clock"
    clock.write_text("+0\n")
    settings = {
        "LD_PRELOAD": str(_FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with lesson(folder, **settings) as one:
        jumped = one.second()
        clock.write_text(f"+{JUMP_S}\n")
        until = jumped + JUMP_S + AFTER_S
        _until(lambda: bool(one.kept()) and one.kept()[-1] >= until)
        lost, kept = one.lost(jumped), one.kept()
    return _said(lost) | {"went_on": kept[-1] >= until}


def garbage(folder: Path) -> dict:
    """A client says what no page says, over connections of all kinds, all the time."""
    with lesson(folder) as one:
        port = urlsplit(one.app.url).port or 0
        sent = 0
        ends = time.monotonic() + OUTAGE_S
        while time.monotonic() < ends:
            path = f"/join/{one.room.code}/socket" if sent % 2 else "/_stcore/stream"
            key = "dGhlIHNhbXBsZSBub25jZQ=="
            head = (
                f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            )
            with suppress(OSError), socket.create_connection(("localhost", port), 5) as line:
                line.sendall((head if sent % 3 else "").encode() + os.urandom(4096))
                line.settimeout(1)
                line.recv(4096)
            sent += 1
        one.wait(AFTER_S)
        alive = one.app.process.poll() is None
        return _said(one.lost()) | {"alive": alive, "connections": sent}


class _Line:
    """A way to the app that may swallow everything. A context manager."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.swallows = False

    def __enter__(self) -> _Line:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self.swallows:
                    continue
                far = socket.create_connection(("localhost", self._port))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        cut = False
        with suppress(OSError):
            while data := one.recv(65536):
                cut = cut or self.swallows  # what a network has swallowed does not come later
                if not cut:
                    other.sendall(data)
        if not self.swallows:
            with suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)


def _said(lost: list[int]) -> dict:
    return {"held": len(lost) <= MOST_LOST_S, "lost_seconds": len(lost)}


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and not true():
        time.sleep(0.5)
