"""A student for whom the server has no memory is told so, and can come without a camera."""

from __future__ import annotations

import pytest

from fer.web.join import socket
from tests.loops import run
from tests.web.join.served import hear, say, student


async def join(served, classroom, camera: str) -> dict:
    async with served.socket(classroom.code) as client:
        await say(client, type="join", camera=camera)
        return await hear(client, "refused")


@pytest.mark.parametrize("camera", ["none", "device", "pictures"])
def test_nobody_comes_in_without_memory(served, classroom, monkeypatch, camera):
    monkeypatch.setattr(socket, "memory_left", lambda: socket.FOR_A_STUDENT - 1)
    refused = run(join(served, classroom, camera))
    assert refused["reason"] == "no-room"
    assert "Try again in a" in refused["text"]


def test_pictures_need_more_memory_than_numbers(served, classroom, monkeypatch):
    monkeypatch.setattr(socket, "memory_left", lambda: socket.FOR_PICTURES - 1)

    async def visit():
        async with student(served, classroom, camera="device") as (_, welcome):
            return welcome

    assert run(visit())["camera"] == "device"
    refused = run(join(served, classroom, "pictures"))
    assert refused["reason"] == "no-room"
    assert refused["text"].endswith("or join without a camera.")
