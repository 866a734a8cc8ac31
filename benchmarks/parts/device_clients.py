"""Students whose own devices read, without a browser, and what they cost the server.

`python -m benchmarks.parts.device_clients ADDRESS N SECONDS` runs N of them in one process, and
prints what happened to them. Each joins over a web socket as the page does, and sends one message a
second with the numbers of one face.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.classroom import percentile
from benchmarks.parts import stage
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.emotions import EMOTIONS
from fer.settings import Settings
from fer.store.class_facts import ClassFacts
from fer.store.database import Database, database_url
from fer.store.second import ClassSecond
from fer.store.store import Store

STUDENTS = [int(n) for n in os.environ.get("FER_DEVICE_STUDENTS", "50,200,1000").split(",")]
"""Sizes of the classes, which are measured one after the other."""

SECONDS = float(os.environ.get("FER_DEVICE_CLASS_SECONDS", 300))
"""How long each class lasts, in s, after all students have come."""

K = 5
"""As a class has it unless its instructor chooses another number. Of the students, up to K - 1 wait
at any time before they are summed up, see docs/privacy.md."""

ARRIVALS_PER_S = 40
"""How many students join in a second: a class of 200 within 5 s."""


def measure(count: int) -> dict:
    """Measure a class of one size with a newly started app.

    Returns:
        `students`; `p50_s` and `p95_s`, from a reading to the number of the class that the
        instructor may see, known to half a second, over `seconds` that were shown one by one after
        all students had come; `server_cpu_percent` of one core, and `students_cpu_percent`, which
        their process took; `resident_mb`, the most during the class; `sent` readings; `dropped`,
        the connections that were refused or lost, and the readings that were missing in these
        seconds; `lost`, why connections were lost.
    """
    with tempfile.TemporaryDirectory() as name, stage.App(Path(name) / "log.txt") as app:
        settings = replace(Settings.from_environment(), results=app.results)
        store = Store(Database(database_url(settings)))
        room = Classrooms(store).open("Benchmark", mode=Mode.CAMERA, k=K)
        facts = store.classes.by_id(room.id)
        assert facts is not None
        watch = Watch(store, facts)
        address = f"ws://localhost:{app.port}/join/{room.code}/socket"
        students = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.parts.device_clients"),
                *(address, str(count), str(SECONDS)),
            ],
            cwd=stage.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert students.stdout is not None
        students.stdout.readline()  # all have come
        used, began, resident = app.processor_s(), time.monotonic(), 0.0
        while time.monotonic() < began + SECONDS:
            time.sleep(1)
            resident = max(resident, app.resident_mb())
        used, lasted = app.processor_s() - used, time.monotonic() - began
        printed, _ = students.communicate(timeout=120)
        seconds = watch.end(count)
    delays = [shown - facts.opened - row.second - 0.5 for row, shown in seconds]
    missing = sum(max(0, count - (K - 1) - row.sharing) for row, _ in seconds)
    result = json.loads(printed)
    return {
        "students": count,
        "p50_s": percentile(delays, 50),
        "p95_s": percentile(delays, 95),
        "seconds": len(seconds),
        "server_cpu_percent": round(100 * used / lasted, 1),
        "students_cpu_percent": round(100 * result["processor_s"] / lasted, 1),
        "resident_mb": round(resident),
        "sent": result["sent"],
        "dropped": sum(result["lost"].values()) + missing,
        "lost": result["lost"],
    }


class Watch:
    """Looks ten times a second at what may be seen of a class."""

    def __init__(self, store: Store, facts: ClassFacts) -> None:
        self._store = store
        self._facts = facts
        self._ended = threading.Event()
        self._seen: list[tuple[ClassSecond, float]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self, count: int) -> list[tuple[ClassSecond, float]]:
        """Returns the seconds with all students, from the first that was shown by itself, each with
        the time at which it showed up, in s since 1970."""
        self._ended.set()
        self._thread.join()
        whole = [(row, shown) for row, shown in self._seen if row.present >= count]
        return list(itertools.dropwhile(lambda seen: seen[0].length > 1, whole))

    def _run(self) -> None:
        while not self._ended.wait(0.1):
            rows = self._store.history.seconds(self._facts.id)
            self._seen += [(row, time.time()) for row in rows[len(self._seen) :]]


def readings(number: int) -> list[str]:
    """Returns messages as the page sends them: mostly neutral faces, and some that are not read."""
    random = np.random.default_rng(number)
    weights = np.where(np.array(EMOTIONS) == "neutral", 8.0, 0.4)
    messages = []
    for probabilities in random.dirichlet(weights, 20).round(4).tolist():
        state = str(random.choice(["read", "read", "read", "unsure"]))
        fields = {"type": "reading", "faces": 1, "state": state, "p": probabilities}
        messages.append(json.dumps(fields)[:-1])
    return messages


class Gathering:
    """Tells when every student has come, or has failed to."""

    def __init__(self, count: int) -> None:
        self._missing = count
        self.complete = asyncio.Event()

    def arrive(self) -> None:
        self._missing -= 1
        if not self._missing:
            self.complete.set()


async def student(address: str, number: int, gathering: Gathering, seconds: float) -> dict:
    """Takes part until so many seconds after all have come; returns what became of it.

    The server takes messages one after the other, so an answer to the last one shows that it has
    taken those before it.
    """
    sent, lost, welcome = 0, "", False
    answered = asyncio.Event()
    await asyncio.sleep(number / ARRIVALS_PER_S)
    try:
        async with connect(
            address, open_timeout=60, ping_interval=None, compression=None
        ) as socket:
            await socket.send('{"type": "join", "camera": "device"}')
            first = json.loads(await asyncio.wait_for(socket.recv(), 60))
            if first["type"] != "welcome":
                raise OSError(first.get("reason"))
            welcome = True
            gathering.arrive()

            async def listen() -> None:
                with contextlib.suppress(WebSocketException):
                    async for text in socket:
                        if '"here"' in text:
                            answered.set()

            listening = asyncio.create_task(listen())
            began, until = time.monotonic(), None
            for message in itertools.cycle(readings(number)):
                now = time.monotonic()
                if until is None and gathering.complete.is_set():
                    until = now + seconds
                if listening.done() or (until is not None and now >= until):
                    break
                await socket.send(f'{message}, "t": {round(1000 * (now - began))}}}')
                sent += 1
                await asyncio.sleep(max(0.0, began + sent - time.monotonic()))
            await socket.send('{"type": "here"}')
            await asyncio.wait_for(answered.wait(), 30)
            listening.cancel()
            await socket.send('{"type": "leave"}')
    except (WebSocketException, OSError, TimeoutError) as error:
        lost = f"{type(error).__name__} {error}"
        if not welcome:
            gathering.arrive()
    return {"sent": sent, "lost": lost}


async def students(address: str, count: int, seconds: float) -> dict:
    """Lets students come one after the other, and all of them stay to the end."""
    gathering = Gathering(count)

    async def say_so() -> None:
        await gathering.complete.wait()
        print("all have come", flush=True)

    _, *results = await asyncio.gather(
        say_so(), *(student(address, number, gathering, seconds) for number in range(count))
    )
    return {
        "sent": sum(result["sent"] for result in results),
        "lost": Counter(result["lost"] for result in results if result["lost"]),
        "processor_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(students(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
