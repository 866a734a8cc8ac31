"""How the pictures of a camera reach the server."""

from __future__ import annotations

from enum import StrEnum

PATIENCE_S = 6.0
"""How long a direct connection may take to come about. Where it does at all it takes 1 to 3 s."""


class CameraWay(StrEnum):
    """VIDEO: a direct connection (WebRTC). PICTURES: one by one over the page's own connection.
    AUTO: video, and pictures where no direct connection comes about."""

    AUTO = "auto"
    VIDEO = "video"
    PICTURES = "pictures"


def falls_back(way: CameraWay, connecting_s: float | None, connected_before: bool) -> bool:
    """Whether a camera should send pictures from now on.

    Args:
        way: what the settings say.
        connecting_s: seconds since the browser began to connect; None while it does not connect.
        connected_before: whether video has come from this visit's camera. Then a direct connection
            is possible, and one that was lost is made again.
    """
    if way != CameraWay.AUTO or connecting_s is None or connected_before:
        return False
    return connecting_s > PATIENCE_S
