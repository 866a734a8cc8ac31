import numpy as np
import pytest

from fer.emotions import (
    AFFECTNET,
    COLOURS,
    CONTEMPT,
    EMOTIONS,
    KNOWN,
    UNSURE,
    VALENCE,
    canonical,
    classes_for,
    label_matrix,
    places,
    valences,
    with_classes,
)


def test_order_is_that_of_fer2013():
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_every_emotion_has_its_own_colour_and_a_valence():
    assert set(COLOURS) == {*KNOWN, UNSURE}
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert set(VALENCE) == set(KNOWN)
    assert VALENCE["happy"] > 0 > VALENCE["sad"]


@pytest.mark.parametrize(
    ("label", "name"), [("Happiness", "happy"), (" sad ", "sad"), ("calm", "neutral")]
)
def test_labels_of_other_sets_are_known(label, name):
    assert canonical(label) == name


def test_unknown_label_is_named():
    with pytest.raises(ValueError, match="'bored'"):
        canonical("bored")


def test_eight_classes_are_eight():
    """Contempt was added to disgust once, and then shared out among the seven."""
    assert classes_for(AFFECTNET) == KNOWN
    probabilities = np.random.default_rng(0).dirichlet(np.ones(8), 5)
    mapped = probabilities @ label_matrix(AFFECTNET)
    for place, name in enumerate(KNOWN):
        assert np.allclose(mapped[:, place], probabilities[:, AFFECTNET.index(name)])


def test_a_network_that_has_learned_nothing_favours_no_emotion():
    """With eight classes it read disgust 25 %."""
    assert np.allclose(np.full(8, 1 / 8) @ label_matrix([*EMOTIONS, " Contempt"]), 1 / 8)


def test_contempt_has_a_place_only_among_eight():
    assert places([CONTEMPT, "neutral", "angry"], 7) == [6, 0]
    assert places([CONTEMPT, "neutral", "angry"], 8) == [7, 6, 0]
    assert with_classes(("t", *EMOTIONS, "valence"), 7) == ("t", *EMOTIONS, "valence")
    assert with_classes(("t", *EMOTIONS, "valence"), 8) == ("t", *KNOWN, "valence")
    assert valences(8).tolist() == pytest.approx([*valences(7), -0.555])


# What red, green and blue light becomes under protanopia, deuteranopia and tritanopia: Machado,
# Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision
# deficiency", for severity 1; and under none.
DEFICIENCIES = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def light(colour):
    """Linear red, green and blue of a colour, 0 to 1."""
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour, deficiency):
    """A colour in CIELAB (D65) as somebody with this deficiency sees it."""
    seen = np.clip(np.array(DEFICIENCIES[deficiency]) @ light(colour), 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ seen / (0.95047, 1, 1.08883)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colour_of_contempt_is_told_apart_by_everybody(deficiency):
    """The colours of the seven differ by 8.5 to 22.7 where they differ least."""
    seen = lab(COLOURS[CONTEMPT], deficiency)
    others = [lab(colour, deficiency) for name, colour in COLOURS.items() if name != CONTEMPT]
    assert min(np.linalg.norm(seen - other) for other in others) > 22


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117"])
def test_the_colour_of_contempt_is_seen_on_light_and_dark_pages(page):
    """WCAG 2.2 asks for a contrast of 3 in graphics."""
    dark, bright = sorted(
        float(np.array([0.2126, 0.7152, 0.0722]) @ light(colour))
        for colour in (COLOURS[CONTEMPT], page)
    )
    assert (bright + 0.05) / (dark + 0.05) > 3


def test_five_classes_leave_the_others_at_zero():
    mapped = np.full(5, 0.2) @ label_matrix(["angry", "happy", "sad", "surprise", "neutral"])
    assert mapped[EMOTIONS.index("fear")] == 0
    assert np.isclose(mapped.sum(), 1)
