"""The record of a training: a line for each epoch, a CSV file, and TensorBoard."""

from __future__ import annotations

import csv
from pathlib import Path


def say(history: list[dict], judged_by: str, epochs: int) -> None:
    """Print the figures of the last epoch and the time that is left, in one line."""
    record = history[-1]
    left = (epochs - len(history)) * record["seconds"]
    shown = [name for name in ("training_accuracy", "validation_loss", judged_by) if name in record]
    figures = ", ".join(f"{name.replace('_', ' ')} {record[name]:.4f}" for name in shown)
    print(
        f"epoch {record['epoch']}/{epochs}: loss {record['loss']:.3f}, {figures}, "
        f"{record['seconds']:.0f} s, about {left / 60:.0f} min left",
        flush=True,
    )


def write_log(history: list[dict], path: Path) -> None:
    """Write the records of the epochs as a CSV file."""
    # A training that an earlier version began has fewer figures for its first epochs.
    names = dict.fromkeys(name for record in history for name in record)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(history)


class TensorBoard:
    """Writes the figures of each epoch for TensorBoard; TensorFlow is not needed.

    Does nothing where the tensorboard package is missing.
    """

    def __init__(self, folder: Path):
        try:
            from tensorboard.summary import Writer
        except ImportError:
            self._writer = None
        else:
            self._writer = Writer(str(folder))

    def __call__(self, history: list[dict]) -> None:
        if self._writer is None:
            return
        record = history[-1]
        for name, value in record.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, record["epoch"])
        self._writer.flush()
