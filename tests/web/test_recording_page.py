import errno
import os
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from fer.access.roles import Person, Role
from fer.emotions import EMOTIONS
from fer.errors import RecordingError
from fer.files import name_of
from fer.jobs import board as boards
from fer.jobs import shared
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options, new_job
from fer.jobs.owned import OwnedJobs
from fer.jobs.problems import ELSEWHERE
from fer.jobs.turn import Turn
from fer.media import probe as probing
from fer.recordings import lecture
from fer.report.export import to_csv
from fer.report.report import Report
from fer.settings import ROOT
from fer.web import compat
from fer.web.access import results
from fer.web.faults import in_markdown
from fer.web.recording.stored import stored_report
from fer.web.resources import bin_, core, job_board, settings
from tests.fakes import wait_for
from tests.shown import as_shown
from tests.sounds import write_sound
from tests.tables import HOSTILE, live_session, timeline
from tests.tables import lecture as invented


class Analyses:
    """Replaces `analyze_lecture`: waits for `go_on`, then returns invented tables."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.fault: Exception | None = None
        self.options = []
        self.remarks: list[str] = []

    def __call__(self, path, rate, progress, **options):
        self.options.append({"rate": rate, **options})
        while not self.go_on.wait(0.02):
            progress(SimpleNamespace(fraction=0.25, seconds_left=61.0))
        if self.fault:
            raise self.fault
        report = invented(120, source=name_of(path))
        report.summary["remarks"] = self.remarks
        return report


@pytest.fixture
def analyses(monkeypatch):
    fake = Analyses()
    monkeypatch.setattr(lecture, "analyze_lecture", fake)
    monkeypatch.setattr(probing, "probe", lambda path: SimpleNamespace(has_video=True))
    return fake


@pytest.fixture
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))
    settings.clear()
    yield tmp_path
    shared.close()
    settings.clear()


@pytest.fixture
def page(environment, analyses):
    return visit()


def visit(*job_ids, model=None):
    app = AppTest.from_file(str(ROOT / "pages" / "recording.py"), default_timeout=60)
    app.session_state["model"] = model
    if job_ids:
        app.query_params["job"] = list(job_ids)
    app.run()
    assert not app.exception
    return app


def upload(app, *names):
    for name in names:
        app.file_uploader(key="upload").upload(name, b"not really a video", "video/mp4")
    app.run()
    app.button(key="upload-start").click().run()
    assert not app.exception
    ids = app.query_params["job"]
    return [ids] if isinstance(ids, str) else ids


def finish(app, analyses):
    analyses.go_on.set()
    return until(app, lambda: app.metric)


def until(app, seen):
    def runs():
        app.run()
        assert not app.exception
        return seen()

    wait_for(runs)
    return app


def words(app):
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_an_empty_page_says_what_to_do_and_what_not(page):
    assert "Nothing chosen yet" in words(page)
    assert page.button(key="upload-start").disabled
    assert "Article 5(1)(f)" in words(page)
    assert "file name" in words(page)
    assert [tab.label for tab in page.tabs] == ["Upload or record", "Earlier export (CSV)"]


def test_an_upload_becomes_a_report(page, analyses):
    upload(page, HOSTILE)
    finish(page, analyses)
    assert [tab.label for tab in page.tabs] == [
        "Shares", "Faces and cues", "Voice", "Each face", "Compare", "Export"
    ]  # fmt: skip
    numbers = {metric.label: metric.value for metric in page.metric}
    assert numbers["dominant expression"].startswith("happy")
    assert numbers["dominant tone of voice"].startswith("neutral")
    assert numbers["unsure tone of voice"].endswith("%")
    assert "heuristic" in words(page)
    # The name is shown as plain text, neither as HTML nor as Markdown.
    assert "\\<script\\>" in words(page)


def cut_short(monkeypatch, method: str) -> list[str]:
    """Cut short the runs that start an analysis by this method; returns the ids of what they start.

    Streamlit does this when the visitor does something else, or when the page connects again.
    """
    begin, begun = getattr(boards.JobBoard, method), []

    def start(*args, **options):
        begun.append(begin(*args, **options))
        get_script_run_ctx().script_requests.request_stop()
        return begun[-1]

    monkeypatch.setattr(boards.JobBoard, method, start)
    return begun


def test_an_analysis_is_announced_though_the_run_that_started_it_was_cut_short(
    page, analyses, monkeypatch
):
    cut_short(monkeypatch, "start_upload")
    page.file_uploader(key="upload").upload("a.mp4", b"not really a video", "video/mp4").run()
    page.button(key="upload-start").click().run()
    assert "job" not in page.query_params
    page.run()
    assert not page.exception
    page.button(key="unseen-open").click().run()
    assert "job" in page.query_params


def test_a_second_press_right_after_the_first_shows_what_the_first_has_started(
    page, analyses, monkeypatch
):
    begun = cut_short(monkeypatch, "start_upload")
    for name in ("a.mp4", "b.mp4"):
        page.file_uploader(key="upload").upload(name, b"not really a video", "video/mp4")
    page.run()
    page.button(key="upload-start").click().run()
    assert "job" not in page.query_params
    page.button(key="upload-start").click().run()
    assert not page.error
    assert page.query_params["job"] == begun
    assert len(begun) == 2


def test_a_second_press_that_comes_late_shows_what_the_first_has_started(page, environment):
    """The browser has sent it before it has heard of the analysis, with the address of before."""
    page.file_uploader(key="upload").upload("a.mp4", b"not really a video", "video/mp4").run()
    button = page.button(key="upload-start")
    button.click().run()
    begun = page.query_params["job"]
    del page.query_params["job"]
    pressed = WidgetStates()
    pressed.widgets.add(id=button.id).trigger_value = True
    page._run(pressed)
    assert page.query_params["job"] == begun
    assert len(list(environment.glob("results/*/job.json"))) == 1
    page.button(key="again").click().run()
    assert page.button(key="upload-start").disabled


def test_a_file_on_the_server_is_analysed_once_by_two_presses_and_again_later(
    environment, analyses, monkeypatch
):
    (environment / "lectures").mkdir()
    (environment / "lectures" / "hall.mp4").write_bytes(b"not really a video")
    monkeypatch.setenv("FER_RECORDINGS", str(environment / "lectures"))
    settings.clear()
    begun = cut_short(monkeypatch, "start_file")
    page = visit()
    page.multiselect(key="server-files").set_value(["hall.mp4"]).run()
    for _ in range(2):
        page.button(key="server-start").click().run()
    assert [page.query_params["job"]] == begun
    page.button(key="again").click().run()
    page.multiselect(key="server-files").set_value(["hall.mp4"]).run()
    page.button(key="server-start").click().run()
    assert len(begun) == 2


def test_a_server_folder_that_is_away_leaves_the_rest_of_the_page(environment, monkeypatch):
    monkeypatch.setenv("FER_RECORDINGS", str(environment / "nowhere"))
    settings.clear()
    page = visit()
    assert [as_shown(error.value) for error in page.error] == ["nowhere is not a folder."]
    assert "Earlier export (CSV)" in [tab.label for tab in page.tabs]


def test_visitors_with_different_models_share_the_jobs_and_keep_their_models(
    page, analyses, tmp_path
):
    other = tmp_path / "other" / "emotion.onnx"
    other.parent.mkdir()
    for ending in (".onnx", ".json"):
        shutil.copy(settings().model.with_suffix(ending), other.with_suffix(ending))
    (running,) = upload(page, "lecture.mp4")
    until(page, lambda: analyses.options)
    guest = visit(running, model=other)
    assert "interrupted" not in words(guest)
    assert guest.button(key=f"cancel-{running}")
    upload(visit(model=other), "seminar.mp4")
    until(page, lambda: len(analyses.options) == 2)
    assert [said["core"] for said in analyses.options] == [core(), core(other)]
    finish(guest, analyses)


def test_an_upload_leaves_the_memory_once_it_is_on_the_disk(page, analyses, monkeypatch):
    managers = []
    add = MemoryUploadedFileManager.add_file

    def noted(manager, *args):
        managers.append(manager)
        add(manager, *args)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", noted)
    upload(page, "a.mp4", "b.mp4")
    assert not managers[-1].get_stats()


def test_options_reach_the_analysis(page, analyses):
    page.selectbox(key="upload-rate").set_value(0.5)
    page.toggle(key="upload-quick").set_value(True)
    upload(page, "a.mp4")
    finish(page, analyses)
    assert analyses.options[0]["rate"] == 0.5
    assert analyses.options[0]["quick_look"]
    assert not analyses.options[0]["blinks"]


def test_tracks_can_be_chosen_and_the_result_says_what_was_not_read(page, analyses):
    page.number_input(key="upload-picture").set_value(2)
    upload(page, "hall.mp4")
    analyses.remarks = ["The file has 2 tracks with pictures. Track 2 was read, the others *not*."]
    finish(page, analyses)
    assert (analyses.options[0]["picture"], analyses.options[0]["sound"]) == (2, None)
    (warning,) = page.warning
    assert warning.value == (
        r"The file has 2 tracks with pictures\. Track 2 was read, the others \*not\*\."
    )


def test_a_reload_finds_the_running_job_and_may_cancel_it(page, analyses):
    (job_id,) = upload(page, "a.mp4")
    again = until(visit(job_id), lambda: True)
    again = until(again, lambda: "1:01 left" in progress_of(again))
    again.button(key=f"cancel-{job_id}").click().run()
    until(again, lambda: "cancelled. Its upload was deleted" in words(again))


def progress_of(app):
    return " ".join(bar.proto.text for bar in app.get("progress"))


def test_two_visitors_each_see_their_own_job(page, analyses):
    other = visit()
    first, second = upload(page, "mine.mp4"), upload(other, "theirs.mp4")
    assert first != second
    finish(page, analyses)
    finish(other, analyses)
    assert "mine" in words(page)
    assert "theirs" not in words(page)
    assert "theirs" in words(other)


def test_several_files_are_several_results(page, analyses):
    ids = upload(page, "a.mp4", "b.mp4")
    assert len(ids) == 2
    finish(page, analyses)
    until(page, lambda: len(page.selectbox(key="shown").options) == 2)
    page.selectbox(key="shown").set_value(ids[1]).run()
    assert "b.mp4" in words(page)


def test_a_file_that_cannot_start_is_told_beside_those_that_did(page, analyses):
    page.file_uploader(key="upload").upload("empty.mp4", b"", "video/mp4")
    upload(page, "good.mp4")
    assert "empty.mp4: The file is empty" in words(page)
    finish(page, analyses)
    assert "empty.mp4: The file is empty" in words(page)
    page.button(key="again").click().run()
    assert "The file is empty" not in words(page)


def leave_and_come_back(app):
    """Open another page as Streamlit does: the address is cleared, the visit's state stays."""
    del app.query_params["job"]
    return app.run()


def test_running_analyses_are_found_again_after_a_look_at_another_page(page, analyses):
    ids = upload(page, "a.mp4", "b.mp4")
    until(page, lambda: len(analyses.options) == 2)
    assert "Your analyses: 2 running." in words(leave_and_come_back(page))
    page.button(key="unseen-open").click().run()
    assert all(page.button(key=f"cancel-{job_id}") for job_id in ids)
    leave_and_come_back(page)
    analyses.go_on.set()
    until(page, lambda: "Your analyses: 2 done." in words(page))
    page.button(key="unseen-open").click().run()
    assert page.metric
    # Results that were seen are not announced again, and neither are analyses of other visitors.
    assert "Your analyses" not in words(leave_and_come_back(page))
    assert "Your analyses" not in words(visit())


def test_an_analysis_that_failed_meanwhile_is_told(page, analyses):
    upload(page, "bad.mp4")
    analyses.fault = RecordingError("bad.mp4 is encrypted.")
    leave_and_come_back(page)
    analyses.go_on.set()
    until(page, lambda: "Your analyses: 1 failed." in words(page))
    page.button(key="unseen-open").click().run()
    assert "is encrypted" in words(page)


def test_an_interrupted_analysis_is_offered_until_it_goes_on(page, analyses):
    (job_id,) = upload(page, "a.mp4")
    until(page, lambda: analyses.options)
    shared.close()  # as when the process is killed
    for _ in range(2):
        assert "Your analyses: 1 interrupted." in words(leave_and_come_back(page))
        page.button(key="unseen-open").click().run()
    page.button(key=f"continue-{job_id}").click().run()
    finish(page, analyses)


def test_an_interrupted_analysis_can_be_cancelled(page, analyses):
    (job_id,) = upload(page, "a.mp4")
    analyses.fault = OSError(errno.ENOSPC, "No space left on device")
    analyses.go_on.set()
    until(page, lambda: "interrupted. The server's disk is full" in words(page))
    page.button(key=f"cancel-{job_id}").click().run()
    assert "Its upload was deleted" in words(page)
    assert job_board().get(job_id).video is None


def test_beside_another_process_only_earlier_results_are_shown(environment, analyses):
    folder = environment / "results"
    earlier = JobBoard(folder, None)
    done = earlier.add_report("done.csv", invented(20))
    waits = new_job("waits.mp4")
    earlier.files.make(waits.id)
    earlier.files.write(waits)
    earlier.close()
    other = Turn(folder)
    assert other.has_come()
    app = visit()
    assert [warning.value for warning in app.warning] == [in_markdown(ELSEWHERE)]
    assert not app.tabs  # nothing can be uploaded
    assert [box.label for box in app.checkbox] == ["done.csv"]
    app = visit(done, waits.id)
    assert [warning.value for warning in app.warning] == [in_markdown(ELSEWHERE)]
    assert app.metric
    assert not [button for button in app.button if button.key.startswith("cancel-")]
    app = visit(done)
    app.button(key=f"delete-{done}").click().run()
    assert in_markdown(ELSEWHERE) in [error.value for error in app.error]
    assert earlier.files.home(done).is_dir()
    other.end()
    app = visit(done, waits.id)
    assert not app.warning
    assert job_board().get(waits.id).state != JobState.DONE


def test_a_kept_recording_can_be_deleted_alone(page, analyses):
    page.toggle(key="upload-keep").set_value(True)
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)
    board = job_board()
    assert board.get(job_id).video
    page.button(key=f"forget-{job_id}").click().run()
    assert not page.exception
    assert board.get(job_id).video is None
    assert board.report(job_id)


def test_deleting_one_of_several_results_keeps_the_others(page, analyses):
    first, second = upload(page, "a.mp4", "b.mp4")
    finish(page, analyses)
    until(page, lambda: len(page.selectbox(key="shown").options) == 2)
    page.button(key=f"delete-{first}").click().run()
    assert page.button(key=f"delete-{second}")
    assert "b.mp4" in words(page)


def test_a_bad_recording_is_told_and_the_page_goes_on(page, analyses):
    analyses.fault = RecordingError("bad.mp4 is encrypted. Export it without protection.")
    upload(page, "bad.mp4")
    analyses.go_on.set()
    until(page, lambda: "encrypted" in words(page))
    page.button(key="again").click().run()
    assert "Nothing chosen yet" in words(page)


def test_an_empty_file_is_told_at_once(page):
    page.file_uploader(key="upload").upload("empty.mp4", b"", "video/mp4").run()
    page.button(key="upload-start").click().run()
    assert "0 bytes" in words(page)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.mp4", b"This is no video.\n" * 100),
        ("noise.webm", np.random.default_rng(0).bytes(20_000)),
    ],
)
def test_what_is_no_recording_is_told_by_the_real_analysis(environment, name, content):
    page = visit()
    page.file_uploader(key="upload").upload(name, content, "video/mp4").run()
    page.button(key="upload-start").click().run()
    until(page, lambda: page.error)
    (said,) = page.error
    assert as_shown(said.value).startswith(name)
    page.button(key="again").click().run()
    assert not page.error
    assert "Nothing chosen yet" in words(page)


def test_silence_and_a_voice_are_heard_by_the_real_analysis(environment, media):
    if not (ROOT / "models" / "speech.onnx").is_file():
        pytest.skip("needs models/speech.onnx, which `python train.py speech` makes")
    quiet = write_sound(environment / "quiet.wav", np.zeros(5 * 16_000))
    page = visit()
    said = {}
    for sound in (quiet, media / "speech_1.wav"):
        page.file_uploader(key="upload").upload(sound.name, sound.read_bytes(), "audio/wav").run()
        page.button(key="upload-start").click().run()
        until(page, lambda: page.metric)
        said[sound.name] = {metric.label: metric.value for metric in page.metric}
        assert "Tone of voice over time" in words(page)
        page.button(key="again").click().run()
    assert said["quiet.wav"]["speech, of the time"] == "0%"
    assert said["speech_1.wav"]["speech, of the time"] == "89%"


@pytest.mark.parametrize("job_id", ["nothing", "../../etc", "<script>"])
def test_an_unknown_address_is_told(environment, analyses, job_id):
    assert "not on this server" in words(visit(job_id))


def test_a_result_of_somebody_else_is_neither_shown_nor_listed(environment, analyses, monkeypatch):
    ann, bob = (Person(Role.INSTRUCTOR, f"{name}@school.org") for name in ("ann", "bob"))
    board = job_board()
    job_id = OwnedJobs(board, ann).add_report("Lesson", invented(30))
    monkeypatch.setattr(results, "person", lambda: ann)
    assert visit(job_id).metric
    assert listed(visit()) == [f"earlier-{job_id}"]
    monkeypatch.setattr(results, "person", lambda: bob)
    stranger = visit(job_id)
    assert "or is somebody else's" in words(stranger)
    assert not stranger.metric
    assert listed(visit()) == []


def listed(app):
    """Returns the keys of the earlier results."""
    return [box.key for box in app.checkbox if box.key.startswith("earlier-")]


def test_a_period_filters_numbers(page, analyses):
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)
    table = {line.split("|")[1].strip(): line for line in words(page).splitlines() if "|" in line}
    assert "120" in table["frames analysed"]
    start, _ = page.slider(key=f"period-{job_id}").value
    page.slider(key=f"period-{job_id}").set_value((start, start.replace(second=10))).run()
    assert not page.exception
    table = {line.split("|")[1].strip(): line for line in words(page).splitlines() if "|" in line}
    assert "21" in table["frames analysed"]


def test_all_of_a_recording_of_more_than_a_day_is_shown(environment):
    """A camera that was left running, for example."""
    table = timeline(30 * 60, step=60.0)
    app = visit(job_board().add_report("long", Report.from_tables(table, source="long")))
    assert not app.exception
    lines = {line.split("|")[1].strip(): line for line in words(app).splitlines() if "|" in line}
    assert "29:59:00" in lines["length"]
    assert "1800" in lines["frames analysed"]


def test_a_face_can_be_chosen(page, analyses):
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)
    box = page.selectbox(key=f"face-{job_id}")
    assert len(box.options) == 2
    box.set_value(2).run()
    assert not page.exception


def test_results_are_compared_opened_and_deleted(page, analyses):
    (first,) = upload(page, "a.mp4")
    finish(page, analyses)
    assert "no other result" in words(page)
    other = visit()
    (second,) = upload(other, "b.mp4")
    finish(other, analyses)
    box = other.selectbox(key=f"compare-{second}")
    (only,) = box.options  # an average of one result would be that result
    assert only.startswith("a.mp4")
    box.set_value(first).run()
    assert not other.exception
    start = visit()
    start.checkbox(key=f"earlier-{first}").check().run()
    start.button(key="earlier-delete").click().run()
    assert "Will be deleted within a minute: a.mp4" in words(start)
    assert "not on this server" in words(visit(first))
    start.button(key="earlier-undo").click().run()
    assert start.checkbox(key=f"earlier-{first}")
    assert "not on this server" not in words(visit(first))
    other.button(key=f"delete-{second}").click().run()
    assert "Nothing chosen yet" in words(other)


def test_deleting_several_asks_for_their_number(environment, analyses):
    board, report = job_board(), invented(20)
    ids = [board.add_report(f"{number}.mp4", report) for number in range(12)]
    app = visit()
    assert len(listed(app)) == 10
    app.toggle(key="earlier-all").set_value(True).run()
    for job_id in ids:
        app.checkbox(key=f"earlier-{job_id}").check()
    app.run()
    assert app.button(key="earlier-delete").disabled
    app.text_input(key="earlier-delete-ask-0-number").set_value("11").run()
    assert app.button(key="earlier-delete").disabled
    app.text_input(key="earlier-delete-ask-0-number").set_value("12").run()
    app.button(key="earlier-delete").click().run()
    assert not app.exception
    assert listed(app) == []
    assert len(board.finished()) == 12  # for a minute
    app.button(key="earlier-undo").click().run()
    assert app.checkbox(key=f"earlier-{ids[0]}")
    assert "Mostly" in words(app)


def test_a_comparison_with_all_results_reads_none_of_them_whole(environment, analyses, monkeypatch):
    board = job_board()
    ids = [board.add_report(f"{n}.mp4", invented(120, peak="happy")) for n in range(4)]
    read = []
    opened = boards.reopen
    monkeypatch.setattr(boards, "reopen", lambda path: read.append(path.name) or opened(path))
    app = visit(ids[0]).run()
    assert app.selectbox(key=f"compare-{ids[0]}").options[0] == "Average of all 3 others"
    assert read == [ids[0]]
    faceless = invented(20)
    faceless.timeline[list(EMOTIONS)] = np.nan
    faceless.summary["shares"] = {}
    board.add_report("empty.mp4", faceless)
    options = visit(ids[0]).run().selectbox(key=f"compare-{ids[0]}").options
    assert options[0] == "Average of the 3 others in which faces were read"
    # A damaged result is reported, and the others are compared.
    (board.files.path / ids[1] / "timeline.parquet").unlink()
    st.cache_resource.clear()
    assert "1.mp4: The stored result is damaged" in words(app.run())


STARTED = datetime(2025, 11, 26, 21, tzinfo=UTC).timestamp()
SERVERS_TIME = f"{datetime.fromtimestamp(STARTED):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("visitor", "said"),
    [
        ({"timezone": "America/New_York"}, "2025-11-26 16:00"),
        ({"timezone": "Asia/Kolkata"}, "2025-11-27 02:30"),
        ({"timezone": "Mars/Base"}, SERVERS_TIME),
        ({"timezone": "../../etc/passwd"}, SERVERS_TIME),
        ({}, SERVERS_TIME),
    ],
)
def test_results_are_named_with_the_visitors_time(
    environment, analyses, monkeypatch, visitor, said
):
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: STARTED)
        job_board().add_report("a.mp4", invented(20))
    app = visit()
    app.context = visitor
    assert said in [block.value for block in app.run().markdown]


def test_recordings_of_the_server_may_be_picked(environment, analyses, monkeypatch):
    folder = environment / "recordings"
    (folder / "week 1").mkdir(parents=True)
    (folder / "week 1" / "intro.mkv").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    # A name from an old archive, which is not UTF-8.
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4")).write_bytes(b"x")
    monkeypatch.setenv("FER_RECORDINGS", str(folder))
    settings.clear()
    app = visit()
    names = app.multiselect(key="server-files")
    assert names.options == ["caf\ufffd.mp4", str(Path("week 1") / "intro.mkv")]
    names.set_value(names.options[:1]).run()
    app.button(key="server-start").click().run()
    finish(app, analyses)
    assert (folder / "week 1" / "intro.mkv").exists()


def test_cancelling_a_recording_of_the_server_deletes_nothing(environment, analyses):
    path = environment / "only copy.mkv"
    path.write_bytes(b"x")
    board = job_board()
    job_id = board.start_file(path, Options())
    app = visit(job_id)
    app.button(key=f"cancel-{job_id}").click().run()
    until(app, lambda: "cancelled" in words(app))
    assert "Its upload" not in words(app)
    assert path.exists()


def test_a_kept_result_of_faces_without_a_timeline_opens(environment, analyses):
    whole = invented(120)
    odd = Report("odd", whole.timeline[:0], whole.faces, {}, [], voice=whole.voice)
    app = visit(job_board().add_report("odd", odd))
    assert [tab.label for tab in app.tabs] == ["Compare", "Export"]


def test_a_live_session_is_not_called_a_recording(environment, analyses):
    app = visit(job_board().add_report("Live", live_session()))
    assert [title.value for title in app.title] == ["Live session"]
    assert "Voice" not in [tab.label for tab in app.tabs]


def test_an_export_is_loaded_back(page):
    whole = invented(120)
    page.file_uploader(key="export").upload(
        "lecture-timeline.csv", to_csv(whole.timeline), "text/csv"
    )
    page.file_uploader(key="export").upload(
        "lecture-faces.csv", to_csv(whole.faces), "text/csv"
    ).run()
    page.button(key="export-open").click().run()
    assert not page.exception
    assert page.metric
    assert "lecture-timeline" in words(page)


def test_an_export_without_a_name_is_called_after_its_file(page):
    table = to_csv(invented(120).timeline)
    page.file_uploader(key="export").upload("lecture-timeline.csv", table, "text/csv").run()
    page.text_input[0].set_value(" ").run()
    page.button(key="export-open").click().run()
    assert [job.name for job in job_board().finished()] == ["lecture-timeline"]


def test_an_export_that_is_no_longer_on_the_disk_is_told(page, monkeypatch):
    def gone(file):
        raise FileNotFoundError(file.name)

    monkeypatch.setattr(compat, "open_upload", gone)
    table = to_csv(invented(120).timeline)
    page.file_uploader(key="export").upload("lecture-timeline.csv", table, "text/csv").run()
    assert not page.exception
    assert "no longer on the server" in words(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "cannot be read as CSV"), (b"a,b\n1,2\n", "lacks the columns"), (b"\xff\xfe", "CSV")],
)
def test_a_wrong_export_is_told(page, content, said):
    page.file_uploader(key="export").upload("x.csv", content, "text/csv").run()
    page.button(key="export-open").click().run()
    assert not page.exception
    assert said in words(page)


def test_stored_numbers_that_were_damaged_are_told(page, analyses, environment):
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)
    (environment / "results" / job_id / "timeline.parquet").write_bytes(b"x")
    st.cache_resource.clear()
    assert "damaged" in words(visit(job_id))


def test_a_result_that_cannot_be_deleted_stays_and_says_why(page, analyses, monkeypatch):
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)

    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "rename", read_only)
        page.button(key=f"delete-{job_id}").click().run()
        bin_().empty(early=True)
    page.run()
    assert r"a.mp4 could not be deleted\: Read-only file system" in words(page)
    page.checkbox(key=f"earlier-{job_id}").check().run()
    page.button(key="earlier-delete").click().run()
    assert "could not be deleted" not in words(page)
    bin_().empty(early=True)
    assert job_board().get(job_id) is None


def test_a_deleted_result_stays_in_no_cache(page, analyses, monkeypatch):
    (job_id,) = upload(page, "a.mp4")
    finish(page, analyses)
    board = job_board()
    page.button(key=f"delete-{job_id}").click().run()
    bin_().empty(early=True)
    with pytest.raises(RecordingError):
        stored_report(job_id, board)


def test_whoever_waits_reads_for_how_many(page, analyses):
    upload(page, "a.mp4", "b.mp4", "c.mp4")
    lines = [bar.proto.text for bar in until(page, lambda: page.get("progress")).get("progress")]
    assert "the server is busy; 2 analyses before this one" in lines[-1]
    finish(page, analyses)
