"""The names of a network's outputs: the sets that `--labels` knows, and lists of names."""

from __future__ import annotations

from fer.emotions import AFFECTNET, EMOTIONS, canonical
from fer.errors import ModelError

SETS: dict[str, tuple[str, ...]] = {
    "fer2013": EMOTIONS,
    "folders": tuple(sorted(EMOTIONS)),
    "ferplus": (*("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),),
    "affectnet": AFFECTNET,
    "affectnet7": AFFECTNET[:7],
    "ckplus": ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise"),
    "rafdb": ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"),
}
"""Orders of outputs by name. `folders` is what flow_from_directory makes of FER2013's folders."""


def label_names(labels: str, count: int) -> tuple[str, ...]:
    """The names of a network's outputs, in their order.

    Args:
        labels: a key of `SETS`, or names that are separated by commas.
        count: number of outputs.

    Raises:
        ModelError: a name is unknown or given twice, or their number does not fit.
    """
    listed = tuple(name.strip().lower() for name in labels.split(","))
    names = SETS.get(labels.strip().lower(), listed)
    if len(names) == 1:
        raise ModelError(f"--labels {labels}: no set of that name; known are {', '.join(SETS)}")
    for name in names:
        try:
            canonical(name)
        except ValueError as error:
            raise ModelError(str(error)) from error
    if len(names) != count:
        fitting = [name for name, some in SETS.items() if len(some) == count]
        sets = f"use one of the sets with {count} ({', '.join(fitting)}) or " if fitting else ""
        raise ModelError(
            f"the model has {count} outputs, but --labels {labels} names {len(names)} "
            f"({', '.join(names)}); {sets}name the outputs in their order, separated by commas"
        )
    if len(set(names)) != count:
        raise ModelError(f"--labels {labels}: a name is given twice")
    return names


def doubt(labels: tuple[str, ...]) -> str:
    """What to check about the names, because no file says what its outputs mean; may be empty."""
    others = [name for name, some in SETS.items() if len(some) == len(labels) and some != labels]
    if not others:
        return ""
    return (
        "the file does not say what its outputs mean. If the network was trained on other data "
        f"with {len(labels)} classes, convert it again with the --labels of these: "
        + "; ".join(f"{name} ({', '.join(SETS[name])})" for name in others)
    )
