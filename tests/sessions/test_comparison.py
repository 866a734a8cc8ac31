from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fer.classroom.mode import Mode
from fer.emotions import CONTEMPT, EMOTIONS, KNOWN
from fer.model_card import ModelCard
from fer.mood.groups import Group
from fer.mood.prevalence import Prevalence
from fer.report.comparison import outline
from fer.report.export import to_csv
from fer.sessions.comparison import compare
from fer.settings import ROOT
from tests.sessions.conftest import ANN
from tests.tables import lecture


def glances(sessions):
    return [(one, sessions.glance(one)) for one in (*sessions.classes(), *sessions.recordings())]


def test_sessions_stand_in_the_order_of_time_with_one_denominator(archive):
    """Of a class and of a recording alike: the faces that could be read."""
    archive.held(["happy"] * 6 + ["neutral"] * 2 + [None] * 4, title="second")
    archive.school.time -= 86400
    archive.held(["neutral"] * 5, title="first")
    archive.board.add_report("third.mp4", lecture(60, peak="sad"), ANN)
    ann = archive.seen_by(ANN)
    result = compare(glances(ann))
    assert [one.name for one in result.sessions] == ["first", "second", "third.mp4"]
    assert result.shares.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-4)
    assert result.shares[1][EMOTIONS.index("happy")] == pytest.approx(6 / 8, abs=0.01)
    assert result.groups[0][list(Group).index(Group.NEUTRAL)] == pytest.approx(1)
    report = ann.report(result.sessions[2])
    assert result.shares[2] == pytest.approx(outline(report.timeline, report.summary).shares)


def test_a_class_with_contempt_stands_beside_older_ones(archive):
    """The older ones were read by a network that does not know it."""
    archive.held(["happy"] * 5 + [CONTEMPT] * 5, title="eight")
    archive.school.time += 86400
    archive.board.add_report("seven.mp4", lecture(60, peak="sad"), ANN)
    ann = archive.seen_by(ANN)
    result = compare(glances(ann))
    eight = [one.name for one in result.sessions].index("eight")
    assert result.shares.shape == (2, 8)
    assert result.shares[eight] == pytest.approx(
        [{"happy": 0.5, CONTEMPT: 0.5}.get(name, 0) for name in KNOWN], abs=0.02
    )
    assert result.shares[1 - eight][KNOWN.index(CONTEMPT)] == 0
    assert result.groups[eight][list(Group).index(Group.UNPLEASANT)] == pytest.approx(0.5, abs=0.02)
    table = result.table()
    assert table["valence"][eight] == pytest.approx((0.81 - 0.555) / 2, abs=0.02)
    report = ann.report(result.sessions[eight])
    assert report.timeline[CONTEMPT].max() == pytest.approx(0.5, abs=0.02)
    assert report.summary["shares"][CONTEMPT] == pytest.approx(0.5, abs=0.02)


def test_a_class_says_the_same_at_a_glance_as_in_its_report(archive):
    archive.held(["happy"] * 6 + ["sad"] * 3, seconds=40)
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    said, report = ann.glance(one).outline, ann.report(one)
    again = outline(report.timeline, report.summary)
    assert said.shares == pytest.approx(again.shares, abs=1e-4)
    assert said.length_s == pytest.approx(again.length_s, abs=1.1)
    assert np.nanmean(said.valence) == pytest.approx(np.nanmean(again.valence), abs=1e-3)


def test_the_row_of_a_class_has_the_adjusted_shares_of_its_report(archive):
    """Seconds adjusted one by one would be pulled further towards the prior mixture."""
    archive.school.rooms.prevalence = Prevalence.from_card(
        ModelCard.read(ROOT / "models" / "emotion.onnx").data
    )
    room = archive.held(["neutral"] * 9 + ["sad", "happy"], seconds=40)
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    report = ann.report(one)
    page = room.shares(None)
    assert page.adjusted
    assert ann.glance(one).outline.shares == pytest.approx(page.values, abs=1e-4)
    assert list(report.summary["shares"].values()) == pytest.approx(page.values, abs=1e-4)
    assert list(report.summary["shares_high"].values()) == pytest.approx(page.high, abs=1e-3)


def test_fewer_than_k_students_never_appear(archive):
    """Two of six share a camera; in another class all six do, but only for a part of it."""
    archive.held(["angry", "angry", None, None, None, None], title="two faces")
    school = archive.school
    archive.held(["happy"] * 6, title="six for a moment", seconds=1)
    school.students.clear()
    room = school.open(owner=ANN)
    for number in range(6):
        school.join(number, "happy")
    school.run(30)
    for number in range(4):
        school.leave(number)
    school.students = {n: (student, "angry") for n, (student, _) in school.students.items()}
    school.run(30)
    school.rooms.close(room.id)
    ann = archive.seen_by(ANN)
    result = compare(glances(ann))
    assert {one.name for one in result.silent} == {"two faces", "six for a moment"}
    (shown,) = result.sessions
    assert shown.id == room.id
    assert result.shares[0][EMOTIONS.index("angry")] == pytest.approx(0, abs=1e-6)
    curve = result.curves[0]
    assert np.isfinite(curve[:28]).any()
    assert np.isnan(curve[32:]).all()


def test_a_rehearsal_of_one_person_is_not_compared(archive):
    archive.held(["happy"], rehearsal=True, title="alone")
    archive.held(["happy"] * 5)
    result = compare(glances(archive.seen_by(ANN)))
    assert [one.name for one in result.rehearsals] == ["alone"]
    assert [one.name for one in result.sessions] == ["Physics"]
    assert "alone" not in to_csv(result.table()).decode()


def test_the_table_is_inert_and_whole(archive):
    archive.held(["happy"] * 5, title="=1+1")
    result = compare(glances(archive.seen_by(ANN)))
    table = result.table()
    described = {"date", "time zone", "name", "kind"}
    assert set(table.columns) == {*described, *map(str, Group), *EMOTIONS, "valence"}
    assert ",'=1+1,class," in to_csv(table).decode()


def test_the_dates_of_the_table_are_those_of_the_visitor(archive):
    room = archive.held(["happy"] * 5)
    result = compare(glances(archive.seen_by(ANN)))
    zone = ZoneInfo("Asia/Kolkata")
    (row,) = result.table(zone).to_dict("records")
    assert row["date"] == f"{datetime.fromtimestamp(room.began, zone):%Y-%m-%d %H:%M}"
    assert row["time zone"] == "IST"


def test_nothing_compared_is_no_fault(archive):
    result = compare([])
    assert result.sessions == []
    assert result.groups.shape == (0, 4)
    assert len(result.table()) == 0


def test_a_class_without_cameras_is_left_out_for_that(archive):
    archive.held(["happy"] * 6, title="cameras")
    archive.held([None] * 6, title="nobody shared a camera")
    archive.held([None] * 6, title="presses only", mode=Mode.PULSE)
    result = compare(glances(archive.seen_by(ANN)))
    assert [one.name for one in result.without_cameras] == ["presses only"]
    assert [one.name for one in result.silent] == ["nobody shared a camera"]
