"""The batches of scenes that a network learns from."""

from __future__ import annotations

import keras

from fer.training.detector.processes import Batch, Compose
from fer.training.schedule import Schedule


class Batches(keras.utils.PyDataset):
    """The batches of one epoch, as (scenes, answers of the teacher).

    A batch depends only on the seed, the epoch and its number.
    """

    def __init__(
        self,
        compose: Compose,
        part: str,
        photographs: int,
        settings: Schedule,
        epoch: int,
        workers: int = 1,
    ):
        """Prepare the batches.

        Args:
            compose: composes each batch.
            part: name of the part of the photographs.
            photographs: how many there are; an epoch has about as many scenes.
            settings: give the batch size and the seed.
            epoch: number of the epoch, from 0.
            workers: how many batches `compose` can compose at once.
        """
        # Keras' threads only wait for the processes.
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=8 + workers)
        self._compose, self._part, self._photographs = compose, part, photographs
        self._settings, self._epoch = settings, epoch

    def __len__(self) -> int:
        return max(1, self._photographs // self._settings.batch)

    def __getitem__(self, index: int) -> Batch:
        """Make a batch.

        Returns:
            Scenes, uint8 (N, `SIZE`, `SIZE`, 3) BGR, and answers, float32 (N, places, 15).
        """
        seed = self._settings.seed, self._epoch, index
        return self._compose(self._part, self._settings.batch, seed)
