"""Small files that claim gigabytes or hours end in a clear message, and the app does not grow."""

from __future__ import annotations

import sys

import psutil
import pytest

from fer.errors import RecordingError
from fer.media.audio import read_sound
from fer.media.container import opened
from fer.media.probe import probe, probing
from fer.media.sandbox import parent as sandbox
from fer.media.video import samples
from tests.bombs import huge_png, mp3_with_cover, png_streams, slow_gif

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")


@pytest.fixture(scope="module")
def png() -> bytes:
    return huge_png(6_200)  # a little more than is allowed; larger ones take longer to refuse


@pytest.fixture
def grown():
    """A function that says how much memory this process has gained since the start, in MB."""
    before = psutil.Process().memory_info().rss
    return lambda: (psutil.Process().memory_info().rss - before) >> 20


def outcome(read, *arguments) -> str:
    """Return "read" if reading succeeds, and the error message otherwise."""
    try:
        result = read(*arguments)
        if not isinstance(result, tuple):
            list(result) if hasattr(result, "__iter__") else result
    except RecordingError as error:
        return str(error)
    return "read"


def test_huge_pictures_are_refused_in_a_sentence(png, grown, tmp_path):
    path = png_streams(tmp_path / "huge.mov", png, 4)
    said = outcome(probe, path)
    assert "pixels" in said or "damaged" in said
    outcome(samples, path, 2.0)
    outcome(read_sound, path)
    assert grown() < 100


def test_a_file_is_not_opened_for_each_of_its_huge_tracks(png, tmp_path, monkeypatch):
    """Each time took half a second for each of them, so eight took 33 s."""
    path = png_streams(tmp_path / "huge.mov", png, 2)
    openings = []
    monkeypatch.setattr("fer.media.probe.opened", lambda file: openings.append(0) or opened(file))
    with pytest.raises(RecordingError, match="pixels"):
        list(probing.__wrapped__(path, None))  # in this process instead of a child
    assert len(openings) == 1


def test_a_huge_cover_costs_the_app_nothing(png, grown, tmp_path):
    path = mp3_with_cover(tmp_path / "cover.mp3", png)
    assert outcome(probe, path) == outcome(read_sound, path) == "read"
    assert grown() < 100


def test_decoding_that_takes_far_longer_than_the_film_ends(grown, tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE_S", 1.0)
    monkeypatch.setattr(sandbox, "SLOWEST", 0.5)
    path = slow_gif(tmp_path / "slow.gif", 8192, 4608, 3000)
    assert "far longer" in outcome(samples, path, 2.0)
    assert grown() < 100
