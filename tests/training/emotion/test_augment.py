"""Random changes of faces: repeatable, of the right size and with the right geometry."""

from __future__ import annotations

import numpy as np
import pytest

from fer.faces.classify import EmotionClassifier
from fer.training.emotion.augment import Augmentation, affine, augment, normalize, warp
from tests.training.conftest import face


@pytest.fixture
def faces():
    return np.stack([face(i, i) for i in range(7)])


def test_same_seed_same_faces(faces):
    first, second, other = (
        augment(faces, 48, Augmentation(), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_nothing_changes_without_augmentation(faces):
    out = augment(faces, 48, Augmentation.none(), np.random.default_rng(0))
    np.testing.assert_array_equal(out[..., 0], faces)


@pytest.mark.parametrize(("shape", "channels"), [((5, 48, 48), 1), ((5, 224, 224, 3), 3)])
def test_shapes(shape, channels):
    out = augment(np.zeros(shape, np.uint8), 32, Augmentation(), np.random.default_rng(0))
    assert out.shape == (5, 32, 32, channels)
    assert out.dtype == np.float32


def test_wrong_type_is_refused():
    with pytest.raises(ValueError, match="float32"):
        augment(np.zeros((1, 48, 48), np.float32), 48, Augmentation(), np.random.default_rng(0))


def test_mirror_and_shift_are_exact(faces):
    np.testing.assert_array_equal(
        warp(faces[2], affine((48, 48), 48, mirrored=True), 48), faces[2][:, ::-1]
    )
    moved = warp(faces[2], affine((48, 48), 48, shift=(0.25, 0)), 48)
    np.testing.assert_array_equal(moved[:, 12:], faces[2][:, :-12])


def test_prepared_like_the_app(classifier: EmotionClassifier, faces):
    """The training must give a network the same numbers as the app does."""
    how = classifier.card["preprocessing"]["normalization"]
    if classifier.card["preprocessing"]["width"] != 48:
        pytest.skip("the shipped model does not take 48 pixels")
    ours = normalize(faces[..., None].astype(np.float32), how)
    theirs = np.stack([classifier.prepare(image) for image in faces])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
