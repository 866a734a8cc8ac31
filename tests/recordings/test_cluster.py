"""Folders of recordings on Dask give the same results as one process, even if a worker dies."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref

import pandas as pd
import psutil
import pytest

import fer.recordings.cluster
import fer.recordings.segment
from fer import analyze_lecture
from fer.__main__ import main
from fer.faces.core import MoodCore
from fer.recordings.assembly import Assembly
from fer.recordings.cluster import analyze_folder
from tests.footage import cut, make_sound, make_tracks, make_video, numbered

distributed = pytest.importorskip(
    "distributed", reason=f"needs Dask: {fer.recordings.cluster.HOW_TO_GET}"
)


@pytest.fixture(scope="module")
def segments():
    """Cut recordings into segments of 4 s, so that short clips have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fer.recordings.segment, "SEGMENT_S", 4.0)
        yield


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None
    ) as cluster:
        yield cluster


@pytest.fixture
def tables_only(monkeypatch):
    """Reports without HTML and PDF, which take longer than the analysis."""

    def save(report, folder):
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: folder / name for name in ("timeline.csv", "faces.csv")}
        report.timeline.to_csv(files["timeline.csv"])
        report.faces.to_csv(files["faces.csv"])
        return files

    monkeypatch.setattr("fer.report.lecture_report.LectureReport.save", save)


@pytest.fixture(scope="module")
def lectures(media, tmp_path_factory):
    """A folder with two real clips (one in a folder below), a broken file and a sound file."""
    folder = tmp_path_factory.mktemp("lectures")
    (folder / "dienstag ü").mkdir()
    surprised = media / "student_surprised_640x360.mp4"
    cut(surprised, folder / "a.mp4", 14.0)
    (folder / "dienstag ü" / "b c.mp4").write_bytes((media / "phone_596x336.mp4").read_bytes())
    (folder / "broken.mp4").write_bytes(b"no video" * 99)
    make_sound(folder / "only sound.wav")
    return folder


def tables(folder):
    return [pd.read_csv(folder / name) for name in ("timeline.csv", "faces.csv")]


def assert_same_tables(folder, report, tmp_path):
    report.save(tmp_path)
    for mine, whole in zip(tables(folder), tables(tmp_path), strict=True):
        pd.testing.assert_frame_equal(mine, whole, check_exact=True)


def test_a_folder_gives_what_single_runs_give(lectures, cluster, segments, tables_only, tmp_path):
    out = tmp_path / "out"
    told = []
    result = analyze_folder(
        lectures, out, progress=told.append, scheduler=cluster.scheduler_address, voice=False
    )
    name = os.path.join("dienstag ü", "b c.mp4")
    assert result.analysed == {"a.mp4": out / "a.mp4", name: out / name}
    assert result.skipped == {}
    assert set(result.failed) == {"broken.mp4", "only sound.wav"}
    assert "cannot be read" in result.failed["broken.mp4"]
    core = MoodCore.load()
    for source in result.analysed:
        report = analyze_lecture(lectures / source, core=core, voice=False)
        assert_same_tables(out / source, report, tmp_path / "single")
    assert told[-1].fraction == 1.0
    assert told[-1].done == told[-1].total == 4
    assert not list(out.rglob("*.npz"))
    assert not (out / "broken.mp4").exists()

    again = analyze_folder(lectures, out, scheduler=cluster.scheduler_address, voice=False)
    assert again.analysed == {}
    assert again.skipped == result.analysed
    assert again.failed == result.failed


def test_a_worker_that_is_killed_loses_nothing(
    lectures, cluster, segments, tables_only, tmp_path, monkeypatch
):
    killed = []

    def kill(client):
        """Kill a worker that has work, as the kernel does when memory runs out."""
        while not killed:
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            if len(busy) == 2:
                pids = client.run(os.getpid, workers=busy[:1])
                os.kill(pids[busy[0]], 9)
                killed.append(busy[0])
            time.sleep(0.02)

    go = fer.recordings.cluster.FolderRun.go

    def go_and_kill(self):
        threading.Thread(target=kill, args=(self.client,), daemon=True).start()
        go(self)

    monkeypatch.setattr(fer.recordings.cluster.FolderRun, "go", go_and_kill)
    only = tmp_path / "in"
    only.mkdir()
    (only / "a.mp4").write_bytes((lectures / "a.mp4").read_bytes())
    result = analyze_folder(
        only, tmp_path / "out", scheduler=cluster.scheduler_address, voice=False
    )
    assert killed
    assert result.failed == {}
    report = analyze_lecture(only / "a.mp4", voice=False)
    assert_same_tables(tmp_path / "out" / "a.mp4", report, tmp_path / "single")


def test_a_report_that_was_removed_is_made_again(cluster, tables_only, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4"):
        make_video(folder / name, frames=30)
    options = {"scheduler": cluster.scheduler_address, "voice": False}
    analyze_folder(folder, out, **options)
    (out / "a.mp4" / "timeline.csv").unlink()
    result = analyze_folder(folder, out, **options)
    assert list(result.analysed) == ["a.mp4"]
    assert list(result.skipped) == ["b.mp4"]
    assert (out / "a.mp4" / "timeline.csv").is_file()


class Stop(Exception):
    """Ends a run from its progress callback."""


def test_a_folder_that_was_interrupted_goes_on(lectures, cluster, segments, tables_only, tmp_path):
    def stop(progress):
        if progress.fraction > 0.4:
            raise Stop

    options = {"scheduler": cluster.scheduler_address, "voice": False}
    with pytest.raises(Stop):
        analyze_folder(lectures, tmp_path / "out", progress=stop, **options)
    kept = list((tmp_path / "out").rglob("*.npz"))
    assert kept
    told = []
    result = analyze_folder(lectures, tmp_path / "out", progress=told.append, **options)
    assert len(result.analysed) + len(result.skipped) == 2
    assert not list((tmp_path / "out").rglob("*.npz"))
    report = analyze_lecture(lectures / "a.mp4", voice=False)
    assert_same_tables(tmp_path / "out" / "a.mp4", report, tmp_path / "single")


def listening():
    """Return (host, port) of all sockets on which this process and its children listen."""
    this = psutil.Process()
    return {
        tuple(connection.laddr)
        for process in (this, *this.children(recursive=True))
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_a_run_is_reached_from_this_machine_only(tables_only, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    make_video(folder / "a.mp4", frames=30)
    before, during = listening(), set()
    result = analyze_folder(
        folder,
        tmp_path / "out",
        progress=lambda told: during.update(listening() - before),
        workers=2,
        voice=False,
    )
    assert result.failed == {}
    # Scheduler and two workers, each with a server for Dask and one for browsers; two nannies.
    assert len(during) >= 8
    assert {host for host, port in during} == {"127.0.0.1"}


def test_an_empty_folder_starts_no_cluster(tmp_path, monkeypatch):
    monkeypatch.setattr(fer.recordings.cluster, "connected", None)
    result = analyze_folder(tmp_path, tmp_path / "out")
    assert (result.analysed, result.skipped, result.failed) == ({}, {}, {})


def test_a_report_that_cannot_be_written_fails_alone(
    lectures, cluster, segments, tmp_path, monkeypatch
):
    def full(self, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fer.report.lecture_report.LectureReport.save", full)
    result = analyze_folder(
        lectures,
        tmp_path / "out",
        scheduler=cluster.scheduler_address,
        voice=False,
        quick_look=True,
    )
    assert "No space left on device" in result.failed["a.mp4"]
    assert not list((tmp_path / "out").rglob("done.json"))


def test_a_name_that_is_not_utf8(latin1, cluster, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    make_video(folder / latin1, frames=30)
    # The copy differs from the first recording by its name alone.
    (folder / "copy.mp4").write_bytes((folder / latin1).read_bytes())
    (folder / latin1.replace("mp4", "mkv")).write_bytes(b"")
    arguments = ["lectures", str(folder), "--out", str(tmp_path / "out"), "--no-voice"]
    assert main([*arguments, "--scheduler", cluster.scheduler_address]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("2 analysed, 0 already done, 1 failed")
    assert said.err == "error: caf\ufffd.mkv is empty.\n"
    for name in (latin1, "copy.mp4"):
        assert (tmp_path / "out" / name / "report.html").is_file()


def test_what_is_done_does_not_stay_in_memory(cluster, tables_only, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        make_video(folder / f"{name}.mp4", frames=30)
    begun = weakref.WeakSet()
    of = Assembly.reading_with

    def reading_with(core, plan):
        assembly = of(core, plan)
        begun.add(assembly)
        return assembly

    monkeypatch.setattr(Assembly, "reading_with", reading_with)
    alive = {}

    def note(progress):
        gc.collect()
        alive[progress.done] = len(begun)

    address = cluster.scheduler_address
    analyze_folder(folder, tmp_path / "out", progress=note, scheduler=address, voice=False)
    # What is told last is told while the recording that it is about is still held.
    assert alive == {0: 3, 1: 2, 2: 1, 3: 1}


def test_the_command_line(cluster, tables_only, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    make_video(folder / "a.mp4", frames=30)
    (folder / "b.mp4").write_bytes(b"")
    arguments = ["lectures", str(folder), "--out", str(tmp_path / "out"), "--no-voice"]
    assert main([*arguments, "--scheduler", cluster.scheduler_address]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("1 analysed, 0 already done, 1 failed")
    assert said.err.strip() == "error: b.mp4 is empty."
    assert (tmp_path / "out" / "a.mp4" / "timeline.csv").is_file()


def test_tracks_are_chosen_for_a_folder_as_for_a_file(cluster, tables_only, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    make_tracks(folder / "hall.mp4", numbered, numbered, sounds=2)
    make_video(folder / "plain.mp4", frames=30)
    arguments = ["lectures", str(folder), "--out", str(tmp_path / "out")]
    arguments += ["--scheduler", cluster.scheduler_address, "--picture", "2"]
    # The first sound track is silent, and is not taken unless somebody asks for it.
    assert main([*arguments, "--sound", "1"]) == 1
    said = capsys.readouterr()
    assert "hall.mp4: The file has 2 tracks with pictures. Track 2 was read" in said.err
    assert "hall.mp4: The file has 2 tracks with sound. Track 1 was analysed" in said.err
    assert "error: plain.mp4 has no track 2 with pictures; it has 1." in said.err
    assert said.out.startswith("1 analysed, 0 already done, 1 failed")
    # With another choice, it is another report.
    assert main([*arguments, "--sound", "2"]) == 1
    assert capsys.readouterr().out.startswith("1 analysed, 0 already done, 1 failed")
    assert main([*arguments, "--sound", "3"]) == 1
    assert "error: hall.mp4 has no track 3 with sound; it has 2." in capsys.readouterr().err
