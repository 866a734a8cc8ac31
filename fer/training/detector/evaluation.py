"""How well a face detector agrees with a reference on photographs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from fer.faces.detect.base import Detection, iou
from fer.training.detector.photos import Photos

SIZE = 448
"""Photographs are looked at enlarged to squares of this side, px."""

SURE, UNSURE = 0.8, 0.4
"""The reference's faces count as missed only from the first score on; a detector's box counts as
false only if the reference sees nothing there even at the second."""

SAME = 0.5
"""Boxes that overlap at least so much, as a share of their union, show the same face."""

HEIGHTS = (20, 32)
"""Smallest faces of each recall, px."""

Detect = Callable[[np.ndarray], list[Detection]]


@dataclass(frozen=True)
class Exam:
    """Photographs with a reference's faces.

    Attributes:
        pictures: uint8 (`SIZE`, `SIZE`, 3) BGR.
        reference: its faces from score `UNSURE` on, for each picture.
    """

    pictures: list[np.ndarray]
    reference: list[list[Detection]]

    @classmethod
    def of(cls, photos: Photos, reference: Detect) -> Exam:
        """Let `reference` look at photographs; it has to report faces from `UNSURE` on."""
        pictures = [
            cv2.resize(photos[number], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
            for number in range(len(photos))
        ]
        seen = [
            [face for face in reference(picture) if face.score >= UNSURE] for picture in pictures
        ]
        return cls(pictures, seen)

    def answers(self, detect: Detect) -> list[list[Detection]]:
        """A detector's faces in each picture."""
        return [detect(picture) for picture in self.pictures]

    def figures(self, answers: list[list[Detection]], threshold: float = -np.inf) -> dict:
        """Agreement of the answers from score `threshold` on.

        Returns:
            `recall_20` and `recall_32`: shares of the reference's sure faces of at least that
            height, px, that were found; `faces_20` and `faces_32`: how many there are;
            `false_per_photo`: boxes where the reference sees no face; `landmark_error`: mean
            distance of a landmark as a share of the face's width, None where there are none.
        """
        found = {height: [0, 0] for height in HEIGHTS}
        false, distances = 0, []
        for seen, given in zip(self.reference, answers, strict=True):
            given = [face for face in given if face.score >= threshold]
            overlap = iou(_boxes(seen), _boxes(given))
            false += int((overlap.max(axis=0, initial=0.0) < SAME).sum())
            rows, columns = linear_sum_assignment(overlap, maximize=True)
            partner = {r: c for r, c in zip(rows, columns, strict=True) if overlap[r, c] >= SAME}
            for row, face in enumerate(seen):
                if face.score <= SURE:
                    continue
                for height in HEIGHTS:
                    if face.box[3] >= height:
                        found[height][0] += row in partner
                        found[height][1] += 1
                if face.box[3] >= min(HEIGHTS) and row in partner:
                    points = given[partner[row]].landmarks
                    if points is not None and face.landmarks is not None:
                        error = np.linalg.norm(points - face.landmarks, axis=1)
                        distances.append(error.mean() / face.box[2])
        return {
            **{f"recall_{h}": hits / faces if faces else 0.0 for h, (hits, faces) in found.items()},
            **{f"faces_{h}": faces for h, (_, faces) in found.items()},
            "false_per_photo": false / max(1, len(answers)),
            "landmark_error": float(np.mean(distances)) if distances else None,
        }


def choose_threshold(exam: Exam, answers: list[list[Detection]], most_false: float) -> float:
    """The lowest score from which at most `most_false` boxes a photograph are false.

    Args:
        exam: the validation share of the photographs.
        answers: of the detector, from a low score on.
        most_false: a photograph.
    """
    thresholds = np.arange(0.2, 0.9, 0.02)
    for threshold in thresholds:
        if exam.figures(answers, threshold)["false_per_photo"] <= most_false:
            return round(float(threshold), 2)
    return round(float(thresholds[-1]), 2)


def _boxes(faces: list[Detection]) -> np.ndarray:
    return np.array([face.box for face in faces], np.float32).reshape(-1, 4)
