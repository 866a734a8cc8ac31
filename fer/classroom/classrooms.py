"""The classes of this process."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from fer.classroom.anonymity import DEFAULT_K, checked_k
from fer.classroom.classroom import Classroom
from fer.classroom.join_code import is_code, new_code, tidy_code
from fer.classroom.link import Link
from fer.classroom.mode import Mode
from fer.classroom.past import past_class
from fer.classroom.pulse import HALF_LIFE_S
from fer.classroom.refusal import ClassOver, WrongCode
from fer.classroom.ticket import hashed, new_secret
from fer.errors import StoreError, StoreFault
from fer.keeping import UNDO_S, oldest_kept
from fer.mood.prevalence import Prevalence
from fer.mood.window import MoodWindow
from fer.store.class_facts import ClassFacts
from fer.store.classes import ERASED_AT_ONCE
from fer.store.store import Store

LONGEST_TITLE = 120
"""Letters of a title at the most."""

LONGEST_S = float(MoodWindow.MAX_SECONDS)
"""Seconds after which a class that nobody ends is over."""

TIDY_S = 3600.0
"""Seconds between two searches for old data to delete."""

ANSWER_S = 3.0
"""Seconds that the database may take to answer before the classes go on without it."""

AWAY_S = 60.0
"""Seconds after which nobody is believed to serve a class that ought to be over."""

EMPTY_S = 10.0
"""Seconds between two searches for classes that were thrown away a while ago."""

log = logging.getLogger(__name__)


class Classrooms:
    """Opens, finds and closes classes. All methods may be called from any thread.

    `start` makes threads that call `meet` and `go_on` every second. All methods but these two and
    `stop` raise `StoreError` if they need the database and cannot reach it.
    """

    def __init__(
        self,
        store: Store,
        prevalence: Prevalence | None = None,
        *,
        half_life_s: float = HALF_LIFE_S,
        keep_days: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        store: the database.
        prevalence: adjusts the shares of the network that reads the faces; None leaves them as
            read.
        half_life_s: seconds after which a press counts half.
        keep_days: days after which a class that is over is deleted; 0 for never.
        clock: returns the time in seconds since 1970; tests replace it.
        """
        self.store = store
        self.prevalence = prevalence
        self.half_life_s = half_life_s
        self.keep_days = keep_days
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._lock = threading.RLock()
        self._meeting = threading.RLock()
        self._links: dict[str, Link] = {}
        self._tidied = self._emptied = 0.0
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._asked: float | None = None
        self._logged: set[str] = set()
        self.trouble: StoreError | None = None
        """Why classes cannot be written, which pages show; None while they can."""

    def open(
        self,
        title: str,
        *,
        mode: Mode,
        owner: str = "",
        k: int = DEFAULT_K,
        rehearsal: bool = False,
        individual: bool = False,
        ends: float | None = None,
    ) -> Classroom:
        """Open a class.

        Args:
            title: the title that people read.
            mode: whether students may share their cameras.
            owner: whose class it is, as `fer.access.roles.Person.owner` gives it.
            k: fewest students that a number may stand for, as `fer.classroom.anonymity` explains.
            rehearsal: whether somebody tries it out alone, so that numbers of one person are shown.
            individual: whether students may choose to be seen individually.
            ends: when it ends by itself, in seconds since 1970; at the latest after `LONGEST_S`.

        Raises:
            ValueError: k is too small.
        """
        opened = float(int(self._clock()))
        latest = opened + LONGEST_S
        facts = ClassFacts(
            id=secrets.token_hex(8),
            code=new_code(),
            title=_tidy_title(title),
            owner=owner,
            mode=Mode(mode),
            k=checked_k(k, rehearsal),
            individual=individual,
            opened=opened,
            ends=latest if ends is None else min(ends, latest),
        )
        self.store.classes.add(facts, self.prevalence)
        return self._link(facts).room

    def by_code(self, text: str) -> Classroom:
        """Returns the class that a student means by what they typed in.

        Raises:
            WrongCode: no class has this code.
            ClassOver: the class has ended.
        """
        code = tidy_code(text)
        facts = self.store.classes.by_code(code) if is_code(code) else None
        return self._entered(facts)

    def by_invitation(self, secret: str) -> Classroom:
        """Returns the class that a co-teacher's link opens.

        Args:
            secret: the secret of the link, as `invite` returns it.

        Raises:
            WrongCode: there is no such link, or it was revoked.
            ClassOver: the class has ended.
        """
        return self._entered(self.store.classes.by_invitation(hashed(secret)))

    def by_id(self, class_id: str) -> Classroom | None:
        """Returns a class that goes on, or None."""
        with self._lock:
            if (link := self._links.get(class_id)) is not None:
                return link.room if link.room.closed is None else None
        facts = self.store.classes.by_id(class_id)
        if facts is None or facts.over(self._clock()) is not None:
            return None
        return self._link(facts).room

    def past(self, class_id: str) -> Classroom | None:
        """Returns a class with all that may be seen of it, over or not; None if there is none."""
        with self._lock:
            link = self._links.get(class_id)
        room = past_class(self.store, class_id, self.prevalence, self.half_life_s, self._clock)
        if room is not None and link is not None and link.room.closed is not None:
            room.close(link.room.closed)  # that it is over may not be written yet
        return room

    def rename(self, class_id: str, title: str) -> None:
        """Give a class another title; one without letters changes nothing."""
        if title := _tidy_title(title):
            self.store.classes.rename(class_id, title)

    def throw_away(self, class_ids: Iterable[str]) -> None:
        """Throw classes away; `UNDO_S` later they are erased, unless they are taken back."""
        self.store.classes.throw_away(class_ids, self._clock())

    def invite(self, class_id: str) -> str:
        """Make a new link for a co-teacher, which ends the one before; returns its secret."""
        secret = new_secret()
        self.store.classes.invite(class_id, hashed(secret))
        return secret

    def revoke(self, class_id: str) -> None:
        """End the link for a co-teacher."""
        self.store.classes.invite(class_id, "")

    def close(self, class_id: str) -> None:
        """End a class. If the database cannot be reached, that is written later."""
        room = self.by_id(class_id)
        if room is None:
            return
        room.close(self._clock())
        # A thread that holds this for longer waits for the database. It writes the end afterwards.
        if not self._meeting.acquire(timeout=ANSWER_S):
            return
        try:
            # The link is gone if the thread has written the end meanwhile.
            if (link := self._links.get(class_id)) is not None:
                self._try(link)
        finally:
            self._meeting.release()

    def meet(self) -> None:
        """Exchange the news of all classes with the database, and end those whose time is up."""
        with self._meeting:
            fault = None
            for link in self._open_links():
                problem = self._try(link)
                if isinstance(problem, StoreFault):
                    fault = problem
                    self._go_on(link)
                elif problem is not None:
                    self.go_on()
                    return  # to wait for the database once is enough
            with self._asking():
                untidy = self._tidy()
            self._note(untidy or fault)

    def go_on(self) -> None:
        """If the database does not answer, let the classes show what may be seen without it.

        That is done although `meet` may still wait for the database.
        """
        if self.trouble is None or isinstance(self.trouble, StoreFault):
            asked = self._asked
            if asked is None or self._clock() - asked < ANSWER_S:
                return
            self._note(StoreError("The database does not answer."))
        for link in self._open_links():
            self._go_on(link)

    def _go_on(self, link: Link) -> None:
        try:
            closed = link.room.closed
            link.go_on(self._clock() if closed is None else closed)
        except Exception:  # one class must not stop the others
            log.exception("a class cannot go on without the database")

    def start(self) -> None:
        """Call `meet` and `go_on` every second, each on a thread, until `stop`."""
        for name, act in (("classes", self.meet), ("classes-alone", self.go_on)):
            thread = threading.Thread(target=self._run, args=(act,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Write what is left, and end the thread. A second call changes nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)
        self._guarded(self.meet)
        for link in self._open_links():
            try:
                link.sign_off()
            except StoreError:
                break

    def _run(self, act: Callable[[], None]) -> None:
        while not self._stopped.wait(1 - self._clock() % 1):
            self._guarded(act)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Call `act`, and show an error that nobody foresaw, so that the thread tries it again."""
        try:
            act()
        except Exception as error:
            self._note(_unforeseen(error))

    def _open_links(self) -> list[Link]:
        with self._lock:
            return list(self._links.values())

    def _try(self, link: Link) -> StoreError | None:
        """Exchange the news of one class; returns why it cannot be done now, or None."""
        problem: StoreError | None = None
        try:
            with self._asking():
                self._meet(link)
        except StoreError as error:
            problem = error
        except Exception as error:  # one class must not stop the others
            problem = _unforeseen(error)
        # Another class may have a fault, so that a success does not end that one.
        if problem is not None or not isinstance(self.trouble, StoreFault):
            self._note(problem)
        return problem

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Let `go_on` know for how long the database has not answered."""
        self._asked = self._clock()
        try:
            yield
        finally:
            self._asked = None

    def _note(self, problem: StoreError | None) -> None:
        """Keep why classes cannot be written, and log each reason once until they are again."""
        if problem is None:
            if self.trouble is not None:
                log.warning("classes are written again")
            self._logged.clear()
        elif isinstance(problem, StoreFault):
            if str(problem) not in self._logged:
                self._logged.add(str(problem))
                log.error("classes cannot be written: %s", problem, exc_info=problem)
        elif self.trouble is None or isinstance(self.trouble, StoreFault):
            log.warning("classes wait in memory: %s", problem)
        self.trouble = problem

    def _meet(self, link: Link) -> None:
        room = link.room
        closed = room.closed
        if closed is not None:
            room.close(closed)
        goes_on = link.meet(self._clock() if closed is None else closed)
        if goes_on and closed is not None:
            self.store.classes.close(room.id, closed, room.alerts)
        if not goes_on or closed is not None:
            room.close(self._clock())
            with self._lock:
                self._links.pop(room.id, None)

    def _tidy(self) -> StoreError | None:
        """Delete, once an hour, what should not be kept any longer.

        Of many classes some are deleted at a time, and the others from second to second.

        Returns:
            Why that cannot be done now, or None.
        """
        now = self._clock()
        try:
            due = now - self._emptied >= EMPTY_S
            if due and self.store.classes.erase_thrown_away(now - UNDO_S) < ERASED_AT_ONCE:
                self._emptied = now
            if now - self._tidied < TIDY_S:
                return None
            # Whoever serves a class ends it, with its alerts and its last seconds.
            self.store.classes.close_overdue(now - AWAY_S)
            self.store.history.sweep(now - AWAY_S)
            oldest = oldest_kept(self.keep_days, now)
            if self.store.classes.erase_before(oldest) < ERASED_AT_ONCE:
                self._tidied = now
        except StoreError as error:
            return error
        return None

    def _entered(self, facts: ClassFacts | None) -> Classroom:
        if facts is None:
            raise WrongCode
        if facts.over(self._clock()) is not None:
            raise ClassOver
        return self._link(facts).room

    def _link(self, facts: ClassFacts) -> Link:
        with self._lock:
            link = self._links.get(facts.id)
            if link is None:
                link = self._links[facts.id] = Link(self._made(facts), self.store, self._process)
            return link

    def _made(self, facts: ClassFacts) -> Classroom:
        return Classroom(
            facts,
            self.store.tickets,
            self.prevalence,
            half_life_s=self.half_life_s,
            clock=self._clock,
        )


def _unforeseen(error: Exception) -> StoreFault:
    fault = StoreFault(f"This app has a fault. ({type(error).__name__}: {error})")
    fault.__cause__ = error
    return fault


def _tidy_title(title: str) -> str:
    return " ".join(title.split())[:LONGEST_TITLE]
