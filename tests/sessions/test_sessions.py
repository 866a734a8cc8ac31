import numpy as np
import pytest

from fer.access.roles import Person
from fer.classroom.mode import Mode
from fer.emotions import EMOTIONS
from fer.errors import RecordingError
from fer.jobs.owned import OwnedJobs
from fer.mood.prevalence import Prevalence
from fer.report.highlights import highlights
from fer.report.numbers import numbers
from fer.report.sentence import sentence
from fer.sessions.session import Kind
from fer.sessions.sessions import Sessions
from fer.text import clock
from tests.sessions.conftest import ANN, BOB
from tests.tables import lecture, live_session

HAPPY = ["happy"] * 6


def names(sessions):
    return [one.name for one in sessions]


def test_everybody_sees_their_own_and_an_operator_all(archive):
    archive.held(HAPPY, ANN, title="Ann's")
    archive.held(HAPPY, BOB, title="Bob's")
    archive.board.add_report("ann.mp4", lecture(20), ANN)
    archive.board.add_report("bob.mp4", lecture(20), BOB)
    ann, everything = archive.seen_by(ANN), archive.seen_by(None)
    assert names(ann.classes()) == ["Ann's"]
    assert names(ann.recordings()) == ["ann.mp4"]
    assert sorted(names(everything.classes())) == ["Ann's", "Bob's"]
    assert sorted(names(everything.recordings())) == ["ann.mp4", "bob.mp4"]
    jobs = OwnedJobs(archive.board, Person(0))
    nobody = Sessions(Person(0), jobs, archive.bin, lambda: archive.school.rooms)
    assert nobody.classes() == nobody.recordings() == []


def test_what_belongs_to_somebody_else_cannot_be_read_renamed_or_deleted(archive):
    archive.held(HAPPY, BOB, title="Bob's")
    archive.board.add_report("bob.mp4", lecture(20), BOB)
    ann, bob = archive.seen_by(ANN), archive.seen_by(BOB)
    both = [*bob.classes(), *bob.recordings()]
    for one in both:
        with pytest.raises(RecordingError):
            ann.report(one)
        with pytest.raises(RecordingError):
            ann.glance(one)
    with pytest.raises(RecordingError):
        ann.rename(both[0], "Mine")
    ann.rename(both[1], "Mine")
    ann.throw_away(both)
    assert names([*bob.classes(), *bob.recordings()]) == ["Bob's", "bob.mp4"]
    assert bob.thrown_away(both) == []


def test_a_class_that_goes_on_is_no_past_session(archive):
    archive.school.open(owner=ANN)
    assert archive.seen_by(ANN).classes() == []


def test_a_session_is_renamed_and_its_report_with_it(archive):
    archive.held(HAPPY)
    archive.board.add_report("take_0042.mp4", lecture(20), ANN)
    ann = archive.seen_by(ANN)
    for one in (*ann.classes(), *ann.recordings()):
        ann.rename(one, "  Week 7 \n <b>")
        ann.rename(one, "   ")
    for one in (*ann.classes(), *ann.recordings()):
        assert one.name == "Week 7 <b>"
        assert ann.report(one).source == "Week 7 <b>"


def test_what_is_thrown_away_can_be_taken_back(archive):
    archive.held(HAPPY)
    archive.board.add_report("a.mp4", lecture(20), ANN)
    ann = archive.seen_by(ANN)
    both = [*ann.classes(), *ann.recordings()]
    ann.throw_away(both)
    assert ann.classes() == ann.recordings() == []
    assert ann.thrown_away(both) == both
    with pytest.raises(RecordingError):
        ann.report(both[0])
    ann.take_back(both)
    assert [*ann.classes(), *ann.recordings()] == both
    assert ann.thrown_away(both) == []
    assert len(ann.report(both[0]).timeline)


def test_a_class_that_was_thrown_away_is_erased_a_minute_later(archive):
    room = archive.held(HAPPY)
    ann, school = archive.seen_by(ANN), archive.school
    kept = archive.held(HAPPY, title="Kept")
    thrown = [one for one in ann.classes() if one.id == room.id]
    ann.throw_away(thrown)
    school.time += 50
    school.rooms.meet()
    assert ann.thrown_away(thrown) == thrown
    school.time += 25
    school.rooms.meet()
    assert ann.thrown_away(thrown) == []
    ann.take_back(thrown)
    assert [one.id for one in ann.classes()] == [kept.id]
    assert school.rooms.store.history.seconds(room.id) == []


def test_the_kinds_of_sessions(archive, tmp_path):
    archive.held(HAPPY)
    archive.board.add_report("table.csv", lecture(20), ANN)
    archive.board.add_report("Live class", live_session(), ANN)
    ann = archive.seen_by(ANN)
    kinds = {one.name: ann.glance(one).kind_of(one) for one in (*ann.classes(), *ann.recordings())}
    assert kinds == {
        "Physics": Kind.CLASS,
        "table.csv": Kind.REPORT,
        "Live class": Kind.LIVE,
    }


def test_a_class_of_too_few_has_no_report_and_no_headline(archive):
    archive.held(["happy"] * 4)
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    assert ann.glance(one).headline == ""
    assert ann.glance(one).outline.shares is None
    with pytest.raises(ValueError, match="no rows"):
        ann.report(one)


def test_a_class_without_cameras_says_how_many_were_lost(archive):
    school = archive.school
    room = school.open(owner=ANN, mode=Mode.PULSE)
    for number in range(6):
        school.join(number, None)
    school.run(30)
    for number in range(3):
        room.press(school.students[number][0], "lost", school.time)
    school.run(15)
    school.rooms.close(room.id)
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    said = ann.glance(one)
    assert said.headline == "Lost was pressed most around 0:30: by 3 of 6 students."
    assert said.outline.length_s == 45
    assert highlights(ann.report(one))[0] == said.headline


def test_another_model_changes_nothing_about_past_classes(archive):
    one, other = (network_that_confuses(name) for name in ("sad", "angry"))
    archive.school.rooms.prevalence = one
    archive.held(["neutral"] * 6)
    ann = archive.seen_by(ANN)
    (session,) = ann.classes()
    before = ann.glance(session), ann.report(session).shares()
    archive.school.rooms.prevalence = other
    after = ann.glance(session), ann.report(session).shares()
    np.testing.assert_array_equal(after[0].outline.shares, before[0].outline.shares)
    np.testing.assert_array_equal(after[1].values, before[1].values)
    total = archive.school.rooms.past(session.id).mood(None)
    assert not np.allclose(total.class_shares(other).values, before[1].values, atol=0.01)


def network_that_confuses(emotion):
    """How a network reads each emotion that takes most faces of one for neutral."""
    labels = np.repeat(np.arange(7), 20)
    read = labels.copy()
    read[np.flatnonzero(labels == EMOTIONS.index(emotion))[:15]] = EMOTIONS.index("neutral")
    return Prevalence.fit(np.eye(7)[read], labels)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_class_of_enough_students_without_faces_and_presses_says_so(archive, mode):
    archive.held([None] * 6, mode=mode)
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    assert ann.glance(one).headline == "Nobody pressed a button."
    assert highlights(ann.report(one)) == [ann.glance(one).headline]


def test_the_course_of_a_small_class_that_changes_all_the_time_has_no_holes(archive):
    """There are only sums over ten seconds, and a part of the class has five."""
    school = archive.school
    room = school.open(owner=ANN, k=5)
    for number in range(7):
        school.join(number, "happy")
    for step in range(30):
        school.run(5)
        school.leave(step % 7)
        school.run(5)
        school.join(step % 7, "happy")
    school.rooms.close(room.id)
    assert {row.length for row in school.rooms.store.history.seconds(room.id)} == {10}
    ann = archive.seen_by(ANN)
    (one,) = ann.classes()
    assert np.isfinite(ann.glance(one).outline.valence).all()


def test_the_list_and_the_report_agree(archive):
    """Nothing may be seen of the first and the last seconds of the class."""
    school = archive.school
    room = school.room = school.rooms.open("Physics", mode=Mode.CAMERA, owner=ANN)
    school.run(20)
    for number in range(6):
        school.join(number, "happy")
    school.run(40)
    for number in range(6):
        school.leave(number)
    school.run(15)
    school.rooms.close(room.id)
    archive.board.add_report("Live class", live_session(), ANN)
    ann = archive.seen_by(ANN)
    for one in (*ann.classes(), *ann.recordings()):
        listed, report = ann.glance(one), ann.report(one)
        told = {number.name: number.value for number in numbers(report)}
        assert told["length"] == clock(listed.outline.length_s)
        assert sentence(report).startswith(listed.headline)
        if one.kind is Kind.CLASS:
            assert (told["length"], told["first to last number"]) == ("1:15", "0:39")
