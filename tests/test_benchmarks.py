"""What `python -m benchmarks` tells whoever called it."""

import json
import sys

import pytest
from websockets.asyncio.server import serve

from benchmarks import __main__ as benchmarks
from benchmarks import drill
from benchmarks.parts.students import student
from tests.loops import run


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_drill_that_did_not_hold_fails(monkeypatch, capsys, form):
    monkeypatch.setattr(drill, "run", lambda: {"held": False})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "drill", *form])
    with pytest.raises(SystemExit) as ended:
        benchmarks.main()
    assert ended.value.code == 1
    assert "held" in capsys.readouterr().out


def test_a_drill_that_held_succeeds(monkeypatch, capsys):
    monkeypatch.setattr(drill, "run", lambda: {"held": True})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "drill"])
    benchmarks.main()
    assert "held" in capsys.readouterr().out


def test_a_reading_that_comes_after_the_next_picture_counts_as_late():
    gap_s = 0.2

    async def answer(socket):
        """Reads each picture only when the one after it has come."""
        await socket.send(json.dumps({"type": "rate", "rate": 1 / gap_s}))
        pictures = 0
        async for message in socket:
            pictures += isinstance(message, bytes)
            if isinstance(message, bytes) and pictures > 1:
                await socket.send(json.dumps({"type": "reading", "state": "none"}))

    async def visit():
        async with serve(answer, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            return await student(f"ws://127.0.0.1:{port}", [b"picture"], 8 * gap_s, 0.0)

    taken = run(visit())
    assert len(taken["delays"]) >= 1
    assert min(taken["delays"]) >= gap_s
