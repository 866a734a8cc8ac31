"""What TensorFlow writes while it is loaded: its notices are kept away, and all else is shown."""

from __future__ import annotations

import os
import sys

import pytest

from fer.training.quiet import without_notices

NOTICES = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795838605.291697   26051 port.cc:153] oneDNN custom operations are on.
I0000 00:00:1795838605.291697   26051 cpu_feature_guard.cc:227] This binary is optimized.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow with the appropriate flags.
"""


def write(text: str) -> None:
    """Write as a library does that is not written in Python."""
    os.write(2, text.encode())


def test_notices_are_kept_away_and_all_else_is_shown(capfd):
    with without_notices():
        write(NOTICES)
        write("E0000 no memory\n")
    write("afterwards\n")
    assert capfd.readouterr().err == "E0000 no memory\nafterwards\n"


def test_what_was_said_before_an_error_is_shown(capfd):
    @without_notices()
    def load():
        write(NOTICES + "a library is missing")
        raise ModuleNotFoundError

    with pytest.raises(ModuleNotFoundError):
        load()
    assert capfd.readouterr().err == "a library is missing"


def test_a_program_without_a_console_loads_it_too(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with without_notices():
        done = True
    assert done
