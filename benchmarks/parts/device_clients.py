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
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.classroom import Watch, percentile
from benchmarks.parts import stage
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.emotions import EMOTIONS
from fer.settings import Settings
from fer.store.database import Database, database_url
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
        instructor may see, known to half a second, while all students are there;
        `server_cpu_percent` of one core, while all are there, and `students_cpu_percent`, which
        their process took; `resident_mb`, the most during the class; `dropped`, the connections
        that were refused or lost, and the readings that are missing in the seconds of the class.
    """
    with tempfile.TemporaryDirectory() as name, stage.App(Path(name) / "log.txt") as app:
        settings = replace(Settings.from_environment(), results=app.results)
        store = Store(Database(database_url(settings)))
        room = Classrooms(store).open("Benchmark", mode=Mode.CAMERA, k=K)
        facts = store.classes.by_id(room.id)
        assert facts is not None
        watch = Watch(store, facts, count)
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
        time.sleep(count / ARRIVALS_PER_S)
        used, began, resident = app.processor_s(), time.monotonic(), 0.0
        while time.monotonic() < began + SECONDS:
            time.sleep(1)
            resident = max(resident, app.resident_mb())
        used, lasted = app.processor_s() - used, time.monotonic() - began
        printed, _ = students.communicate(timeout=120)
        delays = watch.end()
        rows = [row for row in store.history.seconds(facts.id) if row.present >= count]
    missing = sum(row.length * max(0, count - (K - 1) - row.sharing) for row in rows)
    result = json.loads(printed)
    return {
        "students": count,
        "p50_s": percentile(delays, 50),
        "p95_s": percentile(delays, 95),
        "seconds": sum(row.length for row in rows),
        "server_cpu_percent": round(100 * used / lasted, 1),
        "students_cpu_percent": round(100 * result["processor_s"] / lasted, 1),
        "resident_mb": round(resident),
        "sent": result["sent"],
        "dropped": result["lost"] + missing,
    }


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


async def student(address: str, number: int, until: float) -> tuple[int, bool]:
    """Take part until a time; returns how many readings were sent, and whether all of them arrived.

    The server takes messages one after the other, so an answer to the last one shows that it has
    taken those before it.
    """
    sent = 0
    answered = asyncio.Event()
    await asyncio.sleep(number / ARRIVALS_PER_S)
    began = time.monotonic()
    try:
        async with connect(
            address, open_timeout=60, ping_interval=None, compression=None
        ) as socket:
            await socket.send('{"type": "join", "camera": "device"}')

            async def listen() -> None:
                with contextlib.suppress(WebSocketException):
                    async for text in socket:
                        if '"here"' in text:
                            answered.set()

            listening = asyncio.create_task(listen())
            for message in itertools.cycle(readings(number)):
                now = time.monotonic()
                if now >= until or listening.done():
                    break
                await socket.send(f'{message}, "t": {round(1000 * (now - began))}}}')
                sent += 1
                await asyncio.sleep(max(0.0, began + sent - time.monotonic()))
            await socket.send('{"type": "here"}')
            await asyncio.wait_for(answered.wait(), 30)
            await socket.send('{"type": "leave"}')
            listening.cancel()
    except (WebSocketException, OSError, TimeoutError):
        return sent, False
    return sent, True


async def students(address: str, count: int, seconds: float) -> dict:
    """Let students come one after the other, and let all of them stay to the end."""
    until = time.monotonic() + count / ARRIVALS_PER_S + seconds
    results = await asyncio.gather(*(student(address, number, until) for number in range(count)))
    return {
        "sent": sum(sent for sent, _ in results),
        "lost": sum(not whole for _, whole in results),
        "processor_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(students(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
