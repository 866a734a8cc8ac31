"""What is worth saying about a live session's own state: the rules, without the words.

The page that shows a condition has the words, so that they can be in another language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fer.live.session import Vitals

CONNECT_SECONDS = 10.0
"""A connection that takes longer than this will hardly come."""

SILENT_SECONDS = 3.0
"""Seconds without a frame after which a running source counts as interrupted."""

FACELESS_SECONDS = 3.0
"""Seconds without a face after which the page says so."""


BUSY_SECONDS = 1.0
"""A server whose event loop is late by more than this answers everybody late."""


class Source(StrEnum):
    """Where a session's frames come from."""

    CAMERA = "camera"
    SCREEN = "screen"


class Sharing(StrEnum):
    """What a shared window is doing, as the browser reports it."""

    IDLE = "idle"
    ASKING = "asking"
    SHARING = "sharing"
    ENDED = "ended"
    DENIED = "denied"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class Condition(StrEnum):
    """One thing that can be said. The comments name the values that come with it."""

    NO_RELAY_SERVERS = "no relay servers"  # problem
    NEEDS_RELAY = "needs relay"  # seconds
    RELAY_FAILED = "relay failed"  # seconds
    NOT_SECURE = "not secure"
    CAMERA_BLOCKED = "camera blocked"
    NO_CAMERA = "no camera"
    CAMERA_OFF = "camera off"
    CAMERA_NOT_STARTED = "camera not started"
    PICTURE_REFUSED = "picture refused"  # problem
    SHARING_ENDED = "sharing ended"
    SHARING_NOT_STARTED = "sharing not started"
    INTERRUPTED = "interrupted"  # seconds
    READING_FAILED = "reading failed"
    NO_FACE = "no face"  # seconds
    SERVER_BUSY = "server busy"  # seconds
    BASIC_DETECTOR = "basic detector"


class Level(StrEnum):
    """How pressing a condition is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


LEVELS: dict[Condition, Level] = dict.fromkeys(Condition, Level.ERROR) | {
    Condition.INTERRUPTED: Level.WARNING,
    Condition.BASIC_DETECTOR: Level.WARNING,
    Condition.SERVER_BUSY: Level.WARNING,
    Condition.CAMERA_OFF: Level.INFO,
    Condition.CAMERA_NOT_STARTED: Level.INFO,
    Condition.SHARING_ENDED: Level.INFO,
    Condition.SHARING_NOT_STARTED: Level.INFO,
    Condition.NO_FACE: Level.INFO,
}


@dataclass(frozen=True)
class Notice:
    """A condition that holds now, with the values that its words need."""

    condition: Condition
    values: dict[str, float | str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How pressing it is."""
        return LEVELS[self.condition]


@dataclass(frozen=True)
class LiveFacts:
    """All that the conditions depend on.

    Attributes:
        source: where the frames come from.
        vitals: of the session.
        has_data: whether the session has seen frames since it was cleared.
        secure: whether the browser treats the page as secure (HTTPS or localhost); None: unknown.
        cameras: cameras that the browser sees; None: unknown.
        permission: for the camera: "granted", "denied", "prompt" or "unknown".
        playing: whether the camera's video runs.
        connecting_s: s since the browser began to connect; None while it does not.
        relays: whether a TURN server is set.
        ice_problem: what is wrong with the ICE settings, or None.
        share: what the shared window is doing.
        share_problem: what was wrong with the last shared picture, or None.
        detector: name of the face detector.
        server_lag_s: how late the server's event loop was at its worst in the last seconds.
    """

    source: Source
    vitals: Vitals
    has_data: bool = False
    secure: bool | None = None
    cameras: int | None = None
    permission: str = "unknown"
    playing: bool = False
    connecting_s: float | None = None
    relays: bool = False
    ice_problem: str | None = None
    share: Sharing = Sharing.IDLE
    share_problem: str | None = None
    detector: str = "bundled"
    server_lag_s: float = 0.0


def notices(facts: LiveFacts) -> list[Notice]:
    """What to say, the most pressing first."""
    of_source = _camera if facts.source == Source.CAMERA else _screen
    found = [*of_source(facts), *_analysis(facts)]
    if facts.server_lag_s > BUSY_SECONDS:
        found.append(Notice(Condition.SERVER_BUSY, {"seconds": facts.server_lag_s}))
    if facts.detector == "haar":
        found.append(Notice(Condition.BASIC_DETECTOR))
    return found


def _camera(facts: LiveFacts) -> list[Notice]:
    found = []
    if facts.ice_problem:
        found.append(Notice(Condition.NO_RELAY_SERVERS, {"problem": facts.ice_problem}))
    running = facts.playing or facts.connecting_s is not None
    if facts.connecting_s is not None and facts.connecting_s > CONNECT_SECONDS:
        condition = Condition.RELAY_FAILED if facts.relays else Condition.NEEDS_RELAY
        found.append(Notice(condition, {"seconds": CONNECT_SECONDS}))
    elif not running:
        found.append(Notice(_why_no_camera(facts)))
    elif facts.playing:
        found.extend(_interrupted(facts))
    return found


def _why_no_camera(facts: LiveFacts) -> Condition:
    if facts.secure is False:
        return Condition.NOT_SECURE
    if facts.permission == "denied":
        return Condition.CAMERA_BLOCKED
    if facts.cameras == 0:
        return Condition.NO_CAMERA
    return Condition.CAMERA_OFF if facts.has_data else Condition.CAMERA_NOT_STARTED


def _screen(facts: LiveFacts) -> list[Notice]:
    if facts.share_problem:
        return [Notice(Condition.PICTURE_REFUSED, {"problem": facts.share_problem})]
    if facts.share == Sharing.SHARING:
        return _interrupted(facts)
    if facts.share == Sharing.ENDED:
        return [Notice(Condition.SHARING_ENDED)]
    if facts.share == Sharing.IDLE:
        return [Notice(Condition.SHARING_NOT_STARTED)]
    return []  # the component beside it says the rest


def _interrupted(facts: LiveFacts) -> list[Notice]:
    silent = facts.vitals.receiving
    if silent is None or silent <= SILENT_SECONDS:
        return []
    return [Notice(Condition.INTERRUPTED, {"seconds": silent})]


def _analysis(facts: LiveFacts) -> list[Notice]:
    found = []
    vitals = facts.vitals
    if vitals.error:
        found.append(Notice(Condition.READING_FAILED))
    if vitals.faces == 0 and vitals.faceless is not None and vitals.faceless > FACELESS_SECONDS:
        found.append(Notice(Condition.NO_FACE, {"seconds": vitals.faceless}))
    return found
