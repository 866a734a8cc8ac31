"""The lines of the log, and the last errors that are kept."""

import json
import logging
import re
import threading

import pytest

from fer.errors import SettingsError
from fer.logs import reference
from fer.logs.lines import JsonLines, TextLines
from fer.logs.recent import KEPT, Recent
from fer.logs.scrub import Scrubber
from fer.logs.set_up import set_up
from fer.settings import Settings

SCRUBBER = Scrubber(secrets=["Anna"])


@pytest.fixture
def number():
    """Runs in a request of its own, so that other tests stay without a number."""
    yield reference.begin()
    reference.begin("-")


def record(text="job %s failed", *words, error=None):
    info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("fer.jobs", logging.ERROR, "x.py", 1, text, words or ("Anna",), info)


def failed():
    try:
        raise OSError("Anna")
    except OSError as error:
        return error


def test_a_line_of_text(number):
    line = TextLines(SCRUBBER).format(record())
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z ERROR fer\.jobs \[{number}\]: job … failed",
        line,
    )


def test_a_traceback_follows_a_line_of_text():
    lines = TextLines(SCRUBBER).format(record(error=failed())).splitlines()
    assert lines[-1] == "OSError: …"
    assert "in failed" in "".join(lines)


def test_a_line_of_json_is_one_object(number):
    line = JsonLines(SCRUBBER).format(record("two\nlines %s", "Anna", error=failed()))
    assert "\n" not in line
    assert line.isascii()  # Windows writes anything else in a way that is no JSON
    facts = json.loads(line)
    assert facts.pop("time").endswith("Z")
    assert "OSError: …" in facts.pop("traceback")
    assert facts == {
        "level": "ERROR",
        "logger": "fer.jobs",
        "message": "two\nlines …",
        "reference": number,
        "error": "OSError",
    }


def test_each_thread_has_a_request_of_its_own(number):
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append((reference.ensure(), reference.current())))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        thread.join()
    assert len({number, *(first for first, _ in seen)}) == 3
    assert all(first == again for first, again in seen)
    assert reference.current() == number


def test_the_last_errors_are_kept_without_names(number):
    recent = Recent()
    recent.scrubber = SCRUBBER
    for _ in range(KEPT + 5):
        recent.handle(record(error=failed()))
    assert recent.count() == KEPT + 5
    assert len(recent.newest()) == KEPT
    problem = recent.newest()[0]
    assert problem.text == "job … failed (OSError)"
    assert problem.reference == number


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_libraries_warn_of_and_the_app_notes_is_logged(form, capsys):
    root, app = logging.getLogger(), logging.getLogger("fer")
    before = root.handlers[:], root.level, app.level
    try:
        set_up(Settings(log=form, password="secret of the school"))
        logging.getLogger("fer.web").info("a note with the secret of the school")
        logging.getLogger("aioice").info("chatter")
        logging.getLogger("aioice").warning("a warning")
        # A library's mistake neither ends what it does nor shows what it wanted to log.
        logging.getLogger("aioice").error("%d packets from %s", "Anna")
    finally:
        logging.setLogRecordFactory(logging.LogRecord)
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        app.setLevel(before[2])
    lines = capsys.readouterr().err.splitlines()
    said = [json.loads(line)["message"] for line in lines] if form == "json" else lines
    assert len(said) == 3
    assert "a note with the …" in said[0]
    assert "a warning" in said[1]
    assert "%d packets from %s" in said[2]
    assert [line.startswith("{") for line in lines] == [form == "json"] * 3


def test_the_form_is_checked():
    with pytest.raises(SettingsError, match="FER_LOG"):
        Settings(log="xml")
