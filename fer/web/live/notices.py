"""What the live page has to say about its own state, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field

from fer.faces.detect.haar import Haar
from fer.live.session import Vitals
from fer.web.sources.ice import HOW_TO_SET
from fer.web.widgets.browser import Browser

CONNECT_SECONDS = 10.0
"""A connection that takes longer than this will hardly come."""

SILENT_SECONDS = 3.0
"""Seconds without a frame after which a running source counts as interrupted."""

FACELESS_SECONDS = 3.0
"""Seconds without a face after which the page says so."""

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Notice:
    """One thing to say: `level` is "error", "warning" or "info"; `text` may be Markdown."""

    level: str
    text: str


@dataclass(frozen=True)
class LiveFacts:
    """All that the notices depend on.

    Attributes:
        source: "camera" or "screen".
        vitals: of the session.
        has_data: whether the session has seen frames since it was cleared.
        browser: what the browser allows.
        playing: whether the camera's video runs.
        connecting_s: s since the browser began to connect; None while it does not.
        relays: whether a TURN server is set.
        ice_problem: what is wrong with the ICE settings, or None.
        share: status of the screen share, see `fer.web.sources.screen.ScreenShare.view`.
        share_problem: what was wrong with the last shared picture, or None.
        detector: name of the face detector.
    """

    source: str
    vitals: Vitals
    has_data: bool = False
    browser: Browser = field(default_factory=Browser)
    playing: bool = False
    connecting_s: float | None = None
    relays: bool = False
    ice_problem: str | None = None
    share: str = "idle"
    share_problem: str | None = None
    detector: str = "bundled"


def notices(facts: LiveFacts) -> list[Notice]:
    """What to tell, the most pressing first."""
    found = [*(_camera(facts) if facts.source == "camera" else _screen(facts)), *_analysis(facts)]
    if facts.detector == "haar":
        found.append(Notice(WARNING, Haar.about))
    return found


def _camera(facts: LiveFacts) -> list[Notice]:
    found = []
    if facts.ice_problem:
        found.append(Notice(ERROR, facts.ice_problem))
    running = facts.playing or facts.connecting_s is not None
    if facts.connecting_s is not None and facts.connecting_s > CONNECT_SECONDS:
        cause = (
            "The TURN server that is set did not help: check its address and password."
            if facts.relays
            else f"A TURN server is needed to relay the video. {HOW_TO_SET}"
        )
        found.append(
            Notice(
                ERROR,
                f"No connection after {CONNECT_SECONDS:.0f} s. The camera's video finds no way "
                f"from the browser to the server, mostly because of a firewall. {cause}",
            )
        )
    elif not running and facts.browser.secure is False:
        found.append(
            Notice(
                ERROR,
                "The browser gives no camera to this page, because it was not opened over HTTPS. "
                "Open it with an address that begins with https://, or on the server itself "
                "with http://localhost.",
            )
        )
    elif not running and facts.browser.permission == "denied":
        found.append(
            Notice(
                ERROR,
                "The browser blocks the camera for this page. Allow it with the sign beside the "
                "address, then start the camera again.",
            )
        )
    elif not running and facts.browser.cameras == 0:
        found.append(
            Notice(
                ERROR,
                "No camera was found. Connect one, or check that the system lets the browser use "
                "it; or share a window instead.",
            )
        )
    elif not running and facts.has_data:
        found.append(Notice(INFO, "The camera is off. What was measured stays until you clear it."))
    elif not running:
        found.append(Notice(INFO, "Press **Start camera** to begin."))
    elif facts.playing:
        found.extend(_interrupted(facts))
    return found


def _screen(facts: LiveFacts) -> list[Notice]:
    if facts.share_problem:
        return [Notice(ERROR, f"A shared picture was refused: {facts.share_problem}.")]
    if facts.share == "sharing":
        return _interrupted(facts)
    if facts.share == "ended":
        return [Notice(INFO, "Sharing ended. What was measured stays until you clear it.")]
    if facts.share == "idle":
        return [
            Notice(
                INFO,
                "Press **Share a window or screen** and choose the window with your video call, "
                "in gallery view.",
            )
        ]
    return []


def _interrupted(facts: LiveFacts) -> list[Notice]:
    silent = facts.vitals.receiving
    if silent is None or silent <= SILENT_SECONDS:
        return []
    return [
        Notice(
            WARNING,
            f"No picture for {silent:.0f} s: the connection is interrupted or the source sleeps. "
            "It goes on by itself when pictures come again; if not, stop and start it.",
        )
    ]


def _analysis(facts: LiveFacts) -> list[Notice]:
    found = []
    vitals = facts.vitals
    if vitals.error:
        found.append(Notice(ERROR, f"A picture could not be read: {vitals.error}"))
    if vitals.faces == 0 and vitals.faceless is not None and vitals.faceless > FACELESS_SECONDS:
        found.append(
            Notice(
                INFO,
                f"No face in view for {vitals.faceless:.0f} s. Check the camera's direction and "
                "the light; faces need about 24 px to be read.",
            )
        )
    return found
