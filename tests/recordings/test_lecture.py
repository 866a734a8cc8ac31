"""Tests of lectures: tables, summary, events, progress, cancelling, resuming, real clips."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest

import fer.recordings.segment
from fer import EMOTIONS, analyze_lecture
from fer.__main__ import main
from fer.emotions import UNSURE
from fer.errors import Cancelled, RecordingError
from fer.faces.core import MoodCore
from fer.media.probe import VideoFacts, probe
from fer.mood.moments import LABELS, find_moments
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from fer.recordings.assembly import Assembly
from fer.recordings.checkpoint import Checkpoint, clear, identity
from fer.recordings.segment import FACE_FIELDS, Plan, Segment, read_segment
from fer.report.lecture_report import LectureReport
from fer.report.report import CUE_COLUMNS, FACE_COLUMNS
from tests.fakes import make_core
from tests.footage import cut, make_sound, make_video

EVEN_KEYS = {"x264-params": "keyint=25:scenecut=0:bframes=2"}


@pytest.fixture
def core():
    return make_core()


@pytest.fixture
def video(tmp_path):
    return make_video(tmp_path / "lecture.mp4", frames=250, options=EVEN_KEYS)


@pytest.fixture
def short_segments(monkeypatch):
    monkeypatch.setattr(fer.recordings.segment, "SEGMENT_S", 2.0)


def assert_same(first: LectureReport, second: LectureReport) -> None:
    pd.testing.assert_frame_equal(first.timeline, second.timeline)
    pd.testing.assert_frame_equal(first.faces, second.faces)
    assert first.summary == second.summary
    assert first.events == second.events


def test_tables(video, core):
    report = analyze_lecture(video, core=core)
    timeline, faces = report.timeline, report.faces
    assert tuple(timeline.columns) == TIMELINE_COLUMNS + BAND_COLUMNS + CUE_COLUMNS
    assert tuple(faces.columns) == FACE_COLUMNS
    assert len(timeline) == 20
    assert timeline["t"].tolist() == pytest.approx(np.arange(20) / 2, abs=0.021)
    np.testing.assert_allclose(timeline[[*EMOTIONS, UNSURE]].sum(axis=1), 1.0, atol=1e-5)
    assert (timeline["faces"] == 2).all()
    # One face is too small to be read.
    assert (timeline["unread"] == 1).all()
    assert (timeline["presence"] == 1).all()
    assert len(faces) == 40
    assert set(faces["track"]) == {1, 2}
    assert faces["state"].tolist() == ["read", "unread"] * 20
    large = faces[faces["track"] == 1]
    assert (large[["x", "y", "width", "height"]] == [0, 0, 160, 96]).all(axis=None)
    np.testing.assert_allclose(faces[list(EMOTIONS)].sum(axis=1), 1.0, atol=1e-3)


def test_summary(video, core):
    summary = analyze_lecture(video, core=core).summary
    assert summary["source"] == "lecture.mp4"
    assert summary["duration_s"] == pytest.approx(10)
    assert summary["frames"] == 20
    assert summary["faces"] == 40
    assert summary["mean_faces"] == summary["max_faces"] == 2
    # Seconds take turns: 25 happy frames, 25 sad ones.
    assert summary["dominant"] in ("happy", "sad")
    assert summary["shares"]["happy"] == pytest.approx(0.5, abs=0.1)
    assert summary["smile_index"] == pytest.approx(0.5, abs=0.11)
    assert summary["smile_index_frames"] == pytest.approx(0.5, abs=0.11)
    assert summary["unread"] == 0.5
    assert summary["unsure"] == 0
    assert summary["blinks_per_minute"] is None


def test_recorded_and_live_rows_agree(video, core):
    """The timeline is built from the same buckets as that of the live page."""
    from fer.media.video import samples
    from fer.mood.bucket import MoodBucket
    from fer.mood.tabulate import tabulate
    from fer.mood.track import FaceTracker

    tracker = FaceTracker()
    pictures = list(samples(video, 2.0))
    numbers = [
        MoodBucket.of(tracker.update(sample.t, core.read(sample.image))).numbers
        for sample in pictures
    ]
    live = tabulate([sample.t for sample in pictures], np.array(numbers), None)
    timeline = analyze_lecture(video, core=core).timeline
    pd.testing.assert_frame_equal(timeline[list(TIMELINE_COLUMNS + BAND_COLUMNS)], live, atol=1e-5)


def test_a_second_run_is_the_same(video, core):
    assert_same(analyze_lecture(video, core=core), analyze_lecture(video, core=core))


def test_tables_alone_make_the_same_report(video, core, tmp_path):
    report = analyze_lecture(video, core=core)
    report.timeline.to_csv(tmp_path / "timeline.csv", index=False)
    report.faces.to_csv(tmp_path / "faces.csv", index=False)
    again = LectureReport.from_tables(
        pd.read_csv(tmp_path / "timeline.csv"),
        pd.read_csv(tmp_path / "faces.csv"),
        source=report.source,
    )
    assert again.events == report.events
    known = {key: value for key, value in report.summary.items() if key != "duration_s"}
    for name in ("shares", "shares_low", "shares_high"):
        assert again.summary.pop(name) == pytest.approx(known.pop(name))
    assert {key: again.summary[key] for key in known} == pytest.approx(known)
    alone = LectureReport.from_tables(report.timeline[list(TIMELINE_COLUMNS)])
    assert alone.summary["smile_index"] == pytest.approx(report.summary["smile_index"], abs=1e-4)
    assert alone.faces.empty


def test_tables_that_lack_a_column(video, core):
    report = analyze_lecture(video, core=core)
    with pytest.raises(ValueError, match="valence"):
        LectureReport.from_tables(report.timeline.drop(columns="valence"))
    with pytest.raises(ValueError, match="track"):
        LectureReport.from_tables(report.timeline, report.faces.drop(columns="track"))


def test_boxes_are_in_pixels_of_the_shown_video(tmp_path):
    path = make_video(tmp_path / "4k.avi", codec="mjpeg", pixels="yuvj420p", frames=1,
                      size=(3840, 2160))  # fmt: skip
    report = analyze_lecture(path, core=make_core([(100, 50, 300, 200)]))
    assert report.faces[["x", "y", "width", "height"]].to_numpy().tolist() == [[200, 100, 600, 400]]


def test_no_face(video):
    report = analyze_lecture(video, core=make_core([]))
    assert (report.timeline["faces"] == 0).all()
    assert report.timeline["happy"].isna().all()
    assert report.faces.empty
    assert report.events == []
    assert report.summary["dominant"] is None
    assert report.summary["smile_index"] is None
    assert report.summary["mean_faces"] == 0


def test_one_frame(tmp_path, core):
    report = analyze_lecture(make_video(tmp_path / "one.mp4", frames=1), core=core)
    assert len(report.timeline) == 1
    assert report.summary["dominant"] == "happy"


def test_quick_look(video, core):
    report = analyze_lecture(video, core=core, quick_look=True)
    assert report.timeline["t"].tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize("name", ["lecture.mp4", "lecture.ts"], ids=["index", "no index"])
def test_a_quick_look_follows_faces_over_key_frames_far_apart(tmp_path, core, name):
    options = {"x264-params": "keyint=50:scenecut=0:bframes=0"}
    path = make_video(tmp_path / name, frames=300, fps=5, options=options)
    report = analyze_lecture(path, core=core, quick_look=True)
    assert report.timeline["t"].diff().dropna().tolist() == pytest.approx([10.0] * 5)
    assert set(report.faces["track"]) == {1, 2}
    # The picture changes. A similarity of 1 would mean that every picture has a new face.
    large = report.faces[report.faces["track"] == 1]
    assert (large["posture"].iloc[1:] < 1).all()


def test_expected_faces(video, core):
    report = analyze_lecture(video, core=core, expected=8)
    assert (report.timeline["presence"] == 0.25).all()
    assert report.summary["expected_faces"] == 8


@pytest.mark.parametrize("rate", [0, -1, 1000, float("nan")])
def test_rates_out_of_range(video, core, rate):
    with pytest.raises(ValueError, match="samples_per_second"):
        analyze_lecture(video, rate, core=core)


def test_sound_that_is_not_wanted(tmp_path, core):
    with pytest.raises(RecordingError, match="sound only"):
        analyze_lecture(make_sound(tmp_path / "a.wav"), core=core, voice=False)


def test_progress(video, core, short_segments):
    told = []
    analyze_lecture(video, core=core, progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) >= 5
    assert all(progress.seconds_left >= 0 for progress in told if progress.seconds_left is not None)


class StopAt:
    """Cancels an analysis when it has come far enough."""

    def __init__(self, fraction):
        self.fraction = fraction

    def __call__(self, progress):
        if progress.fraction >= self.fraction:
            raise Cancelled("enough")


def test_cancelling_reaches_the_caller(video, core):
    with pytest.raises(Cancelled, match="enough"):
        analyze_lecture(video, core=core, progress=StopAt(0.5))


def test_an_interrupted_analysis_goes_on(video, core, tmp_path, short_segments, monkeypatch):
    whole = analyze_lecture(video, core=core)
    kept = tmp_path / "kept"
    with pytest.raises(Cancelled):
        analyze_lecture(video, core=core, checkpoint=kept, progress=StopAt(0.7))
    assert len(list(kept.glob("*.npz"))) == 3
    read = []
    monkeypatch.setattr(
        "fer.recordings.lecture.read_segment",
        lambda path, plan, index, *rest: (
            read.append(index) or read_segment(path, plan, index, *rest)
        ),
    )
    assert_same(analyze_lecture(video, core=core, checkpoint=kept), whole)
    assert read == [3, 4]
    # The caller clears the checkpoint when the report has been stored.
    assert len(list(kept.glob("*.npz"))) == 5
    clear(kept)
    assert not kept.exists()
    clear(kept)


def test_a_killed_process_goes_on(video, core, tmp_path, short_segments):
    script = f"""
        import os, fer.recordings.segment
        from fer import analyze_lecture
        from tests.fakes import make_core
        fer.recordings.segment.SEGMENT_S = 2.0
        def die(progress):
            if progress.fraction > 0.7:
                os.kill(os.getpid(), 9)
        analyze_lecture({str(video)!r}, core=make_core(), checkpoint={str(tmp_path / "kept")!r},
                        progress=die)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -9
    assert list((tmp_path / "kept").glob("*.npz"))
    resumed = analyze_lecture(video, core=core, checkpoint=tmp_path / "kept")
    assert_same(resumed, analyze_lecture(video, core=core))


def test_a_checkpoint_of_something_else_is_not_used(video, core, tmp_path, short_segments):
    kept = tmp_path / "kept"
    with pytest.raises(Cancelled):
        analyze_lecture(video, core=core, checkpoint=kept, progress=StopAt(0.7))
    faster = analyze_lecture(video, 4.0, core=core, checkpoint=kept)
    assert_same(faster, analyze_lecture(video, 4.0, core=core))


def test_runs_with_other_options_do_not_mix_their_numbers(video, core, tmp_path, short_segments):
    """As if the command was started twice, with different options, for one folder of results."""
    kept = tmp_path / "kept"
    begun = []

    def begin_another(progress):
        if progress.fraction > 0.5 and not begun:
            begun.append(True)
            with pytest.raises(Cancelled):
                analyze_lecture(video, 4.0, core=core, checkpoint=kept, progress=StopAt(0.1))

    first = analyze_lecture(video, core=core, checkpoint=kept, progress=begin_another)
    assert_same(first, analyze_lecture(video, core=core))
    faster = analyze_lecture(video, 4.0, core=core, checkpoint=kept)
    assert_same(faster, analyze_lecture(video, 4.0, core=core))


def test_a_damaged_checkpoint_is_read_again(video, core, tmp_path, short_segments):
    kept = tmp_path / "kept"
    with pytest.raises(Cancelled):
        analyze_lecture(video, core=core, checkpoint=kept, progress=StopAt(0.7))
    (first,) = kept.glob("*-00000.npz")
    first.write_bytes(b"PK\x03\x04 not whole")
    resumed = analyze_lecture(video, core=core, checkpoint=kept)
    assert_same(resumed, analyze_lecture(video, core=core))


def test_a_checkpoint_holds_numbers_only(video, core, tmp_path):
    plan = Plan.of(probe(video), 2.0)
    store = Checkpoint(tmp_path / "kept", identity(video, plan, core))
    store.store(read_segment(video, plan, 0, core))
    (path,) = (tmp_path / "kept").glob("*.npz")
    with np.load(path) as file:
        assert set(file) == {"index", "times", "counts", "faces"}
        assert file["faces"].shape == (40, len(FACE_FIELDS))
    # Other people's files in the folder are left alone.
    (tmp_path / "kept" / "notes.txt").write_text("mine")
    clear(tmp_path / "kept")
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["notes.txt"]


def test_a_full_disk_does_not_end_the_analysis(video, core, tmp_path, monkeypatch):
    def full(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Segment, "save", full)
    report = analyze_lecture(video, core=core, checkpoint=tmp_path / "kept")
    assert len(report.timeline) == 20
    assert not list(tmp_path.rglob("*.part"))


def test_segments_do_not_show(video, core, monkeypatch):
    whole = analyze_lecture(video, core=core)
    monkeypatch.setattr(fer.recordings.segment, "SEGMENT_S", 3.0)
    parts = analyze_lecture(video, core=core)
    # Only posture depends on segments: its reference is a face's first picture in a segment.
    drop = ["posture", "turned"]
    pd.testing.assert_frame_equal(
        parts.timeline.drop(columns=drop), whole.timeline.drop(columns=drop)
    )
    pd.testing.assert_frame_equal(
        parts.faces.drop(columns="posture"), whole.faces.drop(columns="posture")
    )


def test_segments_come_in_order():
    plan = Plan(2.0, 120, 2, 0.5)
    segment = Segment(1, np.empty(0), np.empty(0, np.int32), np.empty((0, len(FACE_FIELDS))))
    with pytest.raises(ValueError, match="where 0 was due"):
        Assembly(plan).add(segment)


@pytest.mark.parametrize(
    ("duration", "gap", "rate", "expected"),
    [
        (3600.0, 2.0, 2.0, (120, 60)),
        (3600.0, 2.0, 0.7, (42, 60)),
        (59.0, 2.0, 2.0, (120, 1)),
        (0.0, 0.0, 2.0, (120, 1)),
        # Key frames 100 s apart: segments of 120 s, or each would decode what others did.
        (3600.0, 100.0, 2.0, (240, 30)),
        (3600.0, 3600.0, 2.0, (7200, 1)),
    ],
)
def test_plan(duration, gap, rate, expected):
    facts = VideoFacts("mp4", "h264", 640, 360, duration, 0, "", gap)
    plan = Plan.of(facts, rate)
    assert (plan.cells, plan.segments) == expected


def mood(t, valence=0.0, smile=0.0, presence=1.0, **shares):
    row = dict.fromkeys((*EMOTIONS, UNSURE), 0.0) | shares
    return {"t": t, "valence": valence, "smile": smile, "presence": presence} | row


def scene(special, start=60.0, end=80.0, seconds=180, rate=2.0):
    """A quiet timeline in which something happens from `start` to `end`."""
    rows = []
    for n in range(int(seconds * rate)):
        t = n / rate
        rows.append(mood(t, **(special if start <= t < end else {"neutral": 1.0})))
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("kind", "special"),
    [
        ("mood rise", {"valence": 0.6}),
        ("mood fall", {"valence": -0.5}),
        ("negative mood", {"sad": 0.3, "disgust": 0.3}),
        ("confusion", {"surprise": 0.5, "fear": 0.2}),
        ("low presence", {"presence": 0.2}),
        ("laughter", {"smile": 0.9}),
    ],
)
def test_moments(kind, special):
    (event,) = find_moments(scene(special))
    assert event.kind == kind
    assert event.start == pytest.approx(60, abs=3)
    assert event.end == pytest.approx(80, abs=3)
    assert event.strength == pytest.approx(sum(special.values()), abs=0.05)
    assert event.text.endswith(".")
    assert "{" not in event.text
    shown = math.floor(event.end) - math.floor(event.start)
    assert re.search(r" for (\d+) s", event.text).group(1) == str(shown)
    assert LABELS[kind] in ("heuristic", "experimental")


@pytest.mark.parametrize(
    ("special", "usual", "told"),
    [
        (0.6, -0.001, "up to 0.60 above the usual valence of 0.00."),
        (-0.6, -0.12, "up to 0.48 below the usual valence of −0.12."),
        (0.6, 0.12, "up to 0.48 above the usual valence of +0.12."),
    ],
)
def test_a_change_of_mood_is_told_by_its_size_and_what_is_usual(special, usual, told):
    calm = scene({"valence": special})
    calm.loc[calm["valence"] == 0, "valence"] = usual
    (event,) = find_moments(calm)
    assert event.text.endswith(told)


@pytest.mark.parametrize(
    "special",
    [{"valence": 0.6}, {"valence": -0.5}, {"sad": 0.8}, {"surprise": 0.8}, {"presence": 0.0}],
)
def test_a_moment_too_short_is_none(special):
    assert find_moments(scene(special, 60.0, 61.0)) == []


def test_a_moment_at_the_end_is_closed():
    (event,) = find_moments(scene({"smile": 1.0}, 170.0, 999.0))
    assert event.end == 179.5


def test_nothing_measured_starts_nothing():
    rows = scene({"smile": 1.0}).assign(valence=np.nan, smile=np.nan, presence=np.nan)
    rows[list(EMOTIONS)] = np.nan
    assert find_moments(rows) == []
    assert find_moments(rows.iloc[:0]) == []


@pytest.fixture(scope="module")
def shipped(bundled, classifier):
    return MoodCore(bundled, classifier)


def test_a_laughing_student(media, shipped):
    # Seen by eye: he laughs for 9.5 of 26 s, then covers his mouth, wonders and yawns. Of the
    # faces read with confidence more than half are happy, which once made this a happy film.
    report = analyze_lecture(media / "student_laughing_854x480.mp4", core=shipped)
    assert report.summary["smile_index"] == pytest.approx(9.5 / 26, abs=0.08)
    assert report.summary["smile_index_frames"] == pytest.approx(9.5 / 26, abs=0.08)
    assert report.summary["dominant"] in ("happy", "surprise")


def test_laughter_is_found(media, shipped, tmp_path):
    path = cut(media / "student_laughing_854x480.mp4", tmp_path / "laughing.mp4", 9.5)
    report = analyze_lecture(path, core=shipped)
    assert report.summary["dominant"] == "happy"
    assert report.summary["smile_index"] > 0.5
    assert report.summary["smile_index_frames"] > 0.5
    assert "laughter" in {event.kind for event in report.events}
    assert (report.faces["track"] == 1).all()


def test_a_lecturer_who_leaves_the_picture(media, shipped):
    report = analyze_lecture(media / "lecture_1080p.mp4", core=shipped, voice=False)
    faces = report.timeline.set_index("t")["faces"]
    # Seen by eye: the lecturer's face from 0.8 s to 4.3 s, then a board.
    assert (faces.loc[1.0:4.1] == 1).all()
    assert (faces.loc[4.6:] == 0).all()
    assert (report.faces["track"] == 1).all()
    again = analyze_lecture(media / "lecture_1080p.mp4", core=shipped, voice=False)
    assert_same(report, again)


def test_the_command_line(media, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fer", "lecture", media / "phone_596x336.mp4", tmp_path / "no.mp4",
         "--out", tmp_path / "out", "--no-voice"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == "error: no.mp4 does not exist."
    assert "phone_596x336.mp4: " in done.stdout
    written = {path.name for path in (tmp_path / "out" / "phone_596x336.mp4").iterdir()}
    assert written == {"timeline.csv", "faces.csv", "report.html", "report.pdf"}


def test_a_name_that_is_not_utf8(latin1, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(MoodCore, "load", make_core)
    path = make_video(tmp_path / latin1)
    (tmp_path / latin1.replace("mp4", "mkv")).write_bytes(b"PK\x03\x04 none")
    broken = str(path.with_suffix(".mkv"))
    assert main(["lecture", str(path), broken, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("caf\ufffd.mp4: happy, ")
    assert said.err == "error: caf\ufffd.mkv is a zip archive, not a recording.\n"
    assert "caf\ufffd.mp4" in (tmp_path / "out" / latin1 / "report.html").read_text("utf-8")
    report = analyze_lecture(path, core=make_core())
    assert report.source == report.summary["source"] == "caf\ufffd.mp4"


def test_a_report_that_cannot_be_saved_costs_no_analysis(video, tmp_path, monkeypatch, capsys):
    def full(self, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MoodCore, "load", make_core)
    command = ["lecture", str(video), "--out", str(tmp_path / "out")]
    with monkeypatch.context() as patch:
        patch.setattr(LectureReport, "save", full)
        assert main(command) == 1
    assert capsys.readouterr().err == "error: No space left on device\n"
    monkeypatch.setattr("fer.recordings.lecture.read_segment", None)
    assert main(command) == 0
    assert not list(tmp_path.rglob(".checkpoint"))


class Spoken:
    """Stands in for a report on a voice."""

    timeline = pd.DataFrame({"t": [1.5, 2.5], "speech": [True, True]})
    remarks = ()


def test_sound_only_gives_a_voice_and_an_empty_timeline(tmp_path, core, monkeypatch):
    monkeypatch.setattr(
        "fer.recordings.listen.analyze_speech", lambda path, progress, track: Spoken()
    )
    told = []
    report = analyze_lecture(make_sound(tmp_path / "a.wav"), core=core, progress=told.append)
    assert isinstance(report.voice, Spoken)
    assert report.timeline.empty
    assert tuple(report.timeline.columns) == TIMELINE_COLUMNS + BAND_COLUMNS + CUE_COLUMNS
    assert report.faces.empty
    assert report.summary["dominant"] is None
    assert report.summary["duration_s"] == pytest.approx(2.0)
    assert [progress.stage for progress in told] == ["voice"]


def test_the_sound_of_a_video_is_analysed_after_its_pictures(tmp_path, core, monkeypatch):
    def speak(path, progress, track):
        progress(0.5)
        return Spoken()

    monkeypatch.setattr("fer.recordings.listen.analyze_speech", speak)
    path = make_video(tmp_path / "a.mp4", sound="aac")
    told = []
    report = analyze_lecture(path, core=core, progress=told.append)
    assert isinstance(report.voice, Spoken)
    assert [progress.stage for progress in told] == ["video", "video", "voice", "voice"]
    assert [progress.fraction for progress in told][2:] == pytest.approx([0.95, 1.0])
    assert analyze_lecture(path, core=core, quick_look=True).voice is None


def test_broken_sound_does_not_cost_the_pictures(tmp_path, core, monkeypatch, caplog):
    def fail(path, progress, track):
        raise RecordingError("no sound can be decoded")

    monkeypatch.setattr("fer.recordings.listen.analyze_speech", fail)
    report = analyze_lecture(make_video(tmp_path / "a.mp4", sound="aac"), core=core)
    assert report.voice is None
    assert len(report.timeline) == 6
    assert "no sound can be decoded" in caplog.text
