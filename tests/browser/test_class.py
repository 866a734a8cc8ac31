"""A class in real browsers: an instructor and students, each with a different camera."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from fer.classroom.mode import Mode
from fer.settings import Settings
from fer.store.database import database_url
from fer.web.access import texts as access
from fer.web.classroom import texts
from tests.browser.classroom import (
    NUMBERS_MS,
    PHONE,
    classes_of,
    expect_students,
    expect_wait,
    join,
    join_address,
    join_without_camera,
    open_class,
    own_reading,
    watch,
)
from tests.browser.connections import REFUSE, WATCHED
from tests.browser.page import TABLET, camera, expect_one, expect_whole, metric, start, wait_until
from tests.fakes import wait_for

# Read by Python when the server starts. Numbers come after three seconds in which nobody comes or
# goes instead of ten, of which each costs a second of a processor here.
SOON = """
import fer.classroom.anonymity

fer.classroom.anonymity.WINDOW_S = 3
"""


def test_a_laughing_class_from_its_first_student_to_its_report(tmp_path, browsers, open_page):
    """The instructor has a tablet."""
    instructor = open_page(browsers("empty"), viewport=TABLET)
    (tmp_path / "sitecustomize.py").write_text(SOON)
    soon = {"PYTHONPATH": f"{tmp_path}:{stage.ROOT}"}
    with stage.App(tmp_path / "log.txt", **soon) as app:
        address = open_class(instructor, app.url, 3)
        expect(metric(instructor, "Code")).to_have_text(re.compile(r"^\w{3}-\w{4}$"))
        expect(instructor.get_by_role("button", name="End the class")).to_be_visible()
        expect_whole(instructor)

        def come() -> Page:
            return join(open_page(browsers("happy"), viewport=PHONE), address)

        students = [come(), come()]
        expect_wait(instructor, 2, 3)
        students.append(come())
        expect_students(instructor, 3)
        headline = instructor.locator(".st-key-headline")
        expect(headline).to_contain_text("Mostly smiles", timeout=NUMBERS_MS)
        expect(headline).to_contain_text("Only 3 faces readable")

        # A fourth student without a camera counts as present and presses.
        fourth = join_without_camera(open_page(browsers("happy"), viewport=PHONE), address)
        fourth.get_by_role("button", name="I am lost").click()
        expect_students(instructor, 4)
        expect(metric(instructor, "Lost")).to_have_text("1", timeout=NUMBERS_MS)
        expect_whole(instructor)

        # Somebody pauses: two faces are too few, four students are not.
        first = students[0]
        first.get_by_role("button", name="Pause camera").click()
        expect_one(first.get_by_text("Your camera is off. Nothing is sent."))
        assert first.evaluate("document.querySelector('video').srcObject") is None
        expect_one(instructor.get_by_text("Too few students share a camera"), timeout=NUMBERS_MS)
        expect_students(instructor, 4)
        everybody = (instructor, fourth, *students)
        assert [page.complaints for page in everybody] == [[]] * 5

        # The class goes on after the server was killed; its people come back by themselves.
        for student in students[1:]:  # fewer that are open take less time
            student.goto("about:blank")
        first.get_by_role("button", name="Use camera again").click()
        expect_one(own_reading(first))
        app.process.kill()
        app.process.wait()
        for student in (fourth, first):
            expect_one(student.get_by_text("The page connects again by itself."))
        with stage.App(tmp_path / "again.txt", port=app.port, **soon):
            for student in (fourth, first):
                expect(student.locator("#connection")).to_be_empty()
            seen = first.locator("#sent").inner_text()
            expect(first.locator("#sent")).not_to_have_text(seen)
            instructor.get_by_role("button", name="I have read this").click()
            expect_one(instructor.get_by_text("Students here: 2 of at least 3."))
            instructor.get_by_role("button", name="End the class").click()
            instructor.get_by_role("button", name="End now and show the report").click()
            instructor.wait_for_url(re.compile(r"/sessions\?class="))
            expect_one(instructor.get_by_role("heading", name="Physics"))
            expect_one(instructor.get_by_text("Export", exact=True))
            for student in (fourth, first):
                expect_one(student.get_by_text("This class is over."))


def test_a_student_answers_once_leaves_and_joins_again(app, cameraless, open_page):
    """In a class without cameras, of which another process has what its instructor does."""
    with classes_of(app) as classes:
        room = classes.open("Physics", mode=Mode.PULSE)
        student = join_without_camera(open_page(cameraless), join_address(app, room), "Join")
        expect(student.get_by_role("button", name="camera")).to_have_count(0)
        asked = room.ask("Clear so far?", time.time())
        classes.meet()
        question = student.locator("#question")
        expect(question).to_contain_text("Clear so far?")
        question.get_by_role("button", name="So-so").click()
        expect_one(question.get_by_text("Your answer is counted."))

        # A page that is loaded again has answered already.
        student.reload()
        expect_one(question.get_by_text("Your answer is counted."))
        so_so = question.get_by_role("button", name="So-so")
        expect(so_so).to_have_attribute("aria-pressed", "true")
        expect(question.get_by_role("button", name="Yes")).to_be_disabled()
        room.end_question(time.time(), asked)
        classes.meet()
        expect(question).to_be_hidden()

        student.get_by_role("button", name="Leave class").click()
        expect_one(student.get_by_text("You have left the class."))
        student.get_by_role("button", name="Join again").click()
        student.get_by_role("button", name="Join", exact=True).click()
        expect_one(student.get_by_text("You have joined without a camera."))
        expect(student.locator("#connection")).to_be_empty()
        classes.close(room.id)
        expect_one(student.get_by_text("This class is over."))
        assert student.complaints == []


def test_on_postgresql_a_class_goes_on_through_outages(
    tmp_path, postgres, cameraless, open_page, instructor
):
    """A rehearsal, whose numbers come at once. There are two outages: the instructor comes in the
    first and is there already in the second."""
    settings = {"DATABASE_URL": postgres.database()}
    with stage.App(tmp_path / "log.txt", **settings) as app:
        url = database_url(Settings(database=settings["DATABASE_URL"]))
        with classes_of(app, url) as classes:
            room = classes.open("Physics", mode=Mode.PULSE, rehearsal=True)
            student = join_without_camera(open_page(cameraless), join_address(app, room), "Join")
            # The app counts on serving the class alone once its first exchange with the database is
            # over, which a second one shows.
            wait_until(student, lambda: classes.past(room.id).students)
            last = max(classes.past(room.id).students)
            wait_until(student, lambda: max(classes.past(room.id).students) > last)
        with away(postgres):
            watch(instructor, app, room)
            expect_one(instructor.get_by_text(texts.ALONE_NOW))
            expect_students(instructor, 1)
        expect(instructor.get_by_text(texts.ALONE_NOW)).to_have_count(0)
        with away(postgres):
            expect_one(instructor.get_by_text(texts.ALONE_NOW))
            student.get_by_role("button", name="I am lost").click()
            expect(metric(instructor, "Lost")).to_have_text("1")
        expect(instructor.get_by_text(texts.ALONE_NOW)).to_have_count(0)


@contextmanager
def away(postgres):
    """An outage of the database."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


def test_a_camera_of_the_room_is_one_more_source_once_it_is_not_refused(app, browsers, open_page):
    """In a rehearsal, whose numbers come at once."""
    instructor = open_page(browsers("six"), viewport={"width": 1366, "height": 768})
    instructor.add_init_script(REFUSE)
    with classes_of(app) as classes:
        room = classes.open("Physics", mode=Mode.CAMERA, rehearsal=True)
        watch(instructor, app, room)
    instructor.evaluate("window.refusal = 'NotFoundError'")
    instructor.get_by_text(texts.ROOM_SOURCE).click()
    instructor.wait_for_function(WATCHED)
    for name in ("Start camera", "Choose camera"):
        camera(instructor).get_by_role("button", name=name).click()
        expect_one(camera(instructor).get_by_text("No camera was found: connect one"))
    instructor.evaluate("window.refusal = ''")
    camera(instructor).get_by_role("button", name="Done").click()
    start(instructor)
    expect(metric(instructor, "Students")).to_have_text(re.compile("[567]"), timeout=NUMBERS_MS)
    expect(instructor.locator(".st-key-headline")).to_contain_text("faces readable")


def test_a_co_teacher_needs_the_link_and_no_password(guarded):
    """Without a browser, which takes ten seconds for a page."""
    with classes_of(guarded) as classes:
        room = classes.open("Physics", mode=Mode.PULSE)
        address = f"class?invitation={classes.invite(room.id)}"
        with Visitor(guarded.url, address) as visitor:
            assert "Physics" in visitor.texts
            assert texts.WAITING_NONE in visitor.texts
            assert "End the class" not in visitor.buttons
            assert access.FOR_INSTRUCTORS not in visitor.texts
            classes.revoke(room.id)
            parts, page = [*visitor.parts], visitor.page

            def is_out() -> bool:
                """Runs the parts of the page as a browser does each second."""
                for part in parts:
                    visitor.run_part(part, page)
                visitor.wait_for("script_finished")
                return access.FOR_INSTRUCTORS in visitor.texts

            wait_for(is_out, 30, pause=lambda: time.sleep(1))
