"""Checks that an ONNX file answers as the Keras network that it was made from."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

import numpy as np

from fer.faces.classify import EmotionClassifier, calibrated
from fer.training.emotion.votes import VOTE_OF_EMOTION
from fer.training.files import file_digest
from fer.training.quiet import load_keras

PARITY = 1e-3
"""The largest difference of a probability that is allowed between the ONNX file and the Keras
network."""


ROUNDED = 0.02
"""The largest mean difference that rounding to 8 bit may make. It was 0.004 for the first network
that was shipped in 8 bit; another training of the same network differs by far more."""


def parity(path: Path, classifier: EmotionClassifier, images: np.ndarray) -> dict | None:
    """Compare the ONNX file with the Keras network that it was made from.

    A file in 8 bit cannot agree to three decimals. For such a file, the file in 32 bit that it was
    rounded from is made anew from the Keras network, and that one has to agree. The effect of the
    rounding is measured separately and has its own limit, `ROUNDED`.

    Args:
        path: ONNX file.
        classifier: the classifier that runs this file.
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR.

    Returns:
        `largest_difference` of a probability, the number of `faces`, and whether both agree
        (`agrees`). For a file in 8 bit also `rounding`: the largest and the mean difference, and
        the share of faces with the same answer. None if Keras is not installed, or if the
        `model.keras` whose digest the card holds is neither beside the file nor in the folder
        with the model's name.

    Raises:
        ModelError: the file that was made anew cannot be run.
    """
    card = classifier.card
    twin = keras_twin(path, card)
    if twin is None or not importlib.util.find_spec("keras"):
        return None
    # Keras takes seconds to load, and most files have no Keras network beside them.
    load_keras()
    import keras

    from fer.training import export
    from fer.training.emotion import fit
    from fer.training.emotion.inputs import Input

    # Which faces are read once depends on the last digits of their first reading.
    card = card | {"mirror_below": 1}
    preprocessing = card["preprocessing"]
    takes = Input(preprocessing["width"], preprocessing["color"], preprocessing["normalization"])
    model = keras.saving.load_model(twin, compile=False)
    ways = (images, np.flip(images, 2)) if card.get("mirror") else (images,)
    answers = [fit.predict(model, np.ascontiguousarray(way), takes) for way in ways]
    outputs = {head: np.mean([one[head] for one in answers], axis=0) for head in answers[0]}
    scores = outputs["emotion"].astype(np.float64)
    if card["output"] == "probabilities":
        scores = np.log(np.maximum(scores, 1e-12))
    share = card.get("training", {}).get("vote_share")
    if share is not None:
        scores = (1 - share) * scores + share * outputs["votes"][:, list(VOTE_OF_EMOTION)]
    theirs = calibrated(scores, *classifier.calibration)
    ours = exact = EmotionClassifier(path, card).labels_probabilities(images)
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
    """Look for the `model.keras` that an ONNX file was made from, by the digest in its card."""
    places = (path.parent / "model.keras", path.parent / card["name"] / "model.keras")
    digest = card.get("training", {}).get("keras_sha256")
    return next((p for p in places if p.is_file() and file_digest(p) == digest), None)
