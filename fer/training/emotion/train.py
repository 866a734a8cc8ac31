"""`python train.py`: trains an emotion network and writes it so that the app can run it."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import keras

from fer.emotions import FIVE
from fer.model_card import ModelCard
from fer.training import log, loop, speed
from fer.training.emotion import figures, fit, networks
from fer.training.emotion.arguments import EPOCHS_OF_APPLICATIONS, RATES
from fer.training.emotion.augment import Augmentation
from fer.training.emotion.data import described, read
from fer.training.emotion.face_set import FaceSet, drop_duplicates
from fer.training.emotion.inputs import APPLICATIONS, INPUTS
from fer.training.emotion.release import finish
from fer.training.emotion.votes import VOTES
from fer.training.files import DataError, file_digest

# The network `mood` takes any size, so it starts on small faces.
_GROWING = ((0.3, 2 / 3), (0.4, 5 / 6), (0.3, 1.0))


SHIPPED = Path("models") / "emotion.onnx"


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
    takes = INPUTS[args.model]
    parts = read(args.data, args.votes, takes.size, takes.color != "grey")
    faces, selection, facts = split(parts, args.data, args.classes, args.validation, args.seed)
    settings = fit_settings(args)
    votes = len(VOTES) if args.model == "mood" and faces.votes is not None else 0
    print(f"{args.data}: {described(parts)}")
    if left_out := sorted(set(parts["Training"].classes) - set(faces.classes)):
        print(f"the network does not learn {', '.join(left_out)}")
    print(
        f"{len(faces):,} faces to train on, {len(selection):,} to select the best epoch by; "
        f"{facts['duplicates_removed']:,} copies of other faces are left out of the first"
    )

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

    if args.freeze and not args.weights:
        raise DataError("--freeze needs --weights: layers that do not learn have to know something")
    if args.keep and not Path(args.weights or "").is_file():
        raise DataError("--keep needs the file of --weights that the training begins with")
    speed.quicken()
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy(args.precision)
    model = networks.build(args.model, len(faces.classes), votes, args.weights)

    board = log.TensorBoard(folder / "tensorboard")

    def on_epoch(history: list[dict]) -> None:
        log.write_log(history, folder / "log.csv")
        board(history)

    checkpoints = folder / "checkpoints"
    if args.restart:
        # Data and weights have been read by now: a mistake in the command must not destroy an
        # earlier training.
        shutil.rmtree(checkpoints, ignore_errors=True)
    start = args.weights or ""
    if Path(start).is_file():
        start = file_digest(start)
    training = fit.train(
        model, faces, selection, takes, settings, checkpoints, on_epoch, args.hours, start
    )
    figures.curves(training.history, folder / "curves.png")
    if not training.ended:
        # An earlier network in the folder stays. It is better than an unfinished one, and the same
        # command may need it unchanged, as the network to start from or as a teacher.
        print("stopped before the end; the same command continues")
        return

    # The files are in float32, whatever the precision of the training was.
    keras.config.set_dtype_policy("float32")
    model = networks.build(args.model, len(faces.classes), votes)
    loop.load_variables(model, checkpoints / "best.npz")
    if args.keep:
        # Heads for other classes began with random weights.
        keras.utils.set_random_seed(args.seed)
        begun = networks.build(args.model, len(faces.classes), votes, args.weights)
        loop.keep(model, begun, args.keep)
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
    """Read what a card says about the training of these weights.

    It may be the card in `folder` or that of the network that comes with the app.

    Raises:
        DataError: neither card belongs to these weights.
    """
    if weights is None or not Path(weights).is_file():
        raise DataError("--release needs --weights with the model.keras of a finished training")
    digest = file_digest(weights)
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
    """Choose the faces to train on and those to select the best epoch by.

    Args:
        parts: the faces that were read from `path`.
        path: where the faces lie, for messages.
        classes: comma-separated classes to learn, or "five"; None for all that have training
            faces.
        validation: share of the training faces to select by; None takes PublicTest, or 0.2 of the
            training faces if there is no PublicTest.
        seed: of the random choice.

    Returns:
        The faces to train on, the faces to select by, and the facts for the card.

    Raises:
        DataError: one of the two sets would be empty, a class is unknown, or there are fewer than
            two classes to tell apart.
    """
    if "Training" not in parts:
        raise DataError(f"{path}: no faces to train on; found {described(parts)}")
    if classes:
        names = FIVE if classes == "five" else tuple(classes.split(","))
    else:
        names = tuple(name for name, count in parts["Training"].counts().items() if count)
    if len(names) < 2:
        raise DataError(f"{path}: fewer than two classes to learn; found {described(parts)}")
    if names != parts["Training"].classes:
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
            f"{path}: {len(faces)} faces to train on, {len(selection)} to select by. "
            "Both need some: add faces, or choose another --validation"
        )
    facts = {
        "faces": len(faces),
        "faces_by_class": faces.counts(),
        "selection_faces": len(selection),
        "duplicates_removed": removed,
    }
    return faces, selection, facts


def fit_settings(args: argparse.Namespace) -> fit.Settings:
    """Returns the settings of the training that the options ask for."""
    usual, strength = Augmentation(), args.augment
    optimizer = args.optimizer or ("sgd" if args.model == "mood" else "adam")
    growing = args.model == "mood" and not args.full_size
    usual_epochs = EPOCHS_OF_APPLICATIONS if args.model in APPLICATIONS else fit.Settings.epochs
    return fit.Settings(
        epochs=usual_epochs if args.epochs is None else args.epochs,
        batch=args.batch,
        sizes=_GROWING if growing else ((1.0, 1.0),),
        optimizer=optimizer,
        schedule=args.schedule,
        rate=RATES[optimizer] if args.rate is None else args.rate,
        warmup=args.warmup,
        decay=args.decay,
        smoothing=args.smoothing,
        balance=args.balance,
        average=args.average,
        patience=args.patience,
        plateau=args.plateau,
        seed=args.seed,
        tilted=args.tilted,
        mixup=args.mixup,
        teachers=tuple(str(path) for path in args.teacher),
        teaching=args.teaching,
        freeze=args.freeze,
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
