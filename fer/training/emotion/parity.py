"""Whether the ONNX file answers as the Keras network that it was made of."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

import numpy as np

from fer.faces.classify import EmotionClassifier, calibrated
from fer.training import export, loop
from fer.training.emotion.votes import VOTE_OF_EMOTION

PARITY = 1e-3
"""Largest difference of a probability between the ONNX file and its Keras twin."""


ROUNDED = 0.02
"""Largest mean difference that rounding to 8 bit may make; 0.004 was measured on the first network
that was shipped so, and another training of the same network differs by far more."""


def parity(path: Path, classifier: EmotionClassifier, images: np.ndarray) -> dict | None:
    """Compare the ONNX file with the Keras network that it was made from.

    A file of 8 bit cannot agree to three decimals. There, what has to agree is the file of
    32 bit that it was rounded from, made anew from the Keras network, and what the rounding did
    is measured beside it and has a bound of its own.

    Returns:
        Largest difference of a probability, the number of faces and whether they agree
        (`agrees`); with 8 bit also `rounding`: largest and mean difference, and the share of
        faces with the same answer. None if the `model.keras` whose digest the card holds is
        neither beside the file nor in the folder of the model's name, or Keras is not installed.

    Raises:
        ModelError: the file made anew cannot be run.
    """
    card = classifier.card
    twin = keras_twin(path, card)
    if twin is None or not importlib.util.find_spec("keras"):
        return None
    import keras

    from fer.training.emotion import fit, networks

    preprocessing = card["preprocessing"]
    takes = networks.Input(
        preprocessing["width"], preprocessing["color"], preprocessing["normalization"]
    )
    model = keras.saving.load_model(twin, compile=False)
    ways = (images, np.flip(images, 2)) if card.get("mirror") else (images,)
    found = [fit.predict(model, np.ascontiguousarray(way), takes) for way in ways]
    outputs = {head: np.mean([one[head] for one in found], axis=0) for head in found[0]}
    scores = outputs["emotion"].astype(np.float64)
    if card["output"] == "probabilities":
        scores = np.log(np.maximum(scores, 1e-12))
    share = card.get("training", {}).get("vote_share")
    if share is not None:
        scores = (1 - share) * scores + share * outputs["votes"][:, list(VOTE_OF_EMOTION)]
    theirs = calibrated(scores, *classifier.calibration)
    ours = exact = classifier.labels_probabilities(images)
    rounding, close = {}, True
    if card.get("bits", 32) < 32:
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole.onnx"
            export.write_onnx(export.deployable(model, takes.size, share), whole)
            exact = EmotionClassifier(whole, card).labels_probabilities(images)
        moved = np.abs(ours - exact)
        rounding = {
            "largest_difference": float(moved.max()),
            "mean_difference": float(moved.mean()),
            "same_answer": float((ours.argmax(1) == exact.argmax(1)).mean()),
        }
        close = rounding["mean_difference"] <= ROUNDED
    gap = float(np.abs(theirs - exact).max())
    result = {"largest_difference": gap, "faces": len(images), "agrees": gap <= PARITY and close}
    return result | ({"rounding": rounding} if rounding else {})


def keras_twin(path: Path, card: dict) -> Path | None:
    places = (path.parent / "model.keras", path.parent / card["name"] / "model.keras")
    digest = card.get("training", {}).get("keras_sha256")
    return next((p for p in places if p.is_file() and loop.file_digest(p) == digest), None)
