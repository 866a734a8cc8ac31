import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fer.emotions import EMOTIONS, NEGATIVE, places
from fer.faces.core import FaceReading
from fer.model_card import ModelCard
from fer.mood.bucket import MoodBucket
from fer.mood.cells import cell_count
from fer.mood.groups import group_values
from fer.mood.prevalence import Prevalence
from fer.mood.record import MoodRecord
from fer.mood.timeline import mean_shares
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow
from fer.report.archive import keep, reopen
from fer.report.comparison import outline
from fer.report.contents import contents
from fer.report.export import files
from fer.report.highlights import best_and_worst
from fer.report.html import to_html
from fer.report.live_report import live_report
from fer.settings import ROOT


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


NEGATIVE_PLACES = places(NEGATIVE, len(EMOTIONS))


@pytest.fixture(scope="module")
def twelve():
    """Five minutes of twelve people, one of ten of them unpleasant, as the app's own network reads
    them; everybody looks different after 20 s."""
    prevalence = Prevalence.from_card(ModelCard.read(ROOT / "models" / "emotion.onnx").data)
    mixture = np.zeros(len(EMOTIONS))
    for name, share in {"neutral": 0.8, "happy": 0.1, "sad": 0.05, "angry": 0.05}.items():
        mixture[EMOTIONS.index(name)] = share
    rng = np.random.default_rng(3)
    record = Session([], prevalence)
    count = cell_count(len(EMOTIONS))
    for second in range(300):
        if second % 20 == 0:
            labels = rng.choice(len(EMOTIONS), 12, p=mixture)
            cells = [rng.choice(count, p=prevalence.likelihoods[:, label]) for label in labels]
        kept = np.zeros(count + len(EMOTIONS), np.float32)
        np.add.at(kept, cells, 1)
        kept[count:] = np.bincount(labels, minlength=len(EMOTIONS))
        record.window.merge(second, MoodBucket(1, 12, 12, 12, kept))
    record.now = record.shown_until = 300.0
    return record


def report_on(record):
    window, prevalence = record.window, record.prevalence
    return live_report(
        record.table(), [], [], "Live", NINE, sums=window.sums(), prevalence=prevalence
    )


def test_the_report_has_the_shares_and_intervals_of_the_page(twelve, tmp_path):
    page, report = twelve.shares(None), report_on(twelve)
    keep(report, tmp_path)
    for one in (report, reopen(tmp_path), report.part(0.0, 1e6)):
        assert one.shares().values == pytest.approx(page.values, abs=1e-6)
        assert one.shares().high == pytest.approx(page.high, abs=1e-6)
        assert list(one.summary["shares"].values()) == pytest.approx(page.values, abs=1e-4)
        assert list(one.summary["shares_low"].values()) == pytest.approx(page.low, abs=1e-4)
        assert one.summary["adjusted"]
    assert outline(report.timeline, report.summary).shares == pytest.approx(page.values, abs=1e-4)
    low, high = (float(bound) for bound in page.together(NEGATIVE_PLACES)[1:])
    told = {number.name: number.value for number in contents(report).numbers}
    assert told["unpleasant (90% interval)"].endswith(f"({low:.0%} to {high:.0%})")


def test_the_mean_of_the_seconds_is_pulled_further_to_unpleasant(twelve):
    """This is why the sums are kept."""
    seconds = mean_shares(twelve.table())[NEGATIVE_PLACES].sum()
    together = twelve.shares(None).values[NEGATIVE_PLACES].sum()
    assert seconds > together + 0.01


def test_a_part_of_the_report_has_the_shares_of_its_own_seconds(twelve):
    part = report_on(twelve).part(100.0, 159.0)
    page = twelve.window.total(159.0, 60).class_shares(twelve.prevalence)
    assert part.shares().values == pytest.approx(page.values, abs=1e-6)


def test_the_best_and_the_worst_moment_have_the_shares_of_their_seconds_together(twelve):
    report = report_on(twelve)
    for sentence in best_and_worst(report):
        minutes, seconds = map(int, re.search(r"around (\d+):(\d+)", sentence).groups())
        moment = report.part(60 * minutes + seconds - 10.0, 60 * minutes + seconds + 10.0)
        assert f"neutral {group_values(moment.shares().values)[1]:.0%}" in sentence


def test_a_session_without_a_face_has_no_shares():
    record = Session([[]] * 20)
    assert report_on(record).shares() is None
    assert report_on(record).summary["shares_low"] is None


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


def test_a_class_that_ends_on_another_day_has_both_dates():
    began = datetime(2026, 11, 27, 23, 55, tzinfo=NEW_YORK).timestamp()
    told = contents(live_report(session(600), [], [], "Night", began), zone=NEW_YORK)
    assert told.date == "2026-11-27, 23:55 to 2026-11-28, 00:04 EST"


def test_an_empty_session_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        live_report(session(0), [], [], "Live class")
