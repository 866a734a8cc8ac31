"""The component that finds out in the browser what the camera's video would meet on its way."""

from __future__ import annotations

from collections.abc import Mapping

from fer.checks.connection import CameraState, Seen
from fer.web.connection import texts
from fer.web.widgets.component import component

KINDS = ("host", "srflx", "prflx", "relay")

_component = component(
    __file__, html="<button type='button'><span aria-live='polite'></span></button>"
)


def probe(servers: list[dict], key: str) -> Seen | None:
    """Show the button that starts the test; returns what the browser has found out, if anything.

    Args:
        servers: ICE servers, see `fer.web.sources.ice`.
        key: the key of the component.
    """
    data = {"start": texts.START, "running": texts.RUNNING, "servers": servers}
    return seen(_component(key=key, data=data, on_seen_change=lambda: None).seen)


def seen(sent: object) -> Seen | None:
    """Reads what a browser sends; None where it is nothing of what the component sends."""
    if not isinstance(sent, Mapping):
        return None
    kinds, time = sent.get("kinds"), sent.get("round_trip_ms")
    try:
        return Seen(
            secure=sent.get("secure") is True,
            camera=CameraState(str(sent.get("camera"))),
            kinds=[kind for kind in KINDS if isinstance(kinds, list) and kind in kinds],
            round_trip_ms=None if time is None else float(time),
        )
    except (TypeError, ValueError):
        return None
