"""Model cards: what is known about an installed model, read from the file beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer.errors import ModelError
from fer.settings import ROOT


@dataclass(frozen=True)
class ModelCard:
    """The card of one emotion model.

    Attributes:
        path: the ONNX file that the card belongs to.
        data: the parsed card. `fer.classify` says what must be in it; the rest is for people and
            may be missing: `metrics`, `training`, `data`, `size`.
    """

    path: Path
    data: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """The card beside an ONNX file.

        Raises:
            ModelError: it is missing or no JSON object.
        """
        file = path.with_suffix(".json")
        try:
            data = json.loads(file.read_text("utf-8"))
        except OSError as error:
            raise ModelError(f"{file} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ModelError(f"{file} is no JSON: {error}") from error
        if not isinstance(data, dict):
            raise ModelError(f"{file} must hold a JSON object")
        return cls(path, data)

    @property
    def title(self) -> str:
        """What to call the model: its name, and its folder where that differs."""
        name = str(self.data.get("name", self.path.stem))
        folder = self.path.parent.name
        return name if folder in ("models", name) else f"{name} ({folder})"

    @property
    def labels(self) -> list[str]:
        """The model's own labels, in its output order."""
        return list(self.data.get("labels", []))

    def metrics(self, part: str) -> dict[str, Any]:
        """The figures on one set of faces ("private", "public", ...); empty if not measured."""
        return dict(self.data.get("metrics", {}).get(part) or {})


def installed(default: Path, folder: Path = ROOT / "models") -> list[ModelCard]:
    """Cards of the models that can be chosen, the default first.

    A model is `emotion.onnx` with `emotion.json` in `folder` or in a folder in it. Those whose
    card cannot be read are left out: a half-copied model must not take the page down.
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
