"""Why the server ends a student's connection, and how it tells the student."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocket, WebSocketDisconnect

from fer.classroom.refusal import ClassFull, ClassOver, NotAdmitted, WrongCode
from fer.errors import ClassroomError
from fer.web.join import texts
from fer.web.join.messages import Reason
from fer.web.join.search import TooManyGuesses

LAST_WORDS_S = 2.0
"""Seconds that a client has to take the sentence that says why it is refused."""

_REASONS: dict[type[ClassroomError], Reason] = {
    WrongCode: Reason.WRONG_CODE,
    ClassOver: Reason.OVER,
    ClassFull: Reason.FULL,
    NotAdmitted: Reason.NOT_ADMITTED,
    TooManyGuesses: Reason.WAIT,
}


class Refused(Exception):
    """The connection must end.

    Attributes:
        reason: why.
        text: a sentence for the student.
        wait_s: seconds after which the page may try again; None if it should not by itself.
    """

    def __init__(self, reason: Reason, text: str = "", wait_s: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text or texts.REFUSALS[reason]
        self.wait_s = wait_s

    @classmethod
    def because(cls, problem: ClassroomError) -> Refused:
        """Returns the refusal of a student who cannot come into the class."""
        wait_s = problem.wait_s if isinstance(problem, TooManyGuesses) else None
        return cls(_REASONS[type(problem)], str(problem), wait_s)


async def say_why(websocket: WebSocket, refusal: Refused) -> None:
    """Send the reason of a refusal and close the connection."""
    reason = str(refusal.reason)
    message: dict[str, str | int] = {"type": "refused", "reason": reason, "text": refusal.text}
    if refusal.wait_s is not None:
        message["wait_s"] = refusal.wait_s
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(LAST_WORDS_S):
            await websocket.send_json(message)
            await websocket.close(WS_1008_POLICY_VIOLATION, reason)
