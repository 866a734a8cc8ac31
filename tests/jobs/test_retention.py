import json
import time

from fer.jobs.board import JobBoard
from fer.jobs.retention import delete_old
from fer.keeping import DAY_S
from tests.tables import lecture


def test_results_that_are_too_old_are_deleted_and_no_others(board):
    old = board.add_report("old.mp4", lecture(20))
    board.add_report("new.mp4", lecture(20))
    note = board.files.home(old) / "job.json"
    facts = json.loads(note.read_text())
    note.write_text(json.dumps(facts | {"created": time.time() - 3.1 * DAY_S}))
    again = JobBoard(board.files.path, lambda *_: None)
    now = time.time()
    assert delete_old(again, 0, now) == delete_old(again, 4, now) == 0
    assert delete_old(again, 3, now) == 1
    assert [job.name for job in again.finished()] == ["new.mp4"]
    assert not note.parent.exists()
    again.close()
