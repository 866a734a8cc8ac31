"""Damaged files cause no error but `RecordingError`, and crash no process.

Every file is read in a process of a pool, because a decoder written in C may crash its process.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import multiprocessing
import os
import traceback
from pathlib import Path

import numpy as np
import pytest

from fer.errors import RecordingError
from tests.footage import make_sound, make_video

FILES = 196
"""Fourteen of each format; the same ones in each run."""
PROCESSES = 2
MOST_BLOCKS = 1000
"""Of one file's sound. A damaged timestamp can make two seconds claim a day of silence. One of the
files here does, and reading it whole took longer than all the others together."""
SECONDS_EACH = 20
"""A file of two seconds that takes longer to read or to refuse counts as a hang."""

VIDEOS = {
    "h264.mp4": {"sound": "aac"},
    "h264.mkv": {},
    "h264.ts": {"sound": "aac"},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "vp8.webm": {"codec": "libvpx", "options": {"deadline": "realtime"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"deadline": "realtime"}},
    "av1.mkv": {"codec": "libsvtav1", "options": {"preset": "12"}},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mjpeg.mov": {"codec": "mjpeg", "pixels": "yuvj420p"},
}
SOUNDS = {
    "pcm.wav": "pcm_s16le",
    "mp3.mp3": "libmp3lame",
    "flac.flac": "flac",
    "aac.m4a": "aac",
    "opus.ogg": "libopus",
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("originals")
    videos = [
        make_video(folder / name, frames=30, size=(64, 48), **options)
        for name, options in VIDEOS.items()
    ]
    return videos + [make_sound(folder / name, codec, 1.0) for name, codec in SOUNDS.items()]


def damaged(original: bytes, rng: np.random.Generator) -> bytes:
    """Return the same bytes with some flipped, set, cut out, repeated or cut off."""
    data = bytearray(original)
    # Half of the damage goes into the header, which decides what the rest means.
    reach = len(data) if rng.random() < 0.5 else min(len(data), 700)
    for _ in range(int(rng.choice([1, 3, 10, 100]))):
        place = int(rng.integers(reach))
        data[place] = data[place] ^ (1 << int(rng.integers(8))) if rng.random() < 0.5 else 255
    what = rng.random()
    if what < 0.15:
        del data[int(rng.integers(len(data))) :]
    elif what < 0.25:
        start = int(rng.integers(len(data)))
        del data[start : start + int(rng.integers(1, 200))]
    elif what < 0.35:
        start = int(rng.integers(len(data)))
        data[start:start] = data[start : start + int(rng.integers(1, 2000))]
    return bytes(data)


def read_all(path: Path) -> str:
    """Read a file as an analysis does.

    Returns:
        "read", "refused", or a description of the unexpected error.
    """
    from fer.media.audio import read_sound
    from fer.media.probe import probe
    from fer.recordings.segment import Plan, read_segment
    from tests.fakes import make_core

    outcome = "read"
    try:
        facts = probe(path)
        if facts.has_video:
            core = make_core()
            for quick in (False, True):
                plan = Plan.of(facts, 2.0, quick)
                # Damage can make a file of one second claim hours, so only its beginning and end
                # are read.
                for index in {0, 1, plan.segments - 1} & set(range(plan.segments)):
                    read_segment(path, plan, index, core)
    except RecordingError as error:
        if path.name not in str(error):
            return f"{error} does not name the file"
        outcome = "refused"
    except Exception:
        return traceback.format_exc()
    try:
        for _ in itertools.islice(read_sound(path), MOST_BLOCKS):
            pass
    except RecordingError:
        pass
    except Exception:
        return traceback.format_exc()
    return outcome


def quiet() -> None:
    """Silence the decoders, which write about every damaged file to standard error."""
    import av.logging

    av.logging.set_level(None)
    os.environ["OMP_NUM_THREADS"] = "1"


def test_damaged_files(originals, tmp_path):
    rng = np.random.default_rng(20240229)
    paths = []
    for number in range(FILES):
        original = originals[number % len(originals)]
        path = tmp_path / f"{number:03d}-{original.name}"
        path.write_bytes(damaged(original.read_bytes(), rng))
        paths.append(path)
    # The processes are not forked: they would inherit locks of the threads of other tests.
    context = multiprocessing.get_context("spawn")
    outcomes = {}
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, context, initializer=quiet) as pool:
        futures = {path.name: pool.submit(read_all, path) for path in paths}
        for name, future in futures.items():
            try:
                outcomes[name] = future.result(timeout=SECONDS_EACH + 20)
            except concurrent.futures.process.BrokenProcessPool:
                pytest.fail(f"{name}, or a file next to it, took its process down")
            except TimeoutError:
                for process in list(pool._processes.values()):
                    process.kill()
                pytest.fail(f"{name} hangs")
    wrong = {name: text for name, text in outcomes.items() if text not in ("read", "refused")}
    assert not wrong, "\n".join(f"{name}: {text}" for name, text in wrong.items())
    # The test would prove nothing if every file was refused, or no file.
    counts = list(outcomes.values())
    assert counts.count("read") > FILES / 5
    assert counts.count("refused") > FILES / 20


def test_undamaged_files_are_read(originals):
    for path in originals:
        assert read_all(path) == "read"
