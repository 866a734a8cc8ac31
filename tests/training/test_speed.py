"""The faster steps on the torch backend give what Keras gives; others are not changed."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.training import speed

STEPS = """
import sys
import keras
import numpy as np
from fer.training import speed
from fer.training.emotion import networks
if sys.argv[1] == "quick":
    speed.quicken()
    speed.quicken()  # a second call changes nothing
keras.utils.set_random_seed(1)
model = networks.mood(widths=(4, 6, 8), dropout=0.0)
model.compile(keras.optimizers.SGD(0.1), {"emotion": "mse", "votes": "mse"})
rng = np.random.default_rng(0)
faces = rng.normal(size=(16, 32, 32, 1)).astype("float32")
truth = {"emotion": rng.normal(size=(16, 7)), "votes": rng.normal(size=(16, 8))}
for _ in range(3):
    model.train_on_batch(faces, truth)
np.savez(sys.argv[2], *[keras.ops.convert_to_numpy(v.value) for v in model.variables])
"""


with_torch = keras.backend.backend() == "torch"


@pytest.mark.skipif(with_torch, reason="torch is installed, which is quickened")
def test_other_backends_are_not_changed():
    before = keras.layers.BatchNormalization.call
    speed.quicken()
    assert keras.layers.BatchNormalization.call is before


@pytest.mark.skipif(not with_torch, reason="torch is not installed, and nothing else is quickened")
def test_a_quickened_training_takes_the_same_steps(tmp_path):
    for way in ("plain", "quick"):
        done = subprocess.run(
            [sys.executable, "-c", STEPS, way, str(tmp_path / f"{way}.npz")],
            env=os.environ | {"KERAS_BACKEND": keras.backend.backend()},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "plain.npz") as plain, np.load(tmp_path / "quick.npz") as quick:
        assert plain.files == quick.files
        for name in plain.files:
            np.testing.assert_allclose(quick[name], plain[name], rtol=1e-3, atol=1e-4)
