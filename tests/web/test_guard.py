"""The limit in front of the web socket, with a stand-in for Streamlit's receive loop."""

import asyncio
import time

from starlette.status import WS_1008_POLICY_VIOLATION

from fer.web.guard import Guard, Limits
from fer.web.resources import settings
from tests.loops import run as run_alone

QUICK = Limits(rate=50.0, burst=5, backlog=20, connections=2)


def scope(client="1.2.3.4", origin=None, host="mood.example"):
    headers = [(b"host", host.encode())]
    if origin:
        headers.append((b"origin", origin.encode()))
    path = "/mood/_stcore/stream"
    return {"type": "websocket", "path": path, "client": (client, 1), "headers": headers}


class Socket:
    """A client that sends all its messages at once."""

    def __init__(self, messages):
        self.waiting = [{"type": "websocket.connect"}]
        self.waiting += [{"type": "websocket.receive", "bytes": b"x"}] * messages
        self.sent = []

    async def receive(self):
        return self.waiting.pop(0) if self.waiting else {"type": "websocket.disconnect"}

    async def send(self, message):
        self.sent.append(message)


class App:
    """Takes every message without letting other tasks run, as Streamlit's loop does."""

    def __init__(self):
        self.taken = []

    async def __call__(self, scope, receive, send):
        while (message := await receive())["type"] != "websocket.disconnect":
            self.taken.append(message["type"])


def run(socket, turn=lambda: None, limits=QUICK, **described):
    """Serve a socket, and call `turn` whenever other tasks may run meanwhile."""
    app = App()

    async def serve():
        serving = asyncio.create_task(
            Guard(app, limits)(scope(**described), socket.receive, socket.send)
        )
        while not serving.done():
            turn()
            await asyncio.sleep(0)
        await serving

    run_alone(serve())
    return app


class Patient(Socket):
    """A client that sends its next message when all earlier ones have been taken."""

    async def receive(self):
        await asyncio.sleep(0.002)
        return await super().receive()


def test_others_get_their_turn_between_messages():
    turns = []
    app = run(Patient(4), lambda: turns.append(1))
    assert app.taken == ["websocket.connect", *["websocket.receive"] * 4]
    assert len(turns) > 4


def test_messages_beyond_the_rate_wait():
    app = App()

    class Slow(Socket):
        async def receive(self):
            while not self.waiting and len(app.taken) < 16:
                await asyncio.sleep(0.01)
            return await super().receive()

    socket = Slow(15)
    began = time.monotonic()
    run_alone(Guard(app, QUICK)(scope(), socket.receive, socket.send))
    assert len(app.taken) == 16
    assert time.monotonic() - began >= 10 / QUICK.rate * 0.9


def test_a_flood_is_closed_with_a_reason_and_nothing_of_it_is_worked_off():
    socket = Socket(1000)
    app = run(socket)
    assert len(app.taken) < QUICK.backlog
    (closed,) = socket.sent
    assert (closed["type"], closed["code"]) == ("websocket.close", WS_1008_POLICY_VIOLATION)
    assert "too many messages" in closed["reason"]


def test_a_flood_whose_sender_has_left_ends_for_the_app_as_well():
    class Left(Socket):
        async def send(self, message):
            raise OSError("the client has left")

    async def serve():
        async with asyncio.timeout(20):
            await Guard(App(), QUICK)(scope(), left.receive, left.send)

    left = Left(1000)
    run_alone(serve())


def test_behind_a_proxy_the_address_that_it_names_counts(monkeypatch):
    monkeypatch.setenv("FER_PROXIES", "1")
    settings.clear()
    seen = []

    async def app(described, receive, send):
        seen.extend(guard.open)

    guard = Guard(app, QUICK)
    described = scope("10.0.0.1")
    described["headers"].append((b"x-forwarded-for", b"1.1.1.1, 2.2.2.2"))
    socket = Socket(0)
    run_alone(guard(described, socket.receive, socket.send))
    settings.clear()
    assert seen == ["2.2.2.2"]


def test_large_messages_that_wait_are_limited_together():
    socket = Socket(15)
    socket.waiting[1:] = [{"type": "websocket.receive", "bytes": bytes(1 << 20)}] * 15
    app = App()
    limits = Limits(rate=50.0, burst=5, backlog=20, waiting=10 << 20)
    run_alone(Guard(app, limits)(scope(), socket.receive, socket.send))
    (closed,) = socket.sent
    assert (closed["type"], closed["code"]) == ("websocket.close", WS_1008_POLICY_VIOLATION)
    assert len(app.taken) < 12


def test_what_piles_up_while_the_server_stands_still_is_no_flood():
    socket = Socket(300)  # of a live page, within 45 s
    run(socket, limits=Limits())
    assert socket.sent == []


def test_what_waits_is_dropped_when_its_sender_has_left():
    assert len(run(Socket(15)).taken) < 15


def test_connections_of_one_address_are_counted():
    release = asyncio.Event()

    async def app(scope, receive, send):
        await release.wait()

    async def run():
        guard = Guard(app, QUICK)
        sockets = [Socket(0) for _ in range(4)]
        addresses = ["1.1.1.1", "1.1.1.1", "1.1.1.1", "2.2.2.2"]
        tasks = [
            asyncio.create_task(guard(scope(address), socket.receive, socket.send))
            for address, socket in zip(addresses, sockets, strict=True)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*tasks)
        again = Socket(0)
        await guard(scope("1.1.1.1"), again.receive, again.send)
        return [len(socket.sent) for socket in sockets], again.sent

    assert run_alone(run()) == ([0, 0, 1, 0], [])
