"""`python evaluate.py --shares`: measures how right the shares are that the app shows for a class.

This module reads the faces; `fer.training.emotion.artificial_prevalence` has the protocol.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.emotions import CONTEMPT, EMOTIONS, canonical, classes_for, label_matrix
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier, calibrated
from fer.faces.core import FaceState, MoodCore
from fer.faces.detect.base import Detection
from fer.mood.prevalence import Prevalence
from fer.network import card_of, read_card
from fer.training import calibrate
from fer.training.archive import opened
from fer.training.draft import write_card
from fer.training.emotion.artificial_prevalence import (
    Readings,
    false_alerts,
    photographs_protocol,
    protocol,
    read_negative,
)
from fer.training.emotion.augment import affine, warp
from fer.training.emotion.classes import class_of
from fer.training.emotion.data import read
from fer.training.emotion.face_set import FaceSet
from fer.training.emotion.votes import voted_emotion
from fer.training.files import DataError, decode_picture_file, is_image

TARGETS = {
    "tv_25": "≤ 0.145",
    "tv_250": "≤ 0.065",
    "tv_2500": "≤ 0.045",
    "tv_neutral80_2500": "≤ 0.045",
    "wild_tv_neutral80": "≤ 0.08",
    "interval_coverage_90": "0.85 to 0.95",
    "false_alerts_per_hour_neutral": "0",
}

COPIES = 2
"""Number of changed copies of each face from which a `Prevalence` is fitted, besides the face.

With three copies, fitted on one half of PublicTest and measured on the other, the total variation
of 2,500 readings fell from 0.070 to 0.041 in windows of repeated faces, and from 0.074 to 0.065 on
press photographs of which 80 % are neutral; on unchanged faces it rose from 0.035 to 0.041. Two
copies are a compromise.
"""

REPEATS = 8
"""Number of readings of each face in a window of repeated faces."""

_NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True, eq=False)
class Fer2013Head:
    """The head of a network for FER2013's labels, calibrated as after a training.

    Attributes:
        index: place of the head among the network's outputs.
        temperature, floor: the parameters of `fer.faces.classify.calibrated`.
        abstain_below: the confidence from which a face counts as sure.
    """

    index: int
    temperature: float
    floor: float
    abstain_below: float

    @classmethod
    def fit(cls, classifier: EmotionClassifier, faces: FaceSet) -> Fer2013Head:
        """Choose the head with seven classes that agrees best with the labels of these faces.

        Raises:
            DataError: no head has seven classes.
        """
        heads = [_logits(classifier, head) for head in classifier.outputs(faces.images)]
        fitting = [i for i, head in enumerate(heads) if head.shape[1] == len(EMOTIONS)]
        if not fitting:
            raise DataError("no head of the network has the seven classes of FER2013")
        best = max(fitting, key=lambda i: float((heads[i].argmax(1) == faces.labels).mean()))
        how = calibrate.fit_calibration(heads[best], faces.labels)
        limit = calibrate.abstention(calibrated(heads[best], *how), faces.labels)
        return cls(best, *how, 1.0 if limit is None else limit)

    def probabilities(self, classifier: EmotionClassifier, images) -> np.ndarray:
        """Compute the head's calibrated probabilities, float64 (N, 7), for uint8 images."""
        head = _logits(classifier, classifier.outputs(images)[self.index])
        return calibrated(head, self.temperature, self.floor)


def emotions_with_contempt(faces: FaceSet, classes: tuple[str, ...] = EMOTIONS) -> np.ndarray:
    """Choose the emotion as which each face counts in a class: int (N,), index into `classes`.

    It is the most voted one, or the label if the set has no votes, and -1 where no class won.
    Contempt has a place even among the seven, whose readings of single faces have none: it counts
    as disgust there, as in `fer.emotions.canonical`.

    Args:
        faces: labelled faces.
        classes: those of the network, `EMOTIONS` or `fer.emotions.KNOWN`.
    """
    contempt = classes.index(CONTEMPT if CONTEMPT in classes else canonical(CONTEMPT))
    if faces.votes is None:
        names = map(class_of, faces.classes)
        by_class = np.array(
            [contempt if name == CONTEMPT else classes.index(name) for name in names]
        )
        return by_class[faces.labels]
    return voted_emotion(faces.votes, contempt)


def fit_prevalence(classifier: EmotionClassifier, faces: FaceSet) -> Prevalence | None:
    """Fit what the app needs to adjust its shares; None if no face has a class.

    Args:
        classifier: a calibrated network.
        faces: the faces that the network was selected and calibrated by.
    """
    targets = emotions_with_contempt(faces, classes_for(classifier.labels))
    known_to_network = label_matrix(classifier.labels).max(axis=0) == 1
    targets = np.where(known_to_network[targets], targets, -1)
    if not (targets >= 0).any():
        return None
    known = faces.take(targets >= 0)
    rng = np.random.default_rng(0)
    readings = [classifier.classify(known.images)] + [
        classifier.classify(jittered(face, rng) for face in known.images) for _ in range(COPIES)
    ]
    return Prevalence.fit(np.stack(readings, axis=1), targets[targets >= 0])


def readings_of(
    classifier: EmotionClassifier,
    head: Fer2013Head,
    images,
    labels: np.ndarray,
    repeats: int = 0,
    seed: int = 0,
) -> Readings:
    """Read faces once unchanged and `repeats` times with small changes.

    Args:
        classifier: a calibrated network.
        head: its head for FER2013's labels.
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR, or a list of such images.
        labels: int (N,), index into `EMOTIONS`.
        repeats: number of further readings.
        seed: of the random changes.
    """
    rng = np.random.default_rng(seed)
    served, before, first = [], [], np.zeros(0, int)
    for time in range(1 + repeats):
        faces = [jittered(face, rng) for face in images] if time else list(images)
        served.append(classifier.classify(faces))
        old = head.probabilities(classifier, faces)
        if not time:
            first = old.argmax(1)
        before.append(old * (old.max(1, keepdims=True) >= head.abstain_below))
    return Readings(labels, np.stack(served, 1), np.stack(before, 1), first)


def jittered(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change a face as the next frames of a video do: moved a little, lit differently, compressed.

    Args:
        face: uint8 (h, w) or (h, w, 3).
        rng: random generator.

    Returns:
        uint8 of the shape of `face`.
    """
    side = face.shape[0]
    how = affine(
        face.shape[:2],
        side,
        angle=rng.uniform(-6, 6),
        scale=rng.uniform(0.94, 1.06),
        shift=rng.uniform(-0.03, 0.03, 2),
    )
    moved = warp(face, how, side).astype(np.float32)
    lit = moved * rng.uniform(0.8, 1.2) + rng.uniform(-10, 10) + rng.normal(0, 3, moved.shape)
    quality = int(rng.integers(40, 90))
    small = np.clip(lit, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED))


def photographs(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Iterate over whole photographs as (index into `EMOTIONS`, picture).

    Pictures are uint8 (h, w) grey or (h, w, 3) BGR.

    Args:
        path: folder or zip in which each photograph lies in a folder named by its emotion.

    Raises:
        DataError: there are no photographs, or one cannot be read.
    """
    count = 0
    with opened(path, "no folder or zip of photographs") as source:
        for name in filter(is_image, source.names):
            try:
                label = EMOTIONS.index(class_of(Path(name).parent.name))
            except ValueError:
                continue
            count += 1
            yield label, decode_picture_file(source.read(name), source.where(name))
    if not count:
        raise DataError(f"{path}: no photographs in folders with the names of emotions")


def read_photographs(core: MoodCore, head: Fer2013Head, path: Path) -> Readings:
    """Read the largest face of each photograph; photographs without a readable face are left out.

    Raises:
        DataError: as `photographs`, or no face can be read.
    """
    labels, crops = [], []
    for label, picture in photographs(path):
        faces = [face for face in core.read(picture) if face.state != FaceState.UNREAD]
        if not faces:
            continue
        face = max(faces, key=lambda face: face.box[2] * face.box[3])
        frame = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.ndim == 2 else picture
        labels.append(label)
        crops.append(core.crop(frame, Detection(face.box, face.score, face.landmarks)))
    if not labels:
        raise DataError(f"{path}: no face could be read")
    return readings_of(core.classifier, head, crops, np.array(labels))


def measure(
    model: Path,
    data: Path,
    votes: Path | None = None,
    pictures: Path | None = None,
    anew: bool = False,
) -> tuple[dict, Prevalence]:
    """Measure the shares: all figures of `python evaluate.py --shares`.

    If there are votes, the most voted class of a face is its label.

    Args:
        model: ONNX file.
        data: FER2013 in any layout that `read` knows.
        votes: table of FER+ votes, as for `read`.
        pictures: whole photographs, as for `photographs`.
        anew: whether to fit the network's `Prevalence` on PublicTest even if its card has one.

    Returns:
        The figures, ready for JSON, and the `Prevalence` that they were measured with.

    Raises:
        DataError: the data has no PublicTest or PrivateTest faces, or the photographs cannot be
            used.
        ModelError: the network cannot be used.
    """
    classifier = EmotionClassifier.load(model)
    takes = classifier.card["preprocessing"]
    parts = read(data, votes, int(takes["width"]), takes["color"] != "grey")
    if not (parts.get("PublicTest") and parts.get("PrivateTest")):
        raise DataError(f"{data}: shares need PublicTest and PrivateTest faces")
    public, private = parts["PublicTest"], parts["PrivateTest"]
    if public.classes != EMOTIONS:
        raise DataError(f"{data}: shares are measured on the seven classes of FER2013")
    if CONTEMPT in classes_for(classifier.labels):
        raise DataError(
            f"{model}: shares are measured on the seven classes of FER2013, and this network knows "
            f"{CONTEMPT}, too"
        )
    head = Fer2013Head.fit(classifier, public)
    try:
        known = None if anew else Prevalence.from_card(classifier.card)
    except ValueError as error:
        raise ModelError(f"{model}: {error}") from error
    prevalence = known or fit_prevalence(classifier, public)
    if prevalence is None:
        raise DataError(f"{data}: no PublicTest face has a class")
    voted = emotions_with_contempt(private)
    everything = readings_of(classifier, head, private.images, voted, REPEATS)
    faces = everything.take(voted >= 0)
    if np.bincount(faces.labels, minlength=len(EMOTIONS)).min() == 0:
        raise DataError(f"{data}: each of the seven classes needs PrivateTest faces")
    # Neutral by FER2013's labels, as in other reports of this figure.
    neutral = everything.take(private.labels == _NEUTRAL)
    result = {
        "model": str(model),
        "prevalence_from": "the card" if known else "PublicTest",
        "faces": len(faces.labels),
        **protocol(prevalence, faces),
        **false_alerts(prevalence, faces.take(faces.labels == _NEUTRAL)),
        "neutral_read_negative": read_negative(neutral.served[:, 0].argmax(1)),
        "neutral_read_negative_before": read_negative(neutral.answers),
    }
    if pictures:
        core = MoodCore.load(classifier=classifier)
        result |= photographs_protocol(prevalence, read_photographs(core, head, pictures))
    return result, prevalence


def table(result: dict) -> str:
    """Format the figures as text, each beside the one before shares were adjusted."""
    lines = [f"{'':<32}{'now':>10}{'before':>10}   target"]
    for key in result:
        if f"{key}_before" in result:
            now, before = result[key], result[f"{key}_before"]
            cells = [
                f"{value:>10.4f}" if value is not None else f"{'-':>10}" for value in (now, before)
            ]
            lines.append(f"{key:<32}{''.join(cells)}   {TARGETS.get(key, '')}".rstrip())
    return "\n".join(lines)


def run(model: Path, args: Namespace) -> int:
    """Run the command for one network (an ONNX file) and return its exit status."""
    try:
        result, prevalence = measure(model, args.data, args.votes, args.photographs, args.card)
    except (DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    if args.card:
        path = card_of(model)
        card = read_card(model)
        figures = {key: value for key, value in result.items() if key != "model"}
        write_card(path, card | {"prevalence": prevalence.card(), "shares": figures})
    print(json.dumps(result, allow_nan=False) if args.json else table(result))
    return 0


def _logits(classifier: EmotionClassifier, head: np.ndarray) -> np.ndarray:
    """Turn the output of a head into logits, if the network gives probabilities."""
    gives = classifier.card["output"]
    return np.log(np.maximum(head, 1e-12)) if gives == "probabilities" else head
