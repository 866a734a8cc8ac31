"""One past class, recording or live session, as a row of the list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fer.jobs.job import Job
from fer.store.class_facts import ClassFacts


class Kind(StrEnum):
    """Where the numbers of a session come from.

    A class is one that students joined. A result is one of a recording. A report was made from an
    earlier export, or of a live session: that stands in the report itself, so only
    `fer.sessions.glance.Glance.kind_of` knows it.
    """

    CLASS = "class"
    RECORDING = "recording"
    REPORT = "import"
    LIVE = "live session"


@dataclass(frozen=True)
class Session:
    """A past session.

    Attributes:
        key: of both lists together, for widgets.
        kind: where its numbers come from.
        id: the id of the class or of the job.
        name: by people. Escape it wherever it is shown.
        began: when the class was opened or the analysis was started, s since 1970.
    """

    key: str
    kind: Kind
    id: str
    name: str
    began: float

    @classmethod
    def of_class(cls, facts: ClassFacts) -> Session:
        """Returns a class as a row."""
        return cls(f"class-{facts.id}", Kind.CLASS, facts.id, facts.title, facts.opened)

    @classmethod
    def of_job(cls, job: Job) -> Session:
        """Returns a finished analysis, or a report that was kept, as a row."""
        kind = Kind.RECORDING if job.uploaded or job.source else Kind.REPORT
        return cls(f"job-{job.id}", kind, job.id, job.name, job.created)
