"""A separate process that serves a class: `python -m tests.classroom.process URL CODE N EMOTION`.

Students join with the code, or come back with the tickets that standard input lists, and send a
reading twice a second. Standard output says what happens, as one JSON object a line.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.mood.faces import bucket


def say(**facts) -> None:
    print(json.dumps({"time": time.time(), **facts}), flush=True)


def main(url: str, code: str, number: int, emotion: str) -> None:
    rooms = Classrooms(Store(Database(database_url(Settings(database=url)))))
    room = rooms.by_code(code)
    secrets = json.loads(sys.stdin.readline())
    if not secrets:
        consent = Consent(Camera.PICTURES)
        secrets = [room.admit(consent, time.time()).secret for _ in range(number)]
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
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
