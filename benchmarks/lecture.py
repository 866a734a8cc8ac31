"""Recorded lectures: speed against the recording's length and against plain decoding; memory.

`realtime_factor` is the seconds of recording analysed in each second of work, for 1080p with one
face at 2 samples a second. `ratio_vs_decode` divides the time for that by the time to decode every
frame of the same file and do nothing with it. `quick_look_factor` is for key frames only,
`gallery_factor` for a 720p video call of 25 faces; all these leave the sound out. `audio_factor` is
for speech alone. `peak_resident_mb` is the most memory of a fresh process that analyses the 1080p
recording without its sound and then puts together three hours of 25 faces at 2 samples a second.
The process that decodes for it is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from benchmarks.parts.recordings import clip, gallery_recording, prolonged
from fer.faces.core import MoodCore
from fer.media.probe import VideoFacts
from fer.recordings.assembly import Assembly
from fer.recordings.lecture import analyze_lecture
from fer.recordings.segment import FACE_FIELDS, Plan, Segment
from fer.speech.analysis import analyze_speech

ROUNDS = 5
SECONDS = 30
GALLERY_SECONDS = 20


def run() -> dict:
    core = MoodCore.load()
    with tempfile.TemporaryDirectory() as folder:
        lecture, call = Path(folder) / "lecture.mp4", Path(folder) / "call.mp4"
        seconds = prolonged(clip("lecture_1080p.mp4"), lecture, SECONDS)
        gallery_recording(call, GALLERY_SECONDS)
        ways: dict[str, Callable[[], object]] = {
            "decode": lambda: _decode(lecture),
            "lecture": lambda: analyze_lecture(lecture, core=core, voice=False),
            "quick": lambda: analyze_lecture(lecture, core=core, voice=False, quick_look=True),
            "gallery": lambda: analyze_lecture(call, core=core, voice=False),
            "audio": lambda: analyze_speech(clip("speech_1.wav")),
        }
        faces = analyze_lecture(call, core=core, voice=False).summary["mean_faces"]
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            # The methods take turns, so that other load on the machine slows all of them.
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                took[name].append(time.perf_counter() - start)
        peak = _peak_in_fresh_process(lecture)
    medians = {name: statistics.median(values) for name, values in took.items()}
    ratios = [mine / plain for mine, plain in zip(took["lecture"], took["decode"], strict=True)]
    return {
        "realtime_factor": round(seconds / medians["lecture"], 2),
        "ratio_vs_decode": round(statistics.median(ratios), 3),
        "decode_factor": round(seconds / medians["decode"], 2),
        "quick_look_factor": round(seconds / medians["quick"], 1),
        "gallery_factor": round(GALLERY_SECONDS / medians["gallery"], 2),
        "gallery_faces": faces,
        "audio_factor": round(_length(clip("speech_1.wav")) / medians["audio"], 1),
        "peak_resident_mb": peak,
        "detector": core.detector_name,
        "rounds": ROUNDS,
        "threads": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _decode(path: Path) -> None:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        for _ in container.decode(video):
            pass


def _length(path: Path) -> float:
    with av.open(str(path)) as container:
        return (container.duration or 0) / av.time_base


def _peak_in_fresh_process(path: Path) -> float:
    code = f"from benchmarks.lecture import peak; print(peak({str(path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def peak(path: str) -> float:
    """Most memory that this process has held, in MB, after a recording and a long table."""
    analyze_lecture(path, voice=False)
    _three_hours()
    # getrusage will not do: its peak starts with that of the process that started this one.
    status = Path("/proc/self/status").read_text("ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(kilobytes) * 1024 / 1e6, 1)


def _three_hours(faces: int = 25) -> None:
    """Put together the numbers of a long recording of a whole class."""
    facts = VideoFacts("mp4", "h264", 1280, 720, 3 * 3600.0, 0, "")
    plan = Plan.of(facts, 2.0)
    assembly = Assembly(plan)
    rng = np.random.default_rng(0)
    grid = np.array([(x * 256, y * 144, 90, 120) for y in range(5) for x in range(5)][:faces])
    for index in range(plan.segments):
        rows = np.zeros((plan.cells * faces, len(FACE_FIELDS)), np.float32)
        rows[:, :4] = np.tile(grid, (plan.cells, 1))
        rows[:, -7:] = rng.dirichlet(np.ones(7), len(rows))
        times = (index * plan.cells + np.arange(plan.cells)) / plan.rate
        assembly.add(Segment(index, times, np.full(plan.cells, faces, np.int32), rows))
    assembly.report("long.mp4", facts)
