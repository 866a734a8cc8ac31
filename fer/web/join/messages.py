"""What the students' page sends over its web socket, read with suspicion.

A text message is a JSON object whose `type` is one of these:

- `join`: with `camera`, and by choice `individual` and `nickname`; the first message of somebody
  who has agreed.
- `resume`: with `ticket`; the first message after a lost connection or a reload of the page.
- `pulse`: with `pulse`, which button was pressed.
- `answer`: with `question` (its id) and `answer` (which button).
- `pause`: the camera is off; nothing about the student is kept in memory any longer.
- `withdraw`: the instructor must not see this student's own reading any longer.
- `leave`: the student is out of the class, and the ticket worth nothing.
- `here`: asks whether the connection is alive.

A binary message is a picture: a JPEG file, see `fer.live.picture_feed`.

The server sends `welcome` (with the `ticket` of a new student, and with what the student agreed
to), `rate` (pictures a second), `question` (its id, text and answers, or null), `reading` (what the
student's own face looks like), `here`, and `refused` (`reason`, and `text`, a sentence for the
student) before it closes the connection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fer.classroom.consent import Camera, Consent
from fer.classroom.pulse import Answer, Pulse

MAX_TEXT = 1000
"""Characters of a text message at the most."""


class MessageError(ValueError):
    """A message is none of those that the page sends."""


class Reason(StrEnum):
    """Why the server refuses a student, for the page's script."""

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
    """A new student, with what they agreed to."""

    consent: Consent


@dataclass(frozen=True)
class Resume:
    """A student who was here before. The ticket does not stand in the `repr`."""

    ticket: str

    def __repr__(self) -> str:
        return "Resume(...)"


@dataclass(frozen=True)
class Press:
    """A press on a button of the pulse."""

    pulse: Pulse


@dataclass(frozen=True)
class Reply:
    """An answer to the instructor's question, of which `question` is the id."""

    question: str
    answer: Answer


Message = Order | Join | Resume | Press | Reply


def parse(text: str) -> Message:
    """Read a text message.

    Raises:
        MessageError: it is too long, no JSON, or none of the messages of this module.
    """
    if len(text) > MAX_TEXT:
        raise MessageError("the message is too long")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("the message is no JSON") from None
    if not isinstance(fields, dict):
        raise MessageError("the message is no object")
    kind = _text(fields, "type")
    try:
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
        raise MessageError(f"{name!r} is no text")
    return value


def _consent(fields: dict[str, Any]) -> Consent:
    """Raises ValueError if the camera is none of those that there are."""
    nickname = fields.get("nickname")
    return Consent(
        Camera(_text(fields, "camera")),
        nickname=nickname if isinstance(nickname, str) else None,
        individual=fields.get("individual") is True,
    )
