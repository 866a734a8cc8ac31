"""Whether a teacher's browser can use the camera here, and which way its video will go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from fer.checks.check import Check, bad, good, warning

SLOW_MS = 400.0
"""Round trip above which boxes and charts lag so much that people notice."""

ASK_FOR_RELAY = "For schools and clouds set a TURN server: FER_ICE_SERVERS, or FER_TURN_URLS."


class CameraState(StrEnum):
    """What became of the attempt to open the camera."""

    WORKS = "works"
    DENIED = "denied"
    MISSING = "missing"
    BUSY = "busy"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Seen:
    """What a browser has found out.

    Attributes:
        secure: whether the page is one that browsers give cameras to.
        camera: what became of the attempt to open it.
        kinds: types of ICE candidates (RFC 8445) that it got: "host", "srflx", "relay".
        round_trip_ms: time to the server and back, ms; None where the server did not answer.
    """

    secure: bool
    camera: CameraState
    kinds: Collection[str]
    round_trip_ms: float | None


def check_connection(seen: Seen, way: str, relays: bool, local: bool) -> list[Check]:
    """Returns what works and what does not, each with what to do.

    Args:
        seen: what the browser has found out.
        way: `fer.settings.Settings.camera`.
        relays: whether the settings name a TURN server.
        local: whether the browser runs on the machine of the app.
    """
    return [
        _secure(seen),
        _camera(seen),
        _socket(seen),
        _ice(seen, relays, local),
        _way(seen, way, local),
    ]


def _secure(seen: Seen) -> Check:
    if seen.secure:
        return good("address", "Browsers give cameras to this address.")
    return bad(
        "address",
        "Browsers give cameras only to pages served over HTTPS, or to localhost.",
        "Open the app at an address that begins with https://. Whoever runs the app puts a proxy "
        "with a certificate in front of it.",
    )


def _camera(seen: Seen) -> Check:
    name = "camera"
    if seen.camera == CameraState.WORKS:
        return good(name, "The camera can be used.")
    if seen.camera == CameraState.DENIED:
        return bad(
            name,
            "The browser was not allowed to use the camera.",
            "Click the camera icon in the address bar and allow the camera, then test again.",
        )
    if seen.camera == CameraState.MISSING:
        return bad(name, "The browser finds no camera.", "Connect a camera, then test again.")
    if seen.camera == CameraState.BUSY:
        return bad(
            name,
            "The camera gives no video. Another program may be using it.",
            "Close other programs and tabs that use the camera, then test again.",
        )
    return bad(
        name,
        "This page cannot use a camera.",
        "Use a current browser, and an address that begins with https://.",
    )


def _socket(seen: Seen) -> Check:
    name = "line to the server"
    # This page itself came over the web socket, so that is open.
    if seen.round_trip_ms is None:
        return bad(
            name,
            "The server does not answer plain requests, though this page's web socket is open.",
            "Ask whoever runs the network which of its filters stands in between.",
        )
    finding = f"The web socket is open, and the server answers within {seen.round_trip_ms:.0f} ms."
    if seen.round_trip_ms > SLOW_MS:
        return warning(
            name, finding, "Numbers will lag. Use a cable or another network if there is one."
        )
    return good(name, finding)


def _ice(seen: Seen, relays: bool, local: bool) -> Check:
    name = "camera video"
    if "relay" in seen.kinds:
        return good(name, "Video can be relayed by a TURN server.")
    if local and "host" in seen.kinds:
        return good(name, "Video reaches the app, which runs on this computer, directly.")
    if relays:
        return warning(
            name,
            "This network does not let the browser reach the TURN server.",
            "Ask whoever runs the network to open the server's ports, or set one that also takes "
            "TLS on port 443.",
        )
    if "srflx" in seen.kinds:
        return warning(
            name, "Video reaches the server only where networks let it through.", ASK_FOR_RELAY
        )
    if "host" in seen.kinds:
        return warning(name, "Video reaches servers of this network alone.", ASK_FOR_RELAY)
    return warning(
        name,
        "The browser offers no way for video.",
        "Its settings or an add-on may forbid WebRTC. Pictures work without it.",
    )


def _way(seen: Seen, way: str, local: bool) -> Check:
    name = "chosen way"
    if way == "pictures":
        return good(name, "The camera sends pictures over the page's own connection, as it is set.")
    if way == "video" or "relay" in seen.kinds or (local and "host" in seen.kinds):
        return good(name, "The camera sends video.")
    return good(
        name,
        "The camera tries video for six seconds and then sends pictures over the page's own "
        "connection, which works wherever this page does.",
    )
