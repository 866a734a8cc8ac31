"""Fitting a network, in a way that can be interrupted and continued.

Everything that an epoch depends on is a function of (seed, epoch, batch) or
lies in the checkpoint (weights, averaged weights, optimiser, seeds), so a
continued training gives the same network as one that was never interrupted.
"""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np

from .augment import Augmentation, augment, standardize
from .data import FaceSet, fit_image

EPSILON = 1e-3  # of the standardisation, in grey levels


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, besides the network and the data.

    epochs          passes over the training faces
    batch           faces a step
    sizes           ((share of the epochs, pixels), …): small faces first are
                    cheaper and cost little accuracy
    rate            largest learning rate (per step of ``batch`` faces)
    warmup          epochs over which the rate rises from zero
    decay           weight decay: the share of a weight removed a step is
                    rate × decay; on kernels only
    smoothing       label smoothing of the hard label
    votes_weight    weight of the FER+ head in the loss; 0 if there are no votes
    average         decay of the moving average of the weights, a step
    """

    epochs: int = 60
    batch: int = 128
    sizes: tuple[tuple[float, int], ...] = ((0.3, 32), (0.3, 40), (0.4, 48))
    optimizer: str = "sgd"
    rate: float = 0.1
    warmup: float = 2.0
    decay: float = 5e-3
    smoothing: float = 0.05
    votes_weight: float = 1.0
    average: float = 0.999
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation.usual)

    def size(self, epoch: int) -> int:
        """Pixels of the training faces in ``epoch`` (from 0)."""
        done = 0.0
        for share, size in self.sizes:
            done += share * self.epochs
            if epoch < round(done):
                return size
        return self.sizes[-1][1]


class Batches(keras.utils.PyDataset):
    """Augmented batches of one training set; a pure function of (seed, epoch, i)."""

    def __init__(self, faces: FaceSet, settings: Settings, epoch: int):
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self.faces, self.settings, self.epoch = faces, settings, epoch
        self._order = np.random.default_rng((settings.seed, epoch)).permutation(len(faces))
        self._size = settings.size(epoch)

    def __len__(self) -> int:
        # A last short batch would be a noisy step; its faces come in other epochs.
        return max(1, len(self.faces) // self.settings.batch)

    def __getitem__(self, index: int):
        """(faces (N, s, s, 1) float32 standardised, targets, weights) for Keras."""
        which = self._order[index * self.settings.batch : (index + 1) * self.settings.batch]
        rng = np.random.default_rng((self.settings.seed, self.epoch, index))
        images = augment(self.faces.images[which], self._size, self.settings.augmentation, rng)
        targets, weights = make_targets(self.faces.take(which), self.settings)
        return standardize(images, EPSILON), targets, weights


def make_targets(faces: FaceSet, settings: Settings) -> tuple[dict, dict]:
    """Soft targets and per-face weights of both heads, float32."""
    classes = len(faces.classes)
    hard = np.eye(classes, dtype=np.float32)[faces.labels]
    targets = {"emotion": hard * (1 - settings.smoothing) + settings.smoothing / classes}
    weights = {"emotion": np.ones(len(faces), np.float32)}
    if faces.votes is not None and settings.votes_weight:
        known = faces.votes.sum(1) > 0
        targets["votes"] = faces.votes
        weights["votes"] = known.astype(np.float32) * settings.votes_weight
    return targets, weights


@keras.saving.register_keras_serializable("fer")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then a cosine to zero, by steps."""

    def __init__(self, rate: float, warmup: int, steps: int):
        self.rate, self.warmup, self.steps = rate, warmup, steps

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup)
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        falling = 0.5 * (1 + keras.ops.cos(math.pi * keras.ops.clip(progress, 0.0, 1.0)))
        return self.rate * keras.ops.minimum(rising, falling)

    def get_config(self):
        return {"rate": self.rate, "warmup": self.warmup, "steps": self.steps}


class AveragedWeights:
    """Moving average of all float variables, batch-norm statistics included."""

    def __init__(self, model: keras.Model, decay: float):
        self.model, self.decay, self.steps = model, decay, 0
        self.values = [np.array(v) for v in model.variables]

    def update(self) -> None:
        self.steps += 1
        # A short memory at first, or the random start would stay in for long.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for value, variable in zip(self.values, self.model.variables, strict=True):
            now = keras.ops.convert_to_numpy(variable.value)
            if np.issubdtype(value.dtype, np.floating):
                value += (1 - decay) * (now - value)
            else:
                value[...] = now

    def swap(self) -> None:
        """Exchange the model's weights and the averaged ones."""
        for i, variable in enumerate(self.model.variables):
            now = np.array(keras.ops.convert_to_numpy(variable.value))
            variable.assign(self.values[i])
            self.values[i] = now


class _EveryStep(keras.callbacks.Callback):
    def __init__(self, average: AveragedWeights):
        super().__init__()
        self.average = average

    def on_train_batch_end(self, batch, logs=None):
        self.average.update()


def compile_model(model: keras.Model, settings: Settings, steps: int) -> None:
    """Compile ``model`` for ``steps`` steps an epoch."""
    schedule = WarmupCosine(settings.rate, round(settings.warmup * steps), settings.epochs * steps)
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            schedule, momentum=0.9, nesterov=True, weight_decay=settings.decay
        )
    else:
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = {
        name: keras.losses.CategoricalCrossentropy(from_logits=True) for name in model.output_names
    }
    model.compile(optimizer, loss)


def predict(
    model: keras.Model, images: np.ndarray, size: int = 48, batch: int = 256
) -> dict[str, np.ndarray]:
    """Logits of every head, float32, for uint8 images, prepared as the app does."""
    outputs: dict[str, list] = {}
    for start in range(0, len(images), batch):
        resized = np.stack(
            [fit_image(image, size, colour=False) for image in images[start : start + batch]]
        )
        faces = standardize(resized[..., None].astype(np.float32), EPSILON)
        for name, value in model.predict_on_batch(faces).items():
            outputs.setdefault(name, []).append(np.asarray(value, np.float32))
    return {name: np.concatenate(parts) for name, parts in outputs.items()}


def train(
    model: keras.Model,
    faces: FaceSet,
    public: FaceSet,
    settings: Settings,
    folder: Path,
    hours: float | None = None,
) -> list[dict]:
    """Train ``model`` and return one record an epoch.

    Writes ``checkpoint.npz`` (to continue) and ``best.npz`` (averaged weights of
    the best epoch on ``public``) to ``folder``; continues if a checkpoint is
    there.  hours: stop after this long (the checkpoint stays).
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = len(Batches(faces, settings, 0))
    compile_model(model, settings, steps)
    model.optimizer.build(model.trainable_variables)
    average = AveragedWeights(model, settings.average)
    history = _restore(folder / "checkpoint.npz", model, average, settings)
    begun = time.monotonic()
    for epoch in range(len(history), settings.epochs):
        start = time.monotonic()
        batches = Batches(faces, settings, epoch)
        losses = model.fit(
            batches,
            epochs=epoch + 1,
            initial_epoch=epoch,
            shuffle=False,
            verbose=2,
            callbacks=[_EveryStep(average)],
        ).history
        seconds = time.monotonic() - start
        average.swap()
        logits = predict(model, public.images)
        record = {
            "epoch": epoch + 1,
            "size": settings.size(epoch),
            "seconds": round(seconds, 1),
            **{name: float(value[-1]) for name, value in losses.items()},
            "public_accuracy": float((logits["emotion"].argmax(1) == public.labels).mean()),
        }
        if "votes" in logits and public.votes is not None:
            known = public.votes.sum(1) > 0
            record["public_ferplus"] = float(
                (logits["votes"].argmax(1) == public.votes.argmax(1))[known].mean()
            )
        history.append(record)
        print(json.dumps(record), flush=True)
        if record["public_accuracy"] >= max(r["public_accuracy"] for r in history):
            _save(
                folder / "best.npz",
                {f"model_{i}": np.array(v) for i, v in enumerate(model.variables)},
            )
        average.swap()
        _checkpoint(folder / "checkpoint.npz", model, average, settings, history)
        if hours is not None and time.monotonic() - begun > hours * 3600:
            break
    return history


def _checkpoint(path: Path, model, average, settings, history) -> None:
    arrays = {f"model_{i}": np.array(v) for i, v in enumerate(model.variables)}
    arrays |= {f"average_{i}": v for i, v in enumerate(average.values)}
    arrays |= {f"optimizer_{i}": np.array(v) for i, v in enumerate(model.optimizer.variables)}
    arrays["meta"] = np.array(
        json.dumps({"history": history, "steps": average.steps, "settings": asdict(settings)})
    )
    _save(path, arrays)


def _save(path: Path, arrays: dict) -> None:
    """Write to a second file first: a crash must not cost the old checkpoint."""
    new = path.with_suffix(".new.npz")
    np.savez(new, **arrays)
    os.replace(new, path)


def _restore(path: Path, model, average, settings) -> list[dict]:
    if not path.exists():
        return []
    with np.load(path) as arrays:
        meta = json.loads(str(arrays["meta"]))
        for i, variable in enumerate(model.variables):
            variable.assign(arrays[f"model_{i}"])
        for i, variable in enumerate(model.optimizer.variables):
            variable.assign(arrays[f"optimizer_{i}"])
        average.values = [np.array(arrays[f"average_{i}"]) for i in range(len(average.values))]
    average.steps = meta["steps"]
    return meta["history"]
