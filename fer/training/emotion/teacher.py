"""Networks of the app as teachers of another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer.faces.classify import EmotionClassifier
from fer.model_card import ModelCard
from fer.training.files import DataError


class Teacher:
    """What trained networks see in the very faces that a learner sees, changed as they are.

    Learning the same view's probabilities, instead of the label alone, keeps a small network from
    learning the labels' mistakes by heart (Hinton et al. 2015, "Distilling the Knowledge in a
    Neural Network"; Beyer et al. 2022, "Knowledge distillation: A good teacher is patient and
    consistent").
    """

    def __init__(self, networks: Sequence[Path | str], classes: Sequence[str]) -> None:
        """Args:
            networks: ONNX files with their cards beside them; their mean counts.
            classes: what the learner tells apart.

        Raises:
            ModelError: a network cannot be read.
            DataError: a network tells other classes apart.
        """
        # Each face is read once, also by networks that the app lets read it mirrored too: the
        # learner sees either side in one epoch or another, for half of the time.
        self._networks = [
            EmotionClassifier(path, ModelCard.read(Path(path)).data | {"mirror": False}, threads=1)
            for path in networks
        ]
        for path, network in zip(networks, self._networks, strict=True):
            if network.labels != tuple(classes):
                raise DataError(
                    f"the teacher {path} knows {', '.join(network.labels)}, "
                    f"but {', '.join(classes)} are to be learned"
                )

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        """Of each class, calibrated: float32 (N, classes).

        Args:
            faces: float32 (N, h, w, C), 0..255, grey or BGR.
        """
        crops = list(np.clip(faces + 0.5, 0, 255).astype(np.uint8))
        return np.mean([network.labels_probabilities(crops) for network in self._networks], axis=0)
