"""The parts that receive uploads; `tests/browser/test_uploads.py` tries them in the running app."""

import asyncio
import gc
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fer.jobs.problems import ELSEWHERE
from fer.jobs.turn import Turn
from fer.web import compat
from fer.web.resources import job_board, settings
from fer.web.uploads.form import FileForm, FormError
from fer.web.uploads.quota import Held, Limits, Quota, QuotaError, of_disk
from fer.web.uploads.receive import ENDPOINT, Uploads
from fer.web.uploads.stored import FOLDER, StoredFile, delete_leftovers
from tests.loops import run as run_alone

LIMITS = Limits(visit=100, overall=150, files=3)


@pytest.fixture
def held():
    return {}


@pytest.fixture
def quota(held):
    return Quota(lambda: held, lambda total: LIMITS)


def fits(quota, visit, size):
    try:
        with quota.take(visit, size):
            return True
    except QuotaError:
        return False


@pytest.mark.parametrize(
    ("already", "size", "taken"),
    [
        ({}, 100, True),
        ({}, 101, False),
        ({"anna": Held(1, 60)}, 41, False),
        ({"anna": Held(1, 60)}, 40, True),
        ({"ben": Held(1, 100)}, 50, True),
        ({"ben": Held(1, 100)}, 51, False),
        ({"anna": Held(3, 0)}, 1, False),
    ],
    ids=[
        *("fits", "too large", "visit is full", "visit has room", "server has room"),
        *("server is full", "too many files"),
    ],
)
def test_what_is_held_already_counts(quota, held, already, size, taken):
    held.update(already)
    assert fits(quota, "anna", size) is taken


def test_uploads_on_their_way_count_until_they_end(quota):
    with quota.take("anna", 60):
        assert not fits(quota, "anna", 41)
        assert not fits(quota, "ben", 91)
        with quota.take("anna", 1), quota.take("anna", 1):
            assert not fits(quota, "anna", 1), "three files are on their way"
    assert fits(quota, "anna", 100)


def test_uploads_that_break_off_are_forgotten(quota):
    with pytest.raises(OSError, match="line broke"), quota.take("anna", 60):
        raise OSError("the line broke")
    assert fits(quota, "anna", 100)


def test_strangers_do_not_keep_instructors_out(held):
    limits = Limits(visit=100, overall=100, strangers=20)
    quota = Quota(lambda: held, lambda total: limits)
    with quota.take("zoe", 8, stranger=True):
        held["tom"] = Held(1, 8)
        with pytest.raises(QuotaError), quota.take("tom", 5, stranger=True):
            pass
        with quota.take("tom", 4, stranger=True):
            assert fits(quota, "anna", 80)
    del held["tom"]
    with quota.take("zoe", 20, stranger=True):
        pass


def test_the_limits_follow_the_disk(tmp_path):
    limits = of_disk(tmp_path / "not" / "made yet")(0)
    more = of_disk(tmp_path)(1 << 50)
    assert 0 < limits.visit < limits.overall < more.overall


HEAD = b'--x\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\n'
TYPE = b"Content-Type: video/mp4\r\n\r\n"
CONTENT = b"one\r\n--y two\r\n--"


def read(body, piece=7, content_type="multipart/form-data; boundary=x"):
    form = FileForm(content_type)
    content = b"".join(
        form.read(body[start : start + piece]) for start in range(0, len(body), piece)
    )
    form.finish()
    return form, content


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_form_with_one_file_is_read_piece_by_piece(piece):
    body = HEAD % "Grüße %22.mp4".encode() + TYPE + CONTENT + b"\r\n--x--\r\n"
    form, content = read(body, piece)
    assert (form.name, form.media_type, content) == ("Grüße %22.mp4", "video/mp4", CONTENT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        HEAD % b"a" + TYPE + CONTENT,
        (HEAD % b"a" + TYPE + b"1\r\n") * 2 + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n--x--\r\n',
        b"--x\r\nContent-Type: video/mp4\r\n\r\n1\r\n--x--\r\n",
        b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n1\r\n--x--\r\n",
        b"--x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n1\r\n--x--\r\n",
    ],
    ids=["empty", "other", "no end", "two", "field", "no name", "many headers", "long header"],
)
def test_anything_else_is_refused(body):
    with pytest.raises(FormError):
        read(body)


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data", "\xff;;="])
def test_a_body_of_another_type_is_refused(content_type):
    with pytest.raises(FormError):
        FileForm(content_type)


def test_names_and_types_are_not_longer_than_a_file_system_takes():
    form, _ = read(
        HEAD % (b"n" * 4000 + b".mp4") + b"Content-Type: " + b"t" * 4000 + b"\r\n\r\n\r\n--x--\r\n"
    )
    assert form.name.endswith("n.mp4")
    assert len(form.name) == len(form.media_type) == 255


def test_a_stored_file_goes_with_the_last_reference(tmp_path):
    folder = tmp_path / "results" / "uploads"
    file = StoredFile(folder)
    run_alone(file.add(b"one "))
    run_alone(file.add(b"two"))
    path = file.path
    assert (file.size, stat.S_IMODE(path.stat().st_mode)) == (7, 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    reading = file.open()
    del file
    gc.collect()
    assert not path.exists()
    assert reading.read() == b"one two"
    reading.close()


def test_what_a_killed_process_left_is_deleted(tmp_path):
    folder = tmp_path / "uploads"
    delete_leftovers(folder)
    folder.mkdir()
    (folder / "1").write_bytes(b"x")
    delete_leftovers(folder)
    assert not folder.exists()


ROOM = 10_000_000
END = b"\r\n--x--\r\n"


@pytest.fixture
def put(tmp_path, monkeypatch):
    """A function that sends the pieces of a body and then nothing; it returns the answer's start.

    Each piece takes `slow_s` seconds on a clock that does not wait. The rest of the app is not
    needed for this, and half a minute would be long for a test.
    """
    now = [0.0]
    monkeypatch.setattr(compat, "is_forged", lambda *_: False)
    monkeypatch.setattr(compat, "of_visit", lambda *_: ROOM)
    monkeypatch.setattr(compat, "add_upload", lambda *_: None)
    quota = Quota(dict, lambda held: Limits(ROOM, ROOM))

    def put(pieces, announced, slow_s=0.0, folder: Callable[[], Path] | None = lambda: tmp_path):
        uploads = Uploads(None, folder, quota, 0.1, clock=lambda: now[0])
        said = []

        async def send(message):
            said.append(message)

        async def receive():
            if not pieces:
                await asyncio.Event().wait()
            now[0] += slow_s
            body = pieces.pop(0)
            ends = body.endswith(END)
            return {"type": "http.request", "body": body, "more_body": not ends}

        scope = {
            "type": "http",
            "method": "PUT",
            "path": f"{ENDPOINT}anna/1",
            "headers": [
                (b"content-length", str(announced).encode()),
                (b"content-type", b"multipart/form-data; boundary=x"),
            ],
        }
        run_alone(asyncio.wait_for(uploads(scope, receive, send), 20))
        gc.collect()
        return said[0] | said[-1]

    return put


def test_an_upload_that_stops_is_given_up(put, tmp_path):
    answer = put([HEAD % b"a" + TYPE + b"the first bytes"], 500)
    assert answer["status"] == 408
    assert (b"connection", b"close") in answer["headers"]
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_drips_does_not_keep_the_others_out(put, tmp_path):
    """A byte every 29 s is never silent for half a minute, and would hold its space for ever."""
    pieces = [HEAD % b"a" + TYPE, *[b"."] * 1000]
    answer = put(pieces, 9_000_000, slow_s=29.0)
    assert answer["status"] == 408
    assert len(pieces) > 995
    assert list(tmp_path.iterdir()) == []


def test_an_honest_slow_line_may_take_its_time(put):
    pieces = [HEAD % b"a" + TYPE, *[bytes(9000)] * 500, END]
    announced = sum(map(len, pieces))
    assert put(pieces, announced, slow_s=1.0)["status"] == 204


def test_a_body_longer_than_it_says_ends_there(put, tmp_path):
    """Room is reserved for the announced length, but a chunked body might go on for ever."""
    assert put([HEAD % b"a" + TYPE, *[b"more"] * 1000], 500)["status"] == 400
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_taken_while_another_process_works_on_the_results(put, tmp_path, monkeypatch):
    """That process would delete the file at its next start, while its visit goes on."""
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    settings.clear()
    other = Turn(tmp_path)
    assert other.has_come()
    body = HEAD % b"a" + TYPE + b"video" + END
    refused = put([body], len(body), folder=None)
    assert (refused["status"], refused["body"].decode()) == (503, ELSEWHERE)
    assert not (tmp_path / FOLDER).exists()
    other.end()
    assert put([body], len(body), folder=None)["status"] == 204
    job_board().close()
    settings.clear()
