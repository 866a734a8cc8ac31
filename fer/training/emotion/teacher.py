"""Networks that the app can run, as teachers of another network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer.faces.classify import EmotionClassifier, calibrated
from fer.model_card import ModelCard
from fer.network import softmax
from fer.training.files import DataError


class Teacher:
    """Trained networks that read exactly the changed faces that the learning network sees.

    Their probabilities, learned besides the labels, keep a small network from learning the labels'
    mistakes by heart (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"; Beyer et
    al. 2022, "Knowledge distillation: A good teacher is patient and consistent").
    """

    def __init__(self, networks: Sequence[Path | str], classes: Sequence[str]) -> None:
        """Open the networks.

        Args:
            networks: ONNX files with their cards beside them; the mean of their answers is taught.
            classes: the classes that the learning network tells apart.

        Raises:
            ModelError: a network cannot be read.
            DataError: a network tells other classes apart.
        """
        # Each face is read once, even by networks for which the app reads it mirrored, too: the
        # learner sees both sides over the epochs, and half of the time is saved.
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

    def probabilities(self, faces: np.ndarray) -> dict[str, np.ndarray]:
        """Compute the mean probabilities for each head of the learning network.

        Args:
            faces: float32 (N, h, w, C) in 0..255, grey or BGR.

        Returns:
            "emotion": float32 (N, classes), calibrated; by FER2013's labels, where a network has a
            head for them. "votes": float32 (N, 8), not calibrated, because the head for the votes
            learns their shares; only if each network has that head.
        """
        crops = list(np.clip(faces + 0.5, 0, 255).astype(np.uint8))
        answers = [_answers(network, crops) for network in self._networks]
        shared = set(answers[0]).intersection(*answers)
        return {
            head: np.mean([one[head] for one in answers], axis=0).astype(np.float32)
            for head in sorted(shared)
        }


def _answers(network: EmotionClassifier, crops: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The probabilities of one network, as `Teacher.probabilities` gives them."""
    how = network.card.get("fer2013")
    if how is None or not {"emotion", "votes"} <= set(network.heads):
        return {"emotion": network.labels_probabilities(crops)}
    heads = dict(zip(network.heads, network.outputs(crops), strict=True))
    return {
        "emotion": calibrated(heads["emotion"], how["temperature"], how["floor"]),
        "votes": softmax(heads["votes"]),
    }
