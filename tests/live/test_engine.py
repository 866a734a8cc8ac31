import threading
import time

import pytest

from fer.live.engine import MoodEngine
from fer.mood.track import FaceTracker
from tests.fakes import StubCore, frame, wait_for


@pytest.fixture
def core():
    return StubCore()


@pytest.fixture
def engine(core):
    streams = []
    others = set(threading.enumerate())  # visits of earlier tests may not have ended yet

    class Engine(MoodEngine):
        def threads(self):
            new = set(threading.enumerate()) - others
            return [thread for thread in new if thread.name == "mood-engine"]

        def open(self, *args, **options):
            streams.append(super().open(*args, **options))
            return streams[-1]

    engine = Engine(core)
    yield engine
    core.gate.set()
    for stream in streams:
        stream.close()
    wait_for(lambda: not engine.threads())


def test_a_frame_becomes_readings(engine):
    heard = []
    engine.open(lambda t, faces: heard.append((t, faces))).put(frame(7), captured=123.0)
    wait_for(lambda: heard)
    ((t, (face,)),) = heard
    assert (t, face.box[0], face.track) == (123.0, 7, 1)


def test_only_the_newest_frame_is_read(engine, core):
    core.gate.clear()
    stream = engine.open(max_rate=1000)
    stream.put(frame(0))
    wait_for(lambda: not stream.is_waiting)
    for value in range(1, 51):
        stream.put(frame(value))
    core.gate.set()
    wait_for(lambda: stream.stats.analysed == 2)
    assert core.batches == [[0], [50]]


def test_handing_in_never_waits_for_the_analysis(engine, core):
    core.gate.clear()
    stream = engine.open()
    start = time.monotonic()
    for value in range(200):
        stream.put(frame(value))
    assert time.monotonic() - start < 1
    core.gate.set()


def test_streams_share_a_batch_and_take_turns(core):
    engine = MoodEngine(core, max_batch=2)
    core.gate.clear()
    streams = [engine.open(max_rate=1000) for _ in range(5)]
    streams[0].put(frame(100))
    wait_for(lambda: not streams[0].is_waiting)
    for value, stream in enumerate(streams):
        stream.put(frame(value))
    core.gate.set()
    wait_for(lambda: len(core.batches) == 4)
    assert core.batches == [[100], [0, 1], [2, 3], [4]]
    for stream in streams:
        stream.close()


def test_a_fast_stream_does_not_starve_the_others(engine, core):
    core.seconds = 0.01
    engine.max_batch = 1
    fast, slow = engine.open(max_rate=1000), engine.open(max_rate=1000)
    done = threading.Event()

    def flood():
        while not done.is_set():
            fast.put(frame(1))

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for expected in range(1, 6):
            slow.put(frame(2))
            wait_for(lambda expected=expected: slow.stats.analysed == expected)
    finally:
        done.set()
        thread.join()
    assert core.batches.count([2]) == 5


def test_one_bad_frame_costs_nobody_else_a_turn(engine, core):
    core.gate.clear()
    heard = []
    good = engine.open(max_rate=1000)
    bad = engine.open(lambda t, faces: heard.append(faces), max_rate=1000)
    good.put(frame(1))
    wait_for(lambda: not good.is_waiting)
    bad.put(frame(255))
    good.put(frame(2))
    core.gate.set()
    wait_for(lambda: good.stats.analysed == 2 and bad.stats.failed == 1)
    assert bad.stats.error == "a bad frame"
    assert heard == []
    bad.put(frame(2))
    wait_for(lambda: bad.stats.analysed == 1)
    assert bad.stats.error is None
    assert bad.stats.failed == 1


def test_a_listener_that_fails_does_not_stop_the_engine(engine):
    def fail(t, faces):
        raise RuntimeError("listener")

    stream = engine.open(fail, max_rate=1000)
    for value in range(3):
        stream.put(frame(value))
        wait_for(lambda value=value: stream.stats.analysed == value + 1)


def test_rate_is_bounded(engine):
    stream = engine.open(max_rate=20)
    start = time.monotonic()
    while time.monotonic() - start < 0.5:
        stream.put(frame(1))
        time.sleep(0.002)
    assert 2 <= stream.stats.analysed <= 13


def test_threads_come_and_go_with_the_streams(engine):
    for _ in range(10):
        first, second = engine.open(), engine.open()
        first.put(frame(1))
        assert len(engine.threads()) == 1
        first.close()
        second.close()
        second.close()
        wait_for(lambda: not engine.threads())


def test_a_closed_stream_takes_no_frames(engine, core):
    closed, other = engine.open(), engine.open()
    closed.close()
    closed.put(frame(1))
    other.put(frame(2))
    wait_for(lambda: other.stats.analysed)
    assert core.batches == [[2]]


def test_a_rate_that_makes_no_sense_is_quoted(engine):
    with pytest.raises(ValueError, match="-1"):
        engine.open(max_rate=-1)


@pytest.mark.parametrize("step", [-1.0, -1e6, float("nan")], ids=str)
def test_a_capture_time_that_goes_back_ends_nobodys_reading(engine, step):
    heard = []
    stream, other = engine.open(lambda t, faces: heard.append(t), max_rate=1000), engine.open()
    stream.put(frame(7), captured=2e6)
    wait_for(lambda: stream.stats.analysed == 1)
    stream.put(frame(7), captured=2e6 + step)
    wait_for(lambda: stream.stats.analysed == 2)
    other.put(frame(3))
    wait_for(lambda: other.stats.analysed == 1)
    assert len(heard) == 2


def test_a_tracker_that_fails_costs_only_its_own_stream_a_frame(engine, caplog):
    class Failing(FaceTracker):
        def update(self, t, readings):
            raise ArithmeticError("no track")

    stream, other = engine.open(tracker=Failing()), engine.open()
    stream.put(frame(7))
    wait_for(lambda: stream.stats.failed)
    assert stream.stats.error == "no track"
    other.put(frame(3))
    wait_for(lambda: other.stats.analysed == 1)


def test_an_engine_that_could_not_start_its_thread_tries_again(engine, monkeypatch):
    def no_more(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more)
        with pytest.raises(RuntimeError, match="new thread"):
            engine.open()
    assert (engine.is_running, engine.stats.streams) == (False, 0)
    stream = engine.open()
    stream.put(frame(1))
    wait_for(lambda: stream.stats.analysed, 10)
