"""Everybody sees, changes and deletes only what is theirs."""

import io

import pytest

from fer.access.roles import Person, Role
from fer.errors import RecordingError
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.jobs.owned import OwnedJobs
from tests.jobs.helpers import until
from tests.tables import lecture

ANN, BOB = (Person(Role.INSTRUCTOR, f"{name}@school.org") for name in ("ann", "bob"))
OPERATOR, VISITOR = Person(Role.OPERATOR), Person(Role.VISITOR)


@pytest.fixture
def seen(board):
    """The board as each person sees it."""
    return {person: OwnedJobs(board, person) for person in (ANN, BOB, OPERATOR, VISITOR)}


def test_a_result_is_its_owners_and_the_operators(seen):
    job_id = seen[ANN].add_report("Lesson", lecture(5))
    assert [job.id for job in seen[ANN].finished()] == [job_id]
    assert seen[ANN].outline(job_id).length_s == seen[OPERATOR].outline(job_id).length_s
    for stranger in (BOB, VISITOR):
        assert seen[stranger].finished() == []
        assert seen[stranger].get(job_id) is None
        for read in (seen[stranger].report, seen[stranger].outline):
            with pytest.raises(RecordingError, match="no result"):
                read(job_id)


def test_nobody_ends_or_takes_up_the_analysis_of_another(board, analysis, seen):
    job_id = seen[ANN].start_upload("a.mp4", io.BytesIO(b"video"), Options(), keep_video=True)
    analysis.begun.acquire()
    seen[BOB].cancel(job_id)
    analysis.go_on.release()
    assert until(board, job_id, JobState.DONE, JobState.CANCELLED).state == JobState.DONE
    seen[BOB].forget_video(job_id)
    assert board.get(job_id).video is not None
    seen[ANN].forget_video(job_id)
    assert board.get(job_id).video is None


def test_an_owner_is_remembered_over_a_restart(board, analysis, seen):
    job_id = seen[ANN].add_report("Lesson", lecture(5))
    board.close()
    again = JobBoard(board.files.path, analysis, running_at_once=1)
    assert OwnedJobs(again, ANN).get(job_id) is not None
    assert OwnedJobs(again, BOB).get(job_id) is None
    again.close()


def test_results_from_before_there_were_owners_are_the_operators(board, seen):
    job_id = board.add_report("Lesson", lecture(5))
    assert seen[OPERATOR].get(job_id) is not None
    assert seen[ANN].get(job_id) is None
