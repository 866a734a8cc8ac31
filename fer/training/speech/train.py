"""`python train.py speech --data ravdess.zip`: trains the network that reads voices.

Actors 17 to 20 are held out, and the figures are measured on them at the end. Actors 01 to 16 form
four folds of four actors. The shipped file holds the networks of the cross-validation, each trained
without one fold: their mean is right more often than one network, and no further training is
needed. It also holds a linear rule on statistics (`fer.training.speech.linear`) and the voice gate,
a small network that tells speech from other sounds.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from fer.emotions import EMOTIONS
from fer.network import CARD_FORMAT
from fer.speech.model import SpeechModel
from fer.training.calibrate import fit_temperature, fit_vote_share
from fer.training.draft import drafted, write_card
from fer.training.files import DataError
from fer.training.speech import data as speech_data
from fer.training.speech import sounds as speech_sounds
from fer.training.speech.data import Clips
from fer.training.speech.evaluate import (
    cross_figures,
    gate_figures,
    held_out,
    unseen_figures,
    with_abstention,
)
from fer.training.speech.export import assembled, provenance
from fer.training.speech.fit import cross_validate, fit_gate
from fer.training.speech.linear import fit_linear
from fer.training.speech.settings import (
    FOLDS,
    HELD_OUT,
    LOG_MEL,
    SCALING,
    SILENCE_BELOW,
    SPEECH_FROM,
    STEP_S,
    WHAT,
    WINDOW_S,
    Settings,
    window_frames,
)
from fer.training.to_onnx.write import write


def run(args: argparse.Namespace) -> int:
    """Train, calibrate and measure the network, and write it with its card.

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
    # The licence comes from the data, which are RAVDESS again. Other texts of an earlier card
    # describe the earlier network.
    before = args.out.with_suffix(".json")
    old = json.loads(before.read_text("utf-8")) if before.exists() else {}
    card |= {"licence": old["licence"]} if "licence" in old else {}
    with drafted(args.out.parent) as draft:
        written = draft / args.out.name
        write(assembled(members, rule, share, gate), written, batch="windows")
        model = SpeechModel(written, card, threads=1)
        card["metrics"] = {
            "cross_validation": cross_figures(cross, temperature) | {"linear_share": share},
            "held_out": held_out(model, members, clips.of(HELD_OUT)),
            "gate": gate_figures(model, clips, settings),
        }
        card |= with_abstention(card, model, clips.of(HELD_OUT))
        if args.check_unseen:
            card["metrics"]["gate"] |= unseen_figures(speakers, settings, args.work)
        card["provenance"] = provenance(args, settings, members[0], gate)
        card["provenance"]["cpu_minutes_of_this_run"] = round((time.process_time() - begun) / 60, 1)
        write_card(written.with_suffix(".json"), card)
    figures = card["metrics"]["held_out"]
    crossed = card["metrics"]["cross_validation"]
    print(f"held-out UAR {figures['uar']:.3f}, cross-validation {crossed['uar']:.3f}")
    return 0


def _recalibrate(path: Path, clips: Clips) -> int:
    """Choose again when the network of `path` is unsure, and write that into its card."""
    model = SpeechModel.load(path, threads=1)
    card = {"format": CARD_FORMAT, "name": "speech", "reads": WHAT, **model.card}
    card |= with_abstention(card, model, clips.of(HELD_OUT))
    write_card(path.with_suffix(".json"), card)
    print(json.dumps(card["metrics"]["held_out"]["abstention"], indent=1))
    return 0
