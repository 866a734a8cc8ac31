"""A class in real browsers: an instructor and students, each with a different camera."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from fer.web.access import texts as access
from fer.web.classroom import texts
from tests.browser.classroom import (
    NUMBERS_MS,
    PHONE,
    expect_face_numbers,
    expect_students,
    expect_wait,
    join,
    join_without_camera,
    open_class,
    own_reading,
)
from tests.browser.page import expect_one, metric, sign_in, start


def test_a_laughing_class_from_its_first_student_to_its_report(
    tmp_path, browsers, open_page, instructor
):
    with stage.App(tmp_path / "log.txt") as app:
        address = open_class(instructor, app.url)

        def come() -> Page:
            return join(open_page(browsers("happy"), viewport=PHONE), address)

        students = [come() for _ in range(4)]
        expect_wait(instructor, 4)
        students.append(come())
        expect_students(instructor, 5)
        headline = instructor.locator(".st-key-headline")
        expect(headline).to_contain_text("Mostly smiles", timeout=NUMBERS_MS)
        expect(headline).to_contain_text("5 of 5 faces readable")

        # A sixth student without a camera counts as present and presses.
        sixth = join_without_camera(open_page(browsers("happy"), viewport=PHONE), address)
        sixth.get_by_role("button", name="I am lost").click()
        expect_students(instructor, 6)
        expect(metric(instructor, "Lost")).to_have_text("1", timeout=NUMBERS_MS)

        # Somebody pauses: four faces are too few, six students are not.
        first = students[0]
        first.get_by_role("button", name="Pause camera").click()
        expect_one(first.get_by_text("Your camera is off. Nothing is sent."))
        assert first.evaluate("document.querySelector('video').srcObject") is None
        expect_one(instructor.get_by_text("Too few students share a camera"), timeout=NUMBERS_MS)
        expect_students(instructor, 6)
        first.get_by_role("button", name="Use camera again").click()
        expect_one(own_reading(first))
        expect_face_numbers(instructor)
        everybody = (instructor, sixth, *students)
        assert [page.complaints for page in everybody] == [[]] * 7

        # The class goes on after the server was killed.
        app.process.kill()
        app.process.wait()
        for student in (sixth, *students):
            expect_one(student.get_by_text("The page connects again by itself."))
        with stage.App(tmp_path / "again.txt", port=app.port):
            for student in students:
                expect_one(own_reading(student), timeout=NUMBERS_MS)
            expect(sixth.locator("#connection")).to_be_empty()
            instructor.reload()
            instructor.get_by_role("button", name="I have read this").click()
            expect_students(instructor, 6)
            expect_face_numbers(instructor)
            expect_one(instructor.get_by_role("heading", name="Physics"))

            # Two leave: the numbers go.
            for student in (sixth, first):
                student.get_by_role("button", name="Leave class").click()
                expect_one(student.get_by_text("You have left the class."))
            expect_wait(instructor, 4)

            # One of them returns.
            first.get_by_role("button", name="Join again").click()
            first.get_by_role("button", name="I agree: use my camera").click()
            first.get_by_role("button", name="Use this camera").click()
            expect_one(own_reading(first))

            instructor.get_by_role("button", name="End the class").click()
            instructor.get_by_role("button", name="End now and show the report").click()
            instructor.wait_for_url(re.compile(r"/sessions\?class="))
            expect_one(instructor.get_by_role("heading", name="Physics"))
            expect_one(instructor.get_by_text("Export", exact=True))
            expect_one(first.get_by_text("This class is over."))


def test_a_class_without_cameras(app, cameraless, open_page, instructor):
    address = open_class(instructor, app.url, mode="Pulse only")
    students = [join_without_camera(open_page(cameraless), address, "Join") for _ in range(5)]
    expect_students(instructor, 5)
    instructor.get_by_role("button", name="Clear so far?").click()
    for student in students:
        student.get_by_role("button", name="Slower, please").click()
        question = student.locator("#question")
        expect(question).to_contain_text("Clear so far?")
        question.get_by_role("button", name="So-so").click()
        expect_one(question.get_by_text("Your answer is counted."))
        expect(student.get_by_role("button", name="camera")).to_have_count(0)

    # A page that is loaded again has answered already.
    students[0].reload()
    question = students[0].locator("#question")
    expect_one(question.get_by_text("Your answer is counted."))
    expect(question.get_by_role("button", name="So-so")).to_have_attribute("aria-pressed", "true")
    expect(question.get_by_role("button", name="Yes")).to_be_disabled()
    expect(metric(instructor, "So-so")).to_have_text("5", timeout=NUMBERS_MS)
    expect(metric(instructor, "Slower")).to_have_text(re.compile("[345]"), timeout=NUMBERS_MS)
    expect(metric(instructor, "Pleasant")).to_have_count(0)
    instructor.get_by_role("button", name="End the question").click()
    expect(students[0].locator("#question")).to_be_hidden()

    # One leaves and the numbers go; the student returns, and the numbers do, too.
    first = students[0]
    first.get_by_role("button", name="Leave class").click()
    expect_wait(instructor, 4)
    first.get_by_role("button", name="Join again").click()
    first.get_by_role("button", name="Join", exact=True).click()
    expect_students(instructor, 5)


def test_on_postgresql_a_class_outlasts_an_outage_and_a_killed_server(
    tmp_path, postgres, cameraless, open_page, instructor
):
    settings = {"DATABASE_URL": postgres.database()}
    with stage.App(tmp_path / "log.txt", **settings) as app:
        address = open_class(instructor, app.url, mode="Pulse only")
        students = [join_without_camera(open_page(cameraless), address, "Join") for _ in range(5)]
        expect_students(instructor, 5)
        postgres.stop()
        try:
            expect_one(instructor.get_by_text(texts.ALONE_NOW))
            _all_press(students, "I am lost")
            expect(metric(instructor, "Lost")).to_have_text(re.compile("[345]"))
            instructor.reload()
            expect_students(instructor, 5)
        finally:
            postgres.start()
        expect(instructor.get_by_text(texts.ALONE_NOW)).to_have_count(0)
        app.process.kill()
        app.process.wait()
        for student in students:
            expect_one(student.get_by_text("The page connects again by itself."))
        with stage.App(tmp_path / "again.txt", port=app.port, **settings):
            for student in students:
                expect(student.locator("#connection")).to_be_empty()
            instructor.reload()
            expect_students(instructor, 5)
            _all_press(students, "Slower, please")
            expect(metric(instructor, "Slower")).to_have_text(re.compile("[345]"))


def _all_press(students: list[Page], button: str) -> None:
    for student in students:
        student.get_by_role("button", name=button).click()


def test_a_camera_of_the_room_is_one_more_source(app, browsers, open_page):
    instructor = open_page(browsers("six"), viewport={"width": 1366, "height": 768})
    open_class(instructor, app.url)
    instructor.get_by_text(texts.ROOM_SOURCE).click()
    start(instructor)
    expect(metric(instructor, "Students")).to_have_text(re.compile("[567]"), timeout=NUMBERS_MS)
    expect(instructor.locator(".st-key-headline")).to_contain_text("faces readable")


def test_a_co_teacher_needs_the_link_and_no_password(guarded, browsers, open_page, instructor):
    instructor.goto(f"{guarded.url}/class")
    sign_in(instructor)
    open_class(instructor, guarded.url)
    instructor.get_by_role("button", name="Link for a co-teacher").click()
    instructor.get_by_role("button", name="Make a link").click()
    link = instructor.get_by_text("invitation=")
    expect_one(link)
    other = open_page(browsers("empty"), viewport={"width": 1366, "height": 768})
    other.goto(link.inner_text().strip())
    other.get_by_role("button", name="I have read this").click()
    expect_one(other.get_by_role("heading", name="Physics"))
    expect_one(other.get_by_text("Nobody has joined yet"))
    expect(other.get_by_role("button", name="End the class")).to_have_count(0)
    instructor.get_by_role("button", name="Revoke it").click()
    expect_one(other.get_by_text(access.FOR_INSTRUCTORS), timeout=30_000)
