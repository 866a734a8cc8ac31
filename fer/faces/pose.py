"""The direction of a head, from the five landmarks of one face."""

from __future__ import annotations

import numpy as np

# Right eye, left eye, nose tip, right and left mouth corner of MediaPipe's canonical face model
# (Apache 2.0); "right" means the person's right side. The unit is the distance between the pupils:
# x to the picture's right, y down, z away from the camera.
_MODEL = np.array(
    [
        (-0.50, 0.00, 0.00),
        (0.50, 0.00, 0.00),
        (0.00, 0.60, -0.60),
        (-0.39, 1.11, -0.09),
        (0.39, 1.11, -0.09),
    ]
)
_FIT = np.linalg.pinv(_MODEL - _MODEL.mean(axis=0))


def head_pose(landmarks: np.ndarray | None) -> tuple[float, float, float]:
    """Direction of a head from five landmarks, under scaled orthography (a distant camera).

    Args:
        landmarks: (5, 2) in pixels, see `fer.faces.detect.base.Detection`, or None.

    Returns:
        Yaw, pitch and roll in degrees: yaw > 0 towards the picture's right, pitch > 0 upwards,
        roll > 0 clockwise in the picture. All are NaN if they cannot be determined.
    """
    unknown = (float("nan"),) * 3
    if landmarks is None or not np.isfinite(landmarks).all():
        return unknown
    points = np.asarray(landmarks, np.float64)
    # The camera that fits best (least squares), then the nearest one whose two axes are
    # perpendicular and equally long.
    camera = (_FIT @ (points - points.mean(axis=0))).T
    left, sizes, right = np.linalg.svd(camera, full_matrices=False)
    if sizes[0] < 1e-6:
        return unknown
    across, down = left @ right
    away = np.cross(across, down)
    forward = -np.array([across[2], down[2], away[2]])
    yaw = np.arctan2(forward[0], -forward[2])
    pitch = np.arcsin(np.clip(-forward[1], -1.0, 1.0))
    roll = np.arctan2(down[0], across[0])
    return tuple(np.degrees((yaw, pitch, roll)).tolist())
