"""What a class is, beside what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClassFacts:
    """A class as its instructor opened it.

    Attributes:
        id: random, for addresses and files.
        code: what students type in to join.
        title: by the instructor.
        owner: who may see it, see `fer.access.roles.Person.owner`.
        mode: of `fer.classroom.mode.Mode`.
        k: numbers of fewer students than this are not shown; 1 in a rehearsal.
        individual: whether students may be offered to be seen individually.
        opened: s since 1970; times of the class count from here.
        ends: when it is over by itself, s since 1970; None: when somebody closes it.
        closed: when it was over; None while it goes on.
        invitation: hash of the secret in the link for a co-teacher; "" for no link.
    """

    id: str
    code: str
    title: str
    owner: str
    mode: str
    k: int
    individual: bool
    opened: float
    ends: float | None = None
    closed: float | None = None
    invitation: str = field(default="", repr=False)

    def over(self, now: float) -> float | None:
        """When the class was over, s since 1970; None while it goes on."""
        if self.closed is not None:
            return self.closed
        return self.ends if self.ends is not None and self.ends <= now else None
