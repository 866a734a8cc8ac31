"""The past sessions that one person may see, and what may be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fer.access.roles import Person
from fer.classroom.class_report import class_report
from fer.classroom.classrooms import LONGEST_TITLE, Classrooms
from fer.errors import RecordingError
from fer.jobs.bin import Bin
from fer.jobs.owned import OwnedJobs
from fer.report.report import Report
from fer.sessions.glance import Glance, glance_of_class, glance_of_outline
from fer.sessions.session import Kind, Session
from fer.store.class_facts import ClassFacts

MISSING = "There is no session of that name any more."


class Sessions:
    """Past classes and results. A session of somebody else is as if it did not exist.

    Methods that concern classes raise `StoreError` while the database cannot be reached. What
    concerns recordings alone works without it.
    """

    def __init__(
        self, person: Person, jobs: OwnedJobs, bin_: Bin, rooms: Callable[[], Classrooms]
    ) -> None:
        """Args:
        person: who looks at them.
        jobs: the results of recordings, as this person sees them.
        bin_: where results go that are thrown away.
        rooms: returns the classes of this process; it may raise `StoreError` as well.
        """
        self._person, self._jobs, self._bin, self._rooms = person, jobs, bin_, rooms

    def recordings(self) -> list[Session]:
        """The results of recordings, and reports that were kept; the newest first."""
        return [Session.of_job(job) for job in self._jobs.finished() if not self._bin.holds(job.id)]

    def classes(self) -> list[Session]:
        """The classes that are over, the newest first."""
        return [Session.of_class(facts) for facts in self._classes().values()]

    def glance(self, session: Session) -> Glance:
        """What a session says at a glance.

        Raises:
            RecordingError: it is gone or damaged.
        """
        if session.kind is not Kind.CLASS:
            return glance_of_outline(self._jobs.outline(session.id))
        rooms = self._rooms()
        facts = self._class(session.id)
        prevalence = rooms.store.classes.prevalence(facts.id, rooms.prevalence)
        return glance_of_class(rooms.store.history, facts, prevalence, rooms.half_life_s)

    def report(self, session: Session) -> Report:
        """The report on a session, under the name that it has now.

        Raises:
            RecordingError: it is gone or damaged.
            ValueError: nothing may be seen of the class: there never were enough students.
        """
        if session.kind is not Kind.CLASS:
            report = self._jobs.report(session.id)
            report.source = session.name
            return report
        facts = self._class(session.id)
        room = self._rooms().past(facts.id)
        if room is None:
            raise RecordingError(MISSING)
        return class_report(room, session.name)

    def rename(self, session: Session, name: str) -> None:
        """Give a session another name; one without letters changes nothing.

        Raises:
            RecordingError: it is gone, or the disk is full.
        """
        name = " ".join(name.split())[:LONGEST_TITLE]
        if session.kind is Kind.CLASS:
            self._rooms().rename(self._class(session.id).id, name)
        elif name:
            self._jobs.rename(session.id, name)

    def throw_away(self, sessions: Sequence[Session]) -> None:
        """Throw sessions away. They can be taken back for a minute."""
        classes, jobs = _ids(sessions)
        mine = self._classes() if classes else {}
        self._bin.put([job_id for job_id in jobs if self._jobs.get(job_id)])
        if classes := [class_id for class_id in classes if class_id in mine]:
            self._rooms().throw_away(classes)

    def take_back(self, sessions: Sequence[Session]) -> None:
        """Bring sessions back that were thrown away and are not deleted yet."""
        classes, jobs = _ids(sessions)
        self._bin.take_back(jobs)
        if classes:
            self._rooms().store.classes.take_back(classes)

    def thrown_away(self, sessions: Sequence[Session]) -> list[Session]:
        """Those of some sessions that can still be taken back."""
        classes, _ = _ids(sessions)
        held = self._rooms().store.classes.thrown_away(classes) if classes else set()
        return [
            one
            for one in sessions
            if (one.id in held if one.kind is Kind.CLASS else self._bin.holds(one.id))
        ]

    def problem(self, session: Session) -> str | None:
        """Why the result of a recording could not be deleted, in words for the user; None if it
        could, and for a class, of which the database tells that at once."""
        return None if session.kind is Kind.CLASS else self._bin.problem(session.id)

    def _classes(self) -> dict[str, ClassFacts]:
        owner = None if self._person.may_see_all else self._person.owner
        known = self._rooms().store.classes.all(owner) if self._person.may_teach else []
        return {
            facts.id: facts
            for facts in known
            if facts.closed is not None and self._person.may_see(facts.owner)
        }

    def _class(self, class_id: str) -> ClassFacts:
        facts = self._rooms().store.classes.by_id(class_id)
        if facts is None or facts.closed is None or not self._person.may_see(facts.owner):
            raise RecordingError(MISSING)
        return facts


def _ids(sessions: Sequence[Session]) -> tuple[list[str], list[str]]:
    """Returns the ids of the classes and those of the results of recordings."""
    classes = [one.id for one in sessions if one.kind is Kind.CLASS]
    return classes, [one.id for one in sessions if one.kind is not Kind.CLASS]
