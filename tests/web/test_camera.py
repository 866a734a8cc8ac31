from types import SimpleNamespace

import av
import numpy as np
import pytest
import streamlit as st
from aiortc import VideoStreamTrack, rtcrtpreceiver
from aiortc.contrib.media import MediaRelay
from aiortc.rate import RemoteBitrateEstimator
from streamlit_webrtc.component import generate_frontend_component_key

import fer.web.sources.camera
from fer.faces.core import FaceReading
from fer.web.sources.camera import (
    MIN_BITRATE,
    Camera,
    SteadyEstimator,
    keep_connected,
    keep_newest_only,
)


class FakeSession:
    def __init__(self):
        self.frames = []
        self.closed = False

    def put(self, frame):
        self.frames.append(frame)

    def in_view(self):
        return [FaceReading((40, 40, 60, 60), np.eye(7, dtype=np.float32)[3])]

    def close(self):
        self.closed = True


def test_the_frame_goes_back_with_boxes_and_to_the_session_without():
    session = FakeSession()
    picture = np.full((120, 160, 3), 60, np.uint8)
    sent = Camera(session).recv(av.VideoFrame.from_ndarray(picture, format="bgr24"))
    assert (session.frames[0] == picture).all()
    assert (sent.to_ndarray(format="bgr24") != picture).any()


def test_the_end_of_the_video_closes_the_session():
    session = FakeSession()
    Camera(session).ended()
    assert session.closed


@pytest.mark.parametrize(
    ("judged", "told"),
    [(48_000, MIN_BITRATE), (2_000_000, 2_000_000)],
    ids=["a pause of the process", "a good line"],
)
def test_the_camera_keeps_a_bitrate_that_shows_faces(monkeypatch, judged, told):
    monkeypatch.setattr(RemoteBitrateEstimator, "add", lambda self: (judged, [7]))
    assert SteadyEstimator().add() == (told, [7])


def test_no_estimate_stays_none(monkeypatch):
    monkeypatch.setattr(RemoteBitrateEstimator, "add", lambda self: None)
    assert SteadyEstimator().add() is None


def test_new_connections_use_the_steady_estimator():
    assert rtcrtpreceiver.RemoteBitrateEstimator is SteadyEstimator


def test_the_relay_hands_on_the_newest_frame_only(monkeypatch):
    relay = MediaRelay()
    monkeypatch.setattr(fer.web.sources.camera, "get_global_relay", lambda: relay)
    keep_newest_only()
    keep_newest_only()
    assert relay.subscribe(VideoStreamTrack())._buffered is False


@pytest.mark.parametrize(("on_the_page", "left"), [(True, None), (False, 5)])
def test_only_a_camera_that_stayed_is_kept_connected(monkeypatch, on_the_page, left):
    context = SimpleNamespace(_last_rendered_run_count=5)
    state = {"camera": context}
    if on_the_page:
        state[generate_frontend_component_key("camera")] = {}
    monkeypatch.setattr(st, "session_state", state)
    keep_connected("camera")
    assert context._last_rendered_run_count == left
