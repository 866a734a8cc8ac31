"""A folder of recordings on Dask: one worker, two workers, and the cost of Dask.

`speedup_2_workers` divides the time with one worker by the time with two, on clusters that already
run. `engine_overhead` divides the time with one worker by the time that this process takes for the
same segments on one thread, one after the other, and subtracts 1.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
from distributed import LocalCluster

from benchmarks.parts.recordings import clip, prolonged
from fer.faces.core import MoodCore
from fer.files import name_of
from fer.media.probe import probe
from fer.recordings.assembly import Assembly
from fer.recordings.cluster import analyze_folder
from fer.recordings.segment import Plan, read_segment
from fer.settings import Settings

RECORDINGS = 4
SECONDS = 60
ROUNDS = 3


def run() -> dict:
    with tempfile.TemporaryDirectory() as temporary:
        source, warm_up = Path(temporary) / "lectures", Path(temporary) / "warm up"
        source.mkdir()
        warm_up.mkdir()
        clips = [clip("student_laughing_854x480.mp4"), clip("student_surprised_640x360.mp4")]
        length = sum(
            prolonged(clips[number % 2], source / f"{number}.mp4", SECONDS)
            for number in range(RECORDINGS)
        )
        for number in range(8):
            prolonged(clips[1], warm_up / f"{number}.mp4", 1)
        took: dict[int, list[float]] = {0: [], 1: [], 2: []}
        starts = []
        for turn in range(ROUNDS):
            took[0].append(_alone(source))
            for workers in (1, 2):
                start = time.perf_counter()
                with LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    memory_limit=None,
                ) as cluster:
                    address = cluster.scheduler_address
                    out = Path(temporary) / f"{turn}-{workers}"
                    # Every worker loads the model once, however large the folder is.
                    _folder(warm_up, out / "warm up", address)
                    starts.append(time.perf_counter() - start)
                    took[workers].append(_folder(source, out / "lectures", address))
    one_thread, one, two = (statistics.median(took[key]) for key in (0, 1, 2))
    return {
        "speedup_2_workers": round(one / two, 2),
        "engine_overhead": round(one / one_thread - 1, 3),
        "one_thread_s": round(one_thread, 2),
        "one_worker_s": round(one, 2),
        "two_workers_s": round(two, 2),
        "cluster_start_s": round(statistics.median(starts), 2),
        "recorded_s": round(length, 1),
        "realtime_factor_2_workers": round(length / two, 1),
        "rounds": ROUNDS,
        "threads": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _folder(source: Path, out: Path, address: str) -> float:
    start = time.perf_counter()
    result = analyze_folder(source, out, scheduler=address, voice=False)
    if result.failed:
        raise SystemExit(f"recordings failed: {result.failed}")
    return time.perf_counter() - start


def _alone(source: Path) -> float:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    core = MoodCore.load(settings=replace(Settings.from_environment(), threads=1))
    start = time.perf_counter()
    for path in sorted(source.iterdir()):
        facts = probe(path)
        plan = Plan.of(facts, 2.0)
        assembly = Assembly.reading_with(core, plan)
        for index in range(plan.segments):
            assembly.add(read_segment(path, plan, index, core, threads=1))
        with tempfile.TemporaryDirectory() as out:
            assembly.report(name_of(path), facts).save(out)
    cv2.setNumThreads(threads)
    return time.perf_counter() - start
