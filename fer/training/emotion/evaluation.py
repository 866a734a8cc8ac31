"""`python evaluate.py`: every figure of merit of the networks that the app runs.

The ONNX file is read and run by the app's own classifier, so preprocessing and calibration are
part of what is measured.
"""

from __future__ import annotations

import argparse
import csv
import functools
import importlib.util
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx

from fer.emotions import EMOTIONS, canonical, label_matrix
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier, calibrated
from fer.faces.core import MoodCore
from fer.training import export, loop, metrics
from fer.training.emotion import photos as photographs
from fer.training.emotion.augment import affine, warp
from fer.training.emotion.data import (
    VOTE_OF_EMOTION,
    DataError,
    FaceSet,
    digests,
    most_voted,
    read,
    voted_emotion,
)

SHIPPED = Path("models") / "emotion.onnx"
PARITY = 1e-3
"""Largest difference of a probability between the ONNX file and its Keras twin."""
ROUNDED = 0.02
"""Largest mean difference that rounding to 8 bit may make; 0.004 was measured on the first network
that was shipped so, and another training of the same network differs by far more."""


def damages() -> dict[str, list[tuple[str, Callable[[np.ndarray], np.ndarray]]]]:
    """Ways in which a face can be worse than those trained on, mildest first.

    By kind: (size of the damage, function from uint8 (h, w) or (h, w, 3) to the same). Pixels are
    those of a face of 48.
    """

    def moved(**how):
        return lambda face: warp(face, affine(face.shape[:2], face.shape[0], **how), face.shape[0])

    def blurred(sigma):
        return lambda face: cv2.GaussianBlur(face, (0, 0), sigma * (face.shape[0] / 48))

    def darkened(share):
        return lambda face: (face * share).astype(np.uint8)

    def packed(quality):
        def change(face):
            _, encoded = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
            return cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)

        return change

    return {
        "shifted": [(f"{s:.0%}", moved(shift=(s, 0))) for s in (0.05, 0.1, 0.2)],
        "shrunk": [(f"to {s:.0%}", moved(scale=s)) for s in (0.9, 0.8, 0.65)],
        "enlarged": [(f"to {s:.0%}", moved(scale=s)) for s in (1.1, 1.2, 1.35)],
        "turned": [(f"{a}°", moved(angle=a)) for a in (10, 20, 35)],
        "blurred": [(f"σ {s} px", blurred(s)) for s in (0.8, 1.5, 2.5)],
        "darkened": [(f"to {s:.0%}", darkened(s)) for s in (0.5, 0.25, 0.1)],
        "JPEG": [(f"quality {q}", packed(q)) for q in (40, 20, 8)],
    }


def robustness(classifier: EmotionClassifier, faces: FaceSet) -> dict[str, list[dict]]:
    """What the reading makes of damaged faces, by kind of damage.

    The labels are the most voted classes where there are votes, else FER2013's.

    Returns:
        Rows of `level`, `accuracy` and `neutral_read_negative` (None without neutral faces).
    """
    labels = faces.labels if faces.votes is None else voted_emotion(faces.votes)
    asked = labels >= 0
    faces, labels = faces.take(asked), labels[asked]

    def damaged(change) -> dict[str, float | None]:
        answers = classifier.classify(map(change, faces.images))
        return {
            "accuracy": metrics.accuracy(answers, labels),
            "neutral_read_negative": metrics.neutral_read_negative(answers, labels),
        }

    return {
        kind: [{"level": level, **damaged(change)} for level, change in steps]
        for kind, steps in damages().items()
    }


def reading_figures(probabilities: np.ndarray, faces: FaceSet) -> dict | None:
    """What the app's reading is worth by the FER+ votes; None where no face has any.

    Args:
        probabilities: (N, 7) in `EMOTIONS` order, as the app shows them.
        faces: the N faces.

    Returns:
        `metrics.summary` on the faces whose most voted class is one of `EMOTIONS`, and two rates
        of neutral faces that are read as negative: by the votes and by FER2013's labels.
    """
    if faces.votes is None:
        return None
    voted = voted_emotion(faces.votes)
    asked = voted >= 0
    if not asked.any():
        return None
    return metrics.summary(probabilities[asked], voted[asked]) | {
        "neutral_read_negative_by_votes": metrics.neutral_read_negative(probabilities, voted),
        "neutral_read_negative_by_labels": metrics.neutral_read_negative(
            probabilities, faces.labels
        ),
    }


def fer2013_answers(classifier: EmotionClassifier, images) -> np.ndarray:
    """Calibrated probabilities of FER2013's own classes: float64 (N, 7) in `EMOTIONS` order.

    They come from the head that learned FER2013's labels; of a network without such a head, from
    the reading itself.
    """
    if "fer2013" not in classifier.card:
        return classifier.classify(images)
    logits = classifier.outputs(images)[classifier.heads.index("emotion")]
    how = classifier.card["fer2013"]
    return calibrated(logits, how["temperature"], how["floor"]) @ label_matrix(classifier.labels)


def evaluate(
    path: Path, parts: dict[str, FaceSet], photos: photographs.Photos | None = None
) -> dict:
    """Everything about one network, ready for JSON.

    Args:
        path: ONNX file with its card beside it.
        parts: FER2013 by usage, with votes if there are any.
        photos: labelled photographs to read, too.

    Returns:
        Flat figures (`private_faces`, `private_accuracy`, `reading_accuracy`, …) and, nested,
        `private`, `public`, `reading`, `ferplus`, `robustness`, `parity`. What cannot be computed
        is None. `private` and `public` are of the head that learned FER2013's labels, as others
        report it; `reading` is what the app shows, by the FER+ votes.
        `private_no_duplicates` leaves out faces that have a copy in the Training part; those with
        a copy in PublicTest alone, which a network was selected and calibrated by, are counted.

    Raises:
        ModelError: the network cannot be run.
        DataError: there are no PrivateTest faces of its classes.
    """
    classifier = EmotionClassifier.load(path)
    known = label_matrix(classifier.labels).sum(axis=0) > 0
    parts = {usage: _in_emotions(part) for usage, part in parts.items()}
    parts = {usage: part.take(known[part.labels]) for usage, part in parts.items()}
    if not parts.get("PrivateTest"):
        raise DataError(f"no test faces of the classes that {path} knows")
    private = parts["PrivateTest"]
    reading = classifier.classify(private.images)
    probabilities = fer2013_answers(classifier, private.images)
    seen = set(digests(parts["Training"].images))
    try:
        agreement = parity(path, classifier, private.images[:512])
    except ModelError as error:
        print(f"{path}: not compared with its Keras network: {error}", file=sys.stderr)
        agreement = None
    fresh = np.array([digest not in seen for digest in digests(private.images)], bool)
    result = {
        "model": str(path),
        "name": classifier.card.get("name", path.stem),
        "labels": list(EMOTIONS),
        "private": metrics.summary(probabilities, private.labels),
        "private_no_duplicates": (
            metrics.summary(probabilities[fresh], private.labels[fresh]) if fresh.any() else None
        ),
        "public": None,
        "reading": {"private": reading_figures(reading, private), "public": None},
        "ferplus": _ferplus(classifier, private, reading),
        "robustness": robustness(classifier, private),
        "parity": agreement,
        **_size(path, classifier.card),
        **_speed(classifier, private.images),
    }
    if public := parts.get("PublicTest"):
        scores = fer2013_answers(classifier, public.images)
        result["public"] = metrics.summary(scores, public.labels)
        result["reading"]["public"] = reading_figures(classifier.classify(public.images), public)
    found = result["reading"]["private"] or {}
    voted = None if private.votes is None else voted_emotion(private.votes)
    result |= {
        "private_faces": len(private),
        "private_accuracy": result["private"]["accuracy"],
        **{
            key: result[part] and result[part]["accuracy"]
            for key, part in (
                ("private_accuracy_no_duplicates", "private_no_duplicates"),
                ("public_accuracy", "public"),
                ("ferplus_accuracy", "ferplus"),
            )
        },
        **{key: result["private"][key] for key in ("uar", "macro_f1", "ece", "answered_at_85")},
        **{
            f"reading_{key}": found.get(key)
            for key in (
                "accuracy",
                "uar",
                "ece",
                "neutral_read_negative_by_votes",
                "neutral_read_negative_by_labels",
            )
        },
        **_abstention(classifier, reading, private.labels if voted is None else voted),
    }
    if photos is not None:
        core = MoodCore.load(classifier=classifier)
        result["photos"] = found = photographs.figures(core, photos)
        result |= {f"photos_{key}": found.get(key) for key in ("neutral_read_negative", "uar_five")}
    return result


def compare(
    paths: list[Path], data: Path, votes: Path | None = None, photos: Path | None = None
) -> dict[str, dict]:
    """What `evaluate` says of several networks, by name.

    Each gets the faces in the size and colours that it takes: read at 48 px in grey, as most are, a
    larger network would be measured on what it never sees in the app.

    Raises:
        ModelError, DataError: as `evaluate` and `read`.
    """
    faces = functools.cache(functools.partial(read, data, votes))
    pictures = None if photos is None else photographs.read_photos(photos)
    results = {}
    for name, path in zip(_names(paths), paths, strict=True):
        takes = EmotionClassifier.load(path).card["preprocessing"]
        parts = faces(int(takes["width"]), takes["color"] != "grey")
        results[name] = evaluate(path, parts, pictures)
    return results


def _in_emotions(faces: FaceSet) -> FaceSet:
    """Labels as the app would say them: contempt becomes disgust."""
    place = np.array([EMOTIONS.index(canonical(name)) for name in faces.classes])
    return replace(faces, labels=place[faces.labels], classes=EMOTIONS)


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
    twin = _twin(path, card)
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


def _twin(path: Path, card: dict) -> Path | None:
    places = (path.parent / "model.keras", path.parent / card["name"] / "model.keras")
    digest = card.get("training", {}).get("keras_sha256")
    return next((p for p in places if p.is_file() and loop.file_digest(p) == digest), None)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Measure the emotion networks that the app runs, on FER2013."
    add = parser.add_argument
    add("--data", type=Path, required=True, help="fer2013.csv, image folder or zip")
    add("--votes", type=Path, help="FER+ table (default: the one beside the data)")
    add(
        "--model",
        type=Path,
        nargs="+",
        default=[SHIPPED],
        help=f"ONNX files or folders with emotion.onnx (default: {SHIPPED})",
    )
    add(
        "--out",
        type=Path,
        default=Path("results") / "evaluation",
        help="folder for the confusion matrix and the figures (default: results/evaluation)",
    )
    add("--no-figures", action="store_true", help="no HTML and PNG figures")
    add(
        "--card",
        action="store_true",
        help="also write the figures into each model's card; "
        "with --shares those, and what the app's shares are made with, fitted anew on PublicTest",
    )
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add(
        "--shares",
        action="store_true",
        help="measure the shares of a class instead, by the artificial-prevalence protocol; of the "
        "first model",
    )
    add(
        "--photographs",
        type=Path,
        help="also read whole photographs, in folders named by emotion: a zip with "
        "EMOTION/NUMBER_PERSON.jpg, for intervals by person; with --shares a folder, too",
    )


def run(args: argparse.Namespace) -> int:
    given = [path / "emotion.onnx" if path.is_dir() else path for path in args.model]
    paths = list(dict.fromkeys(given))
    if args.shares:
        from fer.training.emotion import shares

        return shares.run(paths[0], args)
    try:
        results = compare(paths, args.data, args.votes, args.photographs)
    except (DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        _write_confusion(result, args.out, f"_{name}" if len(results) > 1 else "")
    if not args.no_figures:
        from fer.training.emotion import figures

        figures.evaluation(results, args.out)
    if args.card:
        for path, result in zip(paths, results.values(), strict=True):
            _into_card(path.with_suffix(".json"), result)
    if args.json:
        single = next(iter(results.values()))
        print(json.dumps(single if len(results) == 1 else {"models": results}, allow_nan=False))
    else:
        print(table(results))
        print(f"confusion matrix and figures: {args.out}")
    failed = [r["name"] for r in results.values() if r["parity"] and not r["parity"]["agrees"]]
    if failed:
        print(f"ONNX file and Keras network differ: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def table(results: dict[str, dict]) -> str:
    """The flat figures of several models side by side, as text."""
    single = next(iter(results.values()))
    keys = [key for key, value in single.items() if isinstance(value, (int, float))]
    widths = [max(12, len(name) + 2) for name in results]
    lines = [" " * 32 + "".join(f"{n:>{w}}" for n, w in zip(results, widths, strict=True))]
    for key in keys:
        values = [result[key] for result in results.values()]
        cells = [
            "-" if v is None else f"{v:,}" if isinstance(v, int) else f"{v:.4f}" for v in values
        ]
        row = "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
        lines.append(f"{key:<32}{row}")
    return "\n".join(lines)


def _names(paths: list[Path]) -> list[str]:
    """What tells models apart: the folder of emotion.onnx, else the file; its path if need be."""
    places = [path.parent if path.stem == "emotion" else path.with_suffix("") for path in paths]
    names = [place.name for place in places]
    return [
        # Part of file names, hence no separators.
        name if names.count(name) == 1 else "_".join(place.relative_to(place.anchor).parts)
        for name, place in zip(names, places, strict=True)
    ]


def _ferplus(classifier, faces: FaceSet, probabilities: np.ndarray) -> dict | None:
    """Agreement with the most voted FER+ class, where that is one of the eight."""
    if faces.votes is None:
        return None
    voted = most_voted(faces.votes)
    asked = voted >= 0
    if not asked.any():
        return None
    clear = asked & (faces.votes.max(1) > faces.votes.sum(1) / 2)
    answers = np.asarray(VOTE_OF_EMOTION)[probabilities.argmax(1)]
    emotions = float((answers == voted)[asked].mean())
    head = "emotions"
    heads = classifier.outputs(faces.images)
    if "votes" in classifier.heads:
        answers, head = heads[classifier.heads.index("votes")].argmax(1), "votes"
    return {
        "faces": int(asked.sum()),
        "head": head,
        "accuracy": float((answers == voted)[asked].mean()),
        "accuracy_by_emotions": emotions,
        "clear_faces": int(clear.sum()),
        "clear_accuracy": float((answers == voted)[clear].mean()) if clear.any() else None,
    }


def _abstention(classifier, probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """What the card's threshold, chosen on PublicTest, does on these faces.

    Faces whose label is -1 are left out.
    """
    probabilities, labels = probabilities[labels >= 0], labels[labels >= 0]
    answered = probabilities.max(1) >= classifier.abstain_below
    right = probabilities.argmax(1) == labels
    return {
        "abstain_below": classifier.abstain_below,
        "answered": float(answered.mean()) if len(answered) else None,
        "answered_accuracy": float(right[answered].mean()) if answered.any() else None,
    }


def _size(path: Path, card: dict) -> dict:
    """Parameters, multiply-accumulates of a pass (millions) and megabytes of an ONNX file."""
    known = card.get("size", {})
    model = onnx.load(str(path))
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    weights = [weight for weight in model.graph.initializer if weight.data_type in floats]
    counted = {
        "parameters": sum(math.prod(weight.dims) for weight in weights),
        "mmacs": multiply_accumulates(model),
    }
    # In 8 bit the file holds scales and offsets too; there, or where shapes are worked out only
    # at run time, the card knows better.
    if card.get("bits", 32) < 32 or counted["mmacs"] is None:
        counted |= {key: known.get(key) for key in counted}
    return counted | {
        "passes_a_face": known.get("passes_a_face", 1),
        "model_mb": path.stat().st_size / 1e6,
    }


def multiply_accumulates(model: onnx.ModelProto) -> float | None:
    """Millions of multiply-accumulates of one face, from the shapes in the file.

    None where the shapes are worked out only at run time.
    """
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(model).graph
    weights = {weight.name: list(weight.dims) for weight in graph.initializer}
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output)
    }
    total = 0
    for node in graph.node:
        kernel = next((weights[name] for name in node.input if name in weights), None)
        if kernel is None or node.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        places = 1
        if node.op_type == "Conv":
            shape = shapes.get(node.output[0], [])
            places = math.prod(shape[2:]) if len(shape) == 4 else 0
        if not places:
            return None
        total += math.prod(kernel) * places
    return total / 1e6


def _speed(classifier: EmotionClassifier, images, repeats: int = 15) -> dict:
    """Median milliseconds a face, in batches of 25 and alone, preprocessing included."""

    def median(count: int) -> float:
        faces = list(images[:count])
        times = []
        for _ in range(repeats):
            begun = time.perf_counter()
            classifier.classify(faces)
            times.append(time.perf_counter() - begun)
        return statistics.median(times) * 1000 / count

    return {"ms_per_face": median(25), "ms_single_face": median(1)}


def _write_confusion(result: dict, folder: Path, suffix: str) -> None:
    labels, matrix = result["labels"], result["private"]["confusion_matrix"]
    with open(folder / f"confusion_matrix{suffix}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["true \\ answer", *labels])
        writer.writerows([name, *row] for name, row in zip(labels, matrix, strict=True))
    head = " " * 10 + "".join(f"{name:>10}" for name in labels)
    rows = [
        f"{name:<10}" + "".join(f"{count:>10}" for count in row)
        for name, row in zip(labels, matrix, strict=True)
    ]
    text = "\n".join(["PrivateTest faces; row: true, column: answer", head, *rows]) + "\n"
    (folder / f"confusion_matrix{suffix}.txt").write_text(text, encoding="utf-8")


def _into_card(path: Path, result: dict) -> None:
    card = json.loads(path.read_text(encoding="utf-8"))
    card.pop("format")
    export.write_card(path, {**card, "metrics": {k: v for k, v in result.items() if k != "model"}})
