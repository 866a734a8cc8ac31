"""The training loop that all networks share."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.training import loop
from fer.training.schedule import Schedule

pytestmark = pytest.mark.usefixtures("eager")


class Lines(keras.utils.PyDataset):
    """One batch: points of a line."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        x = np.arange(4, dtype=np.float32)[:, None]
        return x, 3 * x + 1


def test_the_weights_of_the_best_epoch_are_kept(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    scores, learned = [0.5, 0.9, 0.1], []

    def score(epoch: int) -> dict[str, float]:
        learned.append(model.get_weights()[0])
        return {"quality": scores[epoch]}

    settings = Schedule(epochs=3, batch=4, rate=0.01)
    loop.train(model, "mse", lambda epoch: Lines(), score, "quality", settings, {}, tmp_path)
    np.testing.assert_array_equal(model.get_weights()[0], learned[1])
    assert len(np.unique(learned)) == 3
