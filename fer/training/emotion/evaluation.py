"""`python evaluate.py`: computes every figure of merit of the networks that the app runs.

The app's classifier runs the ONNX file, so preprocessing and calibration are measured, too.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer.emotions import CONTEMPT
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier, calibrated
from fer.faces.core import MoodCore
from fer.training import metrics
from fer.training.draft import write_card
from fer.training.emotion import photos as photographs
from fer.training.emotion import tables
from fer.training.emotion.classes import class_of, to_classes
from fer.training.emotion.data import described, read
from fer.training.emotion.face_set import FaceSet, digests
from fer.training.emotion.parity import parity
from fer.training.emotion.people import Person, read_people
from fer.training.emotion.robustness import robustness
from fer.training.emotion.size import size_figures, speed_figures
from fer.training.emotion.votes import VOTE_OF_EMOTION, VOTES, most_voted, voted_emotion
from fer.training.files import DataError

TESTED = {"PrivateTest": "private", "PublicTest": "public", "Training": "training"}
"""The parts that a network can be measured on, best first, and their keys in a result."""

Read = Callable[..., np.ndarray]
"""Takes faces, uint8 (N, h, w) grey or (N, h, w, 3) BGR, and gives probabilities (N, classes)."""


def reading_figures(probabilities: np.ndarray, faces: FaceSet) -> dict | None:
    """Compare what the app shows with the FER+ votes; None if no face has votes.

    Args:
        probabilities: (N, classes); the first seven classes are `EMOTIONS`.
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


_NOTES = {
    "public": "no test faces. Measured on the validation faces, by which networks are selected and "
    "calibrated, so the figures are too good",
    "training": "no test and no validation faces. Measured on the training faces; for a network "
    "that has learned them, the figures say nothing",
}


def fer2013_answers(classifier: EmotionClassifier, images) -> np.ndarray:
    """Compute calibrated probabilities by FER2013's labels: (N, classes) of the classifier.

    They come from the head that learned FER2013's labels. A network without such a head gives
    what the app shows.

    Args:
        classifier: the network.
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR.
    """
    place = to_classes(classifier.labels, classifier.classes)
    if "fer2013" not in classifier.card:
        return classifier.labels_probabilities(images) @ place
    logits = classifier.outputs(images)[classifier.heads.index("emotion")]
    how = classifier.card["fer2013"]
    return calibrated(logits, how["temperature"], how["floor"]) @ place


def evaluate(
    path: Path,
    parts: dict[str, FaceSet],
    photos: photographs.Photos | None = None,
    people: dict[str, Person] | None = None,
) -> dict:
    """Measure everything about one network, ready for JSON.

    Args:
        path: ONNX file with its card beside it.
        parts: faces by part, with votes if there are any.
        photos: labelled photographs to read besides.
        people: estimates of who is in them, by the name of the file.

    Returns:
        Flat figures (`private_faces`, `private_accuracy`, `test_loss`, …) and the nested ones
        `private`, `public`, `reading`, `ferplus`, `robustness` and `parity`. Figures that cannot
        be computed are None. `private` and `public` describe the head that learned FER2013's
        labels, as others report it; `reading` is what the app shows, compared with the FER+ votes.
        `tested_on` names the part that all other figures come from: "private", or "public" or
        "training" where there are no test faces. `private_no_duplicates` leaves out faces that
        have a copy in the Training part. It keeps faces with a copy in PublicTest alone, by which
        the network was selected and calibrated. Faces of classes that the network does not know
        are left out everywhere.

    Raises:
        ModelError: the network cannot be run.
        DataError: there are no faces of its classes.
    """
    classifier = EmotionClassifier.load(path)
    classes = classifier.classes
    known = {usage: _known(part, classifier, classes) for usage, part in parts.items()}
    tested = next(usage for usage in TESTED if usage in parts)
    faces, part = known[tested], TESTED[tested]
    if not len(faces):
        raise DataError(
            f"no faces in {tested} of the classes that {path} knows, {', '.join(classes)}; found "
            f"{described(parts)}"
        )
    if strange := len(parts[tested]) - len(faces):
        print(
            f"{path}: {strange} faces of {tested} are left out, since the network does not know "
            "their classes",
            file=sys.stderr,
        )
    place = to_classes(classifier.labels, classes)

    def read_faces(images) -> np.ndarray:
        return classifier.labels_probabilities(images) @ place

    reading = read_faces(faces.images)
    probabilities = fer2013_answers(classifier, faces.images)
    summary = metrics.summary(probabilities, faces.labels)
    try:
        agreement = parity(path, classifier, faces.images[:512])
    except ModelError as error:
        print(f"{path}: not compared with its Keras network: {error}", file=sys.stderr)
        agreement = None
    result = {
        "model": str(path),
        "name": classifier.card.get("name", path.stem),
        "labels": list(classes),
        "tested_on": part,
        "private": None,
        "private_no_duplicates": None,
        "public": None,
        "reading": {"private": None, "public": None},
        part: summary,
        "ferplus": ferplus_figures(classifier, faces, reading),
        "robustness": robustness(read_faces, faces),
        "parity": agreement,
        **size_figures(path, classifier.card),
        **speed_figures(classifier, faces.images),
    }
    result["reading"][part] = shown = reading_figures(reading, faces)
    if part == "private":
        seen = set(digests(parts["Training"].images)) if "Training" in parts else set()
        fresh = np.array([digest not in seen for digest in digests(faces.images)], bool)
        if fresh.any():
            result["private_no_duplicates"] = metrics.summary(
                probabilities[fresh], faces.labels[fresh]
            )
        if public := known.get("PublicTest"):
            scores = fer2013_answers(classifier, public.images)
            result["public"] = metrics.summary(scores, public.labels)
            result["reading"]["public"] = reading_figures(read_faces(public.images), public)
    voted = None if faces.votes is None else voted_emotion(faces.votes)
    result |= {
        f"{part}_faces": len(faces),
        f"{part}_accuracy": summary["accuracy"],
        **{
            key: result[source] and result[source]["accuracy"]
            for key, source in (
                ("private_accuracy_no_duplicates", "private_no_duplicates"),
                ("public_accuracy", "public"),
                ("ferplus_accuracy", "ferplus"),
            )
        },
        "test_loss": summary["loss"],
        **{
            key: summary[key]
            for key in ("macro_precision", "uar", "macro_f1", "ece", "answered_at_85")
        },
        **{
            f"reading_{key}": (shown or {}).get(key)
            for key in (
                "accuracy",
                "uar",
                "ece",
                "neutral_read_negative_by_votes",
                "neutral_read_negative_by_labels",
            )
        },
        **_abstention(classifier, reading, faces.labels if voted is None else voted),
    }
    if photos is not None:
        core = MoodCore.load(classifier=classifier)
        result["photos"] = wild = photographs.figures(core, photos, people)
        result |= {f"photos_{key}": wild.get(key) for key in ("neutral_read_negative", "uar_five")}
    return result


def compare(
    paths: list[Path],
    data: Path,
    votes: Path | None = None,
    photos: Path | None = None,
    people: Path | None = None,
) -> dict[str, dict]:
    """Evaluate several networks; the results are by name.

    Each network gets the faces in the size and colours that it takes. Most take grey faces of
    48 pixels; a larger network would never see such faces in the app.

    Raises:
        ModelError, DataError: as `evaluate`, `read` and `read_people`.
    """
    faces = functools.cache(functools.partial(read, data, votes))
    pictures = None if photos is None else photographs.read_photos(photos)
    estimates = None if people is None else read_people(people)
    results = {}
    for name, path in zip(model_names(paths), paths, strict=True):
        takes = EmotionClassifier.load(path).card["preprocessing"]
        parts = faces(int(takes["width"]), takes["color"] != "grey")
        results[name] = evaluate(path, parts, pictures, estimates)
    return results


def _known(faces: FaceSet, classifier: EmotionClassifier, classes: tuple[str, ...]) -> FaceSet:
    """The faces of classes that a network knows, with labels that are indices into `classes`."""
    names = set(map(class_of, classifier.labels))
    place = np.array(
        [classes.index(name) if name in names else -1 for name in map(class_of, faces.classes)]
    )
    kept = faces.take(place[faces.labels] >= 0)
    return replace(kept, labels=place[kept.labels], classes=classes)


def run(args: argparse.Namespace) -> int:
    """Evaluate the networks, write and print their figures, and return the exit status."""
    given = [path / "emotion.onnx" if path.is_dir() else path for path in args.model]
    paths = list(dict.fromkeys(given))
    if args.shares:
        from fer.training.emotion import shares

        return shares.run(paths[0], args)
    try:
        results = compare(paths, args.data, args.votes, args.photographs, args.people)
    except (DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    if note := _NOTES.get(next(iter(results.values()))["tested_on"]):
        print(f"{args.data}: {note}", file=sys.stderr)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        tables.write_confusion(result, args.out, f"_{name}" if len(results) > 1 else "")
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
        print(tables.figures(results))
        print(f"confusion matrix and figures: {args.out}")
    failed = [r["name"] for r in results.values() if r["parity"] and not r["parity"]["agrees"]]
    if failed:
        print(f"ONNX file and Keras network differ: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def model_names(paths: list[Path]) -> list[str]:
    """Returns a different name for each model.

    It is the name of the folder of an emotion.onnx, or of the file, or the whole path if two models
    would get the same name.
    """
    places = [path.parent if path.stem == "emotion" else path.with_suffix("") for path in paths]
    names = [place.name for place in places]
    return [
        # The name becomes part of file names, so it has no separators.
        name if names.count(name) == 1 else "_".join(place.relative_to(place.anchor).parts)
        for name, place in zip(names, places, strict=True)
    ]


def ferplus_figures(classifier, faces: FaceSet, probabilities: np.ndarray) -> dict | None:
    """Measure how often the answers agree with the FER+ class that has most votes.

    Only faces count whose class with most votes is one of the eight.

    Returns:
        The figures, or None if no face counts.
    """
    if faces.votes is None:
        return None
    voted = most_voted(faces.votes)
    asked = voted >= 0
    if not asked.any():
        return None
    clear = asked & (faces.votes.max(1) > faces.votes.sum(1) / 2)
    answers = np.array([*VOTE_OF_EMOTION, VOTES.index(CONTEMPT)])[probabilities.argmax(1)]
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


def _into_card(path: Path, result: dict) -> None:
    card = json.loads(path.read_text(encoding="utf-8"))
    card.pop("format")
    write_card(path, {**card, "metrics": {k: v for k, v in result.items() if k != "model"}})
