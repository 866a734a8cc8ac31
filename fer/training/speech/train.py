"""Training the voice: `python train.py speech --data ravdess.zip`.

Actors 17-20 are held out and scored at the end. Inside 01-16 there are four folds of four
actors; the networks of the cross-validation, each trained without one fold, are what is shipped:
their mean reads better than one network, and no further training is needed. A linear rule on
statistics (`speech_linear`) is added to them, and the voice gate (speech or not) is a small
network of its own. All go into one ONNX file.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers, ops

from fer.emotions import EMOTIONS
from fer.network import CARD_FORMAT, softmax
from fer.speech.model import SpeechModel, level, scale
from fer.training import export, loop, options
from fer.training.calibrate import abstention, fit_temperature, fit_vote_share
from fer.training.emotion.data import DataError
from fer.training.metrics import calibration_error
from fer.training.speech import data as speech_data
from fer.training.speech import sounds as speech_sounds
from fer.training.speech.data import Augmentation, Clips, EmotionBatches, GateBatches
from fer.training.speech.linear import fit_linear, linear_network

FOLDS: tuple[tuple[int, ...], ...] = tuple(tuple(range(i, i + 4)) for i in range(1, 17, 4))
"""Actors by fold. RAVDESS's odd actors are men, its even ones women: two of each in a fold."""

HELD_OUT = (17, 18, 19, 20)

UNSEEN_FAMILIES = ("plucked", "piano", "bells", "sung", "gusts", "beeps")
"""Synthetic sounds that the test gate is trained without, to see how it takes new ones."""

LOG_MEL: dict[str, Any] = {
    "library": "kaldi-native-fbank",
    "rate": 16000,
    "frame_ms": 25,
    "step_ms": 10,
    "window": "hanning",
    "bands": 64,
    "low_hz": 50,
    "high_hz": 7600,
}
SCALING = {"loud_frames": 15, "range": 12.0, "divisor": 6.0, "offset": 0.5}
WINDOW_S, STEP_S = 3.0, 1.0
_NEW_SOUNDS = 40  # of each family, to test the gate on

SILENCE_BELOW = -12.0
"""Windows whose loud frames are below this (log-mel units, see `fer.speech.model.level`)
are silence: white noise of -73 dBFS. The quietest clip of RAVDESS lies above."""

WHAT = "acted English speech"
"""What the network reads, for the card and for people."""

RIGHT_WHEN_SURE = 0.8
"""Share of the windows that has to be right among those that are not unsure."""

SPEECH_FROM = 0.9
"""Windows with less probability of speech are not classified. At 0.5 the tapping on a blackboard
in a recorded lecture passed; at 0.9 it does not, and speech over the telephone still does."""


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, besides the data.

    steps, epochs   batches in all, and in how many epochs they are counted
    batch           windows a batch
    rate            largest learning rate
    decay           weight decay of AdamW
    smoothing       label smoothing: RAVDESS's labels are intentions, not certainties
    average         decay of the moving average of the weights, a step
    dropout         before the last layer
    gate_*          the same for the voice gate
    sounds          synthetic sounds of each family
    """

    steps: int = 1650
    epochs: int = 75
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    smoothing: float = 0.1
    average: float = 0.99
    dropout: float = 0.3
    gate_steps: int = 1200
    gate_epochs: int = 40
    sounds: int = 100
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train.py speech`."""
    parser.add_argument("--data", type=Path, required=True, help="RAVDESS speech, zip or folder")
    parser.add_argument("--out", type=Path, default=Path("models/speech.onnx"))
    parser.add_argument(
        "--work", type=Path, default=Path("runs/speech"), help="networks that are done; to continue"
    )
    parser.add_argument(
        "--steps", type=options.positive_whole, default=Settings.steps, help="of each network"
    )
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(1, len(FOLDS) + 1),
        default=len(FOLDS),
        help="folds to train, for want of time",
    )
    parser.add_argument(
        "--check-unseen",
        action="store_true",
        help="also train a gate without some kinds of sound, to see how it takes them",
    )
    parser.add_argument(
        "--recalibrate",
        action="store_true",
        help="do not train: choose the confidence below which the network of --out is unsure",
    )
    parser.add_argument("--seed", type=options.seed, default=Settings.seed)
    parser.add_argument(
        "--precision",
        default="float32",
        choices=options.PRECISIONS,
        help="mixed_bfloat16 is faster on CPUs that know it",
    )


def run(args: argparse.Namespace) -> int:
    """Train, calibrate, score and write the network with its card.

    Raises:
        DataError: the data cannot be read, actors are missing, or a network diverged.
    """
    settings = replace(
        Settings(),
        steps=args.steps,
        epochs=max(1, round(args.steps * Settings.epochs / Settings.steps)),
        seed=args.seed,
    )
    keras.config.set_dtype_policy(args.precision)
    begun = time.process_time()
    clips = speech_data.read_ravdess(args.data, LOG_MEL)
    missing = {*sum(FOLDS, ()), *HELD_OUT} - set(clips.actors.tolist())
    if missing:
        raise DataError(f"{args.data}: actors {sorted(missing)} are missing")
    if args.recalibrate:
        return _recalibrate(args.out, clips)
    args.work.mkdir(parents=True, exist_ok=True)
    members, cross = cross_validate(clips, settings, FOLDS[: args.folds], args.work)
    share = fit_vote_share(cross["networks"], cross["linear"], cross["labels"])
    cross["logits"] = (1 - share) * cross["networks"] + share * cross["linear"]
    temperature = fit_temperature(cross["logits"], cross["labels"])
    speakers = clips.of(sum(FOLDS, ()))
    rule = fit_linear(
        speakers, window_frames(), SCALING, settings, settings.seed, args.work / "linear"
    )
    gate = fit_gate(speakers, tuple(speech_sounds.FAMILIES), settings, args.work / "gate")
    card: dict[str, Any] = {
        "format": CARD_FORMAT,
        "name": "speech",
        "reads": WHAT,
        "labels": list(EMOTIONS),
        "window_s": WINDOW_S,
        "step_s": STEP_S,
        "log_mel": LOG_MEL,
        "scaling": SCALING,
        "temperature": temperature,
        "speech_from": SPEECH_FROM,
        "silence_below": SILENCE_BELOW,
    }
    # The data stay RAVDESS; what was tried and where the limits lie is true of the old network.
    before = args.out.with_suffix(".json")
    old = json.loads(before.read_text("utf-8")) if before.exists() else {}
    card |= {"licence": old["licence"]} if "licence" in old else {}
    with export.drafted(args.out.parent) as draft:
        written = draft / args.out.name
        write_onnx(assembled(members, rule, share, gate), written)
        model = SpeechModel(written, card, threads=1)
        card["metrics"] = {
            "cross_validation": cross_figures(cross, temperature) | {"linear_share": share},
            "held_out": held_out(model, members, clips.of(HELD_OUT)),
            "gate": gate_figures(model, clips, settings),
        }
        card |= _abstaining(card, model, clips.of(HELD_OUT))
        if args.check_unseen:
            card["metrics"]["gate"] |= unseen_figures(speakers, settings, args.work)
        card["provenance"] = provenance(args, settings, members[0], gate)
        card["provenance"]["cpu_minutes_of_this_run"] = round((time.process_time() - begun) / 60, 1)
        export.write_card(written.with_suffix(".json"), card)
    figures = card["metrics"]["held_out"]
    crossed = card["metrics"]["cross_validation"]
    print(f"held-out UAR {figures['uar']:.3f}, cross-validation {crossed['uar']:.3f}")
    return 0


def _recalibrate(path: Path, clips: Clips) -> int:
    """Choose anew when the network of `path` is unsure, and write that into its card."""
    model = SpeechModel.load(path, threads=1)
    card = {"format": CARD_FORMAT, "name": "speech", "reads": WHAT, **model.card}
    card |= _abstaining(card, model, clips.of(HELD_OUT))
    export.write_card(path.with_suffix(".json"), card)
    print(json.dumps(card["metrics"]["held_out"]["abstention"], indent=1))
    return 0


def emotion_network(bands: int, window: int, dropout: float) -> keras.Model:
    """A small residual network on scaled log-mel windows (window, bands); output (7,) logits.

    The stem takes four frames and two bands a step; two residual stages follow. The bands are
    then mixed by a dense layer a frame, and an attention over time weighs the frames whose mean
    and deviation are read (Okabe et al. 2018, "Attentive statistics pooling"), so that pauses
    do not count.
    """
    inputs = keras.Input((window, bands), name="window")
    x = layers.Reshape((window, bands, 1))(inputs)
    x = _convolved(x, 16, (7, 5), (4, 2))
    x = _convolved(x, 32, 3, 2)
    x = _residual(x, 64, (1, 2))
    x = layers.SpatialDropout2D(0.1)(x)
    x = _residual(x, 96, 2)
    x = layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]))(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Conv1D(128, 1, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    weights = layers.Conv1D(1, 1, dtype="float32")(layers.Conv1D(32, 1, activation="tanh")(x))
    weights = layers.Softmax(axis=1)(weights)
    mean = ops.sum(weights * x, axis=1)
    variance = ops.sum(weights * ops.square(x), axis=1) - ops.square(mean)
    deviation = ops.sqrt(ops.maximum(variance, 1e-3))
    x = layers.Concatenate()([mean, deviation, layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(len(EMOTIONS), dtype="float32")(x))


def gate_network(bands: int, window: int) -> keras.Model:
    """A smaller network on the same windows; output (1,), the logit of speech."""
    inputs = keras.Input((window, bands), name="window")
    x = layers.Reshape((window, bands, 1))(inputs)
    x = _convolved(x, 12, (7, 5), (4, 2))
    for width in (24, 48, 48):
        x = _convolved(x, width, 3, 2)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dropout(0.2)(x)
    return keras.Model(inputs, layers.Dense(1, dtype="float32")(x))


def _convolved(x, width: int, kernel, stride, activate: bool = True, gamma: str = "ones"):
    x = layers.Conv2D(
        width,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, gamma_initializer=gamma)(x)
    return layers.ReLU()(x) if activate else x


def _residual(x, width: int, stride):
    # A branch that begins at zero lets training begin with the shallow network.
    branch = _convolved(_convolved(x, width, 3, stride), width, 3, 1, activate=False, gamma="zeros")
    skip = layers.AveragePooling2D(stride, padding="same")(x)
    skip = layers.Conv2D(width, 1, use_bias=False)(skip)
    return layers.ReLU()(layers.Add()([branch, skip]))


def cross_validate(
    clips: Clips, settings: Settings, folds: tuple[tuple[int, ...], ...], work: Path
) -> tuple[list[keras.Model], dict]:
    """One network and one linear rule a fold, fitted on all other folds.

    Returns:
        The networks, and of the windows of `folds`, read by those that do not know the actor:
        `networks` and `linear`, logits (N, 7); `labels` (N,); `owner` (N,), the clip;
        `fold` (N,), its number.
    """
    members = []
    columns: dict[str, list] = {"networks": [], "linear": [], "labels": [], "owner": [], "fold": []}
    for number, fold in enumerate(folds):
        known = clips.of(tuple(actor for actor in sum(FOLDS, ()) if actor not in fold))
        seed = settings.seed + number
        member = fit_emotion(known, settings, seed, work / f"fold{number}")
        rule = fit_linear(known, window_frames(), SCALING, settings, seed, work / f"linear{number}")
        windows, owner, truth = clip_windows(clips.of(fold))
        members.append(member)
        window, bands = member.input_shape[1:]
        linear = linear_network(window, bands, rule)
        rows = (predict(member, windows), predict(linear, windows), truth[owner], owner)
        for name, row in zip(columns, (*rows, np.full(len(owner), number)), strict=True):
            columns[name].append(row)
        alone = [uar(by_clip(read, owner), truth) for read in rows[:2]]
        print(f"fold {number}: network {alone[0]:.3f}, linear {alone[1]:.3f}", flush=True)
    return members, {name: np.concatenate(parts) for name, parts in columns.items()}


def fit_emotion(clips: Clips, settings: Settings, seed: int, path: Path) -> keras.Model:
    """Train one emotion network, or load it if `path` has one of these clips and settings."""
    keras.utils.set_random_seed(seed)
    window = window_frames()
    model = emotion_network(LOG_MEL["bands"], window, settings.dropout)
    batches = EmotionBatches(clips, window, SCALING, settings, seed)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=settings.smoothing
    )
    return _fitted(model, batches, loss, settings, settings.epochs, path)


def fit_gate(
    clips: Clips, families: tuple[str, ...], settings: Settings, path: Path
) -> keras.Model:
    """Train a voice gate on speech against synthetic sounds of `families`."""
    keras.utils.set_random_seed(settings.seed)
    window = window_frames()
    model = gate_network(LOG_MEL["bands"], window)
    sounds = speech_data.other_sounds(families, settings.sounds, 6.0, LOG_MEL, settings.seed)
    batches = GateBatches(clips, sounds, window, SCALING, settings, settings.seed)
    loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.02)
    return _fitted(model, batches, loss, settings, settings.gate_epochs, path)


def _fitted(model, batches, loss, settings: Settings, epochs: int, path: Path) -> keras.Model:
    weights = path.with_suffix(".weights.h5")
    described = path.with_suffix(".json")
    # What the other kind of network depends on may change without this one being trained again.
    ours = asdict(settings) | {
        "precision": keras.config.dtype_policy().name,
        "clips": batches.clips.fingerprint(),
    }
    gate = {"gate_steps", "gate_epochs", "sounds"}
    unused = {"steps", "epochs", "augmentation"} if isinstance(batches, GateBatches) else gate
    recipe = json.dumps({key: value for key, value in ours.items() if key not in unused})
    if weights.exists() and described.exists() and described.read_text("utf-8") == recipe:
        model.load_weights(weights)
        return model
    steps, warmup = len(batches) * epochs, 2 * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        1e-4,
        max(1, steps - warmup),
        alpha=0.005,
        warmup_target=settings.rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=settings.decay,
        clipnorm=5.0,
        use_ema=True,
        ema_momentum=settings.average,
        ema_overwrite_frequency=None,
    )
    model.compile(optimizer, loss)
    begun = time.process_time()
    history = model.fit(batches, epochs=epochs, shuffle=False, verbose=0).history
    optimizer.finalize_variable_values(model.trainable_variables)
    sound = int(np.isfinite(history["loss"]).sum())
    # Kept, it would be taken for done by every later call.
    if sound < epochs or not loop.finite(model.get_weights()):
        raise DataError(
            f"{path.name} diverged in epoch {min(sound + 1, epochs)}; try another --seed, or "
            "--precision float32"
        )
    model.save_weights(weights)
    described.write_text(recipe, "utf-8")
    print(
        f"{path.name}: loss {history['loss'][-1]:.3f}, {time.process_time() - begun:.0f} CPU s",
        flush=True,
    )
    return model


def window_frames() -> int:
    """Log-mel frames of a window."""
    return round((WINDOW_S * 1000 - LOG_MEL["frame_ms"]) // LOG_MEL["step_ms"]) + 1


def clip_windows(clips: Clips) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The windows that the app reads in clips: raw (M, window, bands), clip (M,), labels (N,)."""
    step = round(STEP_S * 1000 / LOG_MEL["step_ms"])
    parts = [speech_data.reading_windows(one, window_frames(), step) for one in clips.frames[0]]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts), owner, clips.labels


def predict(model: keras.Model, windows: np.ndarray) -> np.ndarray:
    """Logits of raw log-mel windows."""
    return np.asarray(model.predict(scale(windows, SCALING), batch_size=64, verbose=0))


def by_clip(logits: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The class of each clip: the largest mean probability over its windows."""
    return _mean_of(softmax(logits), owner).argmax(axis=1)


def _mean_of(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    total = np.zeros((owner.max() + 1, values.shape[1]))
    np.add.at(total, owner, values)
    return total / np.bincount(owner)[:, None]


def confusion(answers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts (7, 8): rows are true emotions, columns answers; the last is "no speech" (-1)."""
    matrix = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), int)
    np.add.at(matrix, (labels, answers), 1)
    return matrix


def uar(answers: np.ndarray, labels: np.ndarray) -> float:
    """Unweighted average recall: the mean, over the classes that there are, of the share right."""
    matrix = confusion(answers, labels)
    present = matrix.any(axis=1)
    return float((np.diag(matrix)[present] / matrix[present].sum(axis=1)).mean())


def cross_figures(cross: dict, temperature: float) -> dict:
    """What one network and one linear rule say of actors they do not know."""

    def by_fold(read: np.ndarray) -> list[float]:
        uars = []
        for number in np.unique(cross["fold"]):
            mine = cross["fold"] == number
            _, first, owner = np.unique(
                cross["owner"][mine], return_index=True, return_inverse=True
            )
            uars.append(uar(by_clip(read[mine], owner), cross["labels"][mine][first]))
        return uars

    read, labels = cross["logits"], cross["labels"]
    folds = by_fold(read)
    return {
        "actors_by_fold": FOLDS[: len(folds)],
        "uar": float(np.mean(folds)),
        "uar_by_fold": folds,
        "uar_by_fold_network_alone": by_fold(cross["networks"]),
        "uar_by_fold_linear_alone": by_fold(cross["linear"]),
        "windows": len(read),
        "window_uar": uar(read.argmax(axis=1), labels),
        "ece_before": calibration_error(softmax(read), labels),
        "ece": calibration_error(softmax(read / temperature), labels),
    }


def held_out(model: SpeechModel, members: list[keras.Model], clips: Clips) -> dict:
    """The figures that count: what the app says of actors that no training has seen.

    A clip whose windows are all taken for silence or music counts as wrong. None stands where
    there is nothing to measure: windows' figures if all are, a deviation of one network.
    """
    windows, owner, labels = clip_windows(clips)
    speech, read = model.read(windows)
    said = labels[owner[speech]]
    answers = np.full(len(labels), -1)
    heard = np.unique(owner[speech])
    order = {clip: i for i, clip in enumerate(heard)}
    if len(heard):
        mine = np.array([order[clip] for clip in owner[speech]])
        answers[heard] = _mean_of(read[speech], mine).argmax(axis=1)
    matrix = confusion(answers, labels)
    recalls = np.diag(matrix) / matrix.sum(axis=1)
    single = [uar(by_clip(predict(member, windows), owner), labels) for member in members]
    spread = float(np.std(single, ddof=1)) if len(single) > 1 else None
    low, high = _interval(answers == labels, labels)
    return {
        "actors": HELD_OUT,
        "clips": len(labels),
        "windows": len(windows),
        "uar": float(recalls.mean()),
        "uar_interval_95": [low, high],
        "accuracy": float((answers == labels).mean()),
        "recall": dict(zip(EMOTIONS, recalls.round(4).tolist(), strict=True)),
        "confusion_matrix": matrix.tolist(),
        "confusion_columns": [*EMOTIONS, "no speech"],
        "window_uar": uar(read[speech].argmax(axis=1), said) if len(said) else None,
        "window_ece": calibration_error(read[speech], said) if len(said) else None,
        "uar_by_actor": {
            str(actor): uar(answers[clips.actors == actor], labels[clips.actors == actor])
            for actor in HELD_OUT
        },
        "uar_of_single_networks": single,
        "uar_deviation_of_single_networks": spread,
    }


def _abstaining(card: dict, model: SpeechModel, clips: Clips) -> dict:
    """`abstain_below` and `metrics` of a card with the confidence below which a window is unsure.

    No other speakers are left: those of the training are known to at least two of the networks, so
    they are too sure of them.
    """
    figures = abstention_figures(*_sure_of(model, clips))
    held = card["metrics"]["held_out"] | {"abstention": figures}
    return {
        "abstain_below": figures["abstain_below"],
        "metrics": card["metrics"] | {"held_out": held},
    }


def _sure_of(model: SpeechModel, clips: Clips) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities (N, 7), labels (N,) and actors (N,) of the windows with speech of clips."""
    windows, owner, labels = clip_windows(clips)
    speech, read = model.read(windows)
    return read[speech], labels[owner[speech]], clips.actors[owner[speech]]


def abstention_figures(
    probabilities: np.ndarray, labels: np.ndarray, actors: np.ndarray
) -> dict[str, float | None]:
    """The confidence below which windows are unsure, and what it does for speakers it was not
    chosen by.

    Args:
        probabilities: of the windows with speech, (N, 7).
        labels: int (N,).
        actors: int (N,), who speaks.

    Returns:
        `abstain_below`, chosen by all actors for `right_when_sure`; and, of each actor's windows
        at the confidence chosen by the others, the `coverage`, windows that are sure over all, and
        the `accuracy` of these.
    """
    sure = np.zeros(len(labels), bool)
    for actor in np.unique(actors):
        mine = actors == actor
        limit = abstention(probabilities[~mine], labels[~mine], RIGHT_WHEN_SURE)
        sure[mine] = probabilities[mine].max(axis=1) >= (np.inf if limit is None else limit)
    right = probabilities.argmax(axis=1) == labels
    limit = abstention(probabilities, labels, RIGHT_WHEN_SURE)
    return {
        # Where no confidence is enough, all windows are unsure.
        "abstain_below": 1.01 if limit is None else limit,
        "right_when_sure": RIGHT_WHEN_SURE,
        "windows": len(labels),
        "coverage": float(sure.mean()) if len(sure) else None,
        "accuracy": float(right[sure].mean()) if sure.any() else None,
        "accuracy_of_all": float(right.mean()) if len(right) else None,
    }


def _interval(right: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """95 % interval of the UAR by resampling the clips of each class."""
    rng = np.random.default_rng(0)
    recalls = [
        rng.binomial(mine.sum(), right[mine].mean(), 2000) / mine.sum()
        for mine in (labels == i for i in range(len(EMOTIONS)))
    ]
    low, high = np.quantile(np.mean(recalls, axis=0), (0.025, 0.975))
    return float(low), float(high)


def gate_figures(model: SpeechModel, clips: Clips, settings: Settings) -> dict:
    """How often the gate is right: on held-out actors and on sounds it was not trained on."""
    windows, _, _ = clip_windows(clips.of(HELD_OUT))
    # The last window of a clip may hold little speech; those are no fair question.
    loudness = windows.mean(axis=2)
    spoken = (loudness > level(windows, SCALING)[:, None] - 5.5).sum(axis=1) >= 80
    heard = model.read(windows[spoken])[0]
    return {
        "speech_found": float(heard.mean()),
        "speech_windows": len(heard),
        "false_speech_by_family": {
            family: float(model.read(_new_sounds(family, settings))[0].mean())
            for family in speech_sounds.FAMILIES
        },
        "sounds_a_family": _NEW_SOUNDS,
    }


def unseen_figures(clips: Clips, settings: Settings, work: Path) -> dict:
    """How a gate takes kinds of sound that it was not trained on."""
    families = tuple(name for name in speech_sounds.FAMILIES if name not in UNSEEN_FAMILIES)
    gate = fit_gate(clips, families, settings, work / "gate_unseen")
    return {
        "false_speech_in_families_not_trained_on": {
            family: float((predict(gate, _new_sounds(family, settings)) > 0).mean())
            for family in UNSEEN_FAMILIES
        }
    }


def _new_sounds(family: str, settings: Settings) -> np.ndarray:
    """Windows of a family, by a seed that training does not use."""
    seed = settings.seed + 1000
    sounds = speech_data.other_sounds((family,), _NEW_SOUNDS, 3.2, LOG_MEL, seed)
    return np.stack([sound[: window_frames()] for sound in sounds])


def assembled(
    members: list[keras.Model], rule: dict[str, np.ndarray], share: float, gate: keras.Model
) -> keras.Model:
    """One float32 network with outputs {"speech": (1,), "emotion": (7,)}.

    The emotion is (1 - share) × the mean logits of the members + share × the linear rule.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    window, bands = members[0].input_shape[1:]
    inputs = keras.Input((window, bands), name="window")
    copies = []
    for number, member in enumerate(members):
        copy = emotion_network(bands, window, 0.0)
        copy.name = f"member{number}"
        copy.set_weights(member.get_weights())
        copies.append(copy(inputs))
    listener = gate_network(bands, window)
    listener.name = "gate"
    listener.set_weights(gate.get_weights())
    emotion = layers.Average()(copies) if len(copies) > 1 else copies[0]
    emotion = (1 - share) * emotion + share * linear_network(window, bands, rule)(inputs)
    outputs = {"speech": listener(inputs), "emotion": emotion}
    keras.config.set_dtype_policy(policy)
    return keras.Model(inputs, outputs)


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write `model` as one ONNX file with a free batch axis and outputs "speech", "emotion"."""
    signature = [
        keras.InputSpec(shape=(None, *model.input_shape[1:]), dtype="float32", name="window")
    ]
    model.export(str(path), format="onnx", verbose=False, input_signature=signature)
    graph = onnx.load(str(path))
    # Backends name and order the outputs in their own ways; the widths tell which is which.
    names = {
        output.name: {1: "speech", len(EMOTIONS): "emotion"}[
            output.type.tensor_type.shape.dim[1].dim_value
        ]
        for output in graph.graph.output
    }
    for node in graph.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for output in graph.graph.output:
        output.name = names[output.name]
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path), save_as_external_data=False)
    Path(f"{path}.data").unlink(missing_ok=True)


def provenance(args, settings: Settings, member: keras.Model, gate: keras.Model) -> dict:
    """Where the network comes from."""
    return {
        "data": "RAVDESS speech (Livingstone and Russo 2018), CC BY-NC-SA 4.0",
        "split": "actors 01-16 in four folds of four; 17-20 held out",
        "shipped": f"the mean logits of {args.folds} networks, each trained on three folds, and a "
        "linear rule fitted on all four",
        "gate": "trained on the same actors against synthetic music and noise",
        "command": f"python train.py speech --data {args.data.name} --steps {settings.steps} "
        f"--folds {args.folds} --seed {settings.seed} --precision {args.precision}",
        "settings": asdict(settings),
        "parameters": {"emotion, each": member.count_params(), "gate": gate.count_params()},
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
    }
