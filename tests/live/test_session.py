import io
import threading
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer.emotions import CONTEMPT, EMOTIONS, KNOWN
from fer.faces.core import FaceReading
from fer.live.numbers import live_numbers
from fer.live.session import LiveSession
from fer.mood.alerts import AlertLimits, MoodAlerts
from fer.mood.bucket import MoodBucket
from fer.mood.dominant import dominant
from fer.mood.groups import Group
from fer.mood.prevalence import Prevalence
from fer.mood.record import CHART_SECONDS
from fer.mood.window import MoodWindow
from fer.report.live_report import live_report
from tests.fakes import StubCore, frame, wait_for


class FakeStream:
    def __init__(self, listener, tracker):
        self.listener, self.tracker, self.closed = listener, tracker, False
        self.frames = []
        self.stats = type("Stats", (), {"error": None})

    def put(self, frame, captured):
        self.frames.append(captured)

    def close(self):
        self.closed = True


class FakeEngine:
    """An engine whose streams answer only when a test says so."""

    core = StubCore()

    def __init__(self):
        self.streams = []

    def open(self, listener, *, tracker, max_rate):
        self.streams.append(FakeStream(listener, tracker))
        return self.streams[-1]


def face(name, probability=1.0):
    row = np.full(7, (1 - probability) / 6, np.float32)
    row[EMOTIONS.index(name)] = probability
    return FaceReading((0, 0, 60, 60), row)


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def session(engine):
    return LiveSession(engine)


@pytest.fixture
def start(session):
    """Time of the first frame, long enough ago for all seconds that the tests play."""
    start = time.monotonic() - 10_000
    session.put(frame(1), start)
    return start


def play(session, engine, start, seconds, *names):
    for second in seconds:
        engine.streams[-1].listener(start + second + 0.5, [face(name) for name in names])


def test_the_first_frame_opens_a_stream_and_close_ends_it(session, engine):
    assert not session.streaming
    session.put(frame(1))
    session.put(frame(2))
    assert session.streaming
    assert len(engine.streams) == 1
    session.close()
    session.close()
    assert engine.streams[0].closed
    assert not session.streaming


def test_a_source_that_starts_again_goes_on_in_the_same_timeline(session, engine, start):
    play(session, engine, start, range(3), "happy")
    session.close()
    session.put(frame(1), start + 10)
    play(session, engine, start, range(10, 12), "sad")
    table = session.chart_table(whole=True, smooth_s=1)
    assert len(engine.streams) == 2
    assert table["t"].iloc[0] == 0
    seconds = pd.read_csv(io.StringIO(session.csv()))
    assert seconds["happy"].notna().sum() == 5
    assert seconds["faces"].isna().sum() == 7


def test_a_late_answer_of_a_closed_stream_is_dropped(session, engine, start):
    session.close()
    play(session, engine, start, [1], "happy")
    assert session.mood(None).frames == 0


def test_clear_forgets_all_and_goes_on_from_zero(session, engine, start):
    play(session, engine, start, range(3), "happy")
    session.mark("topic")
    session.clear()
    assert session.mood(None).frames == 0
    assert session.marks == []
    assert session.now == 0.0
    # An answer to a frame from before does not belong to the new session.
    play(session, engine, start, [4], "happy")
    assert session.mood(None).frames == 0
    session.put(frame(1))
    assert session.now < 1.0


def test_negative_mood_raises_an_alert_and_looser_limits_take_it_back(session, engine, start):
    play(session, engine, start, range(40), *["sad"] * 8)
    assert [alert.kind for alert in session.alerts] == ["negative mood"]
    session.tune(smoothing_s=0.5, limits=AlertLimits(hold_s=60.0))
    assert session.alerts == []
    session.tune(smoothing_s=0.5, limits=AlertLimits(hold_s=5.0))
    assert len(session.alerts) == 1


def test_the_smoothing_reaches_a_running_stream(session, engine, start):
    session.tune(smoothing_s=3.0, limits=AlertLimits())
    assert engine.streams[-1].tracker.smoothing_s == 3.0


def test_charts_can_show_the_time_around_a_moment(session, engine, start):
    play(session, engine, start, range(1000), "happy")
    around = session.chart_table(whole=True, smooth_s=1, around=500.4)
    assert around["t"].iloc[[0, -1]].tolist() == [440, 560]
    assert around["happy"].notna().all()
    assert session.chart_table(whole=False, smooth_s=1, around=0.0)["t"].max() == 60
    # Nothing is shown after the end of the session.
    late = session.chart_table(whole=False, smooth_s=1, around=999.0)
    assert late["t"].iloc[[0, -1]].tolist() == [939, 999]


def test_the_table_carries_the_marks_and_no_formulas(session, engine):
    session.put(frame(1))
    engine.streams[-1].listener(time.monotonic(), [face("happy")])
    session.mark("=HYPERLINK(1)")
    session.mark("topic")
    marks = pd.read_csv(io.StringIO(session.csv()))["mark"]
    assert marks.tolist() == ["'=HYPERLINK(1); topic"]


def test_the_table_carries_marks_made_while_nothing_was_analysed(session, engine, start):
    play(session, engine, start, range(3, 5), "happy")
    session.close()
    session.window.mark(1.2, "doors open")
    session.window.mark(8.7, "home")
    table = pd.read_csv(io.StringIO(session.csv())).set_index("t")
    assert table["mark"].dropna().to_dict() == {1: "doors open", 8: "home"}
    assert table["happy"].notna().sum() == 2


def test_vitals_of_a_fresh_session_are_blank(session):
    vitals = session.vitals()
    assert (vitals.faces, vitals.delay, vitals.receiving, vitals.faceless) == (None,) * 4
    assert vitals.analysed_fps == 0


def test_vitals_count_what_is_in_view_until_it_is_stale(session, engine):
    now = time.monotonic()
    session.put(frame(1), now)
    engine.streams[-1].listener(now, [face("happy"), face("sad")])
    vitals = session.vitals()
    assert vitals.faces == 2
    assert len(session.in_view()) == 2
    assert vitals.faceless < 1
    engine.streams[-1].listener(now - 5, [])
    assert session.vitals().faces in (2, None)


def test_a_source_that_starts_again_is_not_called_interrupted(session):
    session.put(frame(1), time.monotonic() - 300)
    assert session.vitals().receiving == pytest.approx(300, abs=1)
    session.close()
    assert session.vitals().receiving is None
    session.put(frame(1))
    assert session.vitals().receiving < 1


def test_old_readings_are_not_drawn(session, engine, start):
    play(session, engine, start, [1], "happy")
    assert session.in_view() == []
    assert session.vitals().faces is None


def test_ten_sources_leave_no_thread_behind():
    from fer.live.engine import MoodEngine

    engine = MoodEngine(StubCore())
    session = LiveSession(engine)
    for _ in range(10):
        session.put(frame(3))
        wait_for(lambda: session.in_view())
        session.close()
        assert session.in_view() == []
    # Only this engine's thread counts: the pages may have started others.
    wait_for(lambda: not engine.is_running)


def test_what_was_measured_stays_in_view_after_the_source_has_ended(session, engine, start):
    play(session, engine, start, range(40), "happy")
    session.close()
    # The first frame came hours ago, and somebody looks at the page now.
    assert dominant(session.shares(10).values) == "happy"
    table = session.chart_table(whole=False, smooth_s=1)
    assert table["happy"].notna().sum() == 40
    whole = session.chart_table(whole=True, smooth_s=1)
    assert len(whole) == 40
    session.mark("afterwards")
    assert len(session.chart_table(whole=False, smooth_s=1)) == 40
    assert "afterwards" in session.csv()


def test_a_session_with_contempt_shows_it_in_its_numbers_table_and_alerts(session, engine, start):
    row = np.full(8, 0.02, np.float32)
    row[KNOWN.index(CONTEMPT)] = 0.86
    faces = [FaceReading((80 * n, 0, 60, 60), row) for n in range(8)]
    for second in range(40):
        engine.streams[-1].listener(start + second + 0.5, faces)
    session.close()
    assert dominant(session.shares(10).values) == CONTEMPT
    shown = live_numbers(session, 10)
    (unpleasant,) = [share for share in shown.groups if share.group == Group.UNPLEASANT]
    assert unpleasant.value == pytest.approx(0.94, abs=0.01)
    table = pd.read_csv(io.StringIO(session.csv()))
    assert table.columns.get_loc(CONTEMPT) == table.columns.get_loc("neutral") + 1
    assert table[CONTEMPT].iloc[-1] == pytest.approx(0.86)
    assert [alert.kind for alert in session.alerts] == ["negative mood"]
    report = live_report(session.table(), session.alerts, [], "Live")
    assert report.summary["shares"][CONTEMPT] == pytest.approx(0.86, abs=0.01)


def test_the_table_has_each_second_of_a_long_session(session):
    for second in range(9_998, 12_346):
        session.window.merge(second, MoodBucket.of([face("sad")]))
    seconds = pd.read_csv(io.StringIO(session.csv()))["t"]
    assert seconds.tolist() == list(range(9_998, 12_346))


LONG_S = 2 * 3600


def of_a_class(engine, seconds):
    """A session that began so many seconds ago, with 20 faces in each of them."""
    session = LiveSession(engine)
    began = time.monotonic() - seconds
    session.put(frame(1), began)
    happy, sad = MoodBucket.of([face("happy")] * 20), MoodBucket.of([face("sad")] * 20)
    for second in range(seconds - 1):
        session.window.merge(second, sad if second % 600 < 100 else happy)
    engine.streams[-1].listener(began + seconds - 0.5, [face("happy")])
    return session


@pytest.fixture
def long_session(engine):
    return of_a_class(engine, LONG_S)


@pytest.mark.parametrize(
    ("method", "ask"),
    [
        ("MoodWindow.timeline", lambda session: session.csv()),
        ("MoodWindow.timeline", lambda session: session.table()),
        ("MoodWindow.timeline", lambda session: session.chart_table(whole=True, smooth_s=5)),
        ("MoodWindow.total", lambda session: session.mood(None)),
        ("MoodWindow.total", lambda session: session.minutes()),
        (
            "MoodAlerts.update",
            lambda session: session.tune(smoothing_s=0.5, limits=AlertLimits(hold_s=5.0)),
        ),
    ],
    ids=["csv", "table", "chart", "mood", "minutes", "limits"],
)
def test_a_page_that_asks_for_hours_holds_up_nobody(
    session, engine, start, monkeypatch, method, ask
):
    play(session, engine, start, range(40), "sad")
    owner = {"MoodWindow": MoodWindow, "MoodAlerts": MoodAlerts}[method.partition(".")[0]]
    name = method.partition(".")[2]
    usual, asked, answer = getattr(owner, name), threading.Event(), threading.Event()

    def slow(*args, **kwargs):
        if threading.current_thread() is page:
            asked.set()
            answer.wait(120)
        return usual(*args, **kwargs)

    monkeypatch.setattr(owner, name, slow)
    page = threading.Thread(target=ask, args=[session])
    worker = threading.Thread(target=play, args=(session, engine, start, [40], "happy"))
    page.start()
    assert asked.wait(60)
    worker.start()
    worker.join(30)
    held_up = worker.is_alive()
    answer.set()
    page.join(60)
    worker.join(60)
    assert not held_up


def test_seconds_that_come_while_limits_change_are_judged_by_the_new_ones(
    session, engine, start, monkeypatch
):
    play(session, engine, start, range(10), *["sad"] * 8)
    usual = MoodAlerts.update

    def and_meanwhile(self, watched):
        if watched.second == 0 and self.limits.hold_s == 5.0:
            play(session, engine, start, range(10, 40), *["sad"] * 8)
        usual(self, watched)

    monkeypatch.setattr(MoodAlerts, "update", and_meanwhile)
    session.tune(smoothing_s=0.5, limits=AlertLimits(hold_s=5.0))
    (alert,) = session.alerts
    assert (alert.kind, alert.start) == ("negative mood", 0)
    play(session, engine, start, range(40, 60), *["happy"] * 8)
    assert session.alerts[0].end == 40


def test_a_session_without_an_end_keeps_a_limited_past(engine, monkeypatch):
    """Seconds that the charts have dropped are dropped for the alerts as well."""
    monkeypatch.setattr(MoodWindow, "MAX_SECONDS", 100)
    session = LiveSession(engine)
    start = time.monotonic() - 10_000
    session.put(frame(1), start)
    play(session, engine, start, range(300), "happy")
    usual, judged = MoodAlerts.update, []

    def noted(self, watched):
        judged.append(watched.second)
        usual(self, watched)

    monkeypatch.setattr(MoodAlerts, "update", noted)
    session.tune(smoothing_s=0.5, limits=AlertLimits(hold_s=5.0))
    assert judged == list(range(199, 299))


def test_hours_are_shown_as_fast_as_minutes(long_session, engine):
    def processor_s(session):
        began = time.thread_time()
        session.chart_table(whole=True, smooth_s=5)
        session.mood(None)
        session.minutes()
        return time.thread_time() - began

    # As many rows; hours that were read second by second took 40 times as long.
    of_minutes = [of_a_class(engine, CHART_SECONDS) for _ in range(3)]
    assert processor_s(long_session) < 4 * max(map(processor_s, of_minutes))
    assert len(long_session.chart_table(whole=True, smooth_s=5)) <= CHART_SECONDS
    assert len(long_session.chart_table(whole=False, smooth_s=5)) <= CHART_SECONDS
    assert long_session.mood(None).frames == LONG_S
    assert len(long_session.minutes()) == 10


def test_hours_with_thousands_of_marks_are_a_table_in_seconds(long_session):
    for number in range(2000):
        long_session.window.mark(3.0 * number, f"mark {number}")
    began = time.thread_time()
    rows = long_session.csv().splitlines()
    # 2 s on an old processor.
    assert time.thread_time() - began < 6
    assert len(rows) == 1 + LONG_S
    assert rows[1 + 42].endswith("mark 14")


def test_a_source_that_comes_back_after_a_week_is_read_at_once(session, engine, monkeypatch):
    week = 7 * 24 * 3600
    start = time.monotonic() - week - 100
    session.put(frame(1), start)
    play(session, engine, start, range(3), "happy")
    began = time.thread_time()
    play(session, engine, start, range(week, week + 3), "sad")
    assert time.thread_time() - began < 0.1
    assert len(session.csv().splitlines()) == 1 + 3 + 2 + 3


def test_a_session_goes_on_with_the_data_of_another(session, engine, start):
    play(session, engine, start, range(60), *["sad"] * 6)
    session.window.mark(3.0, "first")
    alerts, table = session.alerts, session.table()
    assert [alert.kind for alert in alerts] == ["negative mood"]
    other = LiveSession(engine)
    other.continue_from(session)
    assert engine.streams[-1].closed
    assert session.began is None
    assert not len(session.table())
    assert not session.marks
    assert [mark.text for mark in other.marks] == ["first"]
    assert [alert.kind for alert in other.alerts] == ["negative mood"]
    assert other.alerts[0].end is not None  # its source has ended
    pd.testing.assert_frame_equal(other.table(), table)
    assert other.shown_until == pytest.approx(59.5)
    # It goes on where it was left, after a pause.
    other.put(frame(1), start + 100)
    engine.streams[-1].listener(start + 100.5, [face("happy")])
    grown = other.table()
    assert len(grown) == 101
    assert grown["happy"].iloc[-1] == pytest.approx(1, abs=0.01)
    assert grown["frames"].iloc[70] == 0


def reads_like(prevalence):
    """An engine with a network that reads faces like this."""
    engine = FakeEngine()
    engine.core = StubCore()
    engine.core.classifier = SimpleNamespace(
        abstain_below=0.0, classes=EMOTIONS, card={"prevalence": prevalence.card()}
    )
    return engine


@pytest.fixture(scope="module")
def networks():
    """How two networks read the same faces, of which one is surer."""
    labels = np.arange(7).repeat(20)
    read = np.eye(7)[labels]
    return [Prevalence.fit(sure * read + (1 - sure) / 7, labels) for sure in (0.6, 0.97)]


def test_another_model_begins_a_new_session(networks):
    """The sums of the model before would be adjusted as the new one reads faces."""
    before, after = map(reads_like, networks)
    session = LiveSession(before)
    start = time.monotonic() - 100
    session.put(frame(1), start)
    play(session, before, start, range(20), "happy")
    session.use(after)
    assert before.streams[-1].closed
    assert session.began is None
    assert not len(session.table())
    session.put(frame(1), start + 50)
    play(session, after, start, range(50, 55), "sad")
    assert len(session.table()) == 5
    assert session.prevalence.likelihoods == pytest.approx(networks[1].likelihoods, abs=1e-5)


def test_the_same_model_once_more_goes_on_with_the_session(networks):
    """An engine that nobody has used for a while is made anew."""
    before, after = reads_like(networks[0]), reads_like(networks[0])
    session = LiveSession(before)
    start = time.monotonic() - 100
    session.put(frame(1), start)
    play(session, before, start, range(20), "happy")
    session.use(after)
    assert len(session.table()) == 20


def test_a_late_reading_of_a_session_that_was_taken_over_is_lost(session, engine, start):
    play(session, engine, start, range(5), "happy")
    late = engine.streams[-1]
    other = LiveSession(engine)
    other.continue_from(session)
    late.listener(start + 5.5, [face("happy")])
    assert not len(session.table())
    assert len(other.table()) == 5
