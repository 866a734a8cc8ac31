"""Writes a trained network as the files that the app reads: calibrated, in 8 bit, with its card."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from fer.emotions import EMOTIONS
from fer.faces.classify import EmotionClassifier, calibrated
from fer.network import CARD_FORMAT
from fer.training import calibrate, export, metrics
from fer.training.draft import drafted, write_card
from fer.training.emotion import fit, networks, shares
from fer.training.emotion.face_set import FaceSet
from fer.training.emotion.inputs import Input
from fer.training.emotion.votes import VOTE_OF_EMOTION, voted_emotion
from fer.training.files import file_digest

RIGHT_BY_LABELS, RIGHT_BY_VOTES = 0.85, 0.9
"""The share of the answered faces that has to be right, by FER2013's labels and by the votes."""


MIRROR_BELOW = 0.9
"""A face that is read with more confidence than this is not read again as its mirror image.

So 56 % of PublicTest's faces and 57 % of press photographs are read once. Of 3,553 PublicTest faces
one gets another answer by it, of 2,701 press photographs none; the mean total variation of a
reading is 0.005. With 0.95 it would be 46 and 43 %, with 0.8 three PublicTest faces would change.
"""


RANGE_FACES = 512
"""The number of training faces whose feature maps set the steps when a network is rounded to
8 bit."""


FER2013 = {
    "sources": [
        "FER2013 (Goodfellow et al. 2013): faces that an image search found for emotion words, "
        "cut out by machine, 48×48 grey",
    ],
    "licence": "FER2013: research use.",
    "who_is_missing": "The data says nothing about age, sex, skin colour, country or disability, "
    "so how well the network reads any group could not be measured on them. Faces turned away, "
    "covered or badly lit, as in a class, are rare; disgust is too (1.5 % of the faces).",
    "labels": "People who were asked agreed with FER2013's labels for 65±5 % of the faces "
    "(Goodfellow et al. 2013). An expression is no proof of a feeling.",
}
"""What a card tells its readers about FER2013."""


FERPLUS = "FER+ (Barsoum et al. 2016, MIT): ten votes on each of these faces"


def finish(
    model: keras.Model,
    takes: Input,
    faces: FaceSet,
    selection: FaceSet,
    folder: Path,
    name: str,
    training: dict,
    path: Path,
    parts: dict[str, FaceSet],
    twin: Path | None = None,
) -> None:
    """Write all files of a trained network to `folder`.

    Args:
        model: trained network, float32.
        takes: what the network takes.
        faces: faces that it was trained on.
        selection: faces to calibrate on.
        folder: where to write.
        name: display name of the model.
        training: facts about the training, for the card.
        path: where the faces were read from.
        parts: all faces that were read there.
        twin: Keras file that `model` was read from; it is copied. None writes a new one.
    """
    known = about(path, parts, bool(training["votes"]))
    ranges = faces.images[:: max(1, len(faces) // RANGE_FACES)]
    with drafted(folder) as draft:
        card = release(model, takes, selection, draft, name, training, known, ranges, twin)
        model.save_weights(draft / "model.weights.h5")
        (draft / "model.json").write_text(model.to_json(indent=1), encoding="utf-8")
    figures = card["metrics"]
    share = figures.get("reading", figures)["public"]["accuracy"]
    print(f"{folder / 'emotion.onnx'}: {share:.4f} of the selection faces right")


def about(path: Path, parts: dict[str, FaceSet], votes: bool) -> dict:
    """Describe the data that a network was trained on, for its card.

    Args:
        path: where the data was read from.
        parts: all faces that were read. FER2013 is recognised by the sizes of its parts, since
            other faces may have its layout.
        votes: whether the network learned the votes.
    """
    sizes = {usage: len(part) for usage, part in parts.items()}
    fer2013 = sizes == {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}
    known = FER2013 if fer2013 else {"sources": [path.name]}
    return known | {"sources": [*known["sources"], *([FERPLUS] if votes else [])]}


def release(
    model: keras.Model,
    takes: Input,
    selection: FaceSet,
    folder: Path,
    name: str,
    training: dict,
    data: dict,
    ranges: np.ndarray,
    twin: Path | None = None,
) -> dict:
    """Write model.keras, emotion.onnx and emotion.json, calibrated on `selection`.

    If the network has learned the FER+ votes, the app's readings come from them, because
    FER2013's labels call many neutral faces sad or angry. The head that learned those labels is
    in the file, too, with its own calibration, for comparison with the figures of others.

    Args:
        model: trained network, float32.
        takes: what the network takes.
        selection: faces to calibrate on; never those of the reported figures.
        folder: where to write.
        name: display name of the model.
        training: facts about the training, for the card.
        data: facts about the data, for the card.
        ranges: uint8 faces whose feature maps set the steps when a compact network is rounded to
            8 bit.
        twin: Keras file that `model` was read from; it is copied. None writes a new one.

    Returns:
        The card.
    """
    if twin is None:
        model.save(folder / "model.keras")
    else:
        shutil.copyfile(twin, folder / "model.keras")
    outputs = fit.predict(model, selection.images, takes)
    share, labels, wanted = None, selection.labels, RIGHT_BY_LABELS
    if "votes" in outputs and selection.votes is not None and selection.classes == EMOTIONS:
        voted = voted_emotion(selection.votes)
        if (asked := voted >= 0).any():
            votes = outputs["votes"][:, list(VOTE_OF_EMOTION)]
            share = calibrate.fit_vote_share(outputs["emotion"][asked], votes[asked], voted[asked])
            labels, wanted = voted, RIGHT_BY_VOTES
    network = export.deployable(model, takes.size, share)
    path = folder / "emotion.onnx"
    export.write_onnx(network, path)
    card: dict[str, Any] = {
        "format": CARD_FORMAT,
        "name": name,
        "labels": list(selection.classes),
        "preprocessing": takes.card(),
        "output": "logits" if networks.gives_logits(model) else "probabilities",
        "mirror": takes.compact,
        **({"mirror_below": MIRROR_BELOW} if takes.compact else {}),
        "bits": 8 if takes.compact else 32,
    }
    if takes.compact:
        classifier = EmotionClassifier(path, card)
        export.quantize(path, np.stack([classifier.prepare(face) for face in ranges]))
    # The calibration fits the network as the app runs it: rounded, mirrored, and on faces that
    # the classifier has prepared.
    heads = EmotionClassifier(path, card).outputs(selection.images)
    if card["output"] == "probabilities":
        heads = [np.log(np.maximum(head, 1e-12)) for head in heads]
    asked = labels >= 0
    temperature, floor = calibrate.fit_calibration(heads[0][asked], labels[asked])
    card |= {"temperature": temperature, "floor": floor}
    probabilities = EmotionClassifier(path, card).labels_probabilities(selection.images)[asked]
    public = metrics.summary(probabilities, labels[asked])
    figures = {"public": public}
    if share is not None:
        card["heads"] = list(export.HEADS)
        usual = calibrate.fit_calibration(heads[1], selection.labels)
        card["fer2013"] = dict(zip(("temperature", "floor"), usual, strict=True))
        by_labels = metrics.summary(calibrated(heads[1], *usual), selection.labels)
        figures = {"public": by_labels, "reading": {"public": public}}
    card |= {
        "abstain_below": calibrate.abstention(probabilities, labels[asked], wanted),
        "answered_right": wanted,
        "metrics": figures,
        "training": {
            **training,
            "vote_share": share,
            # `parity` needs the digest: another training may leave its network in this folder.
            "keras_sha256": file_digest(folder / "model.keras"),
        },
        "data": data,
        "size": {
            "parameters": network.count_params(),
            "mmacs": networks.multiply_accumulates(network, network.input_shape[1:]),
            "passes_a_face": 2 if takes.compact else 1,
            "model_mb": path.stat().st_size / 1e6,
        },
    }
    prevalence = shares.fit_prevalence(EmotionClassifier(path, card), selection)
    card["prevalence"] = prevalence.card() if prevalence else None
    write_card(path.with_suffix(".json"), card)
    return card
