import io
import time
from datetime import datetime

import pandas as pd
import pytest

from fer.classroom.class_report import class_csv, class_report
from fer.classroom.mode import Mode
from fer.classroom.past import past_class
from fer.classroom.pulse import Answer, Pulse
from fer.report.archive import keep, reopen
from fer.report.contents import contents
from fer.report.csv_import import load_csv
from fer.report.export import save
from fer.report.pulse import PULSE_COLUMNS, STUDENTS
from tests.classroom.school import School

STEPS = " (counted in steps of at least 5)"


@pytest.fixture(scope="module")
def school():
    school = School()
    room = school.open(k=5)
    for n in range(6):
        school.join(n, "happy")
    school.run(60)
    room.mark("=exercise <script>")
    asked = room.ask("Clear so far?", school.time)
    for n in range(6):
        answer = Answer.SO_SO if n else Answer.YES
        room.answer(school.students[n][0], answer, asked.id, school.time)
    for n in range(5):
        school.students[n] = school.students[n][0], "angry"
    for n in range(4):
        room.press(school.students[n][0], Pulse.LOST, school.time)
    school.run(40)
    asked = room.ask("And now?", school.time)
    room.answer(school.students[0][0], Answer.LOST, asked.id, school.time)
    school.run(1)
    for n in range(6):
        school.leave(n)
    school.run(30)
    for n in range(6):
        school.join(n, "happy")
    school.run(40)
    school.rooms.close(room.id)
    return school


@pytest.fixture(scope="module")
def report(school):
    return class_report(past_class(school.rooms.store, school.room.id, None))


def test_the_report_tells_what_happened(school, report):
    assert report.source == "Physics"
    assert report.summary["mean_faces"] == pytest.approx(6)
    assert "negative mood" in {event.kind for event in report.events}
    assert [alert for alert in school.room.alerts if alert not in report.events] == []
    assert [(mark.t, mark.text) for mark in report.marks] == [
        (60, "=exercise <script>"),
        (60, f"Question: Clear so far? Yes 1, so-so 5, lost 0{STEPS}"),
        (105, "Question: And now? (fewer than 5 answers)"),
    ]
    table = report.timeline.set_index("t")
    assert table.loc[60, "pulse_lost"] == pytest.approx(4)
    assert table.loc[99, "pulse_lost"] == pytest.approx(4 / 2, rel=0.05)
    assert (table.loc[0:99, STUDENTS] == 6).all()
    assert table.loc[101:129, ["happy", STUDENTS]].isna().all().all()  # nobody was there


def test_the_report_has_the_date_and_clock_times(school, report):
    content = contents(report)
    began = datetime.fromtimestamp(school.room.began)
    assert f"{began:%Y-%m-%d, %H:%M} to " in content.subtitle
    mark, *_ = [event for event in content.events if event.kind == "mark"]
    assert mark.when == f"1:00 ({datetime.fromtimestamp(school.room.began + 60):%H:%M})"
    assert "Lost was pressed most around 1:00: by 4 of 6 students." in content.highlights


def test_the_report_later_is_the_report_that_the_live_class_had(school, report):
    live = school.room
    kept = report.timeline[["t", "happy", "valence"]].dropna().reset_index(drop=True)
    seen = live.table()[["t", "happy", "valence"]].dropna().reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, seen, check_dtype=False, atol=1e-5)
    assert past_class(school.rooms.store, live.id, None).alerts == live.alerts


def test_every_export_can_be_read_again(report, tmp_path):
    files = save(report, tmp_path / "out", parquet=True)
    assert {"report.html", "report.pdf", "timeline.csv", "timeline.parquet"} <= set(files)
    again = load_csv(files["timeline.csv"])
    assert [mark.text for mark in again.marks] == [
        f"=exercise <script>; Question: Clear so far? Yes 1, so-so 5, lost 0{STEPS}",
        "Question: And now? (fewer than 5 answers)",
    ]
    assert set(PULSE_COLUMNS) <= set(again.timeline.columns)
    html = files["report.html"].read_text("utf-8")
    assert "<script>" in html
    assert "exercise <script>" not in html
    assert "'=exercise" in files["timeline.csv"].read_text("utf-8")
    keep(report, tmp_path / "kept")
    assert contents(reopen(tmp_path / "kept")).subtitle == contents(report).subtitle


def test_there_is_no_report_on_too_few_students():
    school = School()
    room = school.open(mode=Mode.PULSE, k=5)
    for n in range(4):
        school.join(n, None)
    school.run(30)
    school.rooms.close(room.id)
    with pytest.raises(ValueError, match="no rows"):
        class_report(past_class(school.rooms.store, room.id, None, clock=time.time))


def test_a_class_that_goes_on_or_ended_by_itself_is_as_long_as_it_was_open():
    """No process served it any more when its time was up, so the database has no end of it."""
    school = School()
    room = school.open(k=5, ends=school.time + 60)
    for n in range(6):
        school.join(n, "happy")
    school.run(30)
    assert class_report(room).length_s() == 30
    school.time += 3600
    assert class_report(school.rooms.past(room.id)).length_s() == 60


def test_a_rehearsal_says_that_nobody_answered():
    school = School()
    room = school.open(rehearsal=True)
    school.join(0, "happy")
    room.ask("Clear so far?", school.time)
    school.run(5)
    (mark,) = class_report(room).marks
    assert mark.text == "Question: Clear so far? (no answer)"


@pytest.mark.parametrize("mode", list(Mode))
def test_the_table_of_a_class_has_its_students_presses_and_marks(mode):
    school = School()
    room = school.open(mode=mode, k=5)
    assert len(load_rows(room)) == 0
    for n in range(6):
        school.join(n, "happy" if mode is Mode.CAMERA else None)
    school.run(20)
    room.press(school.students[0][0], Pulse.LOST, school.time)
    room.mark("=exercise")
    school.run(5)
    table = load_rows(room).set_index("t")
    assert len(table) == 25
    assert (table[STUDENTS] == 6).all()
    assert table.loc[20, "pulse_lost"] == 1
    assert table.loc[20, "mark"] == "'=exercise"
    assert table["happy"].notna().all() == (mode is Mode.CAMERA)
    assert [mark.text for mark in load_csv(io.BytesIO(class_csv(room))).marks] == ["=exercise"]


def load_rows(room):
    return pd.read_csv(io.BytesIO(class_csv(room)))
