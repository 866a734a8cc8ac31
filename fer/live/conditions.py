"""The rules that decide what a live page says about the state of its session.

The words are in the texts of the page, so that they can be translated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fer.live.session import Vitals

CONNECT_SECONDS = 10.0
"""A connection that takes longer than this will probably fail."""

SILENT_SECONDS = 3.0
"""Seconds without a frame after which a running source counts as interrupted."""

FACELESS_SECONDS = 3.0
"""Seconds without a face after which the page says so."""

BUSY_SECONDS = 1.0
"""If the server's event loop is late by more than this, the page says that the server is busy."""

LOSING_SECONDS = 5.0
"""A browser calls a connection interrupted when the server is silent for about this long."""


class Source(StrEnum):
    """Where a session's frames come from."""

    CAMERA = "camera"
    SCREEN = "screen"
    DEMO = "demo"


class Sharing(StrEnum):
    """State of a shared window, or of a camera that sends pictures.

    The browser reports it. Only while the window waits in line for memory, which the page says
    elsewhere, the browser shows nothing that could report anything.
    """

    WAITING = "waiting"
    IDLE = "idle"
    ASKING = "asking"
    SHARING = "sharing"
    ENDED = "ended"
    DENIED = "denied"
    MISSING = "missing"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class Line(StrEnum):
    """The camera's connection, as the browser sees it."""

    STEADY = "steady"
    STARTING = "starting"
    RECONNECTING = "reconnecting"
    RECONNECTED = "reconnected"
    LOST = "lost"


class Cause(StrEnum):
    """Why a camera's connection was lost."""

    BUSY_SERVER = "busy server"
    NETWORK = "network"


class Condition(StrEnum):
    """A condition that the page can report. The comments name the values that come with it."""

    NO_RELAY_SERVERS = "no relay servers"  # problem
    NEEDS_RELAY = "needs relay"  # seconds
    RELAY_FAILED = "relay failed"  # seconds
    NOT_SECURE = "not secure"
    CAMERA_BLOCKED = "camera blocked"
    NO_CAMERA = "no camera"
    CAMERA_OFF = "camera off"
    CAMERA_NOT_STARTED = "camera not started"
    CAMERA_STARTING = "camera starting"
    CAMERA_LOST = "camera lost"  # cause, seconds
    CAMERA_RECONNECTING = "camera reconnecting"  # cause, seconds
    CAMERA_RECONNECTED = "camera reconnected"  # cause, seconds
    PICTURE_REFUSED = "picture refused"  # problem
    SHARING_ENDED = "sharing ended"
    SHARING_NOT_STARTED = "sharing not started"
    INTERRUPTED = "interrupted"  # seconds
    READING_FAILED = "reading failed"
    NO_FACE = "no face"  # seconds
    SERVER_BUSY = "server busy"  # seconds
    BASIC_DETECTOR = "basic detector"


class Level(StrEnum):
    """How urgent a condition is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


LEVELS: dict[Condition, Level] = dict.fromkeys(Condition, Level.ERROR) | {
    Condition.INTERRUPTED: Level.WARNING,
    Condition.CAMERA_RECONNECTING: Level.WARNING,
    Condition.CAMERA_RECONNECTED: Level.INFO,
    Condition.BASIC_DETECTOR: Level.WARNING,
    Condition.SERVER_BUSY: Level.WARNING,
    Condition.CAMERA_OFF: Level.INFO,
    Condition.CAMERA_NOT_STARTED: Level.INFO,
    Condition.CAMERA_STARTING: Level.INFO,
    Condition.SHARING_ENDED: Level.INFO,
    Condition.SHARING_NOT_STARTED: Level.INFO,
    Condition.NO_FACE: Level.INFO,
}


@dataclass(frozen=True)
class Notice:
    """A condition that holds now, with the values for its text."""

    condition: Condition
    values: dict[str, float | str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How urgent it is."""
        return LEVELS[self.condition]


@dataclass(frozen=True)
class LiveFacts:
    """All facts that the conditions depend on.

    Attributes:
        source: where the frames come from.
        vitals: the vitals of the session.
        has_data: whether the session has received frames since it was cleared.
        secure: whether the browser treats the page as secure (HTTPS or localhost); None if unknown.
        cameras: number of cameras that the browser reports; None if unknown.
        permission: for the camera: "granted", "denied", "prompt" or "unknown".
        playing: whether the camera's video runs.
        waiting: whether the camera waits in line for memory, which the page says elsewhere.
        connecting_s: seconds since the browser began to connect; None while it does not connect.
        relays: whether a TURN server is set.
        ice_problem: a sentence about a fault in the ICE settings, or None.
        line: state of the camera's connection.
        lag_before_s: the largest delay of an event loop of the server in the last minutes.
        share: state of the shared window.
        share_problem: a sentence about a fault of the last picture that the browser sent, or None.
        detector: name of the face detector.
        server_lag_s: the largest delay of an event loop of the server in the last seconds.
    """

    source: Source
    vitals: Vitals
    has_data: bool = False
    secure: bool | None = None
    cameras: int | None = None
    permission: str = "unknown"
    playing: bool = False
    waiting: bool = False
    connecting_s: float | None = None
    relays: bool = False
    ice_problem: str | None = None
    line: Line = Line.STEADY
    lag_before_s: float = 0.0
    share: Sharing = Sharing.IDLE
    share_problem: str | None = None
    detector: str = "bundled"
    server_lag_s: float = 0.0


def notices(facts: LiveFacts) -> list[Notice]:
    """The notices that the page should show, the most urgent first."""
    result = [*_OF_SOURCE[facts.source](facts), *_analysis(facts)]
    if facts.server_lag_s > BUSY_SECONDS:
        result.append(Notice(Condition.SERVER_BUSY, {"seconds": facts.server_lag_s}))
    if facts.detector == "haar":
        result.append(Notice(Condition.BASIC_DETECTOR))
    return result


def _camera(facts: LiveFacts) -> list[Notice]:
    result = []
    if facts.share_problem:
        result.append(Notice(Condition.PICTURE_REFUSED, {"problem": facts.share_problem}))
    if facts.ice_problem:
        result.append(Notice(Condition.NO_RELAY_SERVERS, {"problem": facts.ice_problem}))
    if facts.line in _LINES:
        result.append(_lost(facts))
    running = facts.playing or facts.connecting_s is not None
    if facts.connecting_s is not None and facts.connecting_s > CONNECT_SECONDS:
        condition = Condition.RELAY_FAILED if facts.relays else Condition.NEEDS_RELAY
        if facts.line not in _LINES:  # else there was a connection, so no relay is missing
            result.append(Notice(condition, {"seconds": CONNECT_SECONDS}))
    elif not running and not facts.waiting and facts.line not in _LINES:
        result.append(Notice(_why_no_camera(facts)))
    elif facts.playing:
        result.extend(_interrupted(facts))
    return result


_LINES = {
    Line.LOST: Condition.CAMERA_LOST,
    Line.RECONNECTING: Condition.CAMERA_RECONNECTING,
    Line.RECONNECTED: Condition.CAMERA_RECONNECTED,
}


def _lost(facts: LiveFacts) -> Notice:
    busy = facts.lag_before_s > LOSING_SECONDS
    cause = Cause.BUSY_SERVER if busy else Cause.NETWORK
    return Notice(_LINES[facts.line], {"cause": cause, "seconds": facts.lag_before_s})


def _why_no_camera(facts: LiveFacts) -> Condition:
    if facts.line == Line.STARTING or facts.share == Sharing.ASKING:
        return Condition.CAMERA_STARTING
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
    return []  # the page says elsewhere what is the case in the other states


def _demo(facts: LiveFacts) -> list[Notice]:
    return []  # its pictures are made by the page itself


_OF_SOURCE = {Source.CAMERA: _camera, Source.SCREEN: _screen, Source.DEMO: _demo}


def _interrupted(facts: LiveFacts) -> list[Notice]:
    silent = facts.vitals.receiving
    if silent is None or silent <= SILENT_SECONDS:
        return []
    return [Notice(Condition.INTERRUPTED, {"seconds": silent})]


def _analysis(facts: LiveFacts) -> list[Notice]:
    result = []
    vitals = facts.vitals
    if vitals.error:
        result.append(Notice(Condition.READING_FAILED))
    if vitals.faces == 0 and vitals.faceless is not None and vitals.faceless > FACELESS_SECONDS:
        result.append(Notice(Condition.NO_FACE, {"seconds": vitals.faceless}))
    return result
