"""The demo's film, and what the app reads from it."""

from collections import Counter

import cv2
import numpy as np
import pytest
import skimage.data

from fer.demo.face import PORTRAIT, SIDE, portrait
from fer.demo.moving_class import LOOP_S, SCENE_STARTS, MovingClass
from fer.faces.core import FaceState, MoodCore
from fer.model_card import ModelCard
from fer.mood.groups import group_shares
from fer.mood.headline import headline
from fer.mood.prevalence import Prevalence
from fer.mood.window import MoodWindow
from fer.settings import ROOT


@pytest.fixture(scope="module")
def film():
    return MovingClass()


@pytest.fixture(scope="module")
def read(film):
    core = MoodCore.load()
    return lambda t: core.read(film.frame(t))


def moods(readings):
    return Counter(face.emotion for face in readings if face.state == FaceState.READ)


def test_the_portrait_is_the_one_in_the_public_domain():
    original = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[:288, 80:368]
    assert portrait().shape == (SIDE, SIDE, 3)
    assert np.abs(portrait().astype(int) - original).mean() < 3
    assert PORTRAIT.stat().st_size < 40_000


def test_the_film_moves_and_begins_again(film):
    first = film.frame(1.0)
    assert first.shape == (540, 960, 3)
    assert first.dtype == np.uint8
    assert np.abs(first.astype(int) - film.frame(1.5)).mean() > 1
    # Heads sway at a pace of their own, but expressions return.
    assert film.frame(35.0 + LOOP_S).shape == first.shape


def test_a_picture_is_new_at_each_call(film):
    film.frame(2.0)[:] = 0
    assert film.frame(2.0).any()


def test_the_calm_class_is_read_as_mostly_neutral(read):
    readings = read(5.0)
    assert len(readings) == 12
    assert moods(readings)["neutral"] >= 10


@pytest.mark.parametrize(
    ("scene", "begin"),
    [("calm", "Mostly neutral"), ("laugh", "Mostly smiles"), ("frown", "Mostly neutral")],
)
def test_the_sentence_of_the_page_says_what_the_scene_shows(read, scene, begin):
    window = MoodWindow()
    end = SCENE_STARTS.get(scene, 0.0) + 12
    for t in np.arange(end - 10, end):
        window.add(t, read(t))
    mood = window.total()
    prevalence = Prevalence.from_card(ModelCard.read(ROOT / "models" / "emotion.onnx").data)
    sentence = headline(
        group_shares(mood.class_shares(prevalence)),
        seen=mood.faces / mood.frames,
        readable=mood.read / mood.frames,
    )
    assert sentence.startswith(begin)


@pytest.mark.parametrize(
    ("scene", "emotions"),
    [
        ("laugh", {"happy"}),
        ("wonder", {"surprise"}),
        ("frown", {"sad", "angry"}),
    ],
)
def test_each_scene_is_read_as_what_it_shows(read, scene, emotions):
    calm = sum(moods(read(5.0))[emotion] for emotion in emotions)
    acted = sum(moods(read(SCENE_STARTS[scene] + 4))[emotion] for emotion in emotions)
    assert acted > calm


def test_somebody_leaves_and_comes_back(read):
    away = SCENE_STARTS["away"] + 4
    assert len(read(away)) == 11
    assert len(read(1.0)) == 12
