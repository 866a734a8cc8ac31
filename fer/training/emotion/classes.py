"""The classes of labelled faces, as data sets name their folders."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fer.emotions import AFFECTNET, CONTEMPT, canonical


def class_of(label: str) -> str:
    """The class in `fer.emotions.KNOWN` for a label of any known data set ("Happiness" -> "happy").

    Raises:
        ValueError: the label is unknown.
    """
    name = label.strip().lower()
    return name if name == CONTEMPT else canonical(name)


def numbered_classes(folders: Iterable[str]) -> dict[str, str] | None:
    """The classes of folders that are named by AffectNet's numbers 0 to 7; None for other names.

    Args:
        folders: names of all folders of faces in the data.

    Raises:
        ValueError: the folders have other numbers. Those from 0 to 6, for example, mean other
            emotions in FER2013 than in AffectNet.
    """
    names = sorted(set(folders))
    if not all(name.isdecimal() for name in names):
        return None
    if {int(name) for name in names} != set(range(len(AFFECTNET))):
        raise ValueError(
            f"the folders of faces are named {', '.join(names)}. Of numbers, only AffectNet's 0 to "
            f"{len(AFFECTNET) - 1} are known, since other data sets give other emotions the same "
            "numbers. Name the folders by emotion, such as happy"
        )
    return {name: AFFECTNET[int(name)] for name in names}


def to_classes(labels: Iterable[str], classes: tuple[str, ...]) -> np.ndarray:
    """A float32 matrix (labels, classes) that maps probabilities over `labels` to `classes`.

    A label that is none of `classes` has a row of zeros.
    """
    names = [class_of(label) for label in labels]
    return np.array([[name == other for other in classes] for name in names], np.float32)
