"""The vocabulary: emotion labels, their order, colours and place on the valence axis."""

from __future__ import annotations

import numpy as np

EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes of FER2013, in its order. Every array of seven values follows this order."""

FIVE: tuple[str, ...] = ("angry", "happy", "sad", "surprise", "neutral")
"""The common smaller set: `EMOTIONS` without disgust and fear."""

CONTEMPT = "contempt"
"""A class of AffectNet, FER+ and CK+ that is none of the seven."""

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

NEGATIVE: tuple[str, ...] = ("angry", "disgust", "fear", "sad")
"""Emotions that count towards a negative mood. Surprise has no fixed sign, so it is left out."""

UNSURE = "unsure"
"""The name for faces that were read with too little confidence to name an emotion."""

# Okabe and Ito's palette (2008), whose colours differ under the common colour-vision deficiencies,
# too. Its yellow is left out: it cannot be seen on a white page.
COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#8C8C8C",
    UNSURE: "#C9C9C9",
}

# Russell's circumplex: mean pleasure ratings of the emotion words in Russell and Mehrabian
# (1977), "Evidence for a three-factor theory of emotions", Table 1; neutral is the origin.
VALENCE: dict[str, float] = {
    "angry": -0.51,
    "disgust": -0.60,
    "fear": -0.64,
    "happy": 0.81,
    "sad": -0.63,
    "surprise": 0.40,
    "neutral": 0.0,
}

VALENCES = np.array([VALENCE[name] for name in EMOTIONS], dtype=np.float32)
"""`VALENCE` as a float32 vector (7,) in `EMOTIONS` order."""

# Names that other data sets use for our classes. Where faces are counted by the seven, those of
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


def label_matrix(labels: tuple[str, ...] | list[str]) -> np.ndarray:
    """Float32 matrix (len(labels), 7) that maps probabilities over `labels` to `EMOTIONS`.

    Classes that `labels` lack stay at zero; classes with the same name in `EMOTIONS` are added.
    Contempt is none of the seven and says nothing about them, so it is shared out evenly: the more
    sure a network is of contempt, the less sure is the reading, and no emotion gains by it.
    """
    matrix = np.zeros((len(labels), len(EMOTIONS)), dtype=np.float32)
    for row, label in enumerate(labels):
        if label.strip().lower() == CONTEMPT:
            matrix[row] = 1 / len(EMOTIONS)
        else:
            matrix[row, EMOTIONS.index(canonical(label))] = 1.0
    return matrix
