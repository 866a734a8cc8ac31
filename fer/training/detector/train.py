"""`python train.py detector`: trains the face detector that comes with the app.

The network learns from YuNet, so any photographs can be used, and nobody has to draw boxes. YuNet
looks at every composed scene, and the network learns its answer at every place of the feature maps,
not only the final boxes. These answers say more than boxes do (how sure YuNet is, and where it sees
no face), fit the scale of the scene exactly, and need no rule for which place belongs to which
face.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import keras
import numpy as np

from fer.faces.detect.anchor_free import AnchorFree
from fer.faces.detect.bundled import Bundled, blocks
from fer.faces.detect.haar import Haar
from fer.faces.detect.yunet import HOW_TO_GET, YuNet, find_yunet
from fer.settings import Settings
from fer.training import log, loop, speed
from fer.training.detector.batches import Batches
from fer.training.detector.evaluation import SIZE, UNSURE, Exam, choose_threshold
from fer.training.detector.export import round_stem, write_onnx
from fer.training.detector.network import DetectionLoss, deployable, detector
from fer.training.detector.photos import PARTS, Photos, teach
from fer.training.detector.processes import Compose, composing
from fer.training.detector.scenes import Composer
from fer.training.draft import drafted, write_card
from fer.training.files import DataError, file_digest
from fer.training.schedule import Schedule

DATA = {
    "sources": [
        "everyday photographs (of the Flickr8k collection, squeezed to 224×224 px); no boxes were "
        "drawn by people",
        "teacher: YuNet, face_detection_yunet_2023mar.onnx of the OpenCV Zoo (MIT)",
    ],
    "licence": "Photographs: research use; the network cannot give any of them back.",
    "who_is_missing": "Nobody knows who is in the photographs: age, sex, skin colour, country and "
    "disability were not measured. They show people outdoors and at play; hardly any show "
    "classrooms, screens, masks, veils or bad webcams.",
}
LIMITS = [
    "It misses the faces that YuNet misses and makes YuNet's false boxes, too: YuNet was its only "
    "teacher, and all figures measure agreement with YuNet, not with people.",
    "It takes some textures for faces, as YuNet does: one in scikit-image's field of galaxies, one "
    "in its motorcycle.",
    "It misses more of the faces that are less than 16 px high in the picture that it looks at, "
    "seen from the side, or covered by hands, hair or other people.",
    "It hardly sees that a head is tilted: the line through the eyes stays level, and of faces "
    "tilted by 45 degrees it misses most (`python -m benchmarks detector` measures both).",
]
"""What the card tells its readers."""

MOST_FALSE = 0.05
"""The number of false boxes per validation photograph that the threshold may allow, about as few
as Haar's. With 0.12 the network finds 2 % more of the faces, but three times as many false ones."""

QUICK = 150
"""The number of validation photographs that are looked at after each epoch."""

CALIBRATION = 150
"""The number of photographs whose largest values set the steps of the layers that are rounded to
8 bit."""

LOWEST = 0.15
"""Answers below this score are ignored when the threshold is chosen."""


def run(args: argparse.Namespace) -> int:
    """Train, choose the threshold, measure on the test photographs, write network and card.

    Raises:
        DataError: the photographs, the checkpoint or the teacher cannot be used.
    """
    photos = Photos.read(args.data)
    parts = {name: photos.part(tenths) for name, tenths in PARTS.items()}
    unsure = YuNet(_teacher(), score=UNSURE)
    exam = Exam.of(parts["validation"], unsure.detect)
    model, training = _train(args, parts, exam)
    if not training.ended:
        print("stopped before the end; the same command continues")
        return 0
    card = {
        "name": "face",
        "data": DATA | {f"{name}_photographs": len(part) for name, part in parts.items()},
        "training": {
            "command": " ".join(["python", *sys.argv]),
            "sightings_of_faces": len(np.load(args.work / "faces_training.npy")),
            **asdict(_settings(args)),
        },
        "limits": LIMITS,
    }
    release(deployable(model), parts, exam, Exam.of(parts["test"], unsure.detect), card, args.out)
    record = args.out / "face"
    record.mkdir(exist_ok=True)
    log.write_log(training.history, record / "log.csv")
    shutil.copy(args.work / "best.npz", record / "weights.npz")
    print(json.dumps(card["metrics"], indent=1))
    return 0


def release(
    network: keras.Model, parts: dict[str, Photos], exam: Exam, test: Exam, card: dict, out: Path
) -> None:
    """Write the network and its card as the app runs them, with the threshold and the figures.

    Args:
        network: float32 network from `fer.training.detector.network.deployable`.
        parts: photographs for each use; those for training set the steps of the 8-bit layers.
        exam, test: the photographs to choose the threshold by, and those for the figures.
        card: everything else that the card holds; threshold, size and figures are added to it.
        out: folder for `face.onnx` and `face.json`.
    """
    with drafted(out) as draft:
        written = draft / "face.onnx"
        write_onnx(network, written)
        round_stem(written, calibration(parts["training"]))
        card["size"] = {
            "parameters": network.count_params(),
            "model_kb": written.stat().st_size / 1e3,
        }
        # The card is written first, since threshold and figures are measured as the app runs the
        # network, which needs its card.
        card["score"] = LOWEST
        write_card(written.with_suffix(".json"), card)
        card["score"] = choose_threshold(exam, exam.answers(Bundled(written).detect), MOST_FALSE)
        write_card(written.with_suffix(".json"), card)
        ours = Bundled(written)
        card["metrics"] = {
            "validation": exam.figures(exam.answers(ours.detect)),
            "test": test.figures(test.answers(ours.detect)),
            "test_haar": test.figures(test.answers(Haar().detect)),
        }
        write_card(written.with_suffix(".json"), card)


def calibration(photos: Photos) -> np.ndarray:
    """Choose photographs evenly, as the network takes them: uint8 (N, `SIZE`/2, `SIZE`/2, 12)."""
    chosen = range(0, len(photos), max(1, len(photos) // CALIBRATION))
    return np.concatenate([blocks(cv2.resize(photos[i], (SIZE, SIZE))) for i in chosen])


def _train(
    args: argparse.Namespace, parts: dict[str, Photos], exam: Exam
) -> tuple[keras.Model, loop.Training]:
    """Train; return the network with the averaged weights of its best epoch, and the record."""
    speed.quicken()
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy(args.precision)
    model = detector()
    if args.weights:
        loop.load_variables(model, args.weights)
    teacher = YuNet(_teacher())
    faces = {
        part: teach(parts[part], teacher, args.work / f"faces_{part}.npy")
        for part in ("training", "validation")
    }
    print(
        f"{len(parts['training'])} photographs to learn from, "
        f"with {len(faces['training'])} sightings of faces"
    )
    if args.restart:
        (args.work / "checkpoint.npz").unlink(missing_ok=True)
    composers = {
        part: Composer(parts[part], seen, teacher, args.tilted) for part, seen in faces.items()
    }
    with composing(composers, args.workers) as compose:
        return model, _fit(args, model, parts, exam, compose)


def _fit(
    args: argparse.Namespace,
    model: keras.Model,
    parts: dict[str, Photos],
    exam: Exam,
    compose: Compose,
) -> loop.Training:
    """Train on the scenes that `compose` gives; return the record."""
    settings = _settings(args)

    def batches(part: str, epoch: int) -> Batches:
        return Batches(compose, part, len(parts[part]), settings, epoch, args.workers)

    quick = Exam(exam.pictures[:QUICK], exam.reference[:QUICK])
    # One copy for all epochs: building it takes seconds, and so does its first answer.
    reader = deployable(model)

    def score(epoch: int) -> dict[str, float]:
        # The scenes are always the same. Their loss judges an epoch, since the recall depends on a
        # threshold, which a handful of false boxes decide.
        loss = model.evaluate(batches("validation", 0), verbose=0)
        reader.set_weights(model.get_weights())
        return {"validation_quality": -loss, **_figures(reader, quick)}

    return loop.train(
        model,
        DetectionLoss(),
        lambda epoch: batches("training", epoch),
        score,
        "validation_quality",
        settings,
        {
            "photographs": [parts[part].fingerprint() for part in ("training", "validation")],
            "start weights": file_digest(args.weights) if args.weights else "",
            "tilted": args.tilted,
        },
        args.work,
        hours=args.hours,
    )


def _settings(args: argparse.Namespace) -> Schedule:
    return Schedule(
        epochs=args.epochs,
        batch=args.batch,
        optimizer="adam",
        rate=args.rate,
        warmup=1.0,
        decay=0.02,
        seed=args.seed,
    )


class _Learner(AnchorFree):
    """A Keras network as a face detector like any other."""

    name = "learner"
    crop_side = Bundled.crop_side

    def __init__(self, network: keras.Model):
        super().__init__(score=LOWEST)
        self._network = network

    def places(self, frame: np.ndarray) -> np.ndarray:
        return np.asarray(self._network.predict_on_batch(frame[None].astype(np.float32))[0])


def _figures(reader: keras.Model, exam: Exam) -> dict[str, float]:
    """Measure on validation photographs, at the threshold that their false boxes allow."""
    answers = exam.answers(_Learner(reader).detect)
    threshold = choose_threshold(exam, answers, MOST_FALSE)
    figures = exam.figures(answers, threshold)
    return {
        "validation_recall_20": figures["recall_20"],
        "validation_recall_32": figures["recall_32"],
        "validation_landmark_error": figures["landmark_error"] or 1.0,
        "threshold": threshold,
    }


def _teacher() -> Path:
    """Find the file of YuNet, or fetch it.

    Raises:
        DataError: it can neither be found nor fetched.
    """
    path = find_yunet(Settings.from_environment())
    if path is None:
        raise DataError(f"YuNet, which teaches the network, cannot be fetched. {HOW_TO_GET}")
    return path
