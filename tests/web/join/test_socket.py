"""The students' web socket over real connections, with clients that behave and clients that do not.

The pictures are read by the real detector and classifier.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import time
from functools import partial
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select
from starlette.status import WS_1013_TRY_AGAIN_LATER
from websockets.exceptions import ConnectionClosed

from benchmarks.parts import stage
from fer.classroom.mode import Mode
from fer.classroom.pulse import Pulse
from fer.errors import StoreError
from fer.live import picture_feed
from fer.media.image import decode_picture
from fer.store.schema import TICKET
from fer.web import resources
from fer.web.join import search, socket, texts
from fer.web.join.limits import MAX_PICTURE, Limits
from fer.web.join.messages import Reason
from tests.bombs import jpeg_bomb
from tests.fakes import wait_for
from tests.loops import run
from tests.web.join.served import hear, say, student


def jpeg(picture) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


@pytest.fixture(scope="module")
def face() -> bytes:
    return jpeg(cv2.resize(stage.fit(stage.portrait()), (320, 240), interpolation=cv2.INTER_AREA))


async def until(condition, seconds=60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.02)


def rows(classroom):
    """Returns the seconds of the class that are over."""
    return classroom.outgoing(time.time())


def tickets(classrooms, classroom) -> int:
    """Returns how many tickets of a class the database has."""
    query = select(func.count()).where(TICKET.c.class_id == classroom.id)
    with classrooms.store.database.read() as connection:
        return connection.execute(query).scalar()


async def refusal(client) -> str:
    """Waits until the server ends the connection; returns the reason that it gives."""
    said = await hear(client, "refused")
    assert said["text"].endswith(".")
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(client.recv(), 10)
    return said["reason"]


def test_a_picture_is_read_and_reaches_the_class(served, classroom, face):
    async def visit():
        async with student(served, classroom, camera="pictures") as (client, _):
            await client.send(face)
            reading = await hear(client, "reading")
            # A second of the class is only counted once it is over.
            await until(lambda: any(row.sharing for row in rows(classroom)))
            return reading

    reading = run(visit())
    assert (reading["state"], reading["emotion"]) == ("read", "happy")


def test_a_student_learns_whether_enough_are_here_for_a_press_to_be_seen(served, classroom):
    async def visit():
        async with contextlib.AsyncExitStack() as others:
            shown = []
            for _ in range(classroom.k):
                client, _ = await others.enter_async_context(student(served, classroom))
                await say(client, type="pulse", pulse="lost")
                shown.append((await hear(client, "pressed"))["shown"])
            return shown

    assert run(visit()) == [False] * (classroom.k - 1) + [True]


def test_a_student_without_a_camera_is_present_and_can_press(served, classroom):
    async def visit():
        async with student(served, classroom) as (client, _):
            await say(client, type="pulse", pulse="lost")
            await until(lambda: any(row.pressed[0] for row in rows(classroom)))
            present = classroom.present()
        await until(lambda: classroom.present() == 0)
        return present

    assert next(iter(Pulse)) == Pulse.LOST
    assert run(visit()) == 1


def test_a_press_and_an_answer_count_though_the_server_has_stood_still(
    served, classroom, monkeypatch
):
    later = time.time() + 60

    async def visit():
        async with student(served, classroom) as (client, _):
            asked = classroom.ask("Clear so far?", time.time())
            clock = SimpleNamespace(time=lambda: later, monotonic=time.monotonic)
            monkeypatch.setattr(socket, "time", clock)
            await say(client, type="answer", question=asked.id, answer="so-so")
            await say(client, type="pulse", pulse="lost")
            await hear(client, "pressed")
            return sum(row.pressed for row in classroom.outgoing(later + 1))

    pressed = run(visit())
    assert (pressed[0], pressed[5]) == (1, 1)


def test_a_fault_in_one_class_silences_no_other(served, classrooms, classroom, monkeypatch):
    broken = classrooms.open("Broken", mode=Mode.PULSE)

    def fail(now):
        raise ZeroDivisionError

    async def visit():
        async with student(served, broken), student(served, classroom) as (client, _):
            await hear(client, "question")
            monkeypatch.setattr(broken, "rate", fail)
            asked = classroom.ask("Clear so far?", time.time())
            return asked, await hear(client, "question")

    asked, heard = run(visit())
    monkeypatch.undo()
    classrooms.close(broken.id)
    assert heard["question"]["id"] == asked.id


def test_after_many_guesses_the_page_learns_when_it_may_try_again(serve, classroom):
    async def visit(served):
        async def come():
            async with served.socket(classroom.code) as client:
                await say(client, type="join", camera="none")
                return json.loads(await asyncio.wait_for(client.recv(), 20))

        for number in range(12):
            async with served.socket(f"ACD{number:04}") as client:
                await say(client, type="join", camera="none")
                assert await refusal(client) in (Reason.WRONG_CODE, Reason.WAIT)
        said = await come()
        assert said["reason"] == Reason.WAIT
        assert 0 < said["wait_s"] <= 2
        await asyncio.sleep(said["wait_s"])
        return await come()

    with serve() as served:
        assert run(visit(served))["type"] == "welcome"


def test_a_whole_class_may_come_at_the_same_moment(served, classroom, monkeypatch):
    """All have one address, and the database takes a little for each."""
    by_code = search.classrooms().by_code

    def slowly(code):
        time.sleep(0.02)
        return by_code(code)

    monkeypatch.setattr(search.classrooms(), "by_code", slowly)

    async def visit():
        async with contextlib.AsyncExitStack() as stack:

            async def come():
                return await stack.enter_async_context(student(served, classroom))

            await asyncio.gather(*(come() for _ in range(40)))
            return classroom.present()

    assert run(visit()) == 40


def test_pausing_and_leaving_take_effect_within_a_second(served, classroom, face):
    async def visit():
        async with student(served, classroom, camera="pictures") as (client, welcome):
            await client.send(face)
            await hear(client, "reading")
            await until(lambda: rows(classroom) and rows(classroom)[-1].sharing)
            began = time.monotonic()
            await say(client, type="pause")
            await until(lambda: not rows(classroom)[-1].sharing)
            paused = time.monotonic() - began
            present = classroom.present()
            began = time.monotonic()
            await say(client, type="leave")
            await until(lambda: not classroom.present())
            left = time.monotonic() - began
        async with served.socket(classroom.code) as client:
            await say(client, type="resume", ticket=welcome["ticket"])
            return paused, present, left, await refusal(client)

    paused, present, left, reason = run(visit())
    assert paused < 1.5  # until the end of the second in which the student paused
    assert left < 1
    assert present == 1
    assert reason == Reason.NOT_ADMITTED


@pytest.mark.parametrize(("order", "write"), [("withdraw", "hide"), ("leave", "drop")])
def test_a_slow_database_shows_nobody_longer(served, classrooms, monkeypatch, order, write):
    """While it is written that a student withdraws or leaves, the hub looks at the class."""
    classroom = classrooms.open("Slow", mode=Mode.CAMERA, individual=True)
    look, looks, shown = served.hub.look, [], []

    def nicknames():
        return [tile.nickname for tile in classroom.tiles(time.time())]

    def watched(now):
        look(now)
        looks.append(now)

    async def visit():
        consent = {"camera": "device", "individual": True, "nickname": "Ann"}
        async with student(served, classroom, **consent) as (client, _):
            await until(lambda: nicknames() == ["Ann"])
            do = getattr(classrooms.store.tickets, write)

            def slowly(*what):
                before = len(looks)
                wait_for(lambda: len(looks) >= before + 2)
                shown.append(nicknames())
                do(*what)

            monkeypatch.setattr(served.hub, "look", watched)
            monkeypatch.setattr(classrooms.store.tickets, write, slowly)
            await say(client, type=order)
            await until(lambda: shown)

    run(visit())
    classrooms.close(classroom.id)
    assert shown == [[]]


def test_a_student_hears_that_they_have_left_once_their_ticket_is_deleted(
    served, classroom, classrooms, monkeypatch
):
    def away(key):
        monkeypatch.undo()
        raise StoreError("The database cannot be reached right now.")

    async def visit():
        async with student(served, classroom) as (client, welcome):
            monkeypatch.setattr(classrooms.store.tickets, "drop", away)
            await say(client, type="leave")
            with pytest.raises(ConnectionClosed) as closed:
                await hear(client, "left")
        async with served.socket(classroom.code) as client:
            await say(client, type="resume", ticket=welcome["ticket"])
            await hear(client, "welcome")
            await say(client, type="leave")
            await hear(client, "left")
            return closed.value.rcvd.code, tickets(classrooms, classroom)

    assert run(visit()) == (WS_1013_TRY_AGAIN_LATER, 0)


def test_the_ticket_of_somebody_who_went_before_they_had_it_is_deleted(
    served, classroom, classrooms, monkeypatch
):
    """They left while the database was slow, or their connection broke."""
    put = classrooms.store.tickets.put
    written = []

    async def visit():
        async with served.socket(classroom.code) as client:
            gone = asyncio.Event()
            loop = asyncio.get_running_loop()

            def slowly(facts):
                asyncio.run_coroutine_threadsafe(gone.wait(), loop).result(20)
                put(facts)
                written.append(tickets(classrooms, classroom))

            monkeypatch.setattr(classrooms.store.tickets, "put", slowly)
            consent = {"camera": "device", "individual": True, "nickname": "Ann"}
            await say(client, type="join", **consent)
        gone.set()
        await until(lambda: written and not tickets(classrooms, classroom))

    run(visit())
    assert written == [1]


def test_a_ticket_lets_a_student_in_again_but_only_once_at_a_time(served, classroom):
    async def visit():
        async with (
            student(served, classroom) as (first, welcome),
            served.socket(classroom.code) as second,
        ):
            await say(second, type="resume", ticket=welcome["ticket"])
            again = await hear(second, "welcome")
            return again, await refusal(first), classroom.present()

    again, reason, present = run(visit())
    assert "ticket" not in again
    assert reason == Reason.ELSEWHERE
    assert present == 1


def test_a_question_comes_and_goes_and_is_answered(served, classroom):
    async def visit():
        async with student(served, classroom) as (client, _):
            assert (await hear(client, "question"))["question"] is None
            asked = classroom.ask("<b>Clear</b> so far?", time.time())
            heard = (await hear(client, "question"))["question"]
            await say(client, type="answer", question=heard["id"], answer="so-so")
            said = await hear(client, "answered")
            assert (said["question"], said["answer"]) == (heard["id"], "so-so")
            await until(lambda: any(row.pressed[5] for row in rows(classroom)))
            classroom.end_question(time.time(), asked)
            gone = (await hear(client, "question"))["question"]
            return asked, heard, gone

    asked, heard, gone = run(visit())
    assert (heard["id"], heard["text"]) == (asked.id, "<b>Clear</b> so far?")
    assert [answer["key"] for answer in heard["answers"]] == ["yes", "so-so", "lost"]
    assert gone is None


def test_a_page_that_is_loaded_again_learns_what_it_has_answered(served, classroom):
    asked = classroom.ask("Clear so far?", time.time())

    async def answers(client, answer):
        await say(client, type="answer", question=asked.id, answer=answer)
        return (await hear(client, "answered"))["answer"]

    async def visit():
        async with student(served, classroom) as (client, welcome):
            heard = [await answers(client, "lost")]
        async with served.socket(classroom.code) as client:
            await say(client, type="resume", ticket=welcome["ticket"])
            heard.append((await hear(client, "answered"))["answer"])
            return [*heard, await answers(client, "yes")]

    assert run(visit()) == ["lost"] * 3
    assert sum(row.pressed for row in classroom.outgoing(time.time() + 1))[4:].tolist() == [0, 0, 1]


def test_students_learn_that_the_class_has_ended(served, classrooms):
    classroom = classrooms.open("Short", mode=Mode.PULSE)

    async def visit():
        async with student(served, classroom) as (client, _):
            await asyncio.to_thread(classrooms.close, classroom.id)
            reason = await refusal(client)
        async with served.socket(classroom.code) as client:
            await say(client, type="join", camera="none")
            return reason, await refusal(client)

    assert run(visit()) == (Reason.OVER, Reason.OVER)


def test_a_picture_that_is_being_decoded_as_the_class_ends_is_not_read(
    served, classrooms, classroom, face, monkeypatch
):
    engine = resources.common_engine()
    short = classrooms.open("Short", mode=Mode.CAMERA)
    begun, may_end = threading.Event(), threading.Event()

    def slowly(*what, **how):
        begun.set()
        may_end.wait(60)
        return decode_picture(*what, **how)

    async def visit():
        with monkeypatch.context() as patch:
            patch.setattr(picture_feed, "decode_picture", slowly)
            async with student(served, short, camera="pictures") as (client, _):
                await client.send(face)
                await asyncio.to_thread(begun.wait, 60)
                await asyncio.to_thread(classrooms.close, short.id)
                assert await refusal(client) == Reason.OVER
            may_end.set()
        # Somebody else's picture takes longer than what is left of that one.
        async with student(served, classroom, camera="pictures") as (client, _):
            await client.send(face)
            await hear(client, "reading")
        await until(lambda: not engine.stats.streams)

    run(visit())


def test_a_class_without_cameras_takes_no_pictures(served, classrooms, face):
    classroom = classrooms.open("Pulse only", mode=Mode.PULSE)

    async def visit():
        async with student(served, classroom, camera="pictures") as (client, welcome):
            await client.send(face)
            return welcome["camera"], await refusal(client)

    assert run(visit()) == ("none", Reason.NOT_UNDERSTOOD)
    classrooms.close(classroom.id)


def test_a_wrong_code_gets_a_sentence(served):
    async def visit():
        async with served.socket("AAAAAAA") as client:
            await say(client, type="join", camera="none")
            return await refusal(client)

    assert run(visit()) == Reason.WRONG_CODE


@pytest.mark.parametrize(
    "first",
    [
        "",
        "[]",
        "null",
        "{}",
        "[" * 900,
        '{"type": "welcome"}',
        '{"type": "join"}',
        '{"type": "join", "camera": "everything"}',
        '{"type": "resume", "ticket": 7}',
        '{"type": "pulse", "pulse": "lost"}',
        '{"type": "leave"}',
        "x" * 1001,
        b"\xff\xd8\xff",
    ],
)
def test_anything_but_a_proper_first_message_ends_the_connection(served, classroom, first):
    async def visit():
        async with served.socket(classroom.code) as client:
            await client.send(first)
            return await refusal(client)

    assert run(visit()) == Reason.NOT_UNDERSTOOD
    assert classroom.present() == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", jpeg_bomb(), jpeg(np.zeros((500, 500, 3), np.uint8))],
    ids=["nothing", "garbage", "bomb", "too large"],
)
def test_anything_but_a_small_picture_ends_the_connection(served, classroom, data):
    async def visit():
        async with student(served, classroom, camera="pictures") as (client, _):
            await client.send(data)
            return await refusal(client)

    assert run(visit()) == Reason.NOT_UNDERSTOOD


def test_a_message_that_is_far_too_long_is_never_received(served, classroom):
    async def visit():
        async with student(served, classroom, camera="pictures") as (client, _):
            await client.send(bytes(MAX_PICTURE + 1))
            reason = await refusal(client)
        async with student(served, classroom, camera="pictures") as (client, _):
            await client.send(bytes(10_000_000))
            await client.wait_closed()
            return reason, client.close_code

    assert run(visit()) == (Reason.TOO_MUCH, 1009)


def test_a_client_that_says_nothing_is_disconnected(served, classroom, monkeypatch):
    monkeypatch.setattr("fer.web.join.socket.Limits", partial(Limits, hello_s=0.3))

    async def visit():
        async with served.socket(classroom.code) as client:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(client.recv(), 10)

    run(visit())


@pytest.mark.parametrize("kind", ["pictures", "readings", "words", "visits", "garbage"])
def test_floods_cost_others_nothing_measurable(serve, classroom, face, kind):
    """Compares how long a student waits for a reading without and with a hostile client."""

    async def delay(client) -> float:
        # A picture that comes too soon after another is dropped.
        await asyncio.sleep(Limits.picture_gap_s)
        began = time.monotonic()
        await client.send(face)
        await hear(client, "reading")
        return time.monotonic() - began

    async def visit(served):
        address = f"ws://127.0.0.1:{served.port}/join/{classroom.code}/socket"
        async with student(served, classroom, camera="pictures") as (client, _):
            quiet = [await delay(client) for _ in range(8)]
            flood = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.web.join.flooder", address, kind),
                stdout=subprocess.PIPE,
            )
            try:
                assert await asyncio.wait_for(flood.stdout.readline(), 60) == b"begun\n"
                # It is stopped again and again.
                for _ in range(2):
                    assert await asyncio.wait_for(flood.stdout.readline(), 60) == b"stopped\n"
                loud = [await delay(client) for _ in range(3)]
                while min(loud) >= min(quiet) + 0.1 and len(loud) < 8:
                    loud.append(await delay(client))
            finally:
                flood.kill()
            printed, _ = await flood.communicate()
            return quiet, loud, 2 + printed.count(b"stopped")

    with serve() as served:
        quiet, loud, stopped = run(visit(served))
    print(f"{kind}: fastest {min(quiet):.3f} s without, {min(loud):.3f} s with a flood,")
    print(f"slowest {max(quiet):.3f} and {max(loud):.3f} s; stopped {stopped} times")
    # The flooder and whatever else runs on this machine can only add to a time, now and then, so
    # one of eight is enough. A server that is held up adds to all of them.
    assert min(loud) < min(quiet) + 0.1
    assert max(loud) < 5


def test_every_refusal_has_a_sentence():
    for reason in (Reason.ELSEWHERE, Reason.TOO_MUCH, Reason.NOT_UNDERSTOOD, Reason.NO_ROOM):
        assert texts.REFUSALS[reason].endswith(".")
