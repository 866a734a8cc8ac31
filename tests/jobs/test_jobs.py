import errno
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fer.errors import Cancelled, ModelError, RecordingError
from fer.jobs import board as jobs
from fer.jobs import folder as job_folder
from fer.jobs import shared
from fer.jobs.board import JobBoard
from fer.jobs.folder import JobFolder, safe_name
from fer.jobs.job import JobState, Options, new_job
from fer.jobs.restart import GIVE_UP_S
from fer.web.shutdown import WRITING_S
from tests.fakes import wait_for
from tests.jobs.helpers import bring_to, files, until, upload
from tests.tables import HOSTILE, lecture


def test_an_upload_is_analysed_and_deleted(board, analysis):
    job_id = upload(board)
    analysis.go_on.release()
    job = until(board, job_id, JobState.DONE)
    assert analysis.asked[0][2] == b"video"
    assert job.progress == 1.0
    wait_for(lambda: not board.get(job_id).source)
    assert board.get(job_id).video is None
    assert files(board, job_id) == {
        "job.json", "report.json", "timeline.parquet", "faces.parquet", "voice.parquet"
    }  # fmt: skip
    assert len(board.report(job_id).timeline) == 40


def test_an_upload_stays_when_the_user_keeps_it_until_forgotten(board, analysis):
    job_id = upload(board, keep_video=True)
    analysis.go_on.release()
    video = until(board, job_id, JobState.DONE).video
    assert video.read_bytes() == b"video"
    board.forget_video(job_id)
    assert not video.exists()
    assert board.get(job_id).video is None
    assert len(board.report(job_id).timeline) == 40


def test_progress_is_seen_while_it_runs(board, analysis):
    job_id = upload(board)
    analysis.begun.acquire()
    wait_for(lambda: board.get(job_id).progress)
    job = board.get(job_id)
    assert job.state == JobState.RUNNING
    assert 0 < job.progress < 1
    assert job.seconds_left == pytest.approx(400 * (1 - job.progress))


def test_cancel_ends_a_running_job_and_deletes_its_upload(board, analysis):
    job_id = upload(board, keep_video=True)
    analysis.begun.acquire()
    board.cancel(job_id)
    until(board, job_id, JobState.CANCELLED)
    wait_for(lambda: files(board, job_id) == {"job.json"})


def test_jobs_beyond_the_limit_wait_in_turn(board, analysis):
    first, second, third = (upload(board, f"{n}.mp4") for n in range(3))
    analysis.begun.acquire()
    assert [board.get(j).state for j in (first, second, third)] == [
        JobState.RUNNING,
        JobState.WAITING,
        JobState.WAITING,
    ]
    assert [board.ahead(j) for j in (first, second, third)] == [0, 1, 2]
    board.cancel(second)
    assert board.get(second).state == JobState.CANCELLED
    assert files(board, second) == {"job.json"}
    analysis.go_on.release(2)
    until(board, first, JobState.DONE)
    until(board, third, JobState.DONE)
    assert [job.id for job in board.finished()] == [third, first]


def test_two_run_at_once(tmp_path, analysis):
    board = JobBoard(tmp_path, analysis, running_at_once=2)
    first, second = upload(board), upload(board)
    analysis.begun.acquire()
    analysis.begun.acquire()
    assert {board.get(first).state, board.get(second).state} == {JobState.RUNNING}
    board.close()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (RecordingError("It is broken."), "It is broken."),
        (ModelError("No model."), "No model."),
        (ZeroDivisionError(), "server's log"),
    ],
    ids=["recording", "model", "fault"],
)
def test_a_failed_job_says_why_and_the_next_one_runs(board, analysis, fault, message):
    analysis.fault = fault
    job_id = upload(board)
    analysis.go_on.release()
    assert message in until(board, job_id, JobState.FAILED).message
    with pytest.raises(RecordingError):
        board.report(job_id)
    analysis.fault = None
    after = upload(board)
    analysis.go_on.release()
    until(board, after, JobState.DONE)
    assert files(board, job_id) == {"job.json"}


def test_a_full_disk_at_the_end_costs_neither_upload_nor_what_was_read(
    board, analysis, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    job_id = upload(board)
    analysis.begun.acquire()
    with monkeypatch.context() as disk:
        disk.setattr(jobs, "keep", full)
        analysis.go_on.release()
        assert "disk is full" in until(board, job_id, JobState.INTERRUPTED).message
    assert files(board, job_id) == {"job.json", "upload/lecture.mp4", "checkpoint/segment"}
    board.resume(job_id)
    assert until(board, job_id, JobState.WAITING, JobState.RUNNING).message == ""
    analysis.go_on.release()
    until(board, job_id, JobState.DONE)


def test_an_interrupted_job_can_be_cancelled(board, analysis):
    job_id = upload(board)
    analysis.fault = OSError(errno.EIO, "Input/output error")
    analysis.go_on.release()
    until(board, job_id, JobState.INTERRUPTED)
    board.cancel(job_id)
    assert board.get(job_id).state == JobState.CANCELLED
    assert files(board, job_id) == {"job.json"}


def test_a_disk_that_fails_ends_no_thread(board, analysis, monkeypatch):
    first = upload(board)
    analysis.begun.acquire()
    second, third, fourth = (upload(board, f"{n}.mp4") for n in range(3))
    shutil.rmtree(board.files.path / second)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(job_folder, "write_whole", full)
        disk.setattr(shutil, "rmtree", full)
        analysis.go_on.release()
        until(board, first, JobState.DONE)
        assert "Try again" in until(board, second, JobState.INTERRUPTED).message
        until(board, third, JobState.RUNNING)
        # A file that could not be deleted is not called deleted.
        assert board.get(first).video
        assert board.get(first).left_behind
    analysis.go_on.release(2)
    until(board, third, JobState.DONE)
    until(board, fourth, JobState.DONE)
    # It is tried again.
    assert "upload/lecture.mp4" not in files(board, first)
    assert board.get(first).source == ""


def test_a_job_that_could_not_be_written_down_is_none(board, monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "lecture.mkv"
    path.write_bytes(b"server")
    with monkeypatch.context() as disk:
        disk.setattr(job_folder, "write_whole", full)
        with pytest.raises(RecordingError, match="disk is full"):
            board.start_file(path, Options())
    assert board.ahead(upload(board)) == 0


def test_a_restart_finds_the_job_and_goes_on(board, analysis, tmp_path):
    job_id = upload(board)
    analysis.begun.acquire()
    board.close()
    assert "checkpoint/segment" in files(board, job_id)
    again = JobBoard(board.files.path, analysis, running_at_once=1)
    job = again.get(job_id)
    assert job.state == JobState.INTERRUPTED
    assert job.video.read_bytes() == b"video"
    again.resume(job_id)
    analysis.go_on.release()
    until(again, job_id, JobState.DONE)
    again.close()
    third = JobBoard(board.files.path, analysis)
    assert len(third.report(job_id).timeline) == 40
    third.close()


def test_what_a_process_hands_over_goes_on_by_itself(board, analysis):
    first, second = upload(board, "a.mp4"), upload(board, "b.mp4")
    analysis.begun.acquire()
    board.hand_over()
    assert "checkpoint/segment" in files(board, first)
    again = JobBoard(board.files.path, analysis, running_at_once=1)
    assert again.ahead(second) == 1
    analysis.begun.acquire()
    assert until(again, first, JobState.RUNNING).video.read_bytes() == b"video"
    analysis.go_on.release(2)
    until(again, second, JobState.DONE)
    assert [job.id for job in again.finished()] == [second, first]
    again.close()


def test_several_busy_analyses_are_handed_over_before_the_process_ends(tmp_path):
    """What ends the process waits for `WRITING_S` and no longer."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def busy(*_):
        begun.release()
        go_on.wait(20)
        raise Cancelled

    board = JobBoard(tmp_path / "results", busy, running_at_once=2)
    names = [upload(board, name) for name in ("a.mp4", "b.mp4")]
    assert begun.acquire(timeout=10)
    assert begun.acquire(timeout=10)
    began = time.monotonic()
    board.hand_over()
    assert time.monotonic() - began < WRITING_S
    assert [board.get(name).state for name in names] == [JobState.WAITING] * 2
    go_on.set()


def test_a_job_that_is_taken_up_again_waits_behind_those_that_waited(board, analysis):
    analysis.fault = OSError(errno.ENOSPC, "No space left on device")
    first = upload(board, "a.mp4")
    analysis.begun.acquire()
    analysis.go_on.release()
    until(board, first, JobState.INTERRUPTED)
    analysis.fault = None
    others = [upload(board, name) for name in ("b.mp4", "c.mp4")]
    analysis.begun.acquire()
    board.resume(first)
    assert [board.ahead(name) for name in (*others, first)] == [0, 1, 2]


@pytest.mark.parametrize("end", [JobBoard.close, JobBoard.hand_over])
def test_what_was_cancelled_at_the_last_moment_is_gone_after_a_restart(board, analysis, end):
    """Who cancels an analysis wants its upload deleted at once, and not after a day."""
    job_id = upload(board)
    analysis.begun.acquire()
    board.closed = True  # the thread ends before it sees that the job is cancelled
    board.cancel(job_id)
    end(board)
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.get(job_id) is None
    assert list(again.files.path.iterdir()) == []


def test_what_waited_behind_the_analysis_that_killed_the_process_goes_on(board, analysis, tmp_path):
    first, second = upload(board, "a.mp4"), upload(board, "b.mp4")
    analysis.begun.acquire()
    shutil.copytree(board.files.path, tmp_path / "left")
    again = JobBoard(tmp_path / "left", analysis, running_at_once=1)
    analysis.begun.acquire()
    assert again.get(first).state == JobState.INTERRUPTED
    assert again.get(second).state == JobState.RUNNING
    again.close()


def test_an_upload_nobody_takes_up_is_deleted_after_a_day(board, analysis, monkeypatch):
    job_id = upload(board)
    analysis.begun.acquire()
    board.close()
    monkeypatch.setattr(jobs, "LOOK_AGAIN_S", 0.02)
    again = JobBoard(board.files.path, analysis)
    time.sleep(0.1)
    assert again.get(job_id).state == JobState.INTERRUPTED
    assert files(board, job_id) == {"job.json", "upload/lecture.mp4", "checkpoint/segment"}
    # The board does this without a restart.
    later = time.time() + GIVE_UP_S + 60
    monkeypatch.setattr(time, "time", lambda: later)
    until(again, job_id, JobState.CANCELLED)
    again.close()
    assert files(board, job_id) == {"job.json"}


def test_an_upload_is_deleted_though_the_process_was_killed_while_it_was_copied(
    board, analysis, monkeypatch, tmp_path
):
    def killed(data, file, *_):
        file.write(b"half")
        file.flush()
        shutil.copytree(board.files.path, tmp_path / "left")
        raise OSError

    monkeypatch.setattr(shutil, "copyfileobj", killed)
    with pytest.raises(RecordingError):
        upload(board)
    again = JobBoard(tmp_path / "left", analysis)
    again.close()
    assert list(again.files.path.iterdir()) == []


def test_an_upload_is_deleted_though_the_process_was_killed_at_the_end(
    board, analysis, monkeypatch
):
    with monkeypatch.context() as killed:
        killed.setattr(JobFolder, "clear", lambda self, job: job)
        job_id = upload(board)
        analysis.go_on.release()
        assert until(board, job_id, JobState.DONE).video
        board.close()
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert not again.get(job_id).video
    assert "upload/lecture.mp4" not in files(board, job_id)


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.CANCELLED])
def test_an_analysis_without_a_result_leaves_no_numbers(board, analysis, end):
    job_id = upload(board)
    analysis.begun.acquire()
    store = board.files.path / job_id / "checkpoint" / "segment-00000.npz"
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"faces")
    bring_to(end, board, analysis, job_id)
    board.close()
    assert files(board, job_id) == {"job.json"}


def test_the_note_of_a_newer_version_is_read_without_what_it_adds(board):
    job_id = board.add_report("a.mp4", lecture(20), owner="ann@a.org")
    board.close()
    note = board.files.home(job_id) / "job.json"
    facts = json.loads(note.read_text())
    facts["options"]["colour"] = facts["colour"] = "red"
    note.write_text(json.dumps(facts))
    again = JobBoard(board.files.path, None)
    again.close()
    assert again.get(job_id).owner == "ann@a.org"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Lesson 3: waves?.mp4", "Lesson 3_ waves_.mp4"),
        ('a<b>|"c"*.mp4', "a_b___c__.mp4"),
        ("con.mp4", "_con.mp4"),
        ("Aux", "_Aux"),
        ("LPT1.tar.gz", "_LPT1.tar.gz"),
        ("console.mp4", "console.mp4"),
        ("x" * 199 + " z", "x" * 199),
    ],
)
def test_a_file_name_suits_windows_too(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.CANCELLED])
def test_a_restart_forgets_the_names_of_analyses_without_a_result(board, analysis, tmp_path, end):
    own = tmp_path / "lecture.mkv"
    own.write_bytes(b"server")
    kept = board.add_report("kept.mp4", lecture(20))
    jobs = [upload(board), board.start_file(own, Options())]
    for job_id in jobs:
        analysis.begun.acquire()
        bring_to(end, board, analysis, job_id)
    board.close()
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert [path.name for path in board.files.path.iterdir()] == [kept]
    assert [again.get(job_id) for job_id in jobs] == [None, None]
    assert own.read_bytes() == b"server"


def test_an_empty_upload_is_refused_and_leaves_nothing(board):
    with pytest.raises(RecordingError, match="0 bytes"):
        upload(board, data=b"")
    assert list(board.files.path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(board, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(RecordingError, match="disk is full"):
        upload(board)
    assert list(board.files.path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "recording"),
        ("a\0b\n.mp4", "a_b_.mp4"),
        ("С пробелом é.mp4", "С пробелом é.mp4"),
        ("x" * 300 + ".webm", "x" * 195 + ".webm"),
        ("é" * 200 + ".mp4", "é" * 98 + ".mp4"),
        ("Prof. Konstantinopoulos, week 2", "Prof. Konstantinopoulos, week 2"),
    ],
    ids=["path", "dots", "control", "unicode", "long", "long unicode", "full stop"],
)
def test_an_upload_stays_in_its_folder_under_a_plain_name(board, analysis, name, stored):
    job_id = upload(board, name)
    analysis.begun.acquire()
    assert analysis.asked[0][0] == board.files.path / job_id / "upload" / stored
    assert board.get(job_id).name == name


def test_a_file_of_the_server_is_left_where_it_is(board, analysis, tmp_path):
    path = tmp_path / "lecture.mkv"
    path.write_bytes(b"server")
    job_id = board.start_file(path, Options(quick_look=True))
    analysis.go_on.release()
    until(board, job_id, JobState.DONE)
    board.delete(job_id)
    assert path.read_bytes() == b"server"
    assert analysis.asked[0][1].quick_look
    assert not (board.files.path / job_id).exists()
    with pytest.raises(RecordingError, match="no longer there"):
        board.start_file(tmp_path / "gone.mp4", Options())


def test_a_file_whose_name_is_not_utf8(board, analysis, tmp_path, latin1):
    path = tmp_path / latin1
    path.write_bytes(b"server")
    job_id = board.start_file(path, Options())
    assert board.get(job_id).name == "caf\ufffd.mp4"
    board.close()
    again = JobBoard(board.files.path, analysis, running_at_once=1)
    assert again.get(job_id).video == path
    again.close()


def test_a_report_made_elsewhere_is_kept(board):
    job_id = board.add_report(HOSTILE, lecture(20))
    assert board.get(job_id).state == JobState.DONE
    assert board.finished()[0].name == HOSTILE
    assert len(board.report(job_id).timeline) == 20


@pytest.mark.parametrize("job_id", ["", "..", "../..", "no-such-job", "a" * 99, "\0"])
def test_any_text_may_come_as_an_id(board, job_id):
    assert board.get(job_id) is None
    board.cancel(job_id)
    board.delete(job_id)
    board.forget_video(job_id)
    with pytest.raises(RecordingError):
        board.report(job_id)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x"}', '{"id": "../../../../../../x"}'])
def test_damaged_notes_are_passed_over(tmp_path, analysis, text):
    home = tmp_path / "AAAAAAAAAAAAAAAA"
    home.mkdir()
    (home / "job.json").write_text(text)
    board = JobBoard(tmp_path, analysis)
    assert board.finished() == []
    board.close()


def test_a_note_from_another_folder_is_not_believed(tmp_path, analysis):
    board = JobBoard(tmp_path, analysis)
    job_id = board.add_report("a", lecture(20))
    board.close()
    copy = tmp_path / "BBBBBBBBBBBBBBBB"
    copy.mkdir()
    (copy / "job.json").write_text((tmp_path / job_id / "job.json").read_text())
    again = JobBoard(tmp_path, analysis)
    assert [job.id for job in again.finished()] == [job_id]
    again.close()


def test_notes_hold_no_more_than_they_need(board, analysis):
    job_id = upload(board)
    analysis.go_on.release()
    until(board, job_id, JobState.DONE)
    note = json.loads((board.files.path / job_id / "job.json").read_text())
    assert set(note) == {
        "id", "name", "source", "uploaded", "keep_video", "options", "state", "progress",
        "seconds_left", "message", "created", "interrupted", "size", "owner",
    }  # fmt: skip


def test_ids_can_be_part_of_any_components_key():
    # One id of 270 contained "__", and the page of that result showed a traceback.
    assert all(new_job("a.mp4").id.isalnum() for _ in range(100))


def test_no_board_begins_again_while_the_process_ends(tmp_path):
    """It would let run what the next process is to go on with, and be killed in the middle."""
    board = shared.board(tmp_path, None, list)
    board.hand_over()
    assert shared.board(tmp_path, None, list) is board
    shared.close()


def test_visitors_who_come_at_once_share_one_board(tmp_path, monkeypatch):
    slow = JobBoard.__init__

    def init(*args, **options) -> None:
        time.sleep(0.05)
        slow(*args, **options)

    monkeypatch.setattr(JobBoard, "__init__", init)
    with ThreadPoolExecutor(4) as visitors:
        boards = set(visitors.map(lambda _: shared.board(tmp_path, None, list), range(4)))
    for one in boards:
        one.close()
    assert len(boards) == 1


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_threads_end_without_a_fault(board):
    board.close()
