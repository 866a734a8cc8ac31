"""Measures how well a face detector agrees with a reference detector on photographs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from fer.faces.detect.base import Detection, iou
from fer.training.detector.photos import Photos

SIZE = 448
"""Photographs are enlarged to squares with this side, in pixels."""

SURE, UNSURE = 0.8, 0.4
"""A face of the reference can count as missed only if its score is above the first value. A
detector's box counts as false only if the reference has no face there even at the second."""

SAME = 0.5
"""Two boxes that share at least this part of their union show the same face."""

HEIGHTS = (20, 32)
"""The smallest face heights for which a recall is computed, in pixels."""

Detect = Callable[[np.ndarray], list[Detection]]


@dataclass(frozen=True)
class Exam:
    """Photographs with the faces that a reference detector finds in them.

    Attributes:
        pictures: uint8 (`SIZE`, `SIZE`, 3) BGR.
        reference: for each picture, the faces with a score of `UNSURE` or more.
    """

    pictures: list[np.ndarray]
    reference: list[list[Detection]]

    @classmethod
    def of(cls, photos: Photos, reference: Detect) -> Exam:
        """Let `reference` find the faces; it has to report those with a score of `UNSURE` on."""
        pictures = [
            cv2.resize(photos[number], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
            for number in range(len(photos))
        ]
        seen = [
            [face for face in reference(picture) if face.score >= UNSURE] for picture in pictures
        ]
        return cls(pictures, seen)

    def answers(self, detect: Detect) -> list[list[Detection]]:
        """Let a detector find the faces in each picture."""
        return [detect(picture) for picture in self.pictures]

    def figures(self, answers: list[list[Detection]], threshold: float = -np.inf) -> dict:
        """Compare the answers with a score of `threshold` or more with the reference.

        Returns:
            `recall_20` and `recall_32`: the shares of the reference's sure faces of at least 20
            and 32 pixels in height that were found; `faces_20` and `faces_32`: the numbers of
            these faces; `false_per_photo`: boxes per photograph where the reference sees no face;
            `landmark_error`: the mean distance of a landmark from the reference's, as a share of
            the face's width, or None without landmarks.
        """
        hits_and_faces = {height: [0, 0] for height in HEIGHTS}
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
                        hits_and_faces[height][0] += row in partner
                        hits_and_faces[height][1] += 1
                if face.box[3] >= min(HEIGHTS) and row in partner:
                    points = given[partner[row]].landmarks
                    if points is not None and face.landmarks is not None:
                        error = np.linalg.norm(points - face.landmarks, axis=1)
                        distances.append(error.mean() / face.box[2])
        return {
            **{
                f"recall_{height}": hits / faces if faces else 0.0
                for height, (hits, faces) in hits_and_faces.items()
            },
            **{f"faces_{height}": faces for height, (_, faces) in hits_and_faces.items()},
            "false_per_photo": false / max(1, len(answers)),
            "landmark_error": float(np.mean(distances)) if distances else None,
        }


def choose_threshold(exam: Exam, answers: list[list[Detection]], most_false: float) -> float:
    """Choose the lowest score from which on at most `most_false` boxes per photograph are false.

    Args:
        exam: the validation photographs.
        answers: the detector's faces in them, from a low score on.
        most_false: the allowed number of false boxes per photograph.
    """
    thresholds = np.arange(0.2, 0.9, 0.02)
    for threshold in thresholds:
        if exam.figures(answers, threshold)["false_per_photo"] <= most_false:
            return round(float(threshold), 2)
    return round(float(thresholds[-1]), 2)


def _boxes(faces: list[Detection]) -> np.ndarray:
    return np.array([face.box for face in faces], np.float32).reshape(-1, 4)
