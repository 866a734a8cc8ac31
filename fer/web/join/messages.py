"""The messages of the students' page over its web socket, checked strictly when they are read.

A text message is a JSON object whose `type` is one of these:

- `join`: with `camera`, and optionally `individual` and `nickname`; the first message of somebody
  who has agreed.
- `resume`: with `ticket`; the first message after a lost connection or a reload of the page.
- `reading`: what the student's own device read in one picture: `faces` (0 or 1), `t` (ms since the
  camera was started) and, where there is a face, its `state` (a `FaceState`) and, unless that is
  `unread`, `p` (a probability for each class that the network knows).
- `pulse`: with `pulse`, the button that was pressed.
- `answer`: with `question` (its id) and `answer` (the button that was pressed).
- `pause`: the camera is off; nothing about the student is kept in memory any longer.
- `withdraw`: the instructor must not see this student's own reading any longer.
- `leave`: the student leaves the class, and the ticket is no longer valid.
- `here`: asks whether the connection is alive. A new student sends it after the welcome: of whoever
  sends nothing after it, the ticket is deleted when the connection ends. Until the answer comes,
  the page joins anew by itself if its ticket is gone.

A binary message is a picture, a JPEG file; `fer.live.picture_feed` says what is accepted.

The server sends `welcome` (with the `ticket` of a new student, and with what the student agreed
to), `rate` (pictures a second), `question` (its id, text and answers, or null), `reading` (how the
student's face looks), `pressed` (whether enough students are here for a press to be seen),
`answered` (which `answer` to which `question` is counted, also after a reload of the page),
`withdrawn` (nobody sees this student's own reading any longer), `left` (the class has forgotten the
student, and the ticket is deleted), `here` as the answer to `here`, and
`refused` (with `reason`, with `text`, a sentence for the student, and for `wait` with `wait_s`,
after how many seconds the page may try again) before it closes the connection.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from fer.classroom.consent import Camera, Consent
from fer.classroom.pulse import Answer, Pulse
from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, FaceState

MAX_TEXT = 400
"""Largest size of a text message in bytes: too few for a picture."""

SUM_ERROR = 0.01
"""How far the sum of the probabilities may be from 1, as a device rounds them."""


class MessageError(ValueError):
    """A message is not one that the page sends."""


class Reason(StrEnum):
    """Why the server refuses a student. The page's script reads these values."""

    WRONG_CODE = "wrong-code"
    OVER = "over"
    FULL = "full"
    NOT_ADMITTED = "not-admitted"
    ELSEWHERE = "elsewhere"
    TOO_MUCH = "too-much"
    NOT_UNDERSTOOD = "not-understood"
    NO_ROOM = "no-room"
    WAIT = "wait"


class Order(StrEnum):
    """Messages that consist of their type alone."""

    PAUSE = "pause"
    WITHDRAW = "withdraw"
    LEAVE = "leave"
    HERE = "here"


@dataclass(frozen=True)
class Join:
    """A new student and what they agreed to."""

    consent: Consent


@dataclass(frozen=True)
class Resume:
    """A student who comes back with a ticket. The `repr` does not show the ticket."""

    ticket: str

    def __repr__(self) -> str:
        return "Resume(...)"


@dataclass(frozen=True)
class Press:
    """A press on one of the pulse buttons."""

    pulse: Pulse


@dataclass(frozen=True)
class Reply:
    """An answer to the instructor's question; `question` is the question's id."""

    question: str
    answer: Answer


@dataclass(frozen=True)
class Sight:
    """What a student's own device read in one picture; `face` is None if it showed no face.

    The box of the face stays on the device.
    """

    face: FaceReading | None


Message = Order | Join | Resume | Press | Reply | Sight


def parse(text: str, classes: int = len(EMOTIONS)) -> Message:
    """Read a text message.

    Args:
        text: the message.
        classes: how many classes the network knows by which students' devices read.

    Raises:
        MessageError: it is too long, it is not JSON, or it is not one of the messages that the
            first lines of this module list.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise MessageError("the message is too long")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("the message is not JSON") from None
    if not isinstance(fields, dict):
        raise MessageError("the message is not a JSON object")
    kind = _text(fields, "type")
    try:
        if kind == "reading":
            return Sight(_face(fields, classes))
        if kind == "join":
            return Join(_consent(fields))
        if kind == "resume":
            return Resume(_text(fields, "ticket"))
        if kind == "pulse":
            return Press(Pulse(_text(fields, "pulse")))
        if kind == "answer":
            return Reply(_text(fields, "question"), Answer(_text(fields, "answer")))
        return Order(kind)
    except ValueError as error:
        raise MessageError(str(error)) from None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise MessageError(f"{name!r} is not text")
    return value


def _consent(fields: dict[str, Any]) -> Consent:
    """Raises ValueError if `camera` is not one of the values of `Camera`."""
    nickname = fields.get("nickname")
    return Consent(
        Camera(_text(fields, "camera")),
        nickname=nickname if isinstance(nickname, str) else None,
        individual=fields.get("individual") is True,
    )


def _face(fields: dict[str, Any], classes: int) -> FaceReading | None:
    """Raises ValueError if something is missing, of another kind or out of its range."""
    _number(fields.get("t"), math.inf)
    faces = fields.get("faces")
    if type(faces) is not int or faces not in (0, 1):
        raise ValueError("'faces' must be 0 or 1")
    if faces == 0:
        if "state" in fields or "p" in fields:
            raise ValueError("a reading without a face has no state and no probabilities")
        return None
    state = FaceState(_text(fields, "state"))
    if state == FaceState.UNREAD:
        if "p" in fields:
            raise ValueError("an unread face has no probabilities")
        return FaceReading((0, 0, 0, 0), np.zeros(classes, np.float32), state=state)
    values = fields.get("p")
    if not isinstance(values, list) or len(values) != classes:
        raise ValueError(f"'p' must hold {classes} numbers")
    total = sum(_number(value, 1) for value in values)
    if abs(total - 1) > SUM_ERROR:
        raise ValueError("the probabilities must sum to 1")
    return FaceReading((0, 0, 0, 0), np.array(values, np.float32) / np.float32(total), state=state)


def _number(value: Any, most: float) -> float:
    # Of NaN neither comparison is true.
    if type(value) not in (int, float) or not 0 <= value <= most or value == math.inf:
        raise ValueError("a number is missing or out of its range")
    return value
