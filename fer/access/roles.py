"""What a person may do in the app.

Students have no role. A student has a ticket for one class, which `fer/classroom/` checks, and no
page of this app ever asks who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

EVERYBODY = ""
"""The owner of things made by a browser on this machine, or after a sign-in with the password."""


class Role(IntEnum):
    """The roles. Each may do everything that the ones before it may do.

    A visitor may read how far the model can be trusted. An instructor may watch classes, analyse
    recordings, and see their own classes and results. An operator may see everybody's.
    """

    VISITOR = 0
    INSTRUCTOR = 1
    OPERATOR = 2


@dataclass(frozen=True)
class Person:
    """Somebody who uses the app.

    Attributes:
        role: what they may do.
        owner: the name under which their classes and results are kept: the e-mail address of their
            account, or `EVERYBODY`.
    """

    role: Role
    owner: str = EVERYBODY

    @property
    def may_teach(self) -> bool:
        """Whether they may open the pages for instructors."""
        return self.role >= Role.INSTRUCTOR

    @property
    def may_see_all(self) -> bool:
        """Whether they may see what belongs to anybody."""
        return self.role == Role.OPERATOR

    def may_see(self, owner: str) -> bool:
        """Whether they may see, change and delete what belongs to `owner`."""
        return self.may_see_all or (self.may_teach and owner == self.owner)
