"""The messages of the students' page over its web socket, checked strictly when they are read.

A text message is a JSON object whose `type` is one of these:

- `join`: with `camera`, and optionally `individual` and `nickname`; the first message of somebody
  who has agreed.
- `resume`: with `ticket`; the first message after a lost connection or a reload of the page.
- `pulse`: with `pulse`, the button that was pressed.
- `answer`: with `question` (its id) and `answer` (the button that was pressed).
- `pause`: the camera is off; nothing about the student is kept in memory any longer.
- `withdraw`: the instructor must not see this student's own reading any longer.
- `leave`: the student has left the class, and the ticket is no longer valid.
- `here`: asks whether the connection is alive.

A binary message is a picture, a JPEG file; `fer.live.picture_feed` says what is accepted.

The server sends `welcome` (with the `ticket` of a new student, and with what the student agreed
to), `rate` (pictures a second), `question` (its id, text and answers, or null), `reading` (how the
student's face looks), `here` as the answer to `here`, and `refused` (with `reason`, and with
`text`, a sentence for the student) before it closes the connection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fer.classroom.consent import Camera, Consent
from fer.classroom.pulse import Answer, Pulse

MAX_TEXT = 1000
"""Largest length of a text message in characters."""


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


Message = Order | Join | Resume | Press | Reply


def parse(text: str) -> Message:
    """Read a text message.

    Raises:
        MessageError: it is too long, it is not JSON, or it is not one of the messages that the
            first lines of this module list.
    """
    if len(text) > MAX_TEXT:
        raise MessageError("the message is too long")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("the message is not JSON") from None
    if not isinstance(fields, dict):
        raise MessageError("the message is not a JSON object")
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
