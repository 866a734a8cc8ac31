"""The class page, run as a script, over a class whose students and clock the tests move."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.pulse import Answer, Pulse
from fer.errors import StoreError
from fer.settings import ROOT
from fer.web.classroom import ending, numbers, opening, texts, visit
from tests.classroom.school import School

SECONDS = 30


@pytest.fixture
def school(monkeypatch, tmp_path):
    """A school whose classes began a while ago and reach up to now, once `SECONDS` have run."""
    school = School(f"sqlite:///{tmp_path}/classes.db", time.time() - SECONDS)
    for module in (ending, numbers, opening, visit):
        monkeypatch.setattr(module, "classrooms", lambda: school.rooms)
    return school


def open_page(room=None):
    page = AppTest.from_file(str(ROOT / "pages" / "class.py"), default_timeout=60)
    page.session_state["notice_read"] = True
    if room is not None:
        page.query_params["class"] = room.id
    page.run()
    assert not page.exception
    return page


def watch(school):
    """The page of the school's class, once its clock has caught up with the real one."""
    while school.time < time.time():
        school.run(1)
    return open_page(school.room)


def text(page):
    boxes = (*page.markdown, *page.info, *page.caption, *page.title, *page.warning)
    return " ".join(box.value for box in boxes)


def metric(page, label):
    return next((metric.value for metric in page.metric if metric.label == label), None)


def test_opening_a_class_recommends_the_pulse_and_names_the_law(school):
    page = open_page()
    assert page.radio("class-mode").value == Mode.PULSE
    assert "Recommended for the European Union" in text(page)
    assert "Article 5(1)(f)" in text(page)
    assert page.number_input("class-k").value == 5
    assert page.number_input("class-k").min == 3
    page.text_input("class-title").set_value("Physics *1*")
    page.button("class-open").click().run()
    assert not page.exception
    room = page.session_state["classroom"]
    assert (room.title, room.mode, room.k, room.individual) == ("Physics *1*", Mode.PULSE, 5, False)
    assert room.facts.ends - room.began == pytest.approx(SECONDS + 90 * 60, abs=30)
    assert room.id in page.query_params["class"]
    assert metric(page, texts.CODE).replace("-", "") == room.code
    assert r"Physics \*1\*" in text(page)
    assert texts.WAITING_NONE in text(page)


def test_a_rehearsal_says_so(school):
    page = open_page()
    page.toggle("class-rehearsal").set_value(True).run()
    assert texts.REHEARSAL_ABOUT in text(page)
    page.button("class-open").click().run()
    assert page.session_state["classroom"].k == 1


def test_with_fewer_than_k_students_there_is_a_wait_and_no_number(school):
    school.open()
    for name in "abcd":
        school.join(name, "happy")
    school.run(SECONDS)
    page = watch(school)
    assert "4 of at least 5 students are here" in text(page)
    assert metric(page, "Pleasant") is None
    assert metric(page, texts.PULSES[Pulse.LOST]) is None


def test_a_class_that_has_just_filled_waits_for_the_first_window(school):
    school.open()
    school.run(SECONDS - 3)
    for name in "abcde":
        school.join(name, "happy")
    school.run(3)
    assert "5 students are here. The first numbers come" in text(open_page(school.room))


def test_five_students_make_numbers(school):
    room = school.open()
    for name in "abcde":
        school.join(name, "happy")
    school.run(SECONDS - 5)
    for name in "abc":
        room.press(school.students[name][0], Pulse.LOST, school.time)
    school.run(5)
    page = watch(school)
    assert "Mostly smiles" in text(page)
    assert metric(page, "Students") == "5"
    assert int(metric(page, "Pleasant").rstrip("%")) > 60
    assert metric(page, texts.PULSES[Pulse.LOST]) == "3"
    assert metric(page, texts.PULSES[Pulse.CLEAR]) == "0"


def test_a_class_without_cameras_shows_its_pulse_and_no_faces(school):
    school.open(mode=Mode.PULSE)
    for name in "abcde":
        school.join(name, None)
    school.run(SECONDS)
    page = watch(school)
    assert metric(page, "Students") == "5"
    assert metric(page, texts.PULSES[Pulse.LOST]) == "0"
    assert metric(page, "Pleasant") is None


def test_a_question_is_asked_with_one_tap_and_answered(school):
    room = school.open()
    for name in "abcde":
        school.join(name, "neutral")
    school.run(SECONDS - 10)
    page = watch(school)
    page.button("question-0").click().run()
    question = room.question()
    assert question.text == texts.QUESTION_PRESETS[0]
    assert texts.TALLY_WAITING.format(k=5) in text(page)
    school.run(12)  # the page asked by the real clock, which the school's has to pass
    for name in "abcde":
        room.answer(school.students[name][0], Answer.SO_SO, question.id, school.time)
    school.run(3)
    page.run()
    assert metric(page, texts.ANSWERS[Answer.SO_SO]) == "5"
    page.button("question-end").click().run()
    assert room.question() is None


def test_only_those_who_chose_it_are_shown_and_their_nickname_is_text(school):
    school.open(individual=True)
    shown = Consent(Camera.PICTURES, nickname="<script>*x*", individual=True)
    school.join("a", "happy", shown)
    for name in "bcde":
        school.join(name, "sad")
    school.run(SECONDS)
    page = watch(school)
    lists = [block.value for block in page.markdown if block.value.startswith("- ")]
    assert lists == [r"- \<script\>\*x\*: happy"]


def test_ending_a_class_makes_its_report_and_offers_another(school, monkeypatch):
    made = []
    monkeypatch.setattr(ending, "keep_report", lambda make: made.append(make()))
    room = school.open()
    for n in range(5):
        school.join(n, "happy")
    school.run(SECONDS)
    page = watch(school)
    page.button("end-now").click().run()
    assert not page.exception
    assert room.closed is not None
    (report,) = made
    assert report.source.startswith("Physics, 20")
    assert report.summary["began"] == room.began
    assert report.summary["dominant"] == "happy"
    assert "is over" in text(page)
    page.button("class-another").click().run()
    assert page.title[0].value == texts.OPEN_HEADING


def test_a_class_that_goes_on_is_found_again(school):
    room = school.open()
    school.run(SECONDS)
    page = open_page()
    page.button(f"class-{room.id}").click().run()
    assert not page.exception
    assert page.session_state["classroom"] is room
    assert page.title[0].value == "Physics"


def test_a_database_that_is_away_is_said(school):
    school.open()
    school.run(SECONDS)
    school.rooms.trouble = StoreError("away")
    assert texts.STORE_AWAY_NOW in text(open_page(school.room))


def test_a_class_of_somebody_else_is_not_shown(school, monkeypatch):
    class Stranger:
        owner = "stranger@school.org"

        def may_see(self, owner):
            return owner == "stranger@school.org"

    monkeypatch.setattr(visit, "person", Stranger)
    monkeypatch.setattr(opening, "person", Stranger)
    page = open_page(school.open(owner="teacher@school.org"))
    assert page.title[0].value == texts.OPEN_HEADING
    assert "class" not in page.query_params
