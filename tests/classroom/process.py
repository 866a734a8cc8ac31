"""A separate process that serves a class.

    python -m tests.classroom.process URL CODE N EMOTION PATIENCE

Students join with the code, or come back with the tickets that standard input lists, and send a
reading twice a second. Standard output says what happens, as one JSON object a line. PATIENCE is
how many seconds the class waits for another process that does not write any more.

Numbers are summed up over `WINDOW_S` instead of ten seconds, so that a test need not wait as long.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from fer.classroom import anonymity, classroom, cohort
from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.settings import Settings
from fer.store import history
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.mood.faces import bucket

WINDOW_S = 4


def say(**facts) -> None:
    print(json.dumps({"time": time.time(), **facts}), flush=True)


def main(url: str, code: str, number: int, emotion: str, patience: float) -> None:
    for module in (anonymity, classroom, cohort):
        module.WINDOW_S = WINDOW_S
    history.PATIENCE_S = patience
    rooms = Classrooms(Store(Database(database_url(Settings(database=url)))))
    room = rooms.by_code(code)
    secrets = json.loads(sys.stdin.readline())
    if not secrets:
        consent = Consent(Camera.PICTURES)
        secrets = [room.admit(consent, time.time()) for _ in range(number)]
    students = [room.student(secret) for secret in secrets]
    for student in students:
        room.connected(student, time.time())
    say(tickets=secrets)
    rooms.start()
    never = threading.Event()
    while not never.wait(0.5):
        for student in students:
            room.add(student, bucket(emotion))
        say(
            present=room.present(),
            frames=room.window.total().frames,
            until=room.shown_until,
            opened=room.began,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], float(sys.argv[5]))
