"""`python train.py`: train an emotion network and leave it ready for the app."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import keras

from fer.emotions import FIVE
from fer.model_card import ModelCard
from fer.training import loop, options, speed
from fer.training.emotion import figures, fit, networks
from fer.training.emotion.augment import Augmentation
from fer.training.emotion.data import read
from fer.training.emotion.face_set import FaceSet, drop_duplicates
from fer.training.emotion.release import finish
from fer.training.emotion.votes import VOTES
from fer.training.files import DataError

# mood takes any size, so it starts on small faces.
_GROWING = ((0.3, 2 / 3), (0.4, 5 / 6), (0.3, 1.0))


_RATES = {"sgd": fit.Settings.rate, "adam": 1e-3}


_EPOCHS_OF_APPLICATIONS = 30


SHIPPED = Path("models") / "emotion.onnx"


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
