"""`python evaluate.py`: computes every figure of merit of the networks that the app runs.

The app's classifier runs the ONNX file, so preprocessing and calibration are measured, too.
"""

from __future__ import annotations

import argparse
import csv
import functools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer.emotions import EMOTIONS, canonical, label_matrix
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier, calibrated
from fer.faces.core import MoodCore
from fer.training import export, metrics
from fer.training.emotion import photos as photographs
from fer.training.emotion.data import read
from fer.training.emotion.face_set import FaceSet, digests
from fer.training.emotion.parity import parity
from fer.training.emotion.robustness import robustness
from fer.training.emotion.size import size_figures, speed_figures
from fer.training.emotion.votes import VOTE_OF_EMOTION, most_voted, voted_emotion
from fer.training.files import DataError

SHIPPED = Path("models") / "emotion.onnx"


def reading_figures(probabilities: np.ndarray, faces: FaceSet) -> dict | None:
    """Compare what the app shows with the FER+ votes; None if no face has votes.

    Args:
        probabilities: (N, 7) in `EMOTIONS` order, as the app shows them.
        faces: the N faces.

    Returns:
        `metrics.summary` on the faces whose most voted class is one of `EMOTIONS`, and two rates
        of neutral faces that are read as negative: neutral by the votes and by FER2013's labels.
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
    """Compute calibrated probabilities by FER2013's labels: float64 (N, 7) in `EMOTIONS` order.

    They come from the head that learned FER2013's labels. A network without such a head gives
    what the app shows.

    Args:
        classifier: the network.
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR.
    """
    if "fer2013" not in classifier.card:
        return classifier.classify(images)
    logits = classifier.outputs(images)[classifier.heads.index("emotion")]
    how = classifier.card["fer2013"]
    return calibrated(logits, how["temperature"], how["floor"]) @ label_matrix(classifier.labels)


def evaluate(
    path: Path, parts: dict[str, FaceSet], photos: photographs.Photos | None = None
) -> dict:
    """Measure everything about one network, ready for JSON.

    Args:
        path: ONNX file with its card beside it.
        parts: faces by part, with votes if there are any.
        photos: labelled photographs to read besides.

    Returns:
        Flat figures (`private_faces`, `private_accuracy`, `reading_accuracy`, …) and the nested
        ones `private`, `public`, `reading`, `ferplus`, `robustness` and `parity`. Figures that
        cannot be computed are None. `private` and `public` describe the head that learned
        FER2013's labels, as others report it; `reading` is what the app shows, compared with the
        FER+ votes. `private_no_duplicates` leaves out faces that have a copy in the Training
        part. It keeps faces with a copy in PublicTest alone, by which the network was selected
        and calibrated.

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
        **size_figures(path, classifier.card),
        **speed_figures(classifier, private.images),
    }
    if public := parts.get("PublicTest"):
        scores = fer2013_answers(classifier, public.images)
        result["public"] = metrics.summary(scores, public.labels)
        result["reading"]["public"] = reading_figures(classifier.classify(public.images), public)
    shown = result["reading"]["private"] or {}
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
            f"reading_{key}": shown.get(key)
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
        result["photos"] = wild = photographs.figures(core, photos)
        result |= {f"photos_{key}": wild.get(key) for key in ("neutral_read_negative", "uar_five")}
    return result


def compare(
    paths: list[Path], data: Path, votes: Path | None = None, photos: Path | None = None
) -> dict[str, dict]:
    """Evaluate several networks; the results are by name.

    Each network gets the faces in the size and colours that it takes. Most take grey faces of
    48 pixels; a larger network would never see such faces in the app.

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate.py`."""
    parser.description = "Measure the emotion networks that the app runs on labelled faces."
    add = parser.add_argument
    add("--data", type=Path, required=True, help="fer2013.csv, an image folder or a zip")
    add("--votes", type=Path, help="table of FER+ votes (default: the one beside the data)")
    add(
        "--model",
        type=Path,
        nargs="+",
        default=[SHIPPED],
        help=f"ONNX files, or folders with an emotion.onnx (default: {SHIPPED})",
    )
    add(
        "--out",
        type=Path,
        default=Path("results") / "evaluation",
        help="folder for the confusion matrix and the figures (default: results/evaluation)",
    )
    add("--no-figures", action="store_true", help="do not draw HTML and PNG figures")
    add(
        "--card",
        action="store_true",
        help="also write the figures into each model's card; with --shares, fit anew on "
        "PublicTest what the app needs to adjust its shares, and write that into the card, too",
    )
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add(
        "--shares",
        action="store_true",
        help="instead, measure the shares that the app shows for a class, by the "
        "artificial-prevalence protocol; only for the first model",
    )
    add(
        "--photographs",
        type=Path,
        help="also read whole photographs: a zip with EMOTION/NUMBER_PERSON.jpg, where the person "
        "is needed for intervals; with --shares also a folder",
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate the networks, write and print their figures, and return the exit status."""
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
    """Format the flat figures of several models side by side, as text."""
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
    """Choose a name for each model, by which they can be told apart.

    It is the name of the folder of an emotion.onnx, or of the file; and the whole path where two
    models would have one name.
    """
    places = [path.parent if path.stem == "emotion" else path.with_suffix("") for path in paths]
    names = [place.name for place in places]
    return [
        # The name becomes part of file names, so it has no separators.
        name if names.count(name) == 1 else "_".join(place.relative_to(place.anchor).parts)
        for name, place in zip(names, places, strict=True)
    ]


def _ferplus(classifier, faces: FaceSet, probabilities: np.ndarray) -> dict | None:
    """Measure the agreement with the most voted FER+ class, where that is one of the eight."""
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
    """Measure what the card's threshold, which was chosen on PublicTest, does on these faces.

    Faces with the label -1 are left out.
    """
    probabilities, labels = probabilities[labels >= 0], labels[labels >= 0]
    answered = probabilities.max(1) >= classifier.abstain_below
    right = probabilities.argmax(1) == labels
    return {
        "abstain_below": classifier.abstain_below,
        "answered": float(answered.mean()) if len(answered) else None,
        "answered_accuracy": float(right[answered].mean()) if answered.any() else None,
    }


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
