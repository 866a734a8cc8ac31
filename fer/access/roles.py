"""What a person may do in the app.

Students are not among the roles. A student has a ticket of one class, which `fer/classroom/`
checks, and no page of this app ever asks who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

EVERYBODY = ""
"""Owner of what was made on this machine, or by somebody who signed in with the password."""


class Role(IntEnum):
    """Roles in the order of what they may do: each may do all that the ones before it may.

    A visitor may read how far the model can be trusted. An instructor may watch classes, analyse
    recordings, and see what is theirs. An operator may see everybody's.
    """

    VISITOR = 0
    INSTRUCTOR = 1
    OPERATOR = 2


@dataclass(frozen=True)
class Person:
    """Somebody who uses the app.

    Attributes:
        role: what they may do.
        owner: under which name what they make is kept: their account's e-mail address, or
            `EVERYBODY`.
    """

    role: Role
    owner: str = EVERYBODY

    @property
    def may_teach(self) -> bool:
        """Whether they may open the pages for instructors."""
        return self.role >= Role.INSTRUCTOR

    def may_see(self, owner: str) -> bool:
        """Whether they may see, change and delete what belongs to `owner`."""
        return self.role == Role.OPERATOR or (self.may_teach and owner == self.owner)
