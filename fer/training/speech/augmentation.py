"""How windows of sound are varied for training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """How windows are varied.

    Attributes:
        concat: share of the windows that are filled with several sentences of one actor and
            emotion, since lessons are continuous speech and a clip is one short sentence.
        noise: share of the windows that get noise, 8 to 40 dB below the speech.
        equaliser: standard deviation, in log-mel units (1 is 4.3 dB), of a smooth random curve
            over the bands, which stands for microphones and rooms.
        band: share of the windows whose upper bands are lowered by 43 dB, as by a telephone.
        shift: largest shift in bands, which stands for the length of the vocal tract.
        masks: number of masks over time and of masks over bands (Park et al. 2019,
            "SpecAugment").
    """

    concat: float = 0.3
    noise: float = 0.3
    equaliser: float = 0.5
    band: float = 0.1
    shift: float = 2.5
    masks: int = 1
