"""What an analysis leaves behind in the process that ran it."""

from __future__ import annotations

import psutil

from fer.faces.core import MoodCore
from fer.jobs.analysis import analyse_with
from fer.jobs.job import Options
from fer.media.probe import probe
from tests.footage import make_sound


def decoders() -> list[psutil.Process]:
    """The decoding processes of this one."""
    children = psutil.Process().children()
    return [child for child in children if any("sandbox" in word for word in child.cmdline())]


def test_no_decoder_stays_when_an_analysis_has_ended(tmp_path):
    path = make_sound(tmp_path / "tone.wav")
    probe(path)
    assert decoders()  # one is kept for the next call
    core = MoodCore.load()
    report = analyse_with(lambda _: core)(path, Options(), lambda *_: None, tmp_path / "checkpoint")
    assert report.voice is not None
    assert not decoders()
