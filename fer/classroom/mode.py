"""What students may share with a class."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Whether a class uses cameras. A pulse-only class handles no biometric data."""

    CAMERA = "camera"
    PULSE = "pulse"

    @property
    def uses_cameras(self) -> bool:
        """Whether students may share their cameras."""
        return self is Mode.CAMERA
