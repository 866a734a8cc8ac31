import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from fer.faces.core import FaceReading, FaceState
from fer.live.ignored import Area
from fer.web.guard import Limits
from fer.web.sources.pictures import (
    LONGEST,
    MAX_BYTES,
    Capture,
    PictureError,
    Pictures,
    areas_for_preview,
    faces_for_preview,
    sent_picture,
)


def jpeg(width, height, **options):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 90)).save(buffer, "JPEG", **options)
    return base64.b64encode(buffer.getvalue()).decode()


class FakeSession:
    def __init__(self):
        self.frames = []
        self.closed = 0

    def put(self, frame):
        self.frames.append(frame)

    def close(self):
        self.closed += 1

    def in_view(self):
        return []


def test_a_picture_is_decoded_as_bgr():
    frame = sent_picture(jpeg(64, 48))
    assert frame.shape == (48, 64, 3)
    assert frame.dtype == np.uint8
    assert frame[0, 0].astype(int) == pytest.approx([90, 30, 200], abs=4)


def png(width, height):
    return base64.b64encode(cv2.imencode(".png", np.zeros((height, width, 3)))[1]).decode()


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "not base64!",
        "AAAA",
        base64.b64encode(b"\xff\xd8\xff\xe0 cut off").decode(),
        png(8, 8),
        jpeg(LONGEST + 1, 8),
        jpeg(8, LONGEST + 1),
        jpeg(8, 8, progressive=True),
        "A" * (2 * MAX_BYTES),
    ],
    ids=[
        "nothing",
        "number",
        "empty",
        "not-base64",
        "noise",
        "cut-off",
        "png",
        "too-wide",
        "too-high",
        "progressive",
        "too-long",
    ],
)
def test_what_is_no_picture_of_ours_is_refused(text):
    with pytest.raises(PictureError):
        sent_picture(text)


def test_a_picture_that_is_too_long_is_named_before_its_connection_is_closed():
    assert Limits.largest > 4 / 3 * MAX_BYTES


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    # A header that claims 9,000 px a side: 243 MB if it were believed.
    bomb = bytearray(base64.b64decode(jpeg(8, 8)))
    at = bomb.index(b"\xff\xc0")
    bomb[at + 5 : at + 9] = (9000).to_bytes(2) * 2
    with pytest.raises(PictureError, match="9000"):
        sent_picture(base64.b64encode(bomb).decode())


def test_a_damaged_body_never_raises_anything_else():
    data = bytearray(base64.b64decode(jpeg(64, 64)))
    rng = np.random.default_rng(0)
    for _ in range(200):
        broken = data.copy()
        for at in rng.integers(0, len(data), 5):
            broken[at] = rng.integers(256)
        try:
            frame = sent_picture(base64.b64encode(broken).decode())
        except PictureError:
            continue
        assert max(frame.shape[:2]) <= LONGEST


def test_pictures_go_to_the_session():
    session = FakeSession()
    share = Pictures(session, Capture.WINDOW)
    share.take({"number": 3, "jpeg": jpeg(64, 48)})
    assert [frame.shape for frame in session.frames] == [(48, 64, 3)]
    assert share.problem is None


@pytest.mark.parametrize("picture", [None, [], "x", {}, {"number": "one", "jpeg": "?"}])
def test_a_strange_message_is_a_problem_and_no_crash(picture):
    session = FakeSession()
    share = Pictures(session, Capture.WINDOW)
    share.take(picture)
    assert share.problem
    assert session.frames == []
    share.take({"number": 4, "jpeg": jpeg(8, 8)})
    assert share.problem is None


def test_the_preview_gets_boxes_in_parts_of_the_picture():
    row = np.eye(7, dtype=np.float32)[3]
    faces = [
        FaceReading((32, 12, 16, 24), row),
        FaceReading((0, 0, 9, 9), row, state=FaceState.UNSURE),
    ]
    sure, unsure = faces_for_preview(faces, 64, 48)
    assert sure["box"] == [0.5, 0.25, 0.25, 0.5]
    assert sure["label"] == "happy 100%"
    assert unsure["label"] == "unsure"
    assert sure["colour"] != unsure["colour"]


def test_ignored_parts_are_drawn_with_their_name():
    (drawn,) = areas_for_preview([Area(0.5, 0.25, 0.2, 0.4)])
    assert drawn["box"] == [0.5, 0.25, 0.2, 0.4]
    assert drawn["label"] == "ignored"
