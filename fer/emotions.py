"""The vocabulary: emotion labels, their order, colours and place on the valence axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes of FER2013, in its order. Every array of seven values follows this order."""

FIVE: tuple[str, ...] = ("angry", "happy", "sad", "surprise", "neutral")
"""The common smaller set: `EMOTIONS` without disgust and fear."""

CONTEMPT = "contempt"
"""A class of AffectNet, FER+ and CK+ that is none of the seven."""

KNOWN: tuple[str, ...] = (*EMOTIONS, CONTEMPT)
"""All classes that a network may know. Arrays over the classes have seven values, in the order of
`EMOTIONS`, or eight, in this order, where the network knows contempt, too. Tables have a column for
contempt only in the second case."""

AFFECTNET: tuple[str, ...] = (
    "neutral",
    "happy",
    "sad",
    "surprise",
    "fear",
    "disgust",
    "angry",
    CONTEMPT,
)
"""AffectNet's classes in the order of their numbers, by our names."""

NEGATIVE: tuple[str, ...] = ("angry", "disgust", "fear", "sad", CONTEMPT)
"""Emotions that count towards a negative mood. Surprise has no fixed sign, so it is left out."""

UNSURE = "unsure"
"""The name for faces that were read with too little confidence to name an emotion."""

# Okabe and Ito's palette (2008), whose colours differ under the common colour-vision deficiencies,
# too. Its yellow is left out: it cannot be seen on a white page. The brown of contempt is not from
# there; it was chosen to differ from all others under each of these deficiencies, and to be seen on
# white and on black.
COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#8C8C8C",
    CONTEMPT: "#A05030",
    UNSURE: "#C9C9C9",
}

# Russell's circumplex: mean pleasure ratings of the emotion words in Russell and Mehrabian
# (1977), "Evidence for a three-factor theory of emotions", Table 1; neutral is the origin. For
# contempt we know no value of theirs, so it has the mean of anger and disgust, which form the
# hostility triad together with it (Izard 1977).
VALENCE: dict[str, float] = {
    "angry": -0.51,
    "disgust": -0.60,
    "fear": -0.64,
    "happy": 0.81,
    "sad": -0.63,
    "surprise": 0.40,
    "neutral": 0.0,
    CONTEMPT: (-0.51 - 0.60) / 2,
}

VALENCES = np.array([VALENCE[name] for name in EMOTIONS], dtype=np.float32)
"""`VALENCE` as a float32 vector (7,) in `EMOTIONS` order."""


def valences(classes: int) -> np.ndarray:
    """`VALENCE` as a float32 vector of the first `classes` of `KNOWN`, seven or eight."""
    return np.array([VALENCE[name] for name in KNOWN[:classes]], dtype=np.float32)


def places(names: Iterable[str], classes: int) -> list[int]:
    """Positions of some names of `KNOWN` in arrays over seven or eight classes.

    Contempt has none among seven, so it is left out there.
    """
    return [KNOWN.index(name) for name in names if name in KNOWN[:classes]]


def known_in(columns: Iterable[str]) -> list[str]:
    """The classes that a table has columns for, in the order of `KNOWN`."""
    there = set(columns)
    return [name for name in KNOWN if name in there]


def with_classes(columns: Sequence[str], classes: int) -> tuple[str, ...]:
    """Columns of a table for seven or eight classes.

    Args:
        columns: those for seven, with the names of `EMOTIONS` in their order.
        classes: 7 leaves them as they are; 8 puts contempt after neutral.
    """
    after = columns.index(EMOTIONS[-1]) + 1
    return (*columns[:after], *KNOWN[len(EMOTIONS) : classes], *columns[after:])


# Names that other data sets use for our classes. Where faces are labelled by the seven, those of
# contempt count as disgust, its neighbour in the hostility triad (Izard 1977).
_SYNONYMS: dict[str, str] = {
    "anger": "angry",
    "contempt": "disgust",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "calm": "neutral",
}


def canonical(label: str) -> str:
    """The name in `EMOTIONS` for a label of any known data set ("Happiness" -> "happy").

    Raises:
        ValueError: the label is not known.
    """
    name = label.strip().lower()
    name = _SYNONYMS.get(name, name)
    if name not in EMOTIONS:
        raise ValueError(f"unknown emotion label {label!r}; known are {', '.join(EMOTIONS)}")
    return name


def classes_for(labels: Iterable[str]) -> tuple[str, ...]:
    """The classes over which a network with these labels reads: `KNOWN` if contempt is one of them,
    else `EMOTIONS`."""
    return KNOWN if CONTEMPT in {label.strip().lower() for label in labels} else EMOTIONS


def label_matrix(labels: Sequence[str]) -> np.ndarray:
    """Float32 matrix (len(labels), classes) that maps probabilities over `labels` to `classes_for`.

    Classes that `labels` lack stay at zero; classes with the same name among ours are added.

    Raises:
        ValueError: a label is not known.
    """
    classes = classes_for(labels)
    matrix = np.zeros((len(labels), len(classes)), dtype=np.float32)
    for row, label in enumerate(labels):
        name = CONTEMPT if label.strip().lower() == CONTEMPT else canonical(label)
        matrix[row, classes.index(name)] = 1.0
    return matrix
