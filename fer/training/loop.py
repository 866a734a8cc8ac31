"""The training loop, which can be interrupted and continued.

Everything that an epoch depends on is a function of (seed, epoch, batch), is kept in the checkpoint
(weights, averaged weights, optimiser, seeds) or follows from the record of the epochs before it.
So an interrupted training that is continued gives the same network as an uninterrupted one.
"""

from __future__ import annotations

import io
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from fer.files import write_whole
from fer.training.files import DataError, read_arrays
from fer.training.log import say
from fer.training.schedule import Schedule


@dataclass(frozen=True)
class Training:
    """The result of `train`.

    Attributes:
        history: one record for each epoch: losses, rate, seconds, and the figures of `score`.
        ended: whether the training is complete; if not, the next call continues it.
    """

    history: list[dict]
    ended: bool


class AveragedWeights:
    """The moving average of all variables, including the statistics of batch norms."""

    def __init__(self, model: keras.Model, decay: float):
        self._decay = decay
        self.steps = 0
        self.values = [to_numpy(variable) for variable in model.variables]

    def update(self, model: keras.Model) -> None:
        """Add the model's weights after one step to the average."""
        self.steps += 1
        # The memory is short at first, or the random start would weigh for long.
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        for value, variable in zip(self.values, model.variables, strict=True):
            if np.issubdtype(value.dtype, np.floating):
                value += np.float32(1 - decay) * (to_numpy(variable) - value)
            else:
                value[...] = to_numpy(variable)

    def swap(self, model: keras.Model) -> None:
        """Exchange the model's weights and the averaged ones."""
        for i, variable in enumerate(model.variables):
            now = to_numpy(variable)
            variable.assign(self.values[i])
            self.values[i] = now


@keras.saving.register_keras_serializable("fer")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of each step: a linear warm-up, then a cosine down to zero."""

    def __init__(self, rate: float, warmup: int, steps: int):
        self.rate, self.warmup, self.steps = rate, warmup, steps

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup)
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        falling = 0.5 * (1 + keras.ops.cos(math.pi * keras.ops.clip(progress, 0.0, 1.0)))
        return self.rate * keras.ops.minimum(rising, falling)

    def get_config(self) -> dict:
        return {"rate": self.rate, "warmup": self.warmup, "steps": self.steps}


class EveryStep(keras.callbacks.Callback):
    """Seeds an epoch, so that a continued training repeats it, and averages the weights."""

    def __init__(self, average: AveragedWeights, seed: int, epoch: int):
        super().__init__()
        # Random generators take 32 bits at most, and somebody may use a date as the seed.
        self._average, self._seed = average, (seed * 10_000 + epoch) % 2**32

    def on_train_begin(self, logs=None):
        # Dropout draws from torch's random generator, which no checkpoint holds. Building the first
        # step, which is done by now, may have drawn from it, too. With the other backends it draws
        # from variables of the network, and a new seed would only make TensorFlow prepare the
        # compiled step again.
        if keras.backend.backend() == "torch":
            keras.utils.set_random_seed(self._seed)

    def on_train_batch_end(self, batch, logs=None):
        # `self.model` hands the weights back to the model: with JAX the trainer keeps them until
        # then.
        self._average.update(self.model)


def to_numpy(variable) -> np.ndarray:
    """A copy of a Keras variable's value."""
    return np.array(keras.ops.convert_to_numpy(variable.value))


def train(
    model: keras.Model,
    loss,
    batches: Callable[[int], keras.utils.PyDataset],
    score: Callable[[int], dict[str, float]],
    judged_by: str,
    settings: Schedule,
    facts: dict,
    folder: Path,
    on_epoch: Callable[[list[dict]], None] = lambda history: None,
    hours: float | None = None,
    metrics: dict[str, list[keras.metrics.Metric]] | None = None,
) -> Training:
    """Train `model` and leave the averaged weights of its best epoch in it.

    A training that diverges ends early, and its best epoch counts.

    Args:
        model: any network.
        loss: as `keras.Model.compile` takes it.
        batches: gives the batches of an epoch (from 0), always the same number. Each batch must be
            a pure function of its number and of `settings`.
        score: gives figures of the model with averaged weights after each epoch (from 0).
        judged_by: the name of the figure by which the best epoch is chosen; higher is better.
        settings: how the network is fitted; JSON must be able to hold all fields.
        facts: everything else that the result depends on, as JSON can hold it: fingerprints of the
            data, the network, the weights that it starts from.
        folder: holds `checkpoint.npz`, from which a training is continued, and `best.npz`.
        on_epoch: called with the records of all epochs after each epoch.
        hours: stop after about so many hours; the next call continues.
        metrics: further figures of the training batches, as `keras.Model.compile` takes them; each
            is recorded under its own name.

    Raises:
        DataError: the checkpoint cannot be read or belongs to other settings or facts; or the
            first epoch diverged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = len(batches(0))
    model.compile(make_optimizer(settings, steps), loss, metrics=metrics)
    model.optimizer.build(model.trainable_variables)
    average = AveragedWeights(model, settings.average)
    # The precision is read from Keras, so that no caller can forget it.
    recipe = asdict(settings) | facts | {"precision": keras.config.dtype_policy().name}
    history = _restore(folder / "checkpoint.npz", model, average, recipe, judged_by)
    begun = time.monotonic()
    ended = _ended(history, judged_by, settings.epochs, settings.patience)
    if ended:
        print(f"{folder}: this training has ended; --restart begins another one")
    while not ended:
        epoch = len(history)
        rate = _set_rate(model, settings, history, judged_by, steps)
        start = time.monotonic()
        losses = model.fit(
            batches(epoch),
            epochs=epoch + 1,
            initial_epoch=epoch,
            shuffle=False,
            verbose=1 if sys.stdout.isatty() else 2,
            callbacks=[EveryStep(average, settings.seed, epoch)],
        ).history
        seconds = time.monotonic() - start
        # A weight that is NaN stays NaN in the average, even where the loss was still a number.
        if not finite([value[-1] for value in losses.values()] + average.values):
            message = f"diverged in epoch {epoch + 1}; lower --rate"
            if not history:
                raise DataError(message)
            print(message, flush=True)
            ended = True
            break
        average.swap(model)
        record = {
            "epoch": epoch + 1,
            "rate": rate,
            "seconds": round(seconds, 1),
            **{_own_name(name, metrics): float(values[-1]) for name, values in losses.items()},
            **score(epoch),
        }
        history.append(record)
        if record[judged_by] >= max(past[judged_by] for past in history):
            _save(folder / "best.npz", _variables(model))
        average.swap(model)
        _checkpoint(folder / "checkpoint.npz", model, average, recipe, history)
        on_epoch(history)
        say(history, judged_by, settings.epochs)
        ended = _ended(history, judged_by, settings.epochs, settings.patience)
        if hours is not None and time.monotonic() - begun > hours * 3600:
            break
    load_variables(model, folder / "best.npz")
    return Training(history, ended)


def make_optimizer(settings: Schedule, steps: int) -> keras.Optimizer:
    """The optimiser of a training that has `steps` steps in each epoch."""
    rate = settings.rate
    if settings.schedule == "cosine":
        warmup = round(settings.warmup * steps)
        rate = WarmupCosine(settings.rate, warmup, settings.epochs * steps)
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, weight_decay=settings.decay
        )
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def keep(model: keras.Model, start: keras.Model, share: float) -> None:
    """Keep a share of the weights that a training began with.

    A network that learns something new, such as tilted faces, forgets some of what it knew. The
    mean of its weights before and after often has both (Wortsman et al. 2022, "Robust fine-tuning
    of zero-shot models"), as long as the training began with these weights.

    Args:
        model: the network after the training, which gets the mean.
        start: the same network before it.
        share: weight of `start` in the mean.
    """
    for now, before in zip(model.variables, start.variables, strict=True):
        if np.issubdtype(to_numpy(now).dtype, np.floating):  # not the state of a random generator
            now.assign(share * to_numpy(before) + (1 - share) * to_numpy(now))


def load_variables(model: keras.Model, path: Path) -> None:
    """Load the variables of a model from a `best.npz`.

    Raises:
        DataError: the file cannot be read or belongs to another network.
    """
    arrays = read_arrays(path)
    try:
        for i, variable in enumerate(model.variables):
            variable.assign(arrays[f"model_{i}"])
    except (ValueError, KeyError) as error:
        raise DataError(f"{path}: no weights of this network ({error})") from error


def finite(values: list) -> bool:
    """Whether all numbers and arrays in a list are free of NaN and infinity."""
    return all(np.isfinite(value).all() for value in values)


def _waited(history: list[dict], judged_by: str) -> int:
    """The number of epochs since the best score was first reached."""
    scores = [record[judged_by] for record in history]
    return len(history) - 1 - scores.index(max(scores)) if history else 0


def _ended(history: list[dict], judged_by: str, epochs: int, patience: int) -> bool:
    return len(history) >= epochs or 0 < patience <= _waited(history, judged_by)


def _set_rate(
    model: keras.Model, settings: Schedule, history: list[dict], judged_by: str, steps: int
) -> float:
    """Set and return the learning rate of the coming epoch ("cosine": of its first step)."""
    epoch = len(history)
    if settings.schedule == "cosine":
        warmup = round(settings.warmup * steps)
        schedule = WarmupCosine(settings.rate, warmup, settings.epochs * steps)
        return float(keras.ops.convert_to_numpy(schedule(epoch * steps)))
    rate = settings.rate * min(1.0, (epoch + 1) / max(1.0, settings.warmup))
    if settings.schedule == "plateau":
        rate *= 0.1 ** _falls(history, judged_by, settings.plateau)
    model.optimizer.learning_rate = rate
    return rate


def _falls(history: list[dict], judged_by: str, plateau: int) -> int:
    """How many times the score has failed to improve for `plateau` epochs."""
    best, waited, falls = -math.inf, 0, 0
    for record in history:
        waited += 1
        if record[judged_by] > best:
            best, waited = record[judged_by], 0
        elif waited >= plateau:
            falls, waited = falls + 1, 0
    return falls


def _own_name(name: str, metrics: dict[str, list[keras.metrics.Metric]] | None) -> str:
    """The name of a figure without that of a head, which Keras adds if there are several."""
    names = [metric.name for some in (metrics or {}).values() for metric in some]
    return next((own for own in names if name.endswith(own)), name)


def _variables(model) -> dict[str, np.ndarray]:
    return {f"model_{i}": to_numpy(variable) for i, variable in enumerate(model.variables)}


def _checkpoint(path: Path, model, average, recipe: dict, history) -> None:
    arrays = _variables(model)
    arrays |= {f"average_{i}": value for i, value in enumerate(average.values)}
    arrays |= {f"optimizer_{i}": to_numpy(v) for i, v in enumerate(model.optimizer.variables)}
    meta = {"history": history, "steps": average.steps, "settings": recipe}
    _save(path, arrays | {"meta": np.array(json.dumps(meta))})


def _save(path: Path, arrays: dict) -> None:
    """Write arrays to a file; after a crash either the old or the new file is there."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    write_whole(path, file.getvalue())


def _restore(path: Path, model, average, recipe: dict, judged_by: str) -> list[dict]:
    if not path.exists():
        return []
    arrays = read_arrays(path)
    if "meta" not in arrays:
        raise DataError(f"{path}: is no checkpoint; --restart begins another training")
    meta = json.loads(str(arrays["meta"]))
    asked = json.loads(json.dumps(recipe))
    earlier = meta["settings"]
    changed = [name for name in asked if asked[name] != earlier.get(name)]
    if changed:
        ended = _ended(meta["history"], judged_by, earlier["epochs"], earlier["patience"])
        raise DataError(
            f"{path} was made with other settings ({', '.join(changed)}); "
            + ("that training has ended" if ended else "use the same ones to continue it")
            + "; --restart begins another one"
        )
    try:
        for name, variables in (
            ("model", model.variables),
            ("optimizer", model.optimizer.variables),
        ):
            for i, variable in enumerate(variables):
                variable.assign(arrays[f"{name}_{i}"])
        average.values = [np.array(arrays[f"average_{i}"]) for i in range(len(average.values))]
    except (ValueError, KeyError) as error:
        raise DataError(
            f"{path}: lacks a part of the training ({error}); --restart begins another one"
        ) from error
    average.steps = meta["steps"]
    return meta["history"]
