"""The class page, run as a script, over a class whose students and clock the tests move."""

import base64
import re
import sqlite3
import time
from contextlib import closing, contextmanager
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import streamlit as st
from sqlalchemy import create_engine
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.pulse import Answer, Pulse
from fer.classroom.refusal import WrongCode
from fer.faces.core import FaceState
from fer.live.conditions import Source
from fer.live.ignored import Area
from fer.mood.alerts import AlertLimits
from fer.mood.bucket import MoodBucket
from fer.settings import ROOT
from fer.store.database import Database
from fer.store.store import Store
from fer.web.classroom import co_teacher, ending, numbers, opening, question, texts, tiles, visit
from fer.web.join import texts as join_texts
from fer.web.live import texts as live_texts
from fer.web.resources import common_engine
from tests.classroom.school import School
from tests.mood.faces import reading
from tests.shown import metric

SECONDS = 30


@pytest.fixture
def school(monkeypatch, tmp_path):
    """A school whose clock is also that of the page. It hardly waits for a locked database."""
    monkeypatch.setattr("fer.store.database.PATIENCE_S", 0.2)
    school = School(f"sqlite:///{tmp_path}/classes.db", time.time())
    for module in (numbers, opening, question, tiles):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: school.time))
    for module in (co_teacher, ending, numbers, opening, visit):
        monkeypatch.setattr(module, "classrooms", lambda: school.rooms)
    return school


def unreachable():
    """Returns a way to a database that is not there."""
    return create_engine("postgresql+psycopg://fer@127.0.0.1:1/classes")


class Stranger:
    """Somebody who has signed in and owns nothing."""

    owner = "stranger@school.org"

    def may_see(self, owner):
        return owner == self.owner


def open_page(room=None, notice_read=True):
    page = AppTest.from_file(str(ROOT / "pages" / "class.py"), default_timeout=60)
    page.session_state["notice_read"] = notice_read
    if room is not None:
        page.query_params["class"] = room.id
    page.run()
    assert not page.exception
    return page


def text(page):
    boxes = (*page.markdown, *page.info, *page.caption, *page.title, *page.warning)
    return " ".join(box.value for box in boxes)


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
    assert room.facts.ends - room.began == pytest.approx(90 * 60, abs=1)
    assert room.id in page.query_params["class"]
    assert metric(page, texts.CODE).replace("-", "") == room.code
    assert r"Physics \*1\*" in text(page)
    assert texts.WAITING_NONE in text(page)


@pytest.mark.parametrize(("zone", "said"), [("Asia/Kolkata", "IST"), ("Europe/Madrid", "CES?T")])
def test_the_end_of_a_class_is_given_with_its_time_zone(school, zone, said):
    page = open_page(school.open(ends=school.time + 600))
    page.context = {"timezone": zone}
    said = rf"ends by itself at \d{{4}}-\d\d-\d\d \d\d:\d\d {said}\."
    assert re.search(said, text(page.run()))


def test_the_camera_of_the_room_reads_with_the_model_of_the_class(school):
    """The instructor may have chosen another one for other pages, here one that is not there."""
    page = open_page(school.open(mode=Mode.CAMERA))
    page.session_state["model"] = ROOT / "models" / "missing.onnx"
    page.session_state["room-source-kind"] = Source.SCREEN
    page.toggle("room-source").set_value(True).run()
    assert not page.exception


def test_parts_of_the_picture_of_the_room_can_be_ignored(school):
    page = open_page(school.open(mode=Mode.CAMERA))
    page.session_state["room-source-kind"] = Source.SCREEN
    page.toggle("room-source").set_value(True).run()
    # Before the first picture there is nothing to draw on.
    assert live_texts.IGNORE not in [expander.label for expander in page.expander]
    feed = page.session_state[f"feed-of-{school.room.id}"]
    feed.ignored.look(np.zeros((480, 640, 3), np.uint8))
    feed.ignored.set([Area(0.0, 0.0, 0.5, 0.5)])
    page.run()
    assert live_texts.IGNORE in [expander.label for expander in page.expander]
    page.button(key="room-ignore-none").click().run()
    assert feed.ignored.areas == ()
    feed.ignored.set([Area(0.0, 0.0, 0.5, 0.5)])
    # Another source shows something else.
    page.segmented_control(key="room-source-kind").set_value(Source.CAMERA).run()
    assert feed.ignored.areas == ()


def test_areas_of_a_shared_window_are_not_those_of_the_camera_that_follows_it(school, camera):
    """The choice of the source is forgotten, and no one chooses, while the room has none."""
    page = open_page(school.open(mode=Mode.CAMERA))
    page.toggle("room-source").set_value(True).run()
    page.segmented_control(key="room-source-kind").set_value(Source.SCREEN).run()
    feed = page.session_state[f"feed-of-{school.room.id}"]
    feed.ignored.set([Area(0.0, 0.0, 0.5, 0.5)])
    page.run()
    assert feed.ignored.areas
    page.toggle("room-source").set_value(False).run()
    page.toggle("room-source").set_value(True).run()
    assert page.segmented_control(key="room-source-kind").value == Source.CAMERA
    assert feed.ignored.areas == ()


def test_a_shared_window_ends_with_the_visit_though_the_line_broke_before(school):
    """Streamlit ends the leases of a visit with its connection. The browser may come back."""
    page = open_page(school.open(mode=Mode.CAMERA))
    page.session_state["room-source-kind"] = Source.SCREEN
    page.toggle("room-source").set_value(True).run()
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 80, np.uint8))[1].tobytes()
    streams = []
    for number in (1, 2):
        window = page.session_state[f"window-of-{school.room.id}"]
        window.take({"number": number, "jpeg": base64.b64encode(picture).decode()})
        streams.append(common_engine().stats.streams)
        clear_session_resource_cache("test session id")
        streams.append(common_engine().stats.streams)
        page.run()
    assert streams == [1, 0, 1, 0]


def test_teacher_and_students_read_the_same_about_a_press():
    for said in (texts.PULSE_FADES, join_texts.PULSE_HINT):
        assert "press fades after a few minutes." in said


@pytest.mark.parametrize(
    ("host", "warned"),
    [("http://localhost:8501", True), ("http://[::1]:8501", True), ("https://a.school", False)],
)
def test_an_address_that_students_cannot_open_is_said_beside_the_code(school, host, warned):
    page = open_page(school.open())
    page.context = {"url": f"{host}/class"}
    page.run()
    address = f"{host}/join/{school.room.code}"
    assert page.code[0].value == address
    assert page.get("link_button")[0].proto.url == f"{address}/projector"
    assert (texts.ONLY_THIS_COMPUTER in [box.value for box in page.warning]) == warned


def test_only_a_class_with_cameras_asks_to_read_the_notice_about_them(school):
    page = open_page(notice_read=False)
    assert live_texts.NOTICE.strip() not in text(page)
    assert not page.button("class-open").disabled
    page.radio("class-mode").set_value(Mode.CAMERA).run()
    assert live_texts.NOTICE.strip() in text(page)
    assert page.button("class-open").disabled
    assert "their own devices read their faces" in live_texts.NOTICE
    assert "The devices of students who agree read" in text(page)
    page.button("notice-read").click().run()
    assert not page.exception
    page.button("class-open").click().run()
    assert page.session_state["classroom"].mode == Mode.CAMERA
    assert texts.WAITING_NONE in text(page)


def test_a_class_without_cameras_opens_without_the_notice_about_them(school):
    page = open_page(notice_read=False)
    page.button("class-open").click().run()
    assert page.session_state["classroom"].mode == Mode.PULSE
    assert texts.WAITING_NONE in text(page)


@pytest.mark.parametrize("mode", Mode)
def test_whoever_watches_a_class_with_cameras_reads_the_notice_first(school, mode):
    page = open_page(school.open(mode=mode), notice_read=False)
    asked = "notice-read" in [button.key for button in page.button]
    assert asked == (texts.WAITING_NONE not in text(page)) == mode.uses_cameras
    # A teacher who loads the page again sees that the class goes on, and not the first page.
    assert [title.value for title in page.title] == ["Physics"]


def test_no_field_moves_while_somebody_types_in_it(school):
    """Streamlit makes a field anew that moves within its page: what was not sent yet is lost."""

    def place(block, key, path=()):
        for index, child in block.children.items():
            if getattr(child, "key", None) == key:
                return (*path, index)
            if hasattr(child, "children") and (there := place(child, key, (*path, index))):
                return there
        return None

    def places():
        return [place(page.main, key) for key in ("class-title", "class-k", "class-ends")]

    page = open_page()
    before = places()
    assert None not in before
    page.radio("class-mode").set_value(Mode.CAMERA).run()
    page.toggle("class-rehearsal").set_value(True).run()
    assert places() == before
    school.open()
    assert "Physics" in page.run().button[0].label
    assert places() == before


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
    page = open_page(school.room)
    assert "Students here: 4 of at least 5." in text(page)
    assert metric(page, "Pleasant") is None
    assert metric(page, texts.PULSES[Pulse.LOST]) is None


def test_a_class_that_has_just_filled_waits_for_its_first_numbers(school):
    room = school.open()
    school.run(3)
    for name in "abcde":
        school.join(name, "happy")
        room.connected(school.students[name][0], school.time)
    assert "Students here: 5. The first numbers come" in text(open_page(room))


def test_five_students_make_numbers(school):
    room = school.open()
    for name in "abcde":
        school.join(name, "happy")
    school.run(SECONDS - 5)
    for name in "abc":
        room.press(school.students[name][0], Pulse.LOST, school.time)
    school.run(5)
    page = open_page(school.room)
    assert "Mostly smiles" in text(page)
    assert metric(page, "Students") == "5"
    assert int(metric(page, "Pleasant").rstrip("%")) > 60
    assert metric(page, texts.PULSES[Pulse.LOST]) == "3"
    assert texts.PULSE_FADES in text(page)
    assert metric(page, texts.PULSES[Pulse.CLEAR]) == "0"


def test_a_class_without_cameras_shows_its_pulse_and_no_faces(school):
    school.open(mode=Mode.PULSE)
    for name in "abcde":
        school.join(name, None)
    school.run(SECONDS)
    page = open_page(school.room)
    assert metric(page, "Students") == "5"
    assert metric(page, texts.PULSES[Pulse.LOST]) == "0"
    assert metric(page, "Pleasant") is None
    assert not page.sidebar.slider, "a class without cameras has no alerts to set"
    assert live_texts.SENSITIVITY not in " ".join(box.value for box in page.sidebar.markdown)


def test_a_question_is_asked_with_one_tap_and_answered(school):
    room = school.open()
    for name in "abcde":
        school.join(name, "neutral")
    school.run(SECONDS - 10)
    page = open_page(school.room)
    page.button("question-0").click().run()
    asked = room.question()
    assert asked.text == texts.QUESTION_PRESETS[0]
    assert texts.TALLY_WAITING.format(k=5) in text(page)
    for name in "abcde":
        room.answer(school.students[name][0], Answer.SO_SO, asked.id, school.time)
    school.run(3)
    page.run()
    assert metric(page, texts.ANSWERS[Answer.SO_SO]) == "5"
    assert texts.TALLY_IN_STEPS.format(k=5) in text(page)
    school.leave("a")
    page.run()
    assert texts.TALLY_TOO_FEW.format(k=5) in text(page)
    assert texts.TALLY_WAITING.format(k=5) not in text(page)
    page.button("question-end").click().run()
    assert room.question() is None


def test_a_question_that_is_too_long_stays_in_its_field_and_the_page_says_so(school):
    room = school.open()
    page = open_page(room)

    def ask(words):
        page.text_input("question-words").input(words)
        next(button for button in page.button if button.label == texts.ASK).click().run()

    ask("x" * 121)
    assert room.question() is None
    assert page.text_input("question-words").value == "x" * 121
    said = texts.QUESTION_LONG.format(letters=121, longest=120)
    assert said in [warning.value for warning in page.warning]
    ask("x" * 120)
    assert room.question().text == "x" * 120
    assert page.text_input("question-words").value == ""
    assert said not in [warning.value for warning in page.warning]


def test_a_question_in_a_rehearsal_says_that_nobody_has_answered(school):
    room = school.open(rehearsal=True)
    school.join("a", "neutral")
    school.run(SECONDS - 10)
    room.ask("Clear so far?", school.time)
    assert texts.TALLY_NONE in text(open_page(room))


def test_only_those_who_chose_it_are_shown_and_their_nickname_is_text(school):
    school.open(individual=True)
    shown = Consent(Camera.PICTURES, nickname="<script>*x*", individual=True)
    school.join("a", "happy", shown)
    for name in "bcde":
        school.join(name, "sad")
    school.run(SECONDS)
    page = open_page(school.room)
    assert listed(page) == [r"- \<script\>\*x\*: pleasant"]


def listed(page):
    return [block.value for block in page.markdown if block.value.startswith("- ")]


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ([reading("angry")], f"unpleasant, {texts.TILE_LONG}"),
        ([reading("surprise")], "surprised"),
        ([reading("angry", state=FaceState.UNSURE)], "unsure"),
        ([], texts.TILE_NOTHING),
    ],
)
def test_a_student_is_described_like_the_class_and_not_judged(school, readings, said):
    room = school.open(individual=True)
    for name in ("Ben", "Ann"):
        school.join(name, "neutral", Consent(Camera.DEVICE, name, individual=True))
    ben, _ = school.students.pop("Ben")
    for _ in range(65):
        room.connected(ben, school.time)
        if readings:
            room.add(ben, MoodBucket.of(readings), school.time + 0.5)
        school.run(1)
    assert listed(open_page(room)) == [f"- Ann: neutral\n- Ben: {said}"]


def test_ending_a_class_shows_its_report_and_offers_another(school, monkeypatch):
    went = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append(query_params))
    room = school.open()
    for n in range(5):
        school.join(n, "happy")
    school.run(SECONDS)
    page = open_page(school.room)
    page.button("end-now").click().run()
    assert not page.exception
    assert room.closed is not None
    assert went == [{"class": room.id}]
    assert "is over" in text(page)
    page.button("class-another").click().run()
    assert page.title[0].value == texts.OPEN_HEADING


def test_a_class_that_goes_on_can_be_opened_again(school):
    room = school.open()
    school.run(SECONDS)
    page = open_page()
    page.button(f"class-{room.id}").click().run()
    assert not page.exception
    assert page.session_state["classroom"] is room
    assert page.title[0].value == "Physics"


@contextmanager
def locked(path):
    """Meanwhile somebody else holds the database, so that this process cannot write."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_the_page_goes_on_by_itself_while_the_database_is_away(school, tmp_path):
    school.open()
    for name in "abcde":
        school.join(name, "happy")
    school.run(SECONDS)
    page = open_page(school.room)
    assert texts.ALONE_NOW not in text(page)
    with locked(tmp_path / "classes.db"):
        school.room.press(school.students["a"][0], Pulse.LOST, school.time)
        school.run(3)
        page.context = {"url": "https://a.school/class"}
        page.run()
        assert [box.value for box in page.caption].count(texts.ALONE_NOW) == 1
        assert not page.warning
        assert metric(page, texts.PULSES[Pulse.LOST]) == "1"
        assert metric(page, "Students") == "5"
    school.run(1)
    assert texts.ALONE_NOW not in text(page.run())


def test_the_page_says_that_numbers_stand_still_if_others_are_elsewhere(school, tmp_path):
    room = school.open()
    for name in "abcde":
        school.join(name, "happy")
    other = Classrooms(
        Store(Database(f"sqlite:///{tmp_path}/classes.db")), clock=lambda: school.time
    )
    there = other.by_code(room.code)
    student = there.student(there.admit(Consent(), school.time))
    for _ in range(SECONDS):
        there.connected(student, school.time)
        other.meet()
        school.run(1)
    with locked(tmp_path / "classes.db"):
        school.run(2)
        said = text(open_page(school.room))
    assert texts.STORE_AWAY_NOW in said
    assert texts.ALONE_NOW not in said


def test_a_link_lets_a_co_teacher_watch_and_ask_but_not_end(school, monkeypatch):
    room = school.open(owner="teacher@school.org")
    for name in "abcde":
        school.join(name, "happy")
    school.run(SECONDS)
    monkeypatch.setattr(visit, "person", Stranger)
    secret = school.rooms.invite(room.id)
    page = AppTest.from_file(str(ROOT / "pages" / "class.py"), default_timeout=60)
    page.session_state["notice_read"] = True
    page.query_params["invitation"] = secret
    page.run()
    assert not page.exception
    assert metric(page, "Students") == "5"
    page.button("question-0").click().run()
    assert room.question() is not None
    assert not [button for button in page.button if button.key in ("end-now", "link-make")]
    monkeypatch.setattr(co_teacher, "CHECK_S", 0)
    with monkeypatch.context() as away:
        away.setattr(school.rooms.store.database, "engine", unreachable())
        assert metric(page.run(), "Students") == "5"
    school.rooms.revoke(room.id)
    page.run()
    assert texts.REVOKED in text(page)
    assert metric(page, "Students") is None


def limits(page):
    return [slider.value for slider in page.sidebar.slider]


def test_a_co_teacher_sees_the_limits_of_alerts_and_leaves_them(school, monkeypatch):
    room = school.open(owner="teacher@school.org")
    owner = open_page(room)
    assert limits(owner) == [40, 50, 15]
    owner.sidebar.slider[0].set_value(60).run()
    owner.sidebar.slider[2].set_value(5).run()
    assert room.limits == AlertLimits(0.6, 0.5, 5)
    with monkeypatch.context() as away:
        away.setattr(visit, "person", Stranger)
        page = AppTest.from_file(str(ROOT / "pages" / "class.py"), default_timeout=60)
        page.session_state["notice_read"] = True
        page.query_params["invitation"] = school.rooms.invite(room.id)
        page.run()
        assert not page.exception
        assert not page.sidebar.slider
        said = texts.LIMITS.format(negative=0.6, presence=0.5, hold=5)
        assert said in [caption.value for caption in page.sidebar.caption]
    assert room.limits == AlertLimits(0.6, 0.5, 5)
    assert limits(owner.run()) == [60, 50, 5]


def test_the_limits_of_alerts_survive_a_reload_of_the_page(school):
    room = school.open()
    open_page(room).sidebar.slider[1].set_value(30).run()
    other = open_page(room)
    assert limits(other) == [40, 30, 15]
    open_page(room).sidebar.slider[2].set_value(20).run()
    other.sidebar.slider[0].set_value(70).run()
    assert room.limits == AlertLimits(0.7, 0.3, 20)
    assert limits(other) == [70, 30, 20]
    assert not other.exception
    assert [box.value for box in other.warning] == [texts.ONLY_THIS_COMPUTER]
    assert limits(open_page(school.open())) == [40, 50, 15]


def test_a_browser_that_draws_the_second_run_only_shows_the_limits_of_alerts(school):
    """A busy server ran the page twice before the browser drew it. The browser showed the lowest
    limits and sent them back, and the class had alerts above 10 % after one second."""
    room = school.open()
    page = open_page(room)
    page.sidebar.slider[0].set_value(60).run()
    page.run()
    assert [list(slider.proto.default) for slider in page.sidebar.slider] == [[60], [50], [15]]


def test_a_class_of_somebody_else_is_not_shown(school, monkeypatch):
    monkeypatch.setattr(visit, "person", Stranger)
    monkeypatch.setattr(opening, "person", Stranger)
    page = open_page(school.open(owner="teacher@school.org"))
    assert page.title[0].value == texts.OPEN_HEADING
    assert "class" not in page.query_params


def test_the_link_that_is_made_opens_the_class_until_it_is_revoked_here(school):
    page = open_page(school.open())
    page.context = {"url": "https://a.school/class"}
    page.button("link-make").click().run()
    address, secret = page.code[-1].value.split("=")
    assert address == "https://a.school/class?invitation"
    assert school.rooms.by_invitation(secret) is school.room
    page.button("link-revoke").click().run()
    assert secret not in " ".join(box.value for box in page.code)
    with pytest.raises(WrongCode):
        school.rooms.by_invitation(secret)


def test_a_class_that_goes_on_is_not_found_while_the_database_is_away(school, monkeypatch):
    """The server was started anew since it was opened."""
    room = school.open()
    school.rooms = Classrooms(school.rooms.store, clock=lambda: school.time)
    page = open_page()
    with monkeypatch.context() as away:
        away.setattr(school.rooms.store.database, "engine", unreachable())
        page.button(f"class-{room.id}").click().run()
        assert not page.exception
        assert page.error[0].value.startswith("The class page cannot start: The database")
    page.run()
    page.button(f"class-{room.id}").click().run()
    assert metric(page, texts.CODE).replace("-", "") == room.code


def test_a_class_that_was_ended_elsewhere_is_over_also_without_the_database(school, monkeypatch):
    room = school.open()
    page = open_page(room)
    school.rooms.close(room.id)
    with monkeypatch.context() as away:
        away.setattr(school.rooms.store.database, "engine", unreachable())
        page.button("end-now").click().run()
        assert not page.exception
        assert texts.OVER.format(title=room.title) in text(page)


def test_a_link_that_could_not_be_made_is_told_until_it_can(school, monkeypatch):
    page = open_page(school.open())
    with monkeypatch.context() as away:
        away.setattr(school.rooms.store.database, "engine", unreachable())
        page.button("link-make").click().run()
        page.run()  # something on the page reports a change in the same moment
        assert any(box.value.startswith("This needs the database.") for box in page.error)
    page.button("link-make").click().run()
    assert not page.exception
    assert not page.error
