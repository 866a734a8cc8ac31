import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow
from fer.report.live_report import live_report


def session(seconds=60, pause=()):
    row = np.full(7, 0.02, np.float32)
    row[EMOTIONS.index("sad")] = 0.88
    window = MoodWindow()
    for second in range(seconds):
        if second not in pause:
            window.add(second, [FaceReading((0, 0, 60, 60), row)])
    return window.timeline()


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


def test_a_pause_is_no_obstacle():
    report = live_report(session(pause=range(20, 40)), [], [], "Live class")
    assert report.summary["mean_faces"] == pytest.approx(1.0)


def test_an_empty_session_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        live_report(session(0), [], [], "Live class")
