"""dlib's face detector, part of the optional landmark extra."""

from __future__ import annotations

import cv2
import numpy as np

from fer.faces.detect.base import FaceDetector, RawFaces
from fer.faces.landmarks import face_points, shape_predictor


class Hog(FaceDetector):
    """dlib's frontal face detector on histograms of oriented gradients.

    See Dalal and Triggs 2005 for the method and King 2015 for its max-margin training. It misses
    faces under 80 px in the frame that it searches. Its landmarks come from
    `fer.faces.landmarks.face_points`.
    """

    name = "hog"
    about = "dlib's HOG detector: slow; it needs faces of 80 px and more that look at the camera."
    # Measured on 934 FER2013 training faces: the median box has 0.781 of the image's side, and its
    # centre lies at (0.474, 0.557) of the image. `_SHIFT` moves it to the middle.
    crop_side = 1.28
    _SHIFT = np.array([0.033, -0.073], np.float32)

    def __init__(self, size: int = 800) -> None:
        """Args:
            size: see `FaceDetector`.

        Raises:
            SettingsError: the extra is not installed.
        """
        super().__init__(size)
        shape_predictor()
        import dlib

        self._detector = dlib.get_frontal_face_detector()

    def search(self, frame: np.ndarray) -> RawFaces:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        rectangles, scores, _ = self._detector.run(grey, 0, 0.0)
        boxes = np.empty((len(rectangles), 4), np.float32)
        landmarks = np.empty((len(rectangles), 5, 2), np.float32)
        for face, rectangle in enumerate(rectangles):
            side = rectangle.width()
            box = rectangle.left(), rectangle.top(), side, rectangle.height()
            points = face_points(frame, box, square=True)
            landmarks[face] = [
                points[36:42].mean(axis=0),
                points[42:48].mean(axis=0),
                points[30],
                points[48],
                points[54],
            ]
            boxes[face] = box
            boxes[face, :2] += self._SHIFT * side
        return RawFaces(boxes, np.array(scores, np.float32), landmarks)
