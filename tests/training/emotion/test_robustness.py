"""The damages that faces are given to see what a network makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from fer.training.emotion import robustness as damaging


@pytest.mark.parametrize("shape", [(48, 48), (224, 224, 3)])
def test_every_damage_keeps_the_shape(shape):
    face = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for steps in damaging.damages().values():
        for _, change in steps:
            assert change(face).shape == shape
            assert change(face).dtype == np.uint8
