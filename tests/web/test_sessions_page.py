"""The page of past sessions, run as a script, over real classes and results."""

import errno
import io
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from fer.access.roles import Person, Role
from fer.classroom.classrooms import Classrooms
from fer.errors import StoreError
from fer.jobs.owned import OwnedJobs
from fer.settings import ROOT
from fer.store.database import Database
from fer.store.store import Store
from fer.text import markdown
from fer.web.recording import stored
from fer.web.recording import texts as recording
from fer.web.sessions import texts, visible
from fer.web.sessions.table import SHOWN
from tests.sessions.conftest import ANN, BOB, archive
from tests.tables import HOSTILE, lecture, live_session

__all__ = ["archive"]

SESSIONS = visible.sessions
HAPPY, SAD = ["happy"] * 6, ["sad"] * 6


@pytest.fixture(autouse=True)
def fresh(monkeypatch, archive):
    monkeypatch.setattr("fer.web.sessions.visible.sessions", lambda: archive.seen_by(ANN))
    for cached in (visible.glance, visible.report, stored.stored_outline, stored.stored_report):
        cached.clear()


def open_page(visitor=None, **query):
    page = AppTest.from_file(str(ROOT / "pages" / "sessions.py"), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    page.context = visitor or {}
    page.run()
    assert not page.exception
    return page


def text(page):
    boxes = (*page.markdown, *page.info, *page.caption, *page.title, *page.warning, *page.error)
    return "\n".join(box.value for box in boxes)


def names(page):
    return [box.label for box in page.checkbox if box.key.startswith("session-")]


def choose(page, *places):
    for place in places:
        page.checkbox[place].check()
    page.run()
    assert not page.exception


def test_every_file_and_page_has_the_visitors_clock(archive, monkeypatch):
    """The server's clock is mostly that of UTC."""
    archive.held(HAPPY, title="Maths")
    room = archive.held(HAPPY, title="Dr. Smith, week 1.2")
    made = {}

    def keep(label, make, name, type_, key):
        made[name] = make()

    for module in ("sessions.actions", "sessions.compared", "recording.downloads"):
        monkeypatch.setattr(f"fer.web.{module}.download_button", keep)
    zone = ZoneInfo("Asia/Kolkata")
    clock = f"{datetime.fromtimestamp(room.began, zone):%Y-%m-%d, %H:%M} to "
    page = open_page({"timezone": zone.key}, **{"class": room.id})
    assert clock in text(page)
    assert clock in made[f"{room.title}-report.html"]
    keys = [one.key for one in archive.seen_by(ANN).classes()]
    open_page({"timezone": zone.key}, compare=keys)
    assert b",IST," in made["sessions.csv"]
    page = open_page({"timezone": zone.key})
    choose(page, 0, 1)
    with zipfile.ZipFile(io.BytesIO(made["sessions.zip"])) as packed:
        assert clock in packed.read(f"{room.title}/report.html").decode()


def test_files_are_named_after_the_whole_title(archive, monkeypatch):
    room = archive.held(HAPPY, title="Dr. Ann, week 7.2")
    names = []
    monkeypatch.setattr(
        "fer.web.recording.downloads.download_button", lambda *args: names.append(args[2])
    )
    open_page(**{"class": room.id})
    assert "Dr. Ann, week 7.2-report.pdf" in names


def test_an_empty_page_says_how_it_fills(archive):
    page = open_page()
    assert texts.NONE_YET in text(page)
    assert "after 365 days" in text(page)
    assert not page.checkbox
    assert {"sessions-class", "sessions-recording"} <= {button.key for button in page.button}


def test_classes_and_recordings_are_listed_with_what_they_say(archive):
    archive.held(HAPPY)
    archive.held(["happy"] * 3, title="Too few")
    archive.board.add_report(HOSTILE, lecture(60, peak="sad"), ANN)
    archive.board.add_report("Live class", live_session(), ANN)
    archive.held(HAPPY, BOB, title="Of somebody else")
    page = open_page()
    assert len(names(page)) == 4
    said = text(page)
    assert {"class", "import", "live session"} <= {block.value for block in page.markdown}
    assert "Mostly smiles" in said
    assert texts.TOO_FEW in said.replace("\\", "")
    assert "unpleasant expressions" in said
    assert "Of somebody else" not in "".join(names(page))
    assert "<script>" not in "".join(names(page))
    assert page.button("sessions-open").disabled


def test_the_report_on_a_class_opens_and_can_be_downloaded(archive):
    archive.held(HAPPY)
    page = open_page()
    choose(page, 0)
    page.button("sessions-open").click().run()
    assert not page.exception
    assert page.title[0].value == "Physics"
    assert "Mostly smiles" in text(page)
    values = {metric.label: metric.value for metric in page.metric}
    assert values["students (mean, most)"] == "6.0, 6"
    page.button("sessions-back").click().run()
    assert page.title[0].value == texts.TITLE


def test_where_the_pdf_cannot_write_a_name_the_page_says_so(archive):
    for title, said in (("Physics", False), ("שלום", True)):
        page = open_page(**{"class": archive.held(HAPPY, title=title).id})
        assert (recording.PDF_RIGHT_TO_LEFT in text(page)) is said


def test_a_class_of_somebody_else_does_not_open(archive):
    room = archive.held(HAPPY, BOB)
    page = open_page(**{"class": room.id})
    assert texts.GONE in text(page)
    assert "Physics" not in text(page)


def test_a_class_of_too_few_opens_without_numbers(archive):
    room = archive.held(["happy"] * 4)
    page = open_page(**{"class": room.id})
    assert texts.NO_NUMBERS in text(page)
    assert not page.metric


def test_a_session_is_renamed(archive):
    archive.held(HAPPY)
    page = open_page()
    choose(page, 0)
    (field,) = [box for box in page.text_input if box.label == texts.NEW_NAME]
    assert field.value == "Physics"
    field.set_value("Optics *1*").run()
    page.button("sessions-rename").click().run()
    assert not page.exception
    assert names(page) == [r"Optics \*1\*"]


def test_several_are_compared_over_time(archive):
    archive.held(HAPPY, title="first")
    archive.school.time += 86400
    archive.held(SAD, title="second")
    archive.held(["happy"], rehearsal=True, title="alone")
    page = open_page()
    choose(page, 0, 1, 2)
    page.button("sessions-compare").click().run()
    assert not page.exception
    said = text(page)
    assert texts.COMPARED in said
    assert texts.NOT_REHEARSALS.format(names="alone") in said
    assert len(page.get("plotly_chart")) == 2


def test_a_comparison_leaves_out_what_belongs_to_somebody_else(archive):
    mine, other = archive.held(HAPPY), archive.held(SAD, BOB)
    page = open_page(compare=[f"class-{mine.id}", f"class-{other.id}"])
    assert texts.COMPARE_MORE in text(page)
    assert not page.get("plotly_chart")


def test_deleting_asks_for_the_number_and_can_be_undone(archive):
    archive.held(HAPPY, title="first")
    archive.board.add_report("second.mp4", lecture(20), ANN)
    page = open_page()
    choose(page, 0, 1)
    assert page.button("sessions-delete").disabled
    (field,) = [box for box in page.text_input if "Type 2" in box.label]
    field.set_value("2").run()
    page.button("sessions-delete").click().run()
    assert not page.exception
    assert names(page) == []
    assert "Will be deleted within a minute" in text(page)
    page.button("sessions-undo").click().run()
    assert not page.exception
    assert len(names(page)) == 2
    assert "Will be deleted" not in text(page)


def test_a_result_that_cannot_be_deleted_stays_and_says_why(archive, monkeypatch):
    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    archive.board.add_report("second.mp4", lecture(20), ANN)
    page = open_page()
    choose(page, 0)
    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", read_only)
        page.button("sessions-delete").click().run()
    said = markdown("second.mp4 could not be deleted: Read-only file system.")
    assert said in text(page)
    assert "Will be deleted" not in text(page)
    assert names(page) == ["second.mp4"]
    assert said not in text(page.run())  # once is enough


def test_many_sessions_are_shown_when_asked_for(archive):
    report = lecture(20)
    for number in range(SHOWN + 1):
        archive.board.add_report(f"{number}.mp4", report, ANN)
    page = open_page()
    assert len(names(page)) == SHOWN
    page.toggle("sessions-all").set_value(True).run()
    assert len(names(page)) == SHOWN + 1


@pytest.fixture
def away(monkeypatch, archive):
    """The app has been started while its database, a PostgreSQL at a closed port, is away."""

    def rooms():
        return Classrooms(Store(Database("postgresql+psycopg://fer@127.0.0.1:1/classes")))

    person = Person(Role.INSTRUCTOR, ANN)
    monkeypatch.setattr(visible, "sessions", SESSIONS)
    monkeypatch.setattr(visible, "person", lambda: person)
    monkeypatch.setattr(visible, "jobs", lambda: OwnedJobs(archive.board, person))
    monkeypatch.setattr(visible, "bin_", lambda: archive.bin)
    monkeypatch.setattr(visible, "classrooms", rooms)
    with pytest.raises(StoreError):
        rooms()


def test_while_the_database_is_away_recordings_are_listed(archive, away):
    archive.board.add_report("second.mp4", lecture(20), ANN)
    page = open_page()
    assert names(page) == ["second.mp4"]
    assert texts.STORE_AWAY in text(page)
    assert not page.error


def test_while_the_database_is_away_a_recording_can_be_deleted_and_taken_back(archive, away):
    archive.board.add_report("second.mp4", lecture(20), ANN)
    page = open_page()
    choose(page, 0)
    page.button("sessions-delete").click().run()
    assert not page.exception
    assert names(page) == []
    page.button("sessions-undo").click().run()
    assert names(page) == ["second.mp4"]


def test_while_the_database_is_away_nobody_is_told_that_a_class_is_gone(archive, away):
    said = text(open_page(**{"class": "0123456789abcdef"}))
    assert texts.STORE_AWAY in said
    assert texts.GONE not in said
