"""Tests of posture, which compares each face with its first crop."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.metrics

from fer.faces.core import FaceReading, FaceState
from fer.mood.cues import TURNED_BELOW
from fer.recordings.posture import Posture, structural_similarity

EVEN = np.full(7, 1 / 7, np.float32)


def reading(x=10, state=FaceState.READ):
    return FaceReading((x, 10, 40, 40), EVEN, state=state)


def test_posture_compares_each_face_with_its_own_first_crop(astronaut):
    face = astronaut[60:220, 150:310]
    posture = Posture()
    assert posture.update(0.0, [reading()], [face]) == [1.0]
    assert posture.update(0.5, [reading()], [face]) == pytest.approx([1.0])
    (upside_down,) = posture.update(1.0, [reading()], [face[::-1]])
    assert upside_down < TURNED_BELOW
    # A second face has its own reference, and leaves the first one's alone.
    assert posture.update(1.5, [reading(300), reading()], [face[::-1], face]) == pytest.approx(
        [1.0, 1.0]
    )


def test_posture_forgives_a_small_shift(astronaut):
    posture = Posture()
    posture.update(0.0, [reading()], [astronaut[60:220, 150:310]])
    (moved,) = posture.update(0.5, [reading()], [astronaut[64:224, 153:313]])
    assert moved > TURNED_BELOW


def test_posture_needs_a_face_that_could_be_read(astronaut):
    face = astronaut[60:220, 150:310]
    posture = Posture()
    assert np.isnan(posture.update(0.0, [reading(state=FaceState.UNREAD)], [face])).all()
    assert posture.update(0.5, [reading()], [face]) == [1.0]
    assert posture.update(1.0, [reading(state=FaceState.UNREAD)], [face]) == pytest.approx([1.0])


def test_the_similarity_is_that_of_scikit_image(astronaut):
    face = cv2.cvtColor(cv2.resize(astronaut[60:220, 150:310], (48, 48)), cv2.COLOR_BGR2GRAY)
    noise = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
    for other in (face, face[::-1], noise, 255 - face, np.zeros_like(face)):
        expected = skimage.metrics.structural_similarity(face, other, data_range=255)
        assert structural_similarity(face, other) == pytest.approx(expected, abs=1e-9)
