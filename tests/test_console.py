"""Printing any text works on any console."""

from __future__ import annotations

import io
import sys

from fer.console import fail, note, prepare, say


def narrowed(monkeypatch):
    """Make the standard streams know ASCII only, as where the output of a program goes to a file.

    It is called in the test itself: between a fixture and its test, pytest changes the streams.
    """
    streams = {}
    for name in ("stdout", "stderr"):
        streams[name] = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
        monkeypatch.setattr(sys, name, streams[name])
    return streams


def text(stream) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("ascii")


def test_letters_that_a_console_lacks_are_shown_as_codes(monkeypatch):
    narrow = narrowed(monkeypatch)
    say("Vorlesung \u00e4")
    note("\u8b1b")
    assert fail("caf\udce9.mp4 is empty.") == 1
    assert text(narrow["stdout"]) == "Vorlesung \\xe4\n"
    assert text(narrow["stderr"]) == "note: \\u8b1b\nerror: caf\\ufffd.mp4 is empty.\n"


def test_code_that_prints_by_itself_is_safe_too(monkeypatch):
    narrow = narrowed(monkeypatch)
    prepare()
    print("Modell \u2713")
    assert text(narrow["stdout"]) == "Modell \\u2713\n"


def test_a_stream_that_is_closed_or_missing_is_no_error(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    say("nobody hears this")
    # pythonw and services on Windows have no streams at all.
    monkeypatch.setattr(sys, "stdout", None)
    say("nor this")
