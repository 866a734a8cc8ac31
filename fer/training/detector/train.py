"""`python train.py detector`: train the face detector that the project carries.

It teaches itself from YuNet: any photographs will do, nobody has to draw boxes. YuNet looks at
every composed scene and its answer at every place of its feature maps, not only its final boxes,
is what the network learns. That is richer than boxes (how sure, and where it is not), fits the
scene's own scale exactly and needs no rule which place is responsible for which face.
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
from fer.faces.detect.bundled import Bundled
from fer.faces.detect.haar import Haar
from fer.faces.detect.yunet import HOW_TO_GET, YuNet, find_yunet
from fer.settings import Settings
from fer.training import export, loop, options, speed
from fer.training.detector.evaluation import SIZE, UNSURE, Exam, choose_threshold
from fer.training.detector.export import round_stem, write_onnx
from fer.training.detector.network import DetectionLoss, deployable, detector
from fer.training.detector.photos import PARTS, Photos, teach
from fer.training.detector.scenes import Scenes
from fer.training.files import DataError

DATA = {
    "sources": [
        "everyday photographs (of the Flickr8k collection, squeezed to 224×224 px); no boxes were "
        "drawn by people",
        "teacher: YuNet, face_detection_yunet_2023mar.onnx of the OpenCV Zoo (MIT)",
    ],
    "licence": "Photographs: research use; none of them can be had back from the network.",
    "who_is_missing": "Nobody knows who is in the photographs: age, sex, skin colour, country and "
    "disability were not measured. They show people outdoors and at play, hardly any class rooms, "
    "screens, masks, veils or bad webcams.",
}
LIMITS = [
    "What YuNet misses or mistakes for a face, this network does too: it was its only teacher, "
    "and all figures are agreement with YuNet, not with people.",
    "It takes some textures for faces, as YuNet does: one in scikit-image's field of galaxies, one "
    "in its motorcycle.",
    "Misses more of the faces that are under 16 px high at the size it looks at, seen from the "
    "side, or covered by hands, hair or others.",
]
"""What the card says for people."""

MOST_FALSE = 0.05
"""False boxes a validation photograph that the threshold may cost: about as few as Haar's. With
0.12 it finds 2 % more of the faces and shows three times as many that are none."""

QUICK = 150
"""Validation photographs that are looked at after each epoch."""

CALIBRATION = 150
"""Photographs whose largest values set the steps of the layers that are rounded to 8 bit."""

LOWEST = 0.15
"""Answers below this score are not even looked at when the threshold is chosen."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train.py detector`."""
    parser.description = "Train the face detector on photographs; YuNet is its teacher."
    add = parser.add_argument
    add("--data", type=Path, required=True, help="photographs: a folder or zip")
    add("--out", type=Path, default=Path("models"), help="for face.onnx and face.json")
    add("--work", type=Path, default=Path("runs/detector"), help="checkpoints, to continue from")
    add(
        "--epochs",
        type=options.positive_whole,
        default=40,
        help="passes over the photographs (default: 40)",
    )
    add("--batch", type=options.positive_whole, default=8, help="scenes a step (default: 8)")
    add(
        "--rate", type=options.positive, default=2e-3, help="largest learning rate (default: 0.002)"
    )
    add(
        "--weights", type=Path, help="models/face/weights.npz, or another training's, to start from"
    )
    add("--seed", type=options.seed, default=1)
    add("--precision", default="float32", choices=options.PRECISIONS, help="Keras dtype policy")
    add("--hours", type=options.number, help="leave after about this long; call again to continue")
    add("--restart", action="store_true", help="forget an earlier, unfinished training")


def run(args: argparse.Namespace) -> int:
    """Train, choose the threshold, score on the test photographs, write network and card.

    Raises:
        DataError: the photographs, the checkpoint or the teacher cannot be used.
    """
    photos = Photos.read(args.data)
    parts = {name: photos.part(tenths) for name, tenths in PARTS.items()}
    unsure = YuNet(_teacher(), score=UNSURE)
    exam = Exam.of(parts["validation"], unsure.detect)
    model, training = _train(args, parts, exam)
    if not training.ended:
        print("left before the end; the same command continues")
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
    loop.write_log(training.history, record / "log.csv")
    shutil.copy(args.work / "best.npz", record / "weights.npz")
    print(json.dumps(card["metrics"], indent=1))
    return 0


def release(
    network: keras.Model, parts: dict[str, Photos], exam: Exam, test: Exam, card: dict, out: Path
) -> None:
    """Write the network and its card as the app runs them, with its threshold and figures.

    Args:
        network: float32, see `fer.training.detector.network.deployable`.
        parts: photographs for each use; those for training set the steps of 8-bit layers.
        exam, test: the photographs that the threshold is chosen on, and those that score.
        card: what else the card holds; threshold, size and figures are put in.
        out: folder for `face.onnx` and `face.json`.
    """
    with export.drafted(out) as draft:
        written = draft / "face.onnx"
        write_onnx(network, written)
        round_stem(written, calibration(parts["training"]))
        card["size"] = {
            "parameters": network.count_params(),
            "model_kb": written.stat().st_size / 1e3,
        }
        # The card comes first: threshold and figures are of the pair, as the app runs it.
        card["score"] = LOWEST
        export.write_card(written.with_suffix(".json"), card)
        card["score"] = choose_threshold(exam, exam.answers(Bundled(written).detect), MOST_FALSE)
        export.write_card(written.with_suffix(".json"), card)
        ours = Bundled(written)
        card["metrics"] = {
            "validation": exam.figures(exam.answers(ours.detect)),
            "test": test.figures(test.answers(ours.detect)),
            "test_haar": test.figures(test.answers(Haar().detect)),
        }
        export.write_card(written.with_suffix(".json"), card)


def calibration(photos: Photos) -> np.ndarray:
    """Photographs as the network takes them, uint8 (N, 3, `SIZE`, `SIZE`), evenly chosen."""
    chosen = range(0, len(photos), max(1, len(photos) // CALIBRATION))
    return np.stack([cv2.resize(photos[i], (SIZE, SIZE)).transpose(2, 0, 1) for i in chosen])


def _train(
    args: argparse.Namespace, parts: dict[str, Photos], exam: Exam
) -> tuple[keras.Model, loop.Training]:
    """The network with the averaged weights of its best epoch, and what was done."""
    speed.quicken()
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy(args.precision)
    model = detector()
    if args.weights:
        loop.load_variables(model, args.weights)
    teacher, settings = YuNet(_teacher()), _settings(args)

    def scenes(part: str, epoch: int) -> Scenes:
        return Scenes(parts[part], faces[part], teacher, settings, epoch)

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
    quick = Exam(exam.pictures[:QUICK], exam.reference[:QUICK])

    def score(epoch: int) -> dict[str, float]:
        # Always the same scenes. The recall depends on a threshold, which a handful of false
        # boxes decide: too noisy to choose an epoch by.
        loss = model.evaluate(scenes("validation", 0), verbose=0)
        return {"validation_quality": -loss, **_figures(model, quick)}

    training = loop.train(
        model,
        DetectionLoss(),
        lambda epoch: scenes("training", epoch),
        score,
        "validation_quality",
        settings,
        {
            "photographs": [parts[part].fingerprint() for part in ("training", "validation")],
            "start weights": loop.file_digest(args.weights) if args.weights else "",
        },
        args.work,
        hours=args.hours,
    )
    return model, training


def _settings(args: argparse.Namespace) -> loop.Schedule:
    return loop.Schedule(
        epochs=args.epochs,
        batch=args.batch,
        optimizer="adam",
        rate=args.rate,
        warmup=1.0,
        decay=0.02,
        seed=args.seed,
    )


class _Learner(AnchorFree):
    """A Keras detector, used like any other detector."""

    name = "learner"
    crop_side = Bundled.crop_side

    def __init__(self, network: keras.Model):
        super().__init__(score=LOWEST)
        self._network = network

    def places(self, frame: np.ndarray) -> np.ndarray:
        return np.asarray(self._network.predict_on_batch(frame[None].astype(np.float32))[0])


def _figures(model: keras.Model, exam: Exam) -> dict[str, float]:
    """Of validation photographs, at the threshold that their false boxes allow."""
    answers = exam.answers(_Learner(deployable(model)).detect)
    threshold = choose_threshold(exam, answers, MOST_FALSE)
    figures = exam.figures(answers, threshold)
    return {
        "validation_recall_20": figures["recall_20"],
        "validation_recall_32": figures["recall_32"],
        "validation_landmark_error": figures["landmark_error"] or 1.0,
        "threshold": threshold,
    }


def _teacher() -> Path:
    """Raises: DataError: YuNet cannot be had."""
    path = find_yunet(Settings.from_environment())
    if path is None:
        raise DataError(f"The teacher, YuNet, cannot be fetched. {HOW_TO_GET}")
    return path
