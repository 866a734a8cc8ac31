import numpy as np
import pytest

from fer.emotions import COLOURS, EMOTIONS, UNSURE, VALENCE, canonical, label_matrix


def test_order_is_that_of_fer2013():
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_every_emotion_has_its_own_colour_and_a_valence():
    assert set(COLOURS) == {*EMOTIONS, UNSURE}
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert set(VALENCE) == set(EMOTIONS)
    assert VALENCE["happy"] > 0 > VALENCE["sad"]


@pytest.mark.parametrize(
    ("label", "name"), [("Happiness", "happy"), (" sad ", "sad"), ("calm", "neutral")]
)
def test_labels_of_other_sets_are_known(label, name):
    assert canonical(label) == name


def test_unknown_label_is_named():
    with pytest.raises(ValueError, match="'bored'"):
        canonical("bored")


def test_eight_classes_keep_all_probability():
    labels = ["neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"]
    probabilities = np.random.default_rng(0).dirichlet(np.ones(8), 5)
    mapped = probabilities @ label_matrix(labels)
    assert np.allclose(mapped.sum(axis=1), 1)
    # Contempt was added to disgust. It is shared out evenly, so the order of the seven stays.
    assert np.allclose(mapped[:, 1], probabilities[:, 5] + probabilities[:, 7] / 7)
    seven = [labels.index(name) for name in ("anger", *EMOTIONS[1:])]
    assert (mapped.argmax(axis=1) == probabilities[:, seven].argmax(axis=1)).all()


def test_a_network_that_has_learned_nothing_favours_no_emotion():
    """With eight classes it read disgust 25 %."""
    assert np.allclose(np.full(8, 1 / 8) @ label_matrix([*EMOTIONS, "contempt"]), 1 / 7)


def test_five_classes_leave_the_others_at_zero():
    mapped = np.full(5, 0.2) @ label_matrix(["angry", "happy", "sad", "surprise", "neutral"])
    assert mapped[EMOTIONS.index("fear")] == 0
    assert np.isclose(mapped.sum(), 1)
