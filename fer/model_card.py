"""Reads model cards, the JSON files that say how to use a network and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer.card_shape import check_card
from fer.errors import ModelError
from fer.network import card_of, read_card
from fer.settings import ROOT

SELECTION = "the faces it was selected by"
VOTED = "PrivateTest, by the most of ten votes"


@dataclass(frozen=True)
class Measured:
    """The figures of a model on one set of faces.

    Attributes:
        name: the name of the set.
        labels: the classes that have faces or answers, in the order of the figures.
        figures: the figures of these classes, as `fer.training.metrics.summary` gives them.
    """

    name: str
    labels: list[str]
    figures: dict[str, Any]

    def same_faces(self, other: Measured) -> bool:
        """Whether both were measured on the same faces and classes."""
        return (self.name, self.figures["per_class"]["faces"], self.labels) == (
            other.name,
            other.figures["per_class"]["faces"],
            other.labels,
        )


@dataclass(frozen=True)
class ModelCard:
    """The card of one emotion model.

    Attributes:
        path: the ONNX file that the card belongs to.
        data: the parsed card. `fer.faces.classify` says what it must hold. The rest is for people
            and may be missing: `metrics`, `training`, `data`, `size`.
    """

    path: Path
    data: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read the card beside an ONNX file.

        Raises:
            ModelError: the card is missing, is no JSON object, or holds something that cannot be
                shown.
        """
        data = read_card(path)
        check_card(data, card_of(path).name)
        return cls(path, data)

    @property
    def title(self) -> str:
        """The display name of the model, with its folder unless that is `models` itself."""
        name = str(self.data.get("name", self.path.stem))
        folder = self.path.parent.name
        return name if folder == "models" else f"{name} ({folder}/)"

    def measured(self) -> Measured | None:
        """The figures on PrivateTest, or else on the faces that the model was selected by, if any.

        Figures of the reading by the FER+ votes come first, because the app shows that reading.
        """
        parts = self.data.get("metrics") or {}
        reading = parts.get("reading") or {}
        for figures, name in (
            (reading.get("private"), VOTED),
            (parts.get("private"), "PrivateTest"),
            (reading.get("public"), SELECTION),
            (parts.get("public"), SELECTION),
        ):
            # `evaluate.py` notes the classes of its figures; a training's follow the card's labels.
            labels = parts.get("labels") or self.data.get("labels") or []
            if figures and figures.get("confusion_matrix"):
                return Measured(name, *_concerned(list(labels), figures))
        return None

    def by_labels(self) -> dict[str, Any] | None:
        """The figures by FER2013's labels, of a model whose reading follows the votes instead."""
        parts = self.data.get("metrics") or {}
        figures = parts.get("private") or {}
        voted = (parts.get("reading") or {}).get("private")
        # Figures without a confusion matrix have not been checked, see `fer.card_shape`.
        return figures if voted and figures.get("confusion_matrix") else None


def _concerned(labels: list[str], figures: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Labels and figures without the classes that have neither faces nor answers."""
    matrix = np.asarray(figures["confusion_matrix"])
    kept = np.flatnonzero(matrix.sum(0) + matrix.sum(1))
    per_class = {key: [row[i] for i in kept] for key, row in figures["per_class"].items()}
    return [labels[i] for i in kept], {
        **figures,
        "confusion_matrix": matrix[np.ix_(kept, kept)].tolist(),
        "per_class": per_class,
    }


def installed(default: Path, folder: Path = ROOT / "models") -> list[ModelCard]:
    """The cards of the models that can be chosen, the default first.

    A model is a pair of `emotion.onnx` and `emotion.json` in `folder` or one folder deeper. Models
    whose card cannot be read are left out: a half-copied model must not break the page.

    Args:
        default: the ONNX file that the settings name.
        folder: the folder of the installed models.
    """
    paths = [default, folder / "emotion.onnx", *sorted(folder.glob("*/emotion.onnx"))]
    cards = []
    for path in dict.fromkeys(path.resolve() for path in paths):
        if path.is_file():
            try:
                cards.append(ModelCard.read(path))
            except ModelError:
                continue
    return cards


def in_words(value: object) -> str:
    """A value of a card as one line of text, with the parts of objects and lists joined by "; "."""
    if isinstance(value, dict):
        return "; ".join(
            f"{key.replace('_', ' ')}: {in_words(item)}" for key, item in value.items()
        )
    if isinstance(value, list):
        return "; ".join(map(in_words, value))
    return str(value)
