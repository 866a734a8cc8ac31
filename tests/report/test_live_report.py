from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading
from fer.mood.record import MoodRecord
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow
from fer.report.contents import contents
from fer.report.export import files
from fer.report.html import to_html
from fer.report.live_report import live_report


def face(emotion):
    row = np.full(7, 0.02, np.float32)
    row[EMOTIONS.index(emotion)] = 0.88
    return FaceReading((0, 0, 60, 60), row)


def session(seconds=60, pause=()):
    window = MoodWindow()
    for second in range(seconds):
        if second not in pause:
            window.add(second, [face("sad")])
    return window.timeline()


class Session(MoodRecord):
    """A session whose faces are given second by second."""

    streaming, now, shown_until = False, 0.0, 0.0

    def __init__(self, seconds, prevalence=None):
        super().__init__(prevalence)
        for second, emotions in enumerate(seconds):
            self.window.add(second, [face(emotion) for emotion in emotions])
        self.now = self.shown_until = float(len(seconds))
        self.feed(len(seconds))


def test_alerts_and_marks_reach_the_report():
    alert = Event("negative mood", 10.0, 30.0, 0.9, "Unpleasant expressions rose above 40%.")
    report = live_report(session(), [alert], [Mark(5.0, "new topic")], "Live class")
    moments = [event for event in report.moments() if 0 < event.start <= 10]
    assert [(event.kind, event.text) for event in moments] == [
        ("mark", "new topic"),
        ("negative mood", "Unpleasant expressions rose above 40%."),
    ]
    # The recording's own limits would have found the same mood once more.
    assert [event.kind for event in report.events].count("negative mood") == 1
    assert report.summary["events"] == len(report.events)
    assert report.source == "Live class"
    assert report.summary["dominant"] == "sad"


def test_missing_faces_are_listed_once():
    """The alert and the moment of a recording have different names for them."""
    full, few = ["neutral"] * 20, ["neutral"] * 6
    record = Session([full] * 60 + [few] * 60 + [full] * 60)
    report = live_report(record.window.timeline(), record.alerts, [], "Live class")
    assert [event.kind for event in report.events] == ["faces missing"]


def test_what_raised_no_alert_is_not_listed_as_one():
    """Three faces are too few for an alert, and the teacher's limits may be higher."""
    faces = ["sad", "sad", "neutral"]
    record = Session([["neutral"] * 3] * 60 + [faces] * 60)
    assert record.alerts == []
    report = live_report(record.window.timeline(), record.alerts, [], "Live class")
    assert "negative mood" not in {event.kind for event in report.events}


def test_a_pause_is_no_obstacle():
    report = live_report(session(pause=range(20, 40)), [], [], "Live class")
    assert report.summary["mean_faces"] == pytest.approx(1.0)


NEW_YORK = ZoneInfo("America/New_York")
NINE = datetime(2026, 11, 27, 9, tzinfo=NEW_YORK).timestamp()


def test_clock_times_are_those_of_the_teacher_and_name_the_zone():
    report = live_report(session(600), [], [Mark(305.0, "")], "Live class", NINE)
    told = contents(report, zone=NEW_YORK)
    assert told.date == "2026-11-27, 09:00 to 09:09 EST"
    assert [event.when for event in told.events if event.kind == "mark"] == ["5:05 (09:05)"]
    for page in files(report, "", NEW_YORK)["report.html"], to_html(told).encode():
        assert b"09:00 to 09:09 EST" in page
        assert b"5:05 (09:05)" in page


def test_a_class_goes_on_while_the_clocks_change():
    began = datetime(2026, 11, 1, 1, 55, tzinfo=NEW_YORK).timestamp()
    told = contents(live_report(session(600), [], [], "Night", began), zone=NEW_YORK)
    assert told.date == "2026-11-01, 01:55 to 01:04 EST"


def test_an_empty_session_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        live_report(session(0), [], [], "Live class")
