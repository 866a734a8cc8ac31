"""Fits an emotion network to faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from fer.training import loop, metrics
from fer.training.calibrate import log_loss
from fer.training.emotion.augment import Augmentation, augment, normalize, tilt
from fer.training.emotion.face_set import FaceSet, fit_image
from fer.training.emotion.inputs import Input
from fer.training.emotion.networks import freeze, gives_logits
from fer.training.emotion.teacher import Teacher
from fer.training.emotion.votes import most_voted, vote_shares
from fer.training.files import file_digest
from fer.training.schedule import Schedule


@dataclass(frozen=True)
class Settings(Schedule):
    """The settings of a training run, besides the network and the data.

    Attributes:
        sizes: ((share of the epochs, share of the input size), …). Starting with small faces is
            faster and costs little accuracy. Only networks that take any size can do so.
        smoothing: label smoothing of the hard label.
        votes_weight: weight of the FER+ head in the loss.
        balance: whether faces are weighted so that all classes have the same total weight.
        augmentation: how faces are changed at random.
        tilted: share of the faces that are turned much further, see `augment.tilt`. Teachers see
            them before that.
        mixup: each face and its target are blended with those of another face, by shares drawn
            from Beta(mixup, mixup) (Zhang et al. 2018, "mixup"); 0 never blends.
        teachers: ONNX files of networks whose answers are learned besides the labels.
        teaching: share of their probabilities in the targets.
        freeze: whether only the last layers learn, see `networks.freeze`.
    """

    sizes: tuple[tuple[float, float], ...] = ((1.0, 1.0),)
    smoothing: float = 0.05
    votes_weight: float = 1.0
    balance: bool = False
    augmentation: Augmentation = field(default_factory=Augmentation)
    tilted: float = 0.0
    mixup: float = 0.0
    teachers: tuple[str, ...] = ()
    teaching: float = 0.5
    freeze: bool = False

    def size(self, epoch: int, full: int) -> int:
        """The size of the training faces in an epoch, in pixels.

        Args:
            epoch: number of the epoch, from 0.
            full: size of the faces that the network is made for, in pixels.
        """
        done = 0.0
        for share, part in self.sizes:
            done += share * self.epochs
            if epoch < round(done):
                return round(part * full)
        return round(self.sizes[-1][1] * full)


class Batches(keras.utils.PyDataset):
    """The augmented batches of one epoch; batch i is a pure function of (seed, epoch, i)."""

    def __init__(
        self,
        faces: FaceSet,
        settings: Settings,
        takes: Input,
        heads: list[str],
        epoch: int,
        teacher: Teacher | None = None,
    ):
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=8)
        self._faces, self._settings, self._takes = faces, settings, takes
        self._heads, self._epoch, self._teacher = heads, epoch, teacher
        self._order = np.random.default_rng((settings.seed, epoch)).permutation(len(faces))
        self._size = settings.size(epoch, takes.size)

    def __len__(self) -> int:
        # A short last batch would make a noisy step. Its faces have their turn in other epochs.
        return max(1, len(self._faces) // self._settings.batch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, dict, dict]:
        """Make a batch: float32 (N, s, s, C) faces as the network takes them, targets, weights."""
        which = self._order[index * self._settings.batch :][: self._settings.batch]
        rng = np.random.default_rng((self._settings.seed, self._epoch, index))
        images = augment(self._faces.images[which], self._size, self._settings.augmentation, rng)
        shown = tilt(images, self._settings.tilted, rng)
        targets, weights = make_targets(self._faces, which, self._settings, self._heads)
        if self._settings.mixup:
            both = np.concatenate([images, shown], axis=-1)
            both = mix(both, targets, weights, self._settings.mixup, rng)
            images, shown = np.split(both, 2, axis=-1)
        if self._teacher is not None:
            share = self._settings.teaching
            for head, taught in self._teacher.probabilities(images).items():
                if head in targets:
                    targets[head] = (1 - share) * targets[head] + share * taught
        if self._takes.color == "rgb":
            shown = shown[..., ::-1]
        return normalize(shown, self._takes.normalization), targets, weights


def make_targets(
    faces: FaceSet, which: np.ndarray, settings: Settings, heads: list[str]
) -> tuple[dict, dict]:
    """Make the soft targets and the weights of some faces.

    Args:
        faces: training faces.
        which: indices of the faces.
        settings: how the network is fitted.
        heads: names of the network's outputs.

    Returns:
        For each head, targets float32 (N, classes); and for each head, weights float32 (N,).
    """
    classes = len(faces.classes)
    labels = faces.labels[which]
    hard = np.eye(classes, dtype=np.float32)[labels]
    targets = {"emotion": hard * (1 - settings.smoothing) + settings.smoothing / classes}
    weights = {"emotion": np.ones(len(which), np.float32)}
    if settings.balance:
        counts = np.maximum(np.bincount(faces.labels, minlength=classes), 1)
        weights["emotion"] = (len(faces) / (classes * counts))[labels].astype(np.float32)
    if "votes" in heads and faces.votes is not None:
        targets["votes"] = vote_shares(faces.votes[which])
        known = targets["votes"].sum(1) > 0
        weights["votes"] = known.astype(np.float32) * settings.votes_weight
    return targets, weights


def mix(
    images: np.ndarray, targets: dict, weights: dict, strength: float, rng: np.random.Generator
) -> np.ndarray:
    """Blend each face of a batch with another one; targets and weights are changed in place.

    Args:
        images: float32 (N, s, s, C).
        targets: for each head, float32 (N, classes).
        weights: for each head, float32 (N,). Weight 0 stands for an unknown target; a blend with
            an unknown target has weight 0, too.
        strength: parameter of Beta(strength, strength), from which the shares are drawn.
        rng: random generator.

    Returns:
        The blends, float32 (N, s, s, C).
    """
    other = rng.permutation(len(images))
    share = rng.beta(strength, strength, len(images)).astype(np.float32)
    for head, target in targets.items():
        targets[head] = share[:, None] * target + (1 - share[:, None]) * target[other]
        known = (weights[head] > 0) & (weights[head][other] > 0)
        blend = share * weights[head] + (1 - share) * weights[head][other]
        weights[head] = np.where(known, blend, 0).astype(np.float32)
    share = share[:, None, None, None]
    return share * images + (1 - share) * images[other]


def predict(
    model: keras.Model, images, takes: Input, batch: int = 256, tilted: float = 0.0
) -> dict[str, np.ndarray]:
    """Run the network on images that are prepared as the app does it.

    Args:
        model: any emotion network.
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR.
        takes: what the network takes.
        batch: number of images in each pass.
        tilted: share of the images that are turned first, see `augment.tilt`; always the same ones.

    Returns:
        For each head, its outputs: float32 (N, classes).
    """
    outputs: dict[str, list] = {}
    colour = takes.color != "grey"
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        faces = np.stack([fit_image(image, takes.size, colour) for image in part])
        faces = faces.reshape(len(part), takes.size, takes.size, -1)
        if tilted:
            faces = tilt(faces.astype(np.float32), tilted, np.random.default_rng(start))
        if takes.color == "rgb":
            faces = faces[..., ::-1]
        answers = model.predict_on_batch(normalize(faces, takes.normalization))
        for name, value in answers.items():
            outputs.setdefault(name, []).append(np.asarray(value, np.float32))
    return {name: np.concatenate(parts) for name, parts in outputs.items()}


def train(
    model: keras.Model,
    faces: FaceSet,
    selection: FaceSet,
    takes: Input,
    settings: Settings,
    folder: Path,
    on_epoch: Callable[[list[dict]], None] = lambda history: None,
    hours: float | None = None,
    start: str = "",
) -> loop.Training:
    """Train `model` and leave the averaged weights of its best epoch in it.

    Args:
        model: network with the output "emotion" and perhaps "votes".
        faces: training faces; they have votes if the model has that head.
        selection: faces by whose accuracy the best epoch is chosen: by the most of their votes if
            the network learns votes, because these are what the app then reads. Where tilted
            faces are learned, as many of these are turned, too.
        takes: what the network takes.
        settings: how the network is fitted.
        folder: holds `checkpoint.npz`, from which a training is continued, and `best.npz`.
        on_epoch: called with the records of all epochs after each epoch.
        hours: stop after about so many hours; the next call continues.
        start: where the weights of `model` come from; empty for random ones.

    Returns:
        The result of `loop.train`. Its records have `training_accuracy`, the share of the changed
        faces that the network reads rightly while it learns; `validation_loss`, the cross entropy
        on `selection`; and `public_accuracy`, the accuracy there, since PublicTest is the part of
        FER2013 that epochs are selected by. Some also have `public_ferplus_accuracy`, by the votes,
        and `public_tilted_accuracy`, with some faces turned.

    Raises:
        DataError: the checkpoint belongs to other settings, another network or other faces; the
            first epoch diverged; or a teacher knows other classes.
        ModelError: a teacher cannot be read.
    """
    heads = model.output_names
    teacher = Teacher(settings.teachers, faces.classes) if settings.teachers else None
    head, labels = _judged(heads, selection)
    judged_by = "public_ferplus_accuracy" if head == "votes" else "public_accuracy"
    if settings.tilted:
        judged_by = "public_tilted_accuracy"
    if settings.freeze:
        freeze(model)
    logits = {"emotion": gives_logits(model), "votes": True}
    loss = {name: keras.losses.CategoricalCrossentropy(from_logits=logits[name]) for name in heads}
    return loop.train(
        model,
        loss,
        lambda epoch: Batches(faces, settings, takes, heads, epoch, teacher),
        lambda epoch: {
            "size": settings.size(epoch, takes.size),
            **_score(model, selection, takes, head, labels, settings.tilted),
        },
        judged_by,
        settings,
        {
            "network": [model.name, heads, model.count_params()],
            "start weights": start,
            "training faces": faces.fingerprint(),
            "selection faces": selection.fingerprint(),
            "teachers' weights": [file_digest(path) for path in settings.teachers],
        },
        folder,
        on_epoch,
        hours,
        {"emotion": [keras.metrics.CategoricalAccuracy(name="training_accuracy")]},
    )


def _judged(heads: list[str], selection: FaceSet) -> tuple[str, np.ndarray]:
    """The head that epochs are selected by, and the classes of the faces for it (-1: none)."""
    if "votes" in heads and selection.votes is not None:
        voted = most_voted(selection.votes)
        if (voted >= 0).any():
            return "votes", voted
    return "emotion", selection.labels


def _score(
    model, selection: FaceSet, takes: Input, head: str, labels: np.ndarray, tilted: float
) -> dict[str, float]:
    outputs = predict(model, selection.images, takes)
    answers = outputs["emotion"].astype(np.float64)
    logits = answers if gives_logits(model) else np.log(np.maximum(answers, 1e-12))
    scores = {
        "validation_loss": log_loss(logits, selection.labels),
        "public_accuracy": metrics.accuracy(outputs["emotion"], selection.labels),
    }
    if head == "votes":
        scores["public_ferplus_accuracy"] = _accuracy(outputs[head], labels)
    if tilted:
        outputs = predict(model, selection.images, takes, tilted=tilted)
        scores["public_tilted_accuracy"] = _accuracy(outputs[head], labels)
    return scores


def _accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    """The share of right answers where there is a label (-1: there is none)."""
    return metrics.accuracy(answers[labels >= 0], labels[labels >= 0])
