"""`python train.py`: train an emotion network and leave it ready for the app."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import keras
import numpy as np

from fer.emotions import EMOTIONS, FIVE
from fer.faces.classify import EmotionClassifier, calibrated
from fer.model_card import ModelCard
from fer.network import CARD_FORMAT
from fer.training import calibrate, export, loop, metrics, options, speed
from fer.training.emotion import figures, fit, networks, shares
from fer.training.emotion.augment import Augmentation
from fer.training.emotion.data import (
    VOTE_OF_EMOTION,
    VOTES,
    DataError,
    FaceSet,
    drop_duplicates,
    read,
    voted_emotion,
)

# mood takes any size, so it starts on small faces.
_GROWING = ((0.3, 2 / 3), (0.4, 5 / 6), (0.3, 1.0))

_RATES = {"sgd": fit.Settings.rate, "adam": 1e-3}

_EPOCHS_OF_APPLICATIONS = 30

RIGHT_BY_LABELS, RIGHT_BY_VOTES = 0.85, 0.9
"""Share of the answered faces that has to be right: by FER2013's labels, by the most votes."""

SHIPPED = Path("models") / "emotion.onnx"

RANGE_FACES = 512
"""Training faces by whose maps a network is rounded to 8 bit."""

FER2013 = {
    "sources": [
        "FER2013 (Goodfellow et al. 2013): faces that an image search found for emotion words, "
        "cut out by machine, 48×48 grey",
    ],
    "licence": "FER2013: research use.",
    "who_is_missing": "The data says nothing about age, sex, skin colour, country or disability, "
    "so how well the network reads any group could not be measured. Faces turned away, covered or "
    "badly lit, as in a class, are rare; disgust is too (1.5 % of the faces).",
    "labels": "People who were asked agreed with FER2013's labels for 65±5 % of the faces "
    "(Goodfellow et al. 2013). An expression is no proof of a feeling.",
}
"""What a card says about FER2013, for people."""

FERPLUS = "FER+ (Barsoum et al. 2016, MIT): ten votes on each of these faces"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train an emotion network; an interrupted training is continued."
    add = parser.add_argument
    add("--data", type=Path, required=True, help="fer2013.csv, image folder or zip")
    add("--votes", type=Path, help="FER+ table (default: the one beside the data)")
    add("--model", default="mood", choices=list(networks.INPUTS), help="network")
    add("--out", type=Path, help="where to leave it (default: models/MODEL)")
    add(
        "--epochs",
        type=options.positive_whole,
        help=f"passes over the faces (default: {fit.Settings.epochs}; {_EPOCHS_OF_APPLICATIONS} "
        "for keras.applications)",
    )
    add("--weights", help="weights file to start from, or imagenet (default: random)")
    add("--classes", help="comma-separated subset, or five (default: all)")
    add(
        "--validation",
        type=float,
        metavar="SHARE",
        help="hold out this share of the training faces to select by, e.g. 0.2 "
        "(default: the validation set; 0.2 where there is none)",
    )
    add("--balance", action="store_true", help="weigh faces so that all classes count the same")
    add("--batch", type=options.positive_whole, default=128, help="faces a step (default: 128)")
    add("--optimizer", choices=("sgd", "adam"), help="default: sgd for mood, else adam")
    add("--schedule", default="cosine", choices=loop.SCHEDULES)
    add(
        "--rate",
        type=options.positive,
        help="largest learning rate (default: "
        f"{', '.join(f'{rate} for {name}' for name, rate in _RATES.items())})",
    )
    add("--warmup", type=options.number, default=2.0, metavar="EPOCHS")
    add(
        "--decay",
        type=options.number,
        default=5e-3,
        help="weight decay, times the rate (default: 0.005)",
    )
    add("--smoothing", type=options.share, default=0.05, help="label smoothing (default: 0.05)")
    add(
        "--average",
        type=options.share,
        default=0.999,
        help="weight averaging a step (default: 0.999)",
    )
    add(
        "--patience",
        type=options.whole,
        default=0,
        help="stop after so many epochs without gain; 0: never",
    )
    add(
        "--plateau",
        type=options.positive_whole,
        default=5,
        help="with --schedule plateau: epochs before the rate falls",
    )
    add(
        "--augment",
        type=options.number,
        default=1.0,
        metavar="STRENGTH",
        help="strength of the random changes of the faces; 0: none (default: 1)",
    )
    add(
        "--mixup",
        type=options.number,
        default=0.0,
        metavar="ALPHA",
        help="blend each face with another, by shares from Beta(ALPHA, ALPHA); 0: never (default)",
    )
    add(
        "--teacher",
        type=Path,
        action="append",
        default=[],
        metavar="ONNX",
        help="network (its card beside it) whose probabilities are learned besides the labels; "
        "several: their mean",
    )
    add("--teaching", type=options.share, default=0.5, help="share of the teacher (default: 0.5)")
    add("--no-flip", action="store_true", help="never mirror faces")
    add("--full-size", action="store_true", help="do not start on smaller faces")
    add("--seed", type=options.seed, default=1)
    add(
        "--precision",
        default="float32",
        choices=options.PRECISIONS,
        help="Keras dtype policy; mixed_bfloat16 is faster on many processors",
    )
    add("--hours", type=options.number, help="leave after about this long; call again to continue")
    add("--restart", action="store_true", help="forget an earlier, unfinished training")
    add(
        "--release",
        action="store_true",
        help="do not train: calibrate and write the finished network of --weights anew",
    )


def run(args: argparse.Namespace) -> int:
    """Train, calibrate and write the network with its card.

    Raises:
        DataError: the data, the weights or the checkpoint cannot be used.
        ModelError: a teacher cannot be read.
    """
    folder = args.out or Path("models") / args.model
    _train(args, folder)
    return 0


def _train(args: argparse.Namespace, folder: Path) -> None:
    takes = networks.INPUTS[args.model]
    parts = read(args.data, args.votes, takes.size, takes.color != "grey")
    faces, selection, facts = split(parts, args.data, args.classes, args.validation, args.seed)
    settings = _settings(args)
    votes = len(VOTES) if args.model == "mood" and faces.votes is not None else 0
    print(f"{len(faces)} faces to train on, {len(selection)} to select by; {facts}")

    if args.release:
        facts = {
            **_earlier(args.weights, folder),
            **facts,
            "votes": votes > 0,
            "release_command": " ".join(["python", *sys.argv]),
        }
        model = networks.build(args.model, len(faces.classes), votes, args.weights)
        twin = Path(args.weights)
        finish(model, takes, faces, selection, folder, args.model, facts, args.data, parts, twin)
        return

    speed.quicken()
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy(args.precision)
    model = networks.build(args.model, len(faces.classes), votes, args.weights)

    board = loop.TensorBoard(folder / "tensorboard")

    def on_epoch(history: list[dict]) -> None:
        loop.write_log(history, folder / "log.csv")
        board(history)

    checkpoints = folder / "checkpoints"
    if args.restart:
        # Only now that data and weights are read: a slip in the command must not cost a training.
        shutil.rmtree(checkpoints, ignore_errors=True)
    start = args.weights or ""
    if Path(start).is_file():
        start = loop.file_digest(start)
    training = fit.train(
        model, faces, selection, takes, settings, checkpoints, on_epoch, args.hours, start
    )
    figures.curves(training.history, folder / "curves.png")
    if not training.ended:
        # The network that is there stays: it may be the one to start from or a teacher, which the
        # same command needs unchanged, and it is better than an unfinished one.
        print("left before the end; the same command continues")
        return

    # What is kept is float32, whatever the precision of the training was.
    keras.config.set_dtype_policy("float32")
    model = networks.build(args.model, len(faces.classes), votes)
    loop.load_variables(model, checkpoints / "best.npz")
    facts = {
        "command": " ".join(["python", *sys.argv]),
        "backend": keras.backend.backend(),
        "seed": args.seed,
        "epochs": len(training.history),
        **facts,
        "votes": votes > 0,
        "curves": training.history,
    }
    finish(model, takes, faces, selection, folder, args.model, facts, args.data, parts)


def _earlier(weights: str | None, folder: Path) -> dict:
    """What the card says of the training of these weights: the one in `folder`, or the app's own.

    Raises:
        DataError: no card knows them.
    """
    if weights is None or not Path(weights).is_file():
        raise DataError("--release needs --weights with the model.keras of a finished training")
    digest = loop.file_digest(weights)
    for path in (folder / "emotion.onnx", SHIPPED):
        if path.with_suffix(".json").is_file():
            training = ModelCard.read(path).data.get("training", {})
            if training.get("keras_sha256") == digest:
                return training
    raise DataError(
        f"{weights}: neither {folder} nor {SHIPPED.parent} has the card of its training"
    )


def finish(
    model: keras.Model,
    takes: networks.Input,
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
        takes: what it takes.
        faces: what it was trained on.
        selection: faces to calibrate on.
        folder: where to write.
        name: of the model, for people.
        training: for the card.
        path: where the faces were read from.
        parts: all that was read there.
        twin: see `release`.
    """
    known = about(path, parts, bool(training["votes"]))
    ranges = faces.images[:: max(1, len(faces) // RANGE_FACES)]
    with export.drafted(folder) as draft:
        card = release(model, takes, selection, draft, name, training, known, ranges, twin)
        model.save_weights(draft / "model.weights.h5")
        (draft / "model.json").write_text(model.to_json(indent=1), encoding="utf-8")
    figures = card["metrics"]
    share = figures.get("reading", figures)["public"]["accuracy"]
    print(f"{folder / 'emotion.onnx'}: {share:.4f} of the selection faces right")


def about(path: Path, parts: dict[str, FaceSet], votes: bool) -> dict:
    """What a card says about the data that a network has learned.

    Args:
        path: where they were read from.
        parts: all that was read. FER2013 is known by the sizes of its parts: anybody's faces may
            come in its layout.
        votes: whether the votes were learned.
    """
    sizes = {usage: len(part) for usage, part in parts.items()}
    fer2013 = sizes == {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}
    known = FER2013 if fer2013 else {"sources": [path.name]}
    return known | {"sources": [*known["sources"], *([FERPLUS] if votes else [])]}


def release(
    model: keras.Model,
    takes: networks.Input,
    selection: FaceSet,
    folder: Path,
    name: str,
    training: dict,
    data: dict,
    ranges: np.ndarray,
    twin: Path | None = None,
) -> dict:
    """Write model.keras, emotion.onnx and emotion.json, calibrated on `selection`.

    What the app reads comes from the FER+ votes, if the network has learned them: FER2013's own
    labels call many neutral faces sad or angry. The head that learned those labels is in the file,
    too, with a calibration of its own, to compare with what others report.

    Returns the card.

    Args:
        model: trained network, float32.
        takes: what it takes.
        selection: faces to calibrate on; never those that are reported.
        folder: where to write.
        name: of the model, for people.
        training: for the card.
        data: for the card.
        ranges: uint8 faces by which a compact network is rounded to 8 bit.
        twin: Keras file that `model` was read from, to be copied; None writes a new one.
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
    card = {
        "format": CARD_FORMAT,
        "name": name,
        "labels": list(selection.classes),
        "preprocessing": takes.card(),
        "output": "logits" if networks.gives_logits(model) else "probabilities",
        "mirror": takes.compact,
        "bits": 8 if takes.compact else 32,
    }
    if takes.compact:
        classifier = EmotionClassifier(path, card)
        export.quantize(path, np.stack([classifier.prepare(face) for face in ranges]))
    # Calibrated as the app runs it: rounded, mirrored, prepared by the classifier itself.
    heads = EmotionClassifier(path, card).outputs(selection.images)
    if card["output"] == "probabilities":
        heads = [np.log(np.maximum(head, 1e-12)) for head in heads]
    asked = labels >= 0
    temperature, floor = calibrate.fit_calibration(heads[0][asked], labels[asked])
    probabilities = calibrated(heads[0][asked], temperature, floor)
    public = metrics.summary(probabilities, labels[asked])
    figures = {"public": public}
    if share is not None:
        card["heads"] = list(export.HEADS)
        usual = calibrate.fit_calibration(heads[1], selection.labels)
        card["fer2013"] = dict(zip(("temperature", "floor"), usual, strict=True))
        by_labels = metrics.summary(calibrated(heads[1], *usual), selection.labels)
        figures = {"public": by_labels, "reading": {"public": public}}
    card |= {
        "temperature": temperature,
        "floor": floor,
        "abstain_below": calibrate.abstention(probabilities, labels[asked], wanted),
        "answered_right": wanted,
        "metrics": figures,
        "training": {
            **training,
            "vote_share": share,
            # Another training may leave its network in the same place; see `evaluation.parity`.
            "keras_sha256": loop.file_digest(folder / "model.keras"),
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
    export.write_card(path.with_suffix(".json"), card)
    return card


def split(
    parts: dict[str, FaceSet],
    path: Path,
    classes: str | None = None,
    validation: float | None = None,
    seed: int = 1,
) -> tuple[FaceSet, FaceSet, dict]:
    """Faces to train on, faces to select by, and the facts for the card.

    Args:
        parts: what was read from `path`.
        path: for messages.
        classes: comma-separated subset, or "five"; None for all.
        validation: share of the training faces to select by; None takes PublicTest where there is
            one.
        seed: of that choice.

    Raises:
        DataError: one of both would be empty, or a class is unknown.
    """
    if classes:
        names = FIVE if classes == "five" else tuple(classes.split(","))
        parts = {usage: part.subset(names) for usage, part in parts.items()}
    others = [part for usage, part in parts.items() if usage != "Training"]
    faces, removed = drop_duplicates(parts["Training"], *others)
    if validation is not None or "PublicTest" not in parts:
        faces, selection = faces.split(0.2 if validation is None else validation, seed)
        faces, torn = drop_duplicates(faces, selection)
        removed += torn
    else:
        selection = parts["PublicTest"]
    if not (len(faces) and len(selection)):
        raise DataError(
            f"{path}: {len(faces)} faces to train on, {len(selection)} to select by; both "
            "need some: give more faces or another --validation"
        )
    facts = {
        "faces": len(faces),
        "faces_by_class": faces.counts(),
        "selection_faces": len(selection),
        "duplicates_removed": removed,
    }
    return faces, selection, facts


def _settings(args: argparse.Namespace) -> fit.Settings:
    usual, strength = Augmentation(), args.augment
    optimizer = args.optimizer or ("sgd" if args.model == "mood" else "adam")
    growing = args.model == "mood" and not args.full_size
    usual_epochs = (
        _EPOCHS_OF_APPLICATIONS if args.model in networks.APPLICATIONS else fit.Settings.epochs
    )
    return fit.Settings(
        epochs=usual_epochs if args.epochs is None else args.epochs,
        batch=args.batch,
        sizes=_GROWING if growing else ((1.0, 1.0),),
        optimizer=optimizer,
        schedule=args.schedule,
        rate=_RATES[optimizer] if args.rate is None else args.rate,
        warmup=args.warmup,
        decay=args.decay,
        smoothing=args.smoothing,
        balance=args.balance,
        average=args.average,
        patience=args.patience,
        plateau=args.plateau,
        seed=args.seed,
        mixup=args.mixup,
        teachers=tuple(str(path) for path in args.teacher),
        teaching=args.teaching,
        augmentation=Augmentation(
            rotation=usual.rotation * strength,
            scale=usual.scale * strength,
            shift=usual.shift * strength,
            flip=strength > 0 and not args.no_flip,
            gamma=usual.gamma * strength,
            blur=usual.blur * strength,
            erase=min(1.0, usual.erase * strength),
        ),
    )
