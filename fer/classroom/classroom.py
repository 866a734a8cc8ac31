"""A class: it lets students in, takes readings and presses, and gives numbers of at least k."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from fer.classroom.anonymity import WINDOW_S
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.numbers import ClassNumbers, Waiting, class_numbers
from fer.classroom.pulse import HALF_LIFE_S, Answer, Pulse, PulseBoard
from fer.classroom.questions import Questions
from fer.classroom.refusal import ClassFull, ClassOver, NotAdmitted
from fer.classroom.roster import Roster
from fer.classroom.seat import Tile
from fer.classroom.ticket import Student, hashed, new_secret
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence
from fer.mood.record import MoodRecord
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.store.class_facts import ClassFacts
from fer.store.journal import Question
from fer.store.second import ClassSecond
from fer.store.tickets import TicketFacts, Tickets

PLACES = 1200
"""Most students that one process lets into a class."""

PICTURE_PLACES = 200
"""How many of them may send pictures, which this server has to read."""

MOST_WAITING = 3600
"""Seconds of a class that wait in memory while the database cannot be reached: about 4 MB."""


class Classroom(MoodRecord):
    """One class. All methods may be called from any thread.

    `admit`, `student`, `withdraw` and `leave` may wait for the database; all others work in memory.
    Times named `now` are in seconds since 1970; those of the record are in seconds since the class
    was opened.
    """

    def __init__(
        self,
        facts: ClassFacts,
        tickets: Tickets,
        prevalence: Prevalence | None = None,
        *,
        half_life_s: float = HALF_LIFE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        facts: what was decided when the class was opened.
        tickets: the tickets in the database.
        prevalence: adjusts the shares of the network that reads the faces; None leaves them as
            read.
        half_life_s: seconds after which a press counts half.
        clock: returns the time in seconds since 1970; tests replace it.
        """
        super().__init__(prevalence)
        self.facts = facts
        self.board = PulseBoard(half_life_s)
        self.questions = Questions()
        self._tickets = tickets
        self._clock = clock
        self._door = threading.RLock()
        self._roster = Roster(facts.opened, facts.k, half_life_s)
        self._waiting: deque[ClassSecond] = deque(maxlen=MOST_WAITING)
        self.students: dict[int, int] = {}
        """How many students were connected in each second, where that may be seen."""
        self._seen_until, self._elsewhere = 0.0, 0
        self.alone = False
        """Whether the newest numbers are those of this process, as the database is away."""
        self._kept_alerts: list[Event] | None = None

    # --- what it is --------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def code(self) -> str:
        return self.facts.code

    @property
    def title(self) -> str:
        return self.facts.title

    @property
    def mode(self) -> Mode:
        return Mode(self.facts.mode)

    @property
    def k(self) -> int:
        return self.facts.k

    @property
    def individual(self) -> bool:
        """Whether students may choose to be seen individually."""
        return self.facts.individual

    @property
    def closed(self) -> float | None:
        """When the class ended, in seconds since 1970; None while it goes on."""
        return self.facts.over(self._clock())

    # --- the students' side ------------------------------------------------------------------

    def admit(self, consent: Consent, now: float) -> str:
        """Let a student in.

        Returns:
            The secret of the student's ticket, which is not kept here.

        Raises:
            ClassOver, ClassFull: the student cannot come in.
            StoreError: the database cannot be reached.
        """
        if self.facts.over(now) is not None:
            raise ClassOver
        if not self.mode.uses_cameras:
            consent = replace(consent, camera=Camera.NONE)
        if not self.individual:
            consent = consent.unseen()
        with self._door:
            full = self._roster.present(now) >= PLACES
            sends = consent.camera is Camera.PICTURES
            if full or (sends and self._roster.senders(now) >= PICTURE_PLACES):
                raise ClassFull(of_cameras=not full)
        secret = new_secret()
        facts = TicketFacts(
            hashed(secret), self.id, consent.camera, consent.individual, consent.nickname
        )
        self._tickets.put(facts)
        return secret

    def student(self, ticket_secret: str) -> Student:
        """Returns the student with a ticket.

        Raises:
            NotAdmitted: this class did not give the ticket out, or it was given back.
            ClassOver: the class has ended, and its tickets with it.
            StoreError: the database cannot be reached.
        """
        if self.closed is not None:
            raise ClassOver
        key = hashed(ticket_secret)
        facts = self._tickets.get(key, self.id)
        if facts is None:
            # Another process may have ended the class.
            raise ClassOver if self._tickets.class_is_over(self.id) else NotAdmitted
        consent = Consent(Camera(facts.camera), facts.nickname, facts.individual)
        return Student(key, consent)

    def room_camera(self) -> Student:
        """Returns the instructor's camera or shared window as one more source, with many faces."""
        return Student(f"room-{secrets.token_hex(8)}", Consent(Camera.PICTURES), room=True)

    def connected(self, student: Student, now: float) -> None:
        """Note that a student is here. Call it at once and then at least every ten seconds.

        `add`, `press` and `answer` count only for students who are here, and are signs of life too.
        """
        with self._door:
            if self._goes_on(now):
                self._roster.seat(student, now)

    def add(self, student: Student, bucket: MoodBucket, now: float | None = None) -> None:
        """Take what was read in one picture, or one second, of a student as it arrives."""
        now = self._clock() if now is None else now
        with self._door:
            if self._goes_on(now):
                seat = self._roster.find(student, now)
                if seat is not None and student.consent.camera is not Camera.NONE:
                    seat.add(bucket, now)

    def press(self, student: Student, pulse: Pulse, now: float) -> None:
        """Count a press, which replaces what is left of the student's earlier one."""
        with self._door:
            if self._is_here(student, now):
                self._roster.presses.press(student.key, Pulse(pulse), now)

    def answer(self, student: Student, answer: Answer, question_id: str, now: float) -> None:
        """Count a student's first answer to the open question; any other changes nothing."""
        with self._door:
            asked = self.question()
            if asked is not None and asked.id == question_id and self._is_here(student, now):
                self._roster.presses.answer(student.key, Answer(answer), asked)

    def answered(self, student: Student, question_id: str) -> Answer | None:
        """Returns the answer of a student that counts, or None as far as this process knows."""
        with self._door:
            return self._roster.presses.answered(student.key, question_id)

    def pause(self, student: Student) -> None:
        """Forget a student's readings at once. The student stays, and new readings count again."""
        with self._door:
            self._catch_up(now := self._clock())
            self._roster.forget(student, now)

    def withdraw(self, student: Student) -> Student:
        """End a student's consent to be seen individually, at once and whatever the database does.

        Returns:
            The student with the new consent, to be used from now on.

        Raises:
            StoreError: the database cannot be reached.
        """
        with self._door:
            self._catch_up(self._clock())
            unseen = self._roster.hide(student)
        self._tickets.hide(student.key)
        return unseen

    def disconnected(self, student: Student) -> None:
        """Forget a student whose connection has ended. Their ticket lets them in again."""
        with self._door:
            self._catch_up(self._clock())
            self._roster.leave(student)

    def leave(self, student: Student) -> None:
        """Forget a student, take back their answer to the open question, and delete their ticket.

        Raises:
            StoreError: the database cannot be reached.
        """
        with self._door:
            self.disconnected(student)
            self._roster.presses.leave(student.key, self.question())
        self._tickets.drop(student.key)

    def rate(self, now: float) -> float:
        """Returns how many pictures a second each student who sends pictures should send now."""
        with self._door:
            return self._roster.rate(now)

    # --- the instructor's side ---------------------------------------------------------------

    @property
    def streaming(self) -> bool:
        """Whether the class goes on."""
        return self.closed is None

    @property
    def now(self) -> float:
        """Seconds since the class was opened, up to its end."""
        until = self.closed
        return max(0.0, (self._clock() if until is None else until) - self.facts.opened)

    @property
    def shown_until(self) -> float:
        """Up to which second there are numbers; `now` if there have been none for a while."""
        now = self.now
        late = now - self._seen_until > 3 * WINDOW_S
        return now if self.streaming and late else min(now, self._seen_until)

    @property
    def began(self) -> float:
        """When the class was opened, in seconds since 1970."""
        return self.facts.opened

    def present(self, now: float | None = None) -> int:
        """Returns how many students are connected to this process and to others."""
        return self.present_here(self._clock() if now is None else now) + self._elsewhere

    def present_here(self, now: float) -> int:
        """Returns how many students are connected to this process."""
        with self._door:
            return self._roster.present(now)

    def numbers(self, now: float, seconds: float | None = 30.0) -> ClassNumbers | Waiting:
        """Returns the numbers that may be seen, over the last `seconds` or, for None, over all."""
        present = self.present(now)
        silent = now - self.facts.opened - self._seen_until > 3 * WINDOW_S or not self._seen_until
        if present < self.k or silent:
            return Waiting(present, self.k)
        question = self.question()
        tally = None if question is None else self.board.answers(question, self.k)
        return class_numbers(self, seconds, present, self.board.levels(self.shown_until), tally)

    def tiles(self, now: float) -> list[Tile]:
        """Returns the students of this process who agreed to be seen individually."""
        with self._door:
            return self._roster.tiles(now)

    def ask(self, text: str, now: float) -> Question:
        """Ask a question, which replaces the open one."""
        with self._door:
            return self.questions.ask(text, now - self.facts.opened)

    def end_question(self, now: float, question: Question) -> None:
        """Take no more answers to a question. One that somebody has asked meanwhile stays open."""
        with self._door:
            standing = self.question()
            if standing is not None and standing.id == question.id:
                self.questions.end(now - self.facts.opened)

    def question(self) -> Question | None:
        """Returns the open question, or None."""
        return self.questions.standing

    # --- between the processes and the database ----------------------------------------------

    def outgoing(self, now: float) -> list[ClassSecond]:
        """Returns the seconds that are over and that `sent` has not removed yet, oldest first."""
        with self._door:
            self._catch_up(now)
            return list(self._waiting)

    def sent(self, rows: Sequence[ClassSecond]) -> None:
        """Forget seconds that have been written, or decided without the database."""
        written = {row.second for row in rows}
        with self._door:
            while self._waiting and self._waiting[0].second in written:
                self._waiting.popleft()

    def receive(
        self, rows: Sequence[ClassSecond], elsewhere: int = 0, until: int = -1, alone: bool = False
    ) -> None:
        """Take the seconds that may be seen.

        Args:
            rows: as `fer.classroom.anonymity.Gate` lets them through, in order of time.
            elsewhere: how many students are connected to other processes.
            until: the last second that has been decided, whether it may be seen or not.
            alone: whether this process has decided without the database.
        """
        self._elsewhere, self.alone = elsewhere, alone
        for row in rows:
            last = row.second + row.length - 1
            known = {second for second, _ in self.window.seconds(row.second, last)}
            for second, bucket in row.buckets() if row.sharing else ():  # late ones count once
                self.window.merge(second, replace(bucket, frames=int(second not in known)))
            for second in range(row.second, last + 1):
                self.students[second] = max(row.present, self.students.get(second, 0))
            self.board.add(last, row.pressed)
            self._seen_until = max(self._seen_until, last + 1.0)
        with self._door:
            # What waits here may still be seen, although later seconds of others are decided.
            first = min([self._seen_until, *(row.second for row in self._waiting)])
            self._roster.presses.decided(int(first) - 1, self.students, self.question())
        if self._kept_alerts is None:
            self.feed(max([until, *(row.second + row.length - 1 for row in rows)]))

    def take_marks(self, before: Sequence[Mark], now: Sequence[Mark]) -> None:
        """Replace the marks of `before` by those of `now`; what was changed here since stays.

        Of several with one time the last stays, because pages tell marks apart by their times.
        """
        with self._lock:
            here = self.window.marks
            since, gone = set(here) - set(before), set(before) - set(here)
            kept = {mark.t: mark for mark in (*now, *since) if mark not in gone}
            here[:] = sorted(kept.values(), key=lambda mark: mark.t)

    def take_alerts(self, alerts: Sequence[Event]) -> None:
        """Show these alerts, which were raised during the class, instead of new ones.

        Looking for new ones takes long, so hand them in before the seconds are received.
        """
        self._kept_alerts = list(alerts)

    @property
    def alerts(self) -> list[Event]:
        """All alerts so far. Once the class is over, none of them still lasts."""
        return super().alerts if self._kept_alerts is None else list(self._kept_alerts)

    def close(self, now: float) -> None:
        """End the class and forget at once everything about single students."""
        with self._door:
            self._catch_up(now)
            self._roster.clear()
            self._elsewhere = 0
            if self.facts.closed is None:
                self.facts = replace(self.facts, closed=self.facts.over(now) or now)

    def _is_here(self, student: Student, now: float) -> bool:
        return self._goes_on(now) and self._roster.find(student, now) is not None

    def _goes_on(self, now: float) -> bool:
        """Close the seconds that are over; returns whether the class goes on."""
        self._catch_up(now)
        return self.facts.over(now) is None

    def _catch_up(self, now: float) -> None:
        """Close the seconds that are over, before anything is added to the next one."""
        self._waiting.extend(self._roster.close(now))
