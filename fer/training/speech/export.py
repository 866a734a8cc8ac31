"""Assembles the voice networks into one, and describes for its card how it was made."""

from __future__ import annotations

from dataclasses import asdict

import keras
import numpy as np
from keras import layers

from fer.training.speech.linear import linear_network
from fer.training.speech.networks import emotion_network, gate_network
from fer.training.speech.settings import Settings


def assembled(
    members: list[keras.Model], rule: dict[str, np.ndarray], share: float, gate: keras.Model
) -> keras.Model:
    """Assemble one float32 network with the outputs "speech" (N, 1) and "emotion" (N, 7), logits.

    The emotion is (1 - share) × the mean logits of the members + share × the linear rule.

    Args:
        members: the emotion networks.
        rule: the linear rule, from `linear.fit_linear`.
        share: weight of the rule, 0 to 1.
        gate: the network that tells speech from other sounds.
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


def provenance(args, settings: Settings, member: keras.Model, gate: keras.Model) -> dict:
    """Describe for the card how the network was made."""
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
