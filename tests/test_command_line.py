"""The command line: where results go and what it prints. Its analyses are tested elsewhere."""

from __future__ import annotations

import errno
import http.server
import io
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from fer.__main__ import main
from fer.access.policy import Policy
from fer.commands.demo import answers
from fer.console import Bar
from fer.errors import RecordingError
from fer.jobs.turn import Turn
from fer.recordings.cluster import FolderProgress, FolderResult
from fer.recordings.lecture import LectureProgress
from fer.report.export import to_csv
from fer.report.lecture_report import LectureReport
from tests.footage import make_sound, make_video
from tests.loops import alone
from tests.tables import lecture, timeline, voice


@pytest.fixture
def no_analysis(monkeypatch):
    """Any analysis fails the test."""

    def begun(*_, **__):
        raise AssertionError("an analysis began")

    for name in (
        "recordings.lecture.analyze_lecture",
        "recordings.listen.voice_alone",
        "recordings.cluster.connected",
    ):
        monkeypatch.setattr(f"fer.{name}", begun)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)


@pytest.mark.parametrize("command", ["lecture", "speech"])
@pytest.mark.parametrize(
    "names",
    [
        ("zoom_0.mp4", "zoom_0.mp4"),  # Zoom called every recording so.
        ("Week.mp4", "week.MP4"),
        ("caf\u00e9.mp4", "cafe\u0301.mp4"),
    ],
    ids=["the same", "capitals", "accents"],
)
def test_recordings_of_the_same_name_are_refused(command, names, no_analysis, tmp_path, capsys):
    files = [str(tmp_path / week / name) for week, name in zip("ab", names, strict=True)]
    out = tmp_path / "reports"
    assert main([command, *files, "--out", str(out)]) == 1
    assert capsys.readouterr().err == (
        f"error: {files[0]} and {files[1]} have the same name: the results of both would go to "
        f"{out / names[1]}. Rename one, or give each another --out.\n"
    )
    assert not out.exists()


@pytest.mark.parametrize("command", ["lecture", "speech", "lectures"])
@pytest.mark.parametrize("way", ["recording", "out", "above out"])
def test_a_file_in_the_way_of_the_results(command, way, no_analysis, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_sound(tmp_path / "t.wav")
    make_video(tmp_path / "b.mp4")
    (tmp_path / "notes").touch()
    out = {"recording": ".", "out": "notes", "above out": "notes/reports"}[way]
    assert main([command, "." if command == "lectures" else "t.wav", "--out", out]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert " is a file, but " in said
    assert said.endswith(" needs a folder there. Choose another folder for the results.\n")
    assert not list(tmp_path.rglob(".checkpoint"))


@pytest.mark.parametrize(
    ("command", "begins", "said"),
    [
        ("lectures", "recordings.cluster.analyze_folder", "The same command continues from here."),
        (
            "lecture",
            "recordings.lecture.analyze_lecture",
            "analyses finished ones again: leave those out.",
        ),
        (
            "speech",
            "recordings.listen.voice_alone",
            "Start again with the files that are not finished.",
        ),
    ],
)
def test_what_a_stopped_command_promises(command, begins, said, tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"fer.{begins}", stop)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    assert main([command, "a.mp4", "--out", str(tmp_path)]) == 130
    printed = capsys.readouterr().err.strip()
    assert printed.startswith("Stopped. ")
    assert printed.endswith(said)


@pytest.mark.parametrize(("left", "said"), [(100.0, "1:40"), (59.7, "0:59"), (5400.0, "1:30:00")])
def test_the_time_left(left, said, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    Bar("a.mp4").show(0.5, left)
    assert f" 50% {said} " in terminal.getvalue()


@pytest.fixture
def invented(monkeypatch):
    """Makes analyses return invented tables at once; gives the names of the recordings."""
    asked = []

    def analyse(path, *_, **__):
        asked.append(path.name)
        report = lecture(20, source=path.name)
        monkeypatch.setattr(report, "save", lambda folder: {})
        return report

    monkeypatch.setattr("fer.recordings.lecture.analyze_lecture", analyse)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    return asked


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_a_console_that_lacks_letters_decides_nothing(encoding, invented, tmp_path, monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stdout", console)
    names = ["講義 1.mp4", "b.mp4", "c.mp4"]
    assert main(["lecture", *names, "--out", str(tmp_path)]) == 0
    assert invented == names
    console.flush()
    said = console.buffer.getvalue().decode(encoding)
    assert said.startswith(r"\u8b1b\u7fa9 1.mp4: ")
    assert said.count(": happy, ") == 3


def test_a_reader_that_has_gone_away_decides_nothing(invented, tmp_path, monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["lecture", "a.mp4", "b.mp4", "--out", str(tmp_path)]) == 0
    assert invented == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("command", ["lecture", "lectures"])
@pytest.mark.parametrize("value", ["-3", "0", "2.5", "many"])
def test_impossible_numbers_of_faces_are_refused(command, value, no_analysis, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "a", "--out", str(tmp_path), "--expected", value])
    assert ended.value.code == 2
    assert f"argument --expected: '{value}' is not a whole number from 1" in capsys.readouterr().err


def test_the_folder_command_takes_what_the_other_takes(monkeypatch, tmp_path, capsys):
    asked = {}

    def analyse(*_, **options):
        asked.update(options)
        return FolderResult({"a.mp4": tmp_path}, {}, {}, {"a.mp4": ["The file is cut off."]})

    monkeypatch.setattr("fer.recordings.cluster.analyze_folder", analyse)
    arguments = ["lectures", "in", "--out", "out", "--expected", "20", "--blinks"]
    assert main(arguments) == 0
    assert (asked["expected"], asked["blinks"]) == (20, True)
    assert capsys.readouterr().err == "note: a.mp4: The file is cut off.\n"


def test_a_folder_without_recordings_is_an_error(no_analysis, tmp_path, capsys):
    (tmp_path / "notes.txt").touch()
    assert main(["lectures", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {tmp_path} holds no recording (mp4, ")


def test_a_sound_file_is_told_by_its_voice(monkeypatch, tmp_path, capsys):
    report = LectureReport.from_tables(timeline(0), source="talk.wav", voice=voice(60))
    monkeypatch.setattr(report, "save", lambda folder: {})
    monkeypatch.setattr("fer.recordings.lecture.analyze_lecture", lambda *_, **__: report)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    assert main(["lecture", "talk.wav", "--out", str(tmp_path)]) == 0
    assert "talk.wav: voice neutral, speech in 83% of the time" in capsys.readouterr().out


def test_the_table_of_a_voice_is_the_one_of_a_report(monkeypatch, tmp_path):
    heard = voice(60)
    heard.timeline["happy"] = heard.timeline["happy"] + 1e-9
    monkeypatch.setattr("fer.recordings.listen.voice_alone", lambda *_: (heard, []))
    assert main(["speech", "talk.wav", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "talk.wav" / "voice.csv").read_bytes() == to_csv(heard.timeline)


def test_the_table_of_a_voice_is_written_whole_or_not_at_all(monkeypatch, tmp_path, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fer.recordings.listen.voice_alone", lambda *_: (voice(60), []))
    table = tmp_path / "talk.wav" / "voice.csv"
    table.parent.mkdir()
    table.write_text("earlier")
    monkeypatch.setattr("os.replace", full)
    assert main(["speech", "talk.wav", "--out", str(tmp_path)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert table.read_text() == "earlier"
    assert list(table.parent.iterdir()) == [table]


def test_tracks_can_be_chosen(monkeypatch, tmp_path):
    asked = []

    def analyse(path, *_, **options):
        asked.append((options["picture"], options["sound"]))
        raise RecordingError("enough")

    monkeypatch.setattr("fer.recordings.lecture.analyze_lecture", analyse)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    main(["lecture", "a.mp4", "--out", str(tmp_path), "--picture", "2", "--sound", "3"])
    main(["lecture", "a.mp4", "--out", str(tmp_path)])
    assert asked == [(2, 3), (None, None)]


@pytest.mark.parametrize("password", ["open sesame", " open sesame "])
def test_a_hash_of_a_password_opens_for_that_password(monkeypatch, capsys, password):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    assert main(["password"]) == 0
    name, _, setting = capsys.readouterr().out.strip().partition("=")
    assert name == "FER_PASSWORD"
    assert Policy(setting.strip("'")).sign_in(password, 0.0)


def test_a_short_password_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("1234567\n"))
    assert main(["password"]) == 1
    assert "at least 8 characters" in capsys.readouterr().err


def test_a_doctor_says_what_will_not_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("FER_MODEL", str(tmp_path / "mine.onnx"))
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    assert alone(main, ["doctor"]) == 1
    said = capsys.readouterr().out
    assert "problem  face networks: " in said
    assert "ok  results: " in said


def test_a_doctor_names_a_wrong_setting(monkeypatch, capsys):
    monkeypatch.setenv("FER_THREADS", "none")
    assert main(["doctor"]) == 1
    assert "problem  settings: FER_THREADS" in capsys.readouterr().out


def test_the_demo_is_not_said_to_be_where_another_program_listens(monkeypatch, capsys):
    begun = []
    monkeypatch.setattr("fer.commands.demo.subprocess.Popen", begun.append)
    monkeypatch.setattr("fer.commands.demo.answers", lambda *_: True)
    with socket.create_server(("localhost", 0)) as other:
        port = other.getsockname()[1]
        assert main(["demo", "--no-browser", "--port", str(port)]) == 1
    assert begun == []
    said = capsys.readouterr()
    assert said.out == ""
    assert f"Another program uses port {port}" in said.err


@pytest.mark.parametrize(
    ("port", "said"), [("70000", "up to 65535"), ("0", "from 1"), ("-1", "from 1")]
)
def test_a_demo_needs_a_port_that_there_is(port, said, capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--port", port])
    assert said in capsys.readouterr().err


def test_the_demo_is_not_looked_for_at_a_proxy(monkeypatch):
    class Alive(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    monkeypatch.setattr("fer.commands.demo.PATIENCE_S", 20.0)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody listens there
    with http.server.HTTPServer(("localhost", 0), Alive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert answers(SimpleNamespace(poll=lambda: None), server.server_port)
        server.shutdown()


@pytest.mark.parametrize("beside", [True, False])
def test_a_demo_beside_the_app_has_results_of_its_own(monkeypatch, capsys, tmp_path, beside):
    """On the folder of the app it could keep nothing."""
    seen = []

    class App:
        def __init__(self, command, cwd, env):
            seen.append((Path(env["FER_RESULTS"]), Path(env["FER_RESULTS"]).is_dir()))

        def wait(self):
            return 0

        terminate = wait

    results = tmp_path / "results"
    monkeypatch.setenv("FER_RESULTS", str(results))
    monkeypatch.setattr("fer.commands.demo.signal.signal", lambda *_: None)
    monkeypatch.setattr("fer.commands.demo.subprocess.Popen", App)
    monkeypatch.setattr("fer.commands.demo.answers", lambda *_: True)
    app = Turn(results)
    if beside:
        assert app.has_come()
    # Another program on the port of the app is no reason.
    with socket.create_server(("localhost", 0)) as other:
        monkeypatch.setattr("fer.commands.demo.PORT", other.getsockname()[1])
        assert main(["demo", "--no-browser"]) == 0
    ((folder, was_there),) = seen
    assert was_there == beside
    assert (folder == results) == (not beside)
    assert not folder.exists()
    assert ("deleted when it ends" in capsys.readouterr().err) == beside
    app.end()


@pytest.mark.parametrize(
    ("command", "progress"),
    [
        ("lecture", LectureProgress(0.5, 60.0, 30.0, "video")),
        ("lectures", FolderProgress(0.5, 60.0, 0, 1, "a.mp4")),
    ],
)
def test_an_error_stands_on_a_line_below_the_bar(monkeypatch, capsys, tmp_path, command, progress):
    def analyse(path, second, third, show, **options):
        show(progress)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        "fer.recordings.lecture.analyze_lecture",
        lambda path, rate, show, **options: analyse(path, None, rate, show),
    )
    monkeypatch.setattr("fer.recordings.cluster.analyze_folder", analyse)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([command, str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "50%" in said
    assert "\nerror: No space left on device\n" in said
