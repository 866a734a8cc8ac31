import base64
import json
import time

import numpy as np
import pytest
import streamlit as st

from fer.emotions import CONTEMPT, EMOTIONS, KNOWN
from fer.errors import ModelError
from fer.faces.core import FaceReading, MoodCore
from fer.jobs.board import JobBoard
from fer.live.ignored import Area, Ignored
from fer.mood.alerts import AlertLimits
from fer.mood.bucket import MoodBucket
from fer.mood.groups import Group, GroupShare
from fer.text import markdown
from fer.web.live import picture, sidebar, texts
from fer.web.resources import core
from fer.web.sources.camera import State
from fer.web.widgets import areas
from fer.web.widgets.browser import Browser
from tests.fakes import wait_for
from tests.shown import as_shown, metric

CONNECTING = State(signalling=True)
PLAYING = State(playing=True)
CHARTS = ("mood-shares", "valence", "faces")
"""The charts over the time of the session."""


@pytest.fixture
def started(page):
    return page.button("notice-read").click().run()


def said(page):
    return " ".join(box.value for kind in (page.error, page.warning, page.info) for box in kind)


def text(page):
    return " ".join(block.value for block in page.markdown)


def percent(page, label):
    return int(metric(page, label).removesuffix("%"))


def see(page, *names):
    """Let the session read these faces now."""
    faces = []
    for index, name in enumerate(names):
        known = KNOWN if CONTEMPT in names else EMOTIONS
        # As sure as the network is of a plain smile; with less, much is left to other classes.
        row = np.full(len(known), 0.03 / (len(known) - 1), np.float32)
        row[known.index(name)] = 0.97
        faces.append(FaceReading((80 * index, 0, 60, 60), row))
    session = page.session_state["live"]
    session.put(np.zeros((48, 64, 3), np.uint8))
    # The engine reads the blank frame as empty; what follows must be the newest reading.
    wait_for(lambda: session.vitals().delay is not None)
    session.take(time.monotonic(), faces)


def test_the_notice_comes_first_and_names_the_law(page, camera):
    for words in (
        "each face is written on the picture",
        "not stored",
        "must not be used",
        "Article 5(1)(f)",
        "ask everyone",
    ):
        assert words in text(page)
    assert camera.calls == []
    assert not page.exception


def test_the_first_screen_says_what_this_is_and_shows_a_sample(page):
    assert page.title[0].value == "Classroom mood monitor"
    assert text(page).strip().startswith("Online and in large rooms")
    assert not page.get("plotly_chart")
    page.toggle("sample").set_value(True).run()
    assert not page.exception
    assert "## Mostly neutral" in text(page)
    assert len(page.get("plotly_chart")) == 2


def test_the_page_opens_once_the_notice_is_read(started, camera):
    assert not started.exception
    assert "Start camera" in said(started)
    assert metric(started, "Faces") == "–"
    assert len(camera.calls) == 1


def test_the_page_says_which_detector_is_in_use(started, camera):
    name = core().detector_name
    captions = " ".join(block.value for block in started.sidebar.caption)
    assert f"Face detector in use: {name}." in captions


def test_marks_before_the_first_picture_are_listed(started, camera):
    """The time of the session stands still until then."""
    for number in (1, 1, 2):
        started.button(key=f"mark-{number}").click().run()
        assert not started.exception
    assert len([box for box in started.text_input if box.key.startswith("mark-at-")]) == 3
    times = [mark.t for mark in started.session_state["live"].marks]
    assert len(set(times)) == 3
    assert max(times) < 0.01


def test_metrics_show_the_class(started, camera):
    camera.state = PLAYING
    see(started, "happy", "happy", "happy", "sad")
    started.run()
    # How far the shares are adjusted depends on the model that the app ships.
    assert 45 <= percent(started, "Pleasant") <= 85
    assert 15 <= percent(started, "Unpleasant") <= 50
    assert metric(started, "Faces") == "4"
    assert "## Mostly smiles (about" in text(started)
    assert "faces readable: too few to speak of a class." in text(started)
    assert any("of the readings [unsure](model)" in caption.value for caption in started.caption)
    assert not said(started)


def test_a_class_without_a_face_is_said_and_has_no_mood(started, camera):
    camera.state = PLAYING
    session = started.session_state["live"]
    session.put(np.zeros((48, 64, 3), np.uint8), time.monotonic() - 10)
    wait_for(lambda: session.vitals().delay is not None)
    session.take(time.monotonic(), [])
    started.run()
    assert metric(started, "Faces") == "0"
    assert metric(started, "Pleasant") == "–"
    assert "No face in view" in said(started)
    started.toggle("classes").set_value(True).run()
    bars = chart(started, "mood-now")["data"][0]["x"]
    assert not np.frombuffer(base64.b64decode(bars["bdata"]), bars["dtype"]).any()


def test_what_one_visit_sees_does_not_reach_another(started, new_page, camera):
    camera.state = PLAYING
    other = new_page()
    other.button("notice-read").click().run()
    see(started, "happy")
    started.run()
    see(other, "sad", "sad")
    other.run()
    assert percent(other, "Unpleasant") > 60
    assert percent(started.run(), "Pleasant") > 60
    # Nor does its end.
    other.session_state["live"].close()
    assert started.session_state["live"].streaming


def test_a_network_that_knows_contempt_counts_it_as_unpleasant_and_in_the_table(started, camera):
    camera.state = PLAYING
    see(started, CONTEMPT, CONTEMPT, "happy")
    started.run()
    assert percent(started, "Unpleasant") >= 50
    started.toggle("classes").set_value(True).run()
    assert not started.exception
    bars = chart(started, "mood-now")["data"][0]
    assert CONTEMPT in bars["y"]
    assert CONTEMPT in [area.get("name") for area in chart(started, "mood-shares")["data"]]
    assert CONTEMPT in started.session_state["live"].csv().splitlines()[0].split(",")


def test_no_connection_after_six_seconds_sends_pictures(started, camera):
    camera.state = CONNECTING
    started.run()
    started.session_state["connecting_since"] = time.monotonic() - 5
    started.run()
    assert texts.CAMERA_PICTURES not in [caption.value for caption in started.caption]
    started.session_state["connecting_since"] = time.monotonic() - 7
    started.run()
    assert texts.CAMERA_PICTURES in [caption.value for caption in started.caption]
    assert "TURN server" not in said(started)


@pytest.mark.parametrize("camera_setting", ["video"], indirect=True)
def test_no_connection_after_ten_seconds_asks_for_a_turn_server(camera_setting, started, camera):
    camera.state = CONNECTING
    started.run()
    assert not said(started)
    started.session_state["connecting_since"] = time.monotonic() - 11
    started.run()
    assert "TURN server" in said(started)
    assert "FER_ICE_SERVERS" in said(started)
    camera.state = PLAYING
    started.run()
    assert not said(started)


@pytest.mark.parametrize("camera_setting", ["pictures"], indirect=True)
def test_a_setting_sends_pictures_from_the_start(camera_setting, started, camera):
    assert not started.exception
    assert texts.CAMERA_PICTURES in [caption.value for caption in started.caption]
    assert camera.calls == []
    assert "Start camera" in said(started)


def test_a_page_without_https_says_so(started, camera, monkeypatch):
    assert "HTTPS" not in said(started)
    monkeypatch.setattr(picture, "browser_facts", lambda key: Browser(secure=False))
    assert "it was not opened over HTTPS" in said(started.run())


@pytest.mark.parametrize("size", list(texts.PICTURE_SIZES))
def test_the_picture_size_is_asked_of_the_camera(started, camera, size):
    started.selectbox("picture-size").set_value(size).run()
    assert camera.calls[-1].size == size


def test_marks_and_the_sensitivity_reach_the_session(started):
    session = started.session_state["live"]
    see(started, "sad")
    started.text_input[0].input("new topic")
    started.button[0].click()
    started.slider("hold").set_value(3)
    started.slider("negative").set_value(20)
    started.select_slider("smoothing").set_value(2.0)
    started.run()
    assert session.limits.hold_s == 3
    assert session.limits.negative == pytest.approx(0.2)
    assert session.smoothing_s == 2.0


def test_clear_forgets_the_session(started):
    session = started.session_state["live"]
    session.put(np.zeros((48, 64, 3), np.uint8), time.monotonic() - 1000)
    see(started, "happy")
    started.run()
    assert percent(started, "Pleasant") > 60
    assert chart_times(started, "valence")[1] >= 1000
    started.button("clear-now").click().run()
    assert metric(started, "Pleasant") == "–"
    assert "## No face seen in this time." in text(started)
    see(started, "happy")
    started.run()
    # The time axis begins anew.
    assert all(chart_times(started, name)[1] < 120 for name in CHARTS)


def test_a_late_picture_does_not_make_a_camera_that_is_off_a_running_one(started, camera):
    camera.state = PLAYING
    see(started, "happy", "happy", "happy")
    assert "Last readings" not in text(started.run())
    camera.state = State()
    started.session_state["live"].put(np.zeros((48, 64, 3), np.uint8))
    started.run()
    assert texts.STATUS_IDLE in " ".join(caption.value for caption in started.caption)
    assert "## Last readings: Mostly smiles (about" in text(started)


def test_the_source_can_be_changed(started, camera):
    see(started, "happy")
    calls = len(camera.calls)
    started.segmented_control("source").set_value("screen").run()
    assert not started.exception
    assert len(camera.calls) == calls
    assert not started.session_state["live"].streaming
    assert "Share a window or screen" in said(started)


def test_the_basic_detector_is_named_with_the_way_to_a_better_one(started, camera, monkeypatch):
    camera.state = PLAYING
    monkeypatch.setattr(MoodCore, "detector_name", "haar")
    started.run()
    assert "Haar" in said(started)
    assert "FER_DETECTOR" in said(started)


def test_a_missing_model_is_said_and_not_raised(page, monkeypatch):
    import fer.web.resources

    def missing():
        raise ModelError("models/emotion.onnx does not exist; `python train.py` makes it")

    monkeypatch.setattr(fer.web.resources, "engine", missing)
    page.button("notice-read").click().run()
    assert not page.exception
    assert "train.py" in as_shown(said(page))


def test_marks_are_set_renamed_and_deleted(started):
    session = started.session_state["live"]
    see(started, "happy")
    started.button("mark-2").click().run()
    started.button("mark-1").click().run()
    assert [mark.text for mark in session.marks] == ["Question", "New topic"]
    key = f"mark-at-{session.marks[0].t}"
    started.text_input(key).set_value("Anna asks").run()
    assert [mark.text for mark in session.marks] == ["Anna asks", "New topic"]
    started.button(f"{key}-delete").click().run()
    assert [mark.text for mark in session.marks] == ["New topic"]
    assert not started.exception


def chart(page, name):
    """The figure in the chart of this name, as the browser gets it."""
    for item in page.get("bidi_component"):
        data = json.loads(item.proto.json) if item.proto.json else {}
        if data.get("name") == name:
            return json.loads(data["figure"])
    raise LookupError(name)


def chart_times(page, name):
    """First and last time in the chart of this name, in seconds."""
    origin = np.datetime64(0, "ms")
    ends = chart(page, name)["layout"]["xaxis"]["range"]
    return tuple((np.datetime64(t) - origin) / np.timedelta64(1, "s") for t in ends)


def test_a_chart_without_data_says_what_it_will_show(started, camera):
    def words(name):
        return [note["text"] for note in chart(started, name)["layout"].get("annotations", [])]

    later = {
        "mood-shares": texts.SHARES_LATER,
        "valence": texts.VALENCE_LATER,
        "faces": texts.FACES_LATER,
    }
    assert all(words(name) == [text] for name, text in later.items())
    camera.state = PLAYING
    see(started, "happy")
    started.run()
    assert not any(words(name) for name in later)


def test_a_share_without_doubt_has_no_range(started, monkeypatch):
    sure = [GroupShare(group, float(group == Group.PLEASANT), 1.0, 1.0) for group in Group]
    monkeypatch.setattr("fer.live.numbers.group_shares", lambda shares: sure)
    see(started, "happy")
    started.run()
    assert metric(started, "Pleasant") == "100%"
    assert [metric.delta for metric in started.metric if metric.label == "Pleasant"] == [""]


def test_charts_jump_to_a_mark_and_back(started, camera):
    session = started.session_state["live"]
    camera.state = PLAYING
    session.put(np.zeros((48, 64, 3), np.uint8), time.monotonic() - 1000)
    see(started, "happy")
    for second in range(1000):
        session.window.merge(second, MoodBucket.of([FaceReading((0, 0, 60, 60), np.eye(7)[3])]))
    session.window.mark(500.0, "a [question]")
    started.run()
    assert chart_times(started, "valence")[0] >= 700
    started.button("mark-at-500.0-show").click().run()
    assert not started.exception
    for name in CHARTS:
        assert chart_times(started, name) == (440, 560)
    said = " ".join(item.value for item in started.caption)
    assert f"two minutes around “{markdown('a [question]')}” at 8:20" in said
    started.button("mark-back").click().run()
    assert chart_times(started, "valence")[0] >= 700
    # The mark may be deleted while it is shown.
    started.button("mark-at-500.0-show").click().run()
    started.button("mark-at-500.0-delete").click().run()
    assert not started.exception
    assert chart_times(started, "valence")[0] >= 700


def test_a_session_becomes_a_report_with_one_click(started, tmp_path, monkeypatch):
    board = JobBoard(tmp_path, lambda *_: None, running_at_once=0)
    monkeypatch.setattr(sidebar, "jobs", lambda: board)
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append(query_params))
    went = []
    started.button("report-button").click().run()
    assert "nothing to report" in said(started)
    see(started, "happy")
    started.session_state["live"].mark("new topic")
    started.button("report-button").click().run()
    assert not started.exception
    (job,) = board.finished()
    assert went == [{"job": [job.id]}]
    assert job.name.startswith("Live class, 2")
    report = board.report(job.id)
    assert report.summary["dominant"] == "happy"
    assert [event.text for event in report.moments()] == ["new topic"]


def test_a_report_is_made_though_the_run_of_its_click_was_cut_short(started, monkeypatch, tmp_path):
    """This happens when a picture of a shared window reaches the server with the click."""
    board = JobBoard(tmp_path / "jobs", lambda *_: None)
    monkeypatch.setattr(sidebar, "jobs", lambda: board)
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: None)
    see(started, "happy")
    with monkeypatch.context() as cut:
        cut.setattr(sidebar, "window_choice", st.stop)
        started.button("report-button").click().run()
    assert board.finished() == []
    started.run()
    assert len(board.finished()) == 1
    started.run()
    assert len(board.finished()) == 1


def test_the_second_press_of_a_double_click_shows_the_report_of_the_first(
    started, monkeypatch, tmp_path
):
    board, went = JobBoard(tmp_path / "jobs", lambda *_: None, running_at_once=0), []
    monkeypatch.setattr(sidebar, "jobs", lambda: board)
    see(started, "happy")
    # The second press ends the run of the first one before it shows anything.
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: st.stop())
    started.button("report-button").click().run()
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append(query_params))
    started.button("report-button").click().run()
    (job,) = board.finished()
    assert went == [{"job": [job.id]}]
    started.run()
    started.button("report-button").click().run()
    assert len(board.finished()) == 2


def test_an_alert_stands_at_the_top_until_its_source_ends(started, camera):
    camera.state = PLAYING
    see(started, *["sad"] * 8)  # an alert needs at least five faces
    session = started.session_state["live"]
    session.tune(smoothing_s=0.5, limits=AlertLimits(negative=0.2, hold_s=0.0))
    for second in range(3):
        session.window.merge(second, MoodBucket.of(session.in_view()))
    # Seconds are judged once a later frame has been read.
    session.put(np.zeros((48, 64, 3), np.uint8), time.monotonic() + 5)
    wait_for(lambda: session.alerts)
    assert [alert.end for alert in session.alerts] == [None]
    session.close()
    assert [alert.end is None for alert in session.alerts] == [False]


def test_the_window_of_the_whole_session_can_be_chosen(started):
    see(started, "happy")
    started.segmented_control("window").set_value(0).run()
    assert not started.exception
    assert started.segmented_control("window").value == 0


def test_pictures_that_never_move_are_offered_and_then_ignored(started, camera):
    camera.state = PLAYING
    see(started, "happy")
    session = started.session_state["live"]
    assert not [button for button in started.button if button.key == "ignore-still"]
    now = time.monotonic()
    poster = FaceReading((20, 10, 20, 20), np.eye(7, dtype=np.float32)[3], track=1)
    for before in range(22, -1, -1):
        session.ignored.counted(now - before, [poster])
    started.run()
    assert "1 face did not move for 20 s" in said(started)
    # What comes and goes above the plan would close it and move it from under the pointer.
    names = [getattr(part, "label", None) for part in started.main]
    assert names.index(texts.IGNORE) < names.index(texts.STILL_IGNORE)
    started.button(key="ignore-still").click().run()
    assert not started.exception
    assert len(session.ignored.areas) == 1
    assert session.ignored.counted(now, [poster]) == []
    started.button(key="ignore-none").click().run()
    assert session.ignored.areas == ()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"add": [0.5, 0.5, 0.2, 0.2]}, 2),
        ({"add": [0.1, 0.1, 0.2, 0.2]}, 1),  # Streamlit may hand over one press twice
        ({"remove": [0.1, 0.1, 0.2, 0.2]}, 0),
        ({"remove": [0.3, 0.1, 0.2, 0.2]}, 1),
        ({"add": "everything"}, 1),
        ("nothing", 1),
        (None, 1),
    ],
)
def test_what_is_drawn_on_the_plan_is_ignored(change, left):
    ignored = Ignored()
    ignored.set([Area(0.1, 0.1, 0.2, 0.2)])
    areas.edit(ignored, change)
    assert len(ignored.areas) == left


def test_a_face_leaves_the_plan_as_soon_as_it_is_ignored():
    """The newest reading may be an older one."""
    ignored = Ignored()
    ignored.look(np.zeros((480, 640, 3), np.uint8))
    row = np.eye(7, dtype=np.float32)[3]
    faces = [FaceReading((x, 10, 60, 60), row, track=x) for x in (100, 300)]
    ignored.set([Area(0.0, 0.0, 0.3, 1.0)])
    shown = areas.plan(ignored, (640, 480), faces)
    assert [face["track"] for face in shown["faces"]] == [300]


def test_another_source_begins_without_ignored_areas(started, camera):
    session = started.session_state["live"]
    session.ignored.set([Area(0.1, 0.1, 0.2, 0.2)])
    started.run()
    assert session.ignored.areas
    started.segmented_control(key="source").set_value("screen").run()
    assert session.ignored.areas == ()
