"""The web socket of one student: pictures, pulse and answers in; rate, question and reading out.

A student's own device that reads sends numbers instead of pictures. Then nothing but short texts
is accepted, so that not even a changed page could send a picture.

Nothing that a client sends is trusted. Sizes and rates are checked before anything is decoded, and
pictures are decoded on another thread. Of each type of message only the newest waits to be sent, so
that a client that reads nothing costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import anyio
from starlette.status import WS_1013_TRY_AGAIN_LATER
from starlette.websockets import WebSocket, WebSocketDisconnect

from fer.access.token_bucket import TokenBucket
from fer.classroom.classroom import Classroom
from fer.classroom.consent import Camera
from fer.classroom.ticket import Student
from fer.emotions import EMOTIONS
from fer.errors import ClassroomError, ModelError, SettingsError, StoreError
from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine
from fer.live.picture_feed import PictureFeed, small_picture
from fer.machine import memory_left
from fer.media.image import PictureError
from fer.mood.bucket import MoodBucket
from fer.web import resources
from fer.web.client import client_of
from fer.web.join import search, texts
from fer.web.join.hub import Hub, hub, question, rate
from fer.web.join.limits import MAX_PICTURE, Allowance, Limits
from fer.web.join.messages import (
    Join,
    Message,
    MessageError,
    Order,
    Press,
    Reason,
    Reply,
    Resume,
    Sight,
    parse,
)
from fer.web.join.queries import queries
from fer.web.join.refusal import Refused, say_why

FOR_A_STUDENT = 10_000_000
"""Bytes of memory that must be left when a student joins. It takes far less; the rest is for what
goes on meanwhile."""

FOR_PICTURES = 60_000_000
"""The same for a student whose pictures the server reads; the first of them starts the networks."""

# Pictures are decoded on a limited number of threads, so that other work gets a thread.
_decoders = anyio.CapacityLimiter(2)

in_thread = anyio.to_thread.run_sync


class StudentSocket:
    """One connection of one student, from its first message to its end."""

    classroom: Classroom
    student: Student

    def __init__(
        self,
        websocket: WebSocket,
        hub: Hub,
        engine: Callable[[], MoodEngine],
        limits: Limits | None = None,
        classes: int = len(EMOTIONS),
    ) -> None:
        """Args:
        websocket: the connection, already accepted.
        hub: the students' connections, where this one is registered.
        engine: returns the engine that reads pictures. It is called for a student who sends
            pictures, because the networks take 60 MB that others do not need.
        limits: how much the client may send; None means the defaults.
        classes: how many classes the network knows by which students' devices read.
        """
        self._websocket = websocket
        self._hub = hub
        self._limits = limits or Limits()
        self._classes = classes
        self._allowance = Allowance(self._limits)
        self._readings = TokenBucket(self._limits.readings, self._limits.readings_burst)
        self._loop = asyncio.get_running_loop()
        self._engine = engine
        self._feed: PictureFeed | None = None
        self._outgoing: dict[str, dict] = {}
        self._waiting = asyncio.Event()
        self._refusal: Refused | None = None
        self._picture_at = -self._limits.picture_gap_s
        self._unheard = False
        """Whether a new student may not have heard of their ticket."""

    async def run(self) -> None:
        """Serve the connection until it ends.

        Raises:
            Refused: it has to end, and the client should be told why.
        """
        try:
            async with asyncio.timeout(self._limits.hello_s):
                first = await self._receive()
            await self._enter(first)
            await self._serve()
        except (TimeoutError, WebSocketDisconnect):
            return

    # --- for the hub --------------------------------------------------------------------------

    def tell(self, message: dict) -> None:
        """Send a message soon. It replaces an older message of its type that still waits."""
        self._outgoing[message["type"]] = message
        self._waiting.set()

    def refuse(self, reason: Reason, text: str = "") -> None:
        """End the connection soon, and say why."""
        self._refusal = Refused(reason, text)
        self._waiting.set()

    # --- what comes ---------------------------------------------------------------------------

    async def _receive(self) -> Message | bytes:
        """Wait for a message.

        Raises:
            Refused: it is more than the limits allow, or not a message that the page sends.
            WebSocketDisconnect: the client has gone.
        """
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000))
        text, data = event.get("text"), event.get("bytes")
        size = len(text) if text is not None else len(data or b"")
        if not self._allowance.take(size, time.monotonic()):
            raise Refused(Reason.TOO_MUCH)
        if text is None:
            if size > MAX_PICTURE:
                raise Refused(Reason.TOO_MUCH)
            return data or b""
        try:
            return parse(text, self._classes)
        except MessageError:
            raise Refused(Reason.NOT_UNDERSTOOD) from None

    async def _enter(self, first: Message | bytes) -> None:
        """Let in a student who agrees to the terms or who has a ticket.

        Raises:
            Refused: the student may not come in.
        """
        now = time.time()
        try:
            if isinstance(first, Join):
                self._need_room(first.consent.camera)
                self.classroom = await search.find(self._websocket)
                room, consent = self.classroom, first.consent
                secret = await queries.ask(lambda: room.admit(consent, now))
                self.student = await queries.ask(lambda: room.student(secret))
                welcome = {"type": "welcome", "ticket": secret}
                self._unheard = True
            elif isinstance(first, Resume):
                match = await search.find_with_ticket(self._websocket, first.ticket)
                self.classroom, self.student = match
                welcome = {"type": "welcome"}
            else:
                raise Refused(Reason.NOT_UNDERSTOOD)
        except ClassroomError as problem:
            raise Refused.because(problem) from None
        consent = self.student.consent
        if consent.camera == Camera.PICTURES:
            engine = await in_thread(self._engine)
            self._feed = PictureFeed(engine, self._on_reading, self._on_second)
        self.tell(welcome | {"camera": str(consent.camera), "individual": consent.individual})
        self.tell(rate(self.classroom, now))
        self.tell(question(self.classroom))
        if (asked := self.classroom.question()) is not None:
            self._tell_answer(asked.id)

    def _need_room(self, camera: Camera) -> None:
        """Turn away a new student for whom there is no memory.

        Raises:
            Refused: with what the student can do.
        """
        pictures = camera == Camera.PICTURES
        if memory_left() < (FOR_PICTURES if pictures else FOR_A_STUDENT):
            raise Refused(Reason.NO_ROOM, texts.NO_ROOM_FOR_PICTURES if pictures else "")

    async def _serve(self) -> None:
        self._hub.enter(self)
        both = [asyncio.create_task(self._listen()), asyncio.create_task(self._talk())]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except Refused as refusal:
            if refusal.reason in (Reason.TOO_MUCH, Reason.NOT_UNDERSTOOD):
                await self._throw_out()
            raise
        finally:
            for task in both:
                task.cancel()
            self._close_feed()
            if self._hub.leave(self):
                self.classroom.disconnected(self.student)
                if self._unheard:
                    await self._throw_out()

    async def _throw_out(self) -> None:
        """End the ticket of a client that sends what our page never would, or that may lack it."""
        with contextlib.suppress(StoreError):
            await self._leave()

    async def _leave(self) -> None:
        """Let the class forget the student, and end the ticket.

        The hub forgets the student first: it would bring them back while the database is slow.
        """
        self._close_feed()
        self._hub.leave(self)
        await queries.ask(lambda: self.classroom.leave(self.student))

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            self._unheard = False
            if isinstance(message, bytes):
                await self._take_picture(message)
            elif isinstance(message, Sight):
                self._take_reading(message)
            elif isinstance(message, Press):
                self._press(message)
            elif isinstance(message, Reply):
                now = self._is_here()
                self.classroom.answer(self.student, message.answer, message.question, now)
                self._tell_answer(message.question)
            elif message == Order.HERE:
                self.tell({"type": "here"})
            elif message == Order.PAUSE:
                self._close_feed()
                self.classroom.pause(self.student)
            elif message == Order.WITHDRAW:
                self.student = await queries.ask(lambda: self.classroom.withdraw(self.student))
                self.tell({"type": "withdrawn"})
            elif message == Order.LEAVE:
                await self._leave()
                await self._websocket.send_json({"type": "left"})
                return
            else:  # a second `join` or `resume`
                raise Refused(Reason.NOT_UNDERSTOOD)

    def _close_feed(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def _is_here(self) -> float:
        """Note that the student is here, and return the time (s since 1970).

        After the server has stood still for a while, the class takes the student for gone.
        """
        now = time.time()
        self.classroom.connected(self.student, now)
        return now

    def _press(self, message: Press) -> None:
        """Count a press, and say whether anybody may see it."""
        now = self._is_here()
        self.classroom.press(self.student, message.pulse, now)
        enough = self.classroom.present(now) >= self.classroom.k
        self.tell({"type": "pressed", "shown": enough})

    def _tell_answer(self, question_id: str) -> None:
        """Say which answer of the student to a question counts, if there is one."""
        if (answer := self.classroom.answered(self.student, question_id)) is not None:
            self.tell({"type": "answered", "question": question_id, "answer": str(answer)})

    async def _take_picture(self, jpeg: bytes) -> None:
        now = time.monotonic()
        if now - self._picture_at < self._limits.picture_gap_s:
            return
        if self._feed is None:
            raise Refused(Reason.NOT_UNDERSTOOD)
        self._picture_at = now
        try:
            frame = await in_thread(small_picture, jpeg, limiter=_decoders)
        except PictureError:
            raise Refused(Reason.NOT_UNDERSTOOD) from None
        # Not on that thread: it goes on when the connection ends, and would open the closed feed.
        self._feed.put(frame, now)

    def _take_reading(self, sight: Sight) -> None:
        if self.student.consent.camera != Camera.DEVICE:
            raise Refused(Reason.NOT_UNDERSTOOD)
        if self._readings.take(1, time.monotonic()):
            self._on_second(MoodBucket.of([] if sight.face is None else [sight.face]))

    # --- what goes ----------------------------------------------------------------------------

    async def _talk(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            if self._refusal is not None:
                raise self._refusal
            waiting, self._outgoing = self._outgoing, {}
            for message in waiting.values():
                await self._websocket.send_json(message)

    def _on_reading(self, face: FaceReading | None) -> None:
        """Pass on a reading. Runs on the engine's thread, which must not wait for this client."""
        message = {"type": "reading", "state": "none"}
        if face is not None:
            message |= {"state": str(face.state), "emotion": face.emotion}
        with contextlib.suppress(RuntimeError):  # the server is shutting down
            self._loop.call_soon_threadsafe(self.tell, message)

    def _on_second(self, bucket: MoodBucket) -> None:
        """Add a second of readings to the class. Runs on the engine's thread, too."""
        self.classroom.add(self.student, bucket)


async def serve(websocket: WebSocket) -> None:
    """Serve a web socket of the students' page."""
    await websocket.accept()
    with hub.room(client_of(websocket)) as room:
        try:
            if not room:
                raise Refused(Reason.NO_ROOM)
            known = len(resources.classes())
            await StudentSocket(websocket, hub, resources.common_engine, classes=known).run()
        except (ModelError, SettingsError):  # the instructor's pages say why
            await say_why(websocket, Refused(Reason.NO_ROOM))
        except Refused as refusal:
            await say_why(websocket, refusal)
        except StoreError:
            # The database cannot be reached. The page connects again by itself.
            await websocket.close(WS_1013_TRY_AGAIN_LATER)
