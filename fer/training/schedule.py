"""The settings of a training that do not depend on what is learned."""

from __future__ import annotations

from dataclasses import dataclass

SCHEDULES = ("cosine", "plateau", "constant")


@dataclass(frozen=True)
class Schedule:
    """The settings of a training that do not depend on what is learned.

    Attributes:
        epochs: number of passes over the data.
        batch: number of examples in each step.
        optimizer: "sgd" (Nesterov momentum 0.9) or "adam" (AdamW).
        schedule: what the learning rate does after the warm-up: "cosine" falls to zero, "plateau"
            falls to a tenth after `plateau` epochs without gain, "constant" stays.
        rate: the largest learning rate.
        warmup: number of epochs over which the rate rises to it.
        decay: weight decay of the kernels; each step removes the share rate × decay.
        average: decay of the moving average of the weights in each step; 0 averages nothing.
        patience: number of epochs without gain after which the training stops; 0 never stops it.
        plateau: number of epochs without gain after which the rate falls.
        seed: of all random numbers.
    """

    epochs: int = 60
    batch: int = 128
    optimizer: str = "sgd"
    schedule: str = "cosine"
    rate: float = 0.1
    warmup: float = 2.0
    decay: float = 5e-3
    average: float = 0.999
    patience: int = 0
    plateau: int = 5
    seed: int = 1
