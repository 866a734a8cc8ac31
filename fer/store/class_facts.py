"""The fixed facts about a class, as opposed to what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClassFacts:
    """A class as its instructor opened it.

    Attributes:
        id: a random name, for addresses and files.
        code: the code that students type to join.
        title: written by the instructor. Escape it wherever it is shown.
        owner: whose class it is, as `fer.access.roles.Person.owner` gives it.
        mode: a value of `fer.classroom.mode.Mode`.
        k: numbers of fewer students than this are not shown; 1 in a rehearsal.
        individual: whether students may choose to be seen individually.
        opened: when it was opened, in seconds since 1970; times of the class count from here.
        ends: when it ends by itself, in seconds since 1970; None if it does not.
        closed: when it was ended, in seconds since 1970; None while it goes on.
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

    @property
    def length_s(self) -> float | None:
        """How long the class was open, in s; None while it goes on."""
        return None if self.closed is None else self.closed - self.opened

    def over(self, now: float) -> float | None:
        """Returns when the class ended, in seconds since 1970; None if it goes on at `now`."""
        if self.closed is not None:
            return self.closed
        return self.ends if self.ends is not None and self.ends <= now else None
