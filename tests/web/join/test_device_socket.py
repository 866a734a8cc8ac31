"""A student's own device that reads, over real connections: readings that count, and lies."""

from __future__ import annotations

import asyncio
import json
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from fer.emotions import EMOTIONS
from fer.mood.bucket import MoodBucket
from fer.web.join.messages import MAX_TEXT, MessageError, Reason, Sight, parse
from fer.web.resources import settings
from tests.loops import run
from tests.networks import write_eight
from tests.web.join.served import hear, say, student

HAPPY = [round(0.94 if name == "happy" else 0.01, 4) for name in EMOTIONS]


def reading(**changes) -> str:
    message = {"type": "reading", "faces": 1, "state": "read", "p": HAPPY, "t": 1000}
    return json.dumps({**message, **changes})


async def seconds_of(classroom, enough):
    """Waits until the seconds of the class that are over are enough, and returns them."""
    end = time.monotonic() + 60
    while not enough(rows := classroom.outgoing(time.time())):
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.05)
    return rows


async def refusal(client) -> str:
    said = await hear(client, "refused")
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(client.recv(), 10)
    return said["reason"]


def test_a_reading_becomes_a_second_of_the_class(served, classroom):
    async def visit():
        async with student(served, classroom, camera="device") as (client, welcome):
            await client.send(reading())
            rows = await seconds_of(classroom, lambda rows: any(row.sharing for row in rows))
            return welcome["camera"], next(row for row in rows if row.sharing)

    camera, row = run(visit())
    assert camera == "device"
    bucket = MoodBucket.from_numbers(row.mood)
    assert (bucket.faces, bucket.read, bucket.sure) == (1, 1, 1)
    shares = bucket.class_shares(None).values
    assert np.allclose(shares, np.array(HAPPY) / sum(HAPPY), atol=1e-6)


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        (reading(state="unsure"), (1, 1, 0)),
        ('{"type": "reading", "faces": 1, "state": "unread", "t": 5}', (1, 0, 0)),
        ('{"type": "reading", "faces": 0, "t": 5}', (0, 0, 0)),
    ],
)
def test_what_was_not_read_is_counted_as_that(message, counts):
    sight = parse(message)
    assert isinstance(sight, Sight)
    bucket = MoodBucket.of([] if sight.face is None else [sight.face])
    assert (bucket.faces, bucket.read, bucket.sure) == counts


LIES = {
    "NaN": reading(p=[float("nan"), *HAPPY[1:]]),
    "all NaN": reading(p=[float("nan")] * 7),
    "infinite": reading(p=[float("inf"), *HAPPY[1:]]),
    "huge": reading(p=[1e308] * 7),
    "huge whole number": reading(p=HAPPY).replace("0.94", "9" * 250),
    "overflow": reading(p=HAPPY).replace("0.94", "1e999"),
    "negative": reading(p=[1.5, -0.5, 0, 0, 0, 0, 0]),
    "sum too large": reading(p=[0.99, 0.03, 0, 0, 0, 0, 0]),
    "sum too small": reading(p=[0] * 7),
    "six classes": reading(p=[1, 0, 0, 0, 0, 0]),
    "eight classes": reading(p=[1, 0, 0, 0, 0, 0, 0, 0]),
    "many classes": reading(p=[0] * 100),
    "no classes": reading(p=[]),
    "text": reading(p=["1", "0", "0", "0", "0", "0", "0"]),
    "true": reading(p=[True, 0, 0, 0, 0, 0, 0]),
    "null": reading(p=[None] * 7),
    "nested": reading(p=[[1], 0, 0, 0, 0, 0, 0]),
    "object": reading(p={"0": 1}),
    "no probabilities": reading(p=None),
    "two faces": reading(faces=2),
    "true faces": reading(faces=True),
    "half a face": reading(faces=0.5),
    "many faces": reading(faces=10**30),
    "unknown state": reading(state="certain"),
    "no state": reading(state=None),
    "unread with probabilities": reading(state="unread"),
    "no face with probabilities": reading(faces=0),
    "time NaN": reading(t=float("nan")),
    "time infinite": reading(t=float("inf")),
    "time negative": reading(t=-1),
    "time text": reading(t="soon"),
    "no time": reading(t=None),
    "long": reading(more="x" * (MAX_TEXT - len(reading()))),
    "long in bytes": reading().replace('"read"', '"read", "more": "' + "ü" * 150 + '"'),
    "deep": reading(p=[]).replace("[]", "[" * 150 + "]" * 150),
    "half": reading()[:-3],
    "not JSON": "reading",
    "half a character": '{"type": "reading", "faces": 0, "t": 1, "x": "\\ud800',
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_reading_that_no_page_sends_is_rejected(lie):
    with pytest.raises(MessageError):
        parse(lie)


def test_a_network_that_knows_contempt_needs_eight_numbers():
    """Fewer or more cannot come from the network that the server gave to the device."""
    eight = [0.02] * 7 + [0.86]
    sight = parse(reading(p=eight), classes=8)
    assert isinstance(sight, Sight)
    assert sight.face is not None
    assert sight.face.emotion == "contempt"
    for message, classes in ((reading(p=eight), 7), (reading(), 8)):
        with pytest.raises(MessageError):
            parse(message, classes)


def test_a_server_whose_model_knows_contempt_takes_eight_numbers(
    served, classroom, tmp_path, monkeypatch
):
    async def visit():
        async with student(served, classroom, camera="device") as (client, _):
            await client.send(reading(p=[0.02] * 7 + [0.86]))
            rows = await seconds_of(classroom, lambda rows: any(row.sharing for row in rows))
        async with student(served, classroom, camera="device") as (client, _):
            await client.send(reading())
            return next(row for row in rows if row.sharing), await refusal(client)

    monkeypatch.setenv("FER_MODEL", str(write_eight(tmp_path)))
    settings.clear()
    try:
        row, reason = run(visit())
    finally:
        settings.clear()
    assert MoodBucket.from_numbers(row.mood).class_shares(None).values[-1] == pytest.approx(0.86)
    assert reason == Reason.NOT_UNDERSTOOD


@pytest.mark.parametrize("kind", ["NaN", "overflow", "many classes", "long", "not JSON"])
def test_whoever_sends_such_a_reading_is_thrown_out(served, classroom, kind):
    async def visit():
        async with student(served, classroom, camera="device") as (client, welcome):
            await client.send(LIES[kind])
            first = await refusal(client)
        async with served.socket(classroom.code) as client:
            await say(client, type="resume", ticket=welcome["ticket"])
            return first, await refusal(client)

    assert run(visit()) == (Reason.NOT_UNDERSTOOD, Reason.NOT_ADMITTED)
    assert not any(row.sharing for row in classroom.outgoing(time.time()))


@pytest.mark.parametrize("size", [1, 399, 20_000, 60_001])
def test_a_device_that_reads_sends_nothing_binary(served, classroom, size):
    async def visit():
        async with student(served, classroom, camera="device") as (client, _):
            await client.send(bytes(size))
            return await refusal(client)

    assert run(visit()) == (Reason.NOT_UNDERSTOOD if size <= 60_000 else Reason.TOO_MUCH)


@pytest.mark.parametrize("camera", ["none", "pictures"])
def test_only_who_agreed_to_it_sends_readings(served, classroom, camera):
    async def visit():
        async with student(served, classroom, camera=camera) as (client, _):
            await client.send(reading())
            return await refusal(client)

    assert run(visit()) == Reason.NOT_UNDERSTOOD


def test_a_student_who_sends_more_often_counts_no_more_and_is_then_thrown_out(served, classroom):
    async def visit():
        async with (
            student(served, classroom, camera="device") as (quick, _),
            student(served, classroom, camera="device") as (calm, _),
        ):
            for _ in range(20):
                await quick.send(reading())
            await calm.send(reading())
            rows = await seconds_of(classroom, lambda rows: any(r.sharing == 2 for r in rows))
            for _ in range(60):
                await quick.send(reading())
            return next(row for row in rows if row.sharing == 2), await refusal(quick)

    row, reason = run(visit())
    assert MoodBucket.from_numbers(row.mood).read == 2
    assert reason == Reason.TOO_MUCH


def test_readings_after_a_short_silence_are_taken(served, classroom):
    """A device may send two at once after the network stood still."""

    async def visit():
        async with student(served, classroom, camera="device") as (client, _):
            for _ in range(3):
                await client.send(reading())
                await client.send('{"type": "reading", "faces": 0, "t": 9}')
            # Of what came at once three count, so the last of them showed the face.
            rows = await seconds_of(classroom, lambda rows: any(row.sharing for row in rows))
            await say(client, type="here")
            return next(row for row in rows if row.sharing), await hear(client, "here")

    row, answer = run(visit())
    assert MoodBucket.from_numbers(row.mood).read == 1
    assert answer


def test_pausing_drops_the_reading(served, classroom):
    async def visit():
        async with student(served, classroom, camera="device") as (client, _):
            await client.send(reading())
            await seconds_of(classroom, lambda rows: any(row.sharing for row in rows))
            await say(client, type="pause")
            await seconds_of(classroom, lambda rows: not rows[-1].sharing)

    run(visit())
