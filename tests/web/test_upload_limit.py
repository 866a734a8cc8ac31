import asyncio

import pytest
from starlette.responses import PlainTextResponse

from fer.web.upload_limit import ENDPOINT, UploadLimit, UploadLimits
from tests.loops import run as run_alone

LIMITS = UploadLimits(visit=100, overall=150)


@pytest.fixture
def held():
    return {}


@pytest.fixture
def ask(held):
    """Sends a request, and returns the status of the answer."""

    async def app(scope, receive, send):
        await PlainTextResponse("taken")(scope, receive, send)

    limit = UploadLimit(app, LIMITS, lambda: held)

    def ask(path, size=None, method="PUT"):
        statuses = []

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        headers = [] if size is None else [(b"content-length", str(size).encode())]
        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        run_alone(limit(scope, None, send))
        return statuses[0]

    return ask


def put(ask, visit, size):
    return ask(f"{ENDPOINT}{visit}/1", size)


def test_uploads_within_the_limits_pass(ask):
    assert put(ask, "anna", 100) == 200


@pytest.mark.parametrize(
    ("already", "size", "status"),
    [
        ({}, 101, 413),
        ({"anna": 60}, 41, 413),
        ({"anna": 60}, 40, 200),
        ({"ben": 100}, 50, 200),
        ({"ben": 100}, 51, 413),
    ],
    ids=["too large", "visit is full", "visit has room", "server has room", "server is full"],
)
def test_what_is_held_already_counts(ask, held, already, size, status):
    held.update(already)
    assert put(ask, "anna", size) == status


def test_an_upload_that_does_not_say_its_length_is_refused(ask):
    assert ask(f"{ENDPOINT}anna/1") == 411


def test_other_requests_pass(ask, held):
    held["anna"] = 1000
    assert ask("/elsewhere", 200) == 200
    assert ask(f"{ENDPOINT}anna/1", method="DELETE") == 200
    assert ask("/", method="GET") == 200


def test_uploads_that_are_on_their_way_count_and_are_forgotten_when_they_end():
    async def run():
        go_on = asyncio.Event()
        statuses = []

        async def app(scope, receive, send):
            await go_on.wait()
            if scope["path"].endswith("bad"):
                raise OSError("the line broke")
            await send({"type": "http.response.start", "status": 200, "headers": []})

        limit = UploadLimit(app, LIMITS, dict)

        async def upload(size, name="1"):
            async def send(message):
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            headers = [(b"content-length", str(size).encode())]
            scope = {
                "type": "http",
                "method": "PUT",
                "path": f"/class{ENDPOINT}anna/{name}",
                "headers": headers,
            }
            await limit(scope, None, send)

        first = asyncio.create_task(upload(60, "bad"))
        await asyncio.sleep(0)
        await upload(60)
        assert statuses == [413]
        go_on.set()
        with pytest.raises(OSError, match="line broke"):
            await first
        await upload(60)
        assert statuses == [413, 200]

    run_alone(run())


def test_the_limits_follow_the_memory():
    limits = UploadLimits.of_this_machine()
    assert 0 < limits.visit < limits.overall
