"""The classes of this process."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable

from fer.classroom.anonymity import DEFAULT_K, checked_k
from fer.classroom.classroom import Classroom
from fer.classroom.join_code import is_code, new_code, tidy_code
from fer.classroom.link import Link
from fer.classroom.mode import Mode
from fer.classroom.past import past_class
from fer.classroom.pulse import HALF_LIFE_S
from fer.classroom.refusal import ClassOver, WrongCode
from fer.classroom.ticket import hashed, new_secret
from fer.errors import StoreError
from fer.mood.prevalence import Prevalence
from fer.mood.window import MoodWindow
from fer.store.class_facts import ClassFacts
from fer.store.store import Store

LONGEST_TITLE = 120

LONGEST_S = float(MoodWindow.MAX_SECONDS)
"""Seconds after which a class that nobody ends is over."""

TIDY_S = 3600.0
"""Seconds between two searches for what is to be deleted."""

log = logging.getLogger(__name__)


class Classrooms:
    """Opens, finds and closes classes. All methods may be called from any thread.

    `start` makes a thread that lets the classes and the database meet every second. All but `stop`
    and `meet` raise `StoreError` where the database cannot be reached.
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
        store: where classes are kept.
        prevalence: of the network that reads the students' faces.
        half_life_s: of presses, see `fer.classroom.pulse`.
        keep_days: days after which a class that is over is deleted; 0 for never.
        clock: the time, s since 1970; of a test.
        """
        self.store = store
        self._prevalence = prevalence
        self._half_life_s = half_life_s
        self._keep_days = keep_days
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._lock = threading.RLock()
        self._meeting = threading.RLock()
        self._links: dict[str, Link] = {}
        self._tidied = 0.0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble: StoreError | None = None
        """Why the database cannot be reached, for pages; None while it can."""

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
            title: for people.
            mode: whether students may share cameras.
            owner: who may see it, see `fer.access.roles.Person.owner`.
            k: numbers of fewer students are not shown, see `fer.classroom.anonymity`.
            rehearsal: somebody tries it out alone: numbers of one person are shown.
            individual: whether students may be offered to be seen individually.
            ends: when it is over by itself, s since 1970; at the latest after `LONGEST_S`.

        Raises:
            ValueError: k is too small.
        """
        opened = float(int(self._clock()))
        latest = opened + LONGEST_S
        facts = ClassFacts(
            id=secrets.token_hex(8),
            code=new_code(),
            title=" ".join(title.split())[:LONGEST_TITLE],
            owner=owner,
            mode=Mode(mode),
            k=checked_k(k, rehearsal),
            individual=individual,
            opened=opened,
            ends=latest if ends is None else min(ends, latest),
        )
        self.store.classes.add(facts)
        return self._link(facts).room

    def by_code(self, text: str) -> Classroom:
        """The class that a student means by what they typed in.

        Raises:
            WrongCode, ClassOver: there is none.
        """
        code = tidy_code(text)
        facts = self.store.classes.by_code(code) if is_code(code) else None
        return self._entered(facts)

    def by_invitation(self, secret: str) -> Classroom:
        """The class that a co-teacher's link opens.

        Raises:
            WrongCode, ClassOver: there is none, or the link was revoked.
        """
        return self._entered(self.store.classes.by_invitation(hashed(secret)))

    def by_id(self, class_id: str) -> Classroom | None:
        """A class that goes on; None where there is none."""
        with self._lock:
            if (link := self._links.get(class_id)) is not None:
                return link.room if link.room.closed is None else None
        facts = self.store.classes.by_id(class_id)
        if facts is None or facts.over(self._clock()) is not None:
            return None
        return self._link(facts).room

    def past(self, class_id: str) -> Classroom | None:
        """A class as it is kept, whether it goes on or not, with all that may be seen of it."""
        return past_class(self.store, class_id, self._prevalence, self._half_life_s, self._clock)

    def invite(self, class_id: str) -> str:
        """Returns the secret of a new link for a co-teacher; the link before it ends."""
        secret = new_secret()
        self.store.classes.invite(class_id, hashed(secret))
        return secret

    def revoke(self, class_id: str) -> None:
        """End the link for a co-teacher."""
        self.store.classes.invite(class_id, "")

    def close(self, class_id: str) -> None:
        """End a class. Where the database is away, it learns of that later."""
        room = self.by_id(class_id)
        if room is not None:
            room.close(self._clock())
            with self._meeting:
                self._try(self._links[class_id])

    def meet(self) -> None:
        """Let all classes and the database meet once; ends those whose time is up."""
        with self._meeting:
            with self._lock:
                links = list(self._links.values())
            for link in links:
                if not self._try(link):
                    break
            self._tidy()

    def start(self) -> None:
        """Meet every second, on a thread, until `stop`."""
        self._thread = threading.Thread(target=self._run, name="classes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end the thread. A second call changes nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(30)
        self.meet()
        with self._lock:
            links = list(self._links.values())
        for link in links:
            try:
                link.sign_off()
            except StoreError:
                break

    def _run(self) -> None:
        while not self._stopped.wait(1 - self._clock() % 1):
            self.meet()

    def _try(self, link: Link) -> bool:
        """Let one class and the database meet; False where the database cannot be reached."""
        try:
            self._meet(link)
        except StoreError as error:
            if self.trouble is None:
                log.warning("classes are kept in memory: %s", error)
            self.trouble = error
            return False
        except Exception:  # one class must not stop the others
            log.exception("a class cannot be written")
            return True
        if self.trouble is not None:
            log.warning("classes are written again")
            self.trouble = None
        return True

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

    def _tidy(self) -> None:
        """Delete what is not to be kept."""
        now = self._clock()
        if now - self._tidied < TIDY_S or self.trouble is not None:
            return
        try:
            self.store.classes.close_overdue(now)
            self.store.history.sweep(now - 60)
            if self._keep_days:
                self.store.classes.erase_before(now - 86400.0 * self._keep_days)
            self._tidied = now
        except StoreError as error:
            self.trouble = error

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
            self._prevalence,
            half_life_s=self._half_life_s,
            clock=self._clock,
        )
