"""Fits the voice networks, and reads clips with them in a cross-validation."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from fer.training import loop
from fer.training.files import DataError
from fer.training.speech.answers import by_clip, clip_windows, predict, uar
from fer.training.speech.batches import EmotionBatches, GateBatches, other_sounds
from fer.training.speech.data import Clips
from fer.training.speech.linear import fit_linear, linear_network
from fer.training.speech.networks import emotion_network, gate_network
from fer.training.speech.settings import FOLDS, LOG_MEL, SCALING, Settings, window_frames


def cross_validate(
    clips: Clips, settings: Settings, folds: tuple[tuple[int, ...], ...], work: Path
) -> tuple[list[keras.Model], dict]:
    """Fit one network and one linear rule for each fold, on all other folds.

    Returns:
        The networks, and the readings of the windows of `folds` by the network and the rule that
        have not heard the actor: `networks` and `linear`, logits (N, 7); `labels`, int (N,);
        `owner`, int (N,), the clip; `fold`, int (N,), the number of the fold.
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
    """Train one emotion network, or load it if `path` has one for these clips and settings.

    Raises:
        DataError: the training diverged.
    """
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
    """Train a voice gate to tell speech from synthetic sounds of `families`, or load it.

    Raises:
        DataError: the training diverged.
    """
    keras.utils.set_random_seed(settings.seed)
    window = window_frames()
    model = gate_network(LOG_MEL["bands"], window)
    sounds = other_sounds(families, settings.sounds, 6.0, LOG_MEL, settings.seed)
    batches = GateBatches(clips, sounds, window, SCALING, settings, settings.seed)
    loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.02)
    return _fitted(model, batches, loss, settings, settings.gate_epochs, path)


def _fitted(model, batches, loss, settings: Settings, epochs: int, path: Path) -> keras.Model:
    weights = path.with_suffix(".weights.h5")
    described = path.with_suffix(".json")
    # Settings of the other kind of network may change without this one being trained again.
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
    # If its weights were kept, every later call would take the training for finished.
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
