"""The emotion classifier: face crops in, calibrated probabilities out.

It knows the limit below which a face counts as unsure; `fer.faces.core` applies it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from fer.emotions import classes_for, label_matrix
from fer.errors import ModelError
from fer.network import check_format, open_network, read_card, softmax
from fer.settings import ROOT

BATCH = 64
"""Crops in one call of the network: more than a live frame has, and few enough that even a large
data set needs little memory."""

SHARE = 5
"""Fewest pictures that a thread takes at once. In smaller calls each of them takes longer."""

_COLOURS = {"grey": 1, "rgb": 3, "bgr": 3}


class EmotionClassifier:
    """An ONNX network with its card.

    The card (a JSON file beside the network) says how a crop becomes the network's input and how
    the output becomes probabilities, so nothing here depends on a particular network. Instances
    may be shared between threads.

    Attributes:
        card: the parsed card.
        labels: the labels of the network, in the order of its output.
        classes: what faces are read as: `EMOTIONS`, or `KNOWN` if one of the labels is contempt.
        calibration: temperature and floor, see `calibrated`.
        abstain_below: a reading with less confidence than this counts as unsure.
        heads: names of the network's outputs, in order; the first one is read. Empty if the card
            names none.
    """

    def __init__(self, network: bytes | str | Path, card: dict, threads: int = 2) -> None:
        """Args:
            network: ONNX file or its bytes.
            card: parsed card.
            threads: number of threads that one call may use.

        Raises:
            ModelError: the card and the network do not fit each other.
        """
        self.card = card
        name = card.get("name", "model")
        try:
            check_format(card, name)
            self.labels = tuple(card["labels"])
            self._to_classes = label_matrix(self.labels)
            self.classes = classes_for(self.labels)
            preprocessing = card["preprocessing"]
            self._colour = preprocessing["color"]
            self._channels = _COLOURS[self._colour]
            self._size = (int(preprocessing["width"]), int(preprocessing["height"]))
            self._layout = preprocessing["layout"]
            self._normalization = preprocessing["normalization"]
            self._kind = self._normalization.get("kind")
            self._output = card["output"]
            self._mirror = bool(card.get("mirror", False))
            self._mirror_below = float(card.get("mirror_below") or 1)
            self.calibration = (float(card.get("temperature") or 1), float(card.get("floor") or 0))
            self.abstain_below = float(card.get("abstain_below") or 0.0)
            self.heads = tuple(card.get("heads", ()))
        except KeyError as error:
            raise ModelError(f"{name}: the card lacks or misnames {error}") from error
        except ValueError as error:
            raise ModelError(f"{name}: {error}") from error
        except (TypeError, AttributeError, OverflowError) as error:
            raise ModelError(f"{name}: the card holds a value of a wrong kind: {error}") from error
        if self._layout not in ("NHWC", "NCHW") or self._output not in ("logits", "probabilities"):
            raise ModelError(f"{name}: layout {self._layout!r} or output {self._output!r} unknown")
        if self._kind not in ("standardize", "scale"):
            raise ModelError(f"{name}: unknown normalization {self._normalization}")
        try:
            # Mirrored faces make a batch that can be shared, see `_answers`.
            self._threads = threads if self._mirror else 1
            self._session = open_network(network, 1 if self._mirror else threads)
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ModelError(f"{name}: onnxruntime cannot read the network: {error}") from error
        self._helpers = ThreadPoolExecutor(threads, thread_name_prefix="classifier")
        self._input_name = self._session.get_inputs()[0].name
        blank = np.zeros((1, self._size[1], self._size[0], self._channels), np.uint8)
        try:
            outputs = self.labels_probabilities(list(blank))
        except Exception as error:
            raise ModelError(
                f"{name}: the network does not accept the input that its card describes: {error}"
            ) from error
        if outputs.shape != (1, len(self.labels)):
            raise ModelError(
                f"{name}: the network has {outputs.shape[-1]} outputs, the card "
                f"{len(self.labels)} labels"
            )

    @classmethod
    def load(cls, path: Path | str | None = None, threads: int = 2) -> EmotionClassifier:
        """Load a network and the card beside it (same name, `.json`).

        Args:
            path: ONNX file; None takes the one that comes with the project.

        Raises:
            ModelError: one of the two files is missing, cannot be read or does not fit the other.
        """
        if path is None:
            path = ROOT / "models" / "emotion.onnx"
        path = Path(path)
        return cls(path, read_card(path), threads)

    @property
    def input_side(self) -> int:
        """Longest side of the network's input in pixels; a larger crop adds no information."""
        return max(self._size)

    def classify(self, crops: Iterable[np.ndarray]) -> np.ndarray:
        """Calibrated probabilities of the `classes`.

        Args:
            crops: face crops, uint8 (h, w), (h, w, 1) grey or (h, w, 3) BGR, of any sizes.

        Returns:
            float32 (N, 7) in `EMOTIONS` order, or (N, 8) in the order of `KNOWN` if the network
            knows contempt; rows sum to 1.

        Raises:
            ValueError: a crop has the wrong type or shape.
        """
        return self.labels_probabilities(crops) @ self._to_classes

    def labels_probabilities(self, crops: Iterable[np.ndarray]) -> np.ndarray:
        """Like `classify`, over the labels of the network: float32 (N, len(labels)).

        If the card says `mirror`, a face is read a second time as its mirror image, and the mean of
        both outputs counts: twice the work for a better answer. A first reading that is surer than
        the card's `mirror_below` counts alone, because the second one would hardly change it.
        """
        parts = [self._read(some) for some in _batches(crops)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)), np.float32)

    def _read(self, crops: list[np.ndarray]) -> np.ndarray:
        """The `labels_probabilities` of one batch."""
        batch = self._inputs(crops)
        output = self._answers(batch)[0]
        probabilities = self._calibrated(output)
        if self._mirror:
            again = np.flatnonzero(probabilities.max(axis=1) <= self._mirror_below)
            if again.size:
                second = self._answers(self._mirrored(batch[again]))[0]
                probabilities[again] = self._calibrated((output[again] + second) / 2)
        return probabilities.astype(np.float32)

    def _calibrated(self, output: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, float64, from the first output of the network."""
        if self._output == "probabilities":
            output = np.log(np.maximum(output, 1e-12))
        return calibrated(output, *self.calibration)

    def outputs(self, crops: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Outputs of all heads of the network, before calibration.

        If the card says `mirror`, they are the mean of each face and its mirror image.

        Args:
            crops: as for `classify`; taken a batch at a time, so they need not all be in memory.

        Returns:
            One float64 (N, classes) array for each head; an empty list if there are no crops.

        Raises:
            ValueError: a crop has the wrong type or shape.
        """
        parts = []
        for some in _batches(crops):
            batch = self._inputs(some)
            heads = self._answers(batch)
            if self._mirror:
                second = self._answers(self._mirrored(batch))
                heads = [(one + other) / 2 for one, other in zip(heads, second, strict=True)]
            parts.append(heads)
        return [np.concatenate(head) for head in zip(*parts, strict=True)]

    def _inputs(self, crops: list[np.ndarray]) -> np.ndarray:
        """The network's input for some crops: float32, one face in each row."""
        return self._normalised(np.stack([self._pixels(crop) for crop in crops]))

    def _mirrored(self, batch: np.ndarray) -> np.ndarray:
        """The network's input for the mirror images of some faces."""
        return np.ascontiguousarray(np.flip(batch, 2 if self._layout == "NHWC" else 3))

    def _answers(self, batch: np.ndarray) -> list[np.ndarray]:
        """The network's answers to a batch: one float64 array for each head.

        In a network of 8 bit, onnxruntime's threads meet after each layer of each picture, 250
        times for 25 faces. Here each thread takes the next share until none is
        left, so that they meet once, and a thread that gets no processor time holds nobody up.
        """
        rounds = len(batch) // (SHARE * self._threads)
        count = max(1, rounds * self._threads) if self._threads > 1 else 1
        todo = deque(enumerate(np.array_split(batch, count)))
        answers: list[list[np.ndarray]] = [[] for _ in todo]

        def work() -> None:
            while todo:
                try:
                    place, share = todo.popleft()
                except IndexError:  # another thread was faster
                    return
                answers[place] = self._session.run(None, {self._input_name: share})

        helpers = [self._helpers.submit(work) for _ in range(min(self._threads, len(todo)) - 1)]
        work()
        for helper in helpers:
            if not helper.cancel():  # one that has not begun has nothing left to do
                helper.result()
        return [np.concatenate(head).astype(np.float64) for head in zip(*answers, strict=True)]

    def prepare(self, crop: np.ndarray) -> np.ndarray:
        """Turn a crop into the network's input, as the card's `preprocessing` describes.

        Args:
            crop: uint8 (h, w) grey or (h, w, 3) BGR.

        Returns:
            float32 (h, w, channels) or (channels, h, w), one face.

        Raises:
            ValueError: the crop has the wrong type or shape.
        """
        return self._normalised(self._pixels(crop)[None])[0]

    def _pixels(self, crop: np.ndarray) -> np.ndarray:
        """A crop in the colours and the size of the network's input: uint8 (h, w, channels)."""
        if not isinstance(crop, np.ndarray) or crop.dtype != np.uint8:
            kind = getattr(crop, "dtype", type(crop).__name__)
            raise ValueError(f"a crop must be a uint8 array, not {kind}")
        if crop.ndim == 3 and crop.shape[2] == 1:
            crop = crop[:, :, 0]
        if crop.size == 0 or not (crop.ndim == 2 or (crop.ndim == 3 and crop.shape[2] == 3)):
            raise ValueError(f"a crop must be (h, w) or (h, w, 3) and not empty, not {crop.shape}")
        if self._colour == "grey":
            if crop.ndim == 3:
                crop = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        elif crop.ndim == 2:
            crop = cv2.cvtColor(crop, cv2.COLOR_GRAY2BGR)
        if self._colour == "rgb":
            crop = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)
        if (crop.shape[1], crop.shape[0]) != self._size:
            shrinks = crop.shape[0] > self._size[1]
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            crop = cv2.resize(crop, self._size, interpolation=how)
        return crop.reshape(self._size[1], self._size[0], self._channels)

    def _normalised(self, pixels: np.ndarray) -> np.ndarray:
        """The network's input from `_pixels` of several crops: float32, one face in each row."""
        images = pixels.astype(np.float32)
        if self._kind == "standardize":
            rows = images.reshape(len(images), -1)  # a view
            deviations = rows.std(axis=1, keepdims=True)
            rows -= rows.mean(axis=1, keepdims=True)
            rows /= deviations + self._normalization["epsilon"]
        else:
            images = images * self._normalization["scale"] + self._normalization["offset"]
        return images if self._layout == "NHWC" else images.transpose(0, 3, 1, 2)


def _batches(crops: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    crops = iter(crops)
    while some := list(islice(crops, BATCH)):
        yield some


def calibrated(logits: np.ndarray, temperature: float, floor: float = 0.0) -> np.ndarray:
    """Calibrated probabilities, float64 (N, K); each row sums to 1.

    The temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks") alone leaves the
    small probabilities too large: labels that were smoothed or blended in training teach a network
    that no class is ever quite impossible. So each p is replaced by p² / (p + floor), and each row
    is scaled to sum to 1 again. Values far above the floor stay as they are, values far below it
    vanish, and the order is kept.

    Args:
        logits: (N, K).
        temperature: divides the logits.
        floor: the floor in the formula above; 0 leaves the probabilities as they are.
    """
    probabilities = softmax(np.asarray(logits, np.float64) / temperature)
    if floor:
        probabilities = probabilities**2 / (probabilities + floor)
        probabilities /= probabilities.sum(axis=-1, keepdims=True)
    return probabilities
