"""How a camera's pictures reach the server."""

from __future__ import annotations

from enum import StrEnum

PATIENCE_S = 6.0
"""Seconds that a direct connection may take. If one is possible at all, it takes 1 to 3 s."""


class CameraWay(StrEnum):
    """How a camera's pictures are sent.

    VIDEO: as video over a direct connection (WebRTC). PICTURES: one by one over the page's own
    connection. AUTO: as video, or as pictures if no direct connection is possible.
    """

    AUTO = "auto"
    VIDEO = "video"
    PICTURES = "pictures"


def falls_back(way: CameraWay, connecting_s: float | None, connected_before: bool) -> bool:
    """Returns whether a camera should send single pictures from now on.

    Args:
        way: what the settings say.
        connecting_s: seconds since the browser began to connect; None while it is not connecting.
        connected_before: whether video has come from this visit's camera. Then a direct connection
            is possible, and a lost one is made again.
    """
    if way != CameraWay.AUTO or connecting_s is None or connected_before:
        return False
    return connecting_s > PATIENCE_S
