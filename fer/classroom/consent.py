"""What a student has agreed to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

LONGEST_NICKNAME = 32


class Camera(StrEnum):
    """What a student's camera is used for.

    NONE: nothing, as the student joins without it. PICTURES: small pictures are sent to the server,
    which reads them. DEVICE: the student's own device reads them and sends numbers.
    """

    NONE = "none"
    PICTURES = "pictures"
    DEVICE = "device"


@dataclass(frozen=True)
class Consent:
    """What a student has agreed to when joining.

    Attributes:
        camera: what the student's camera may be used for.
        nickname: as typed in, but without control characters and surplus white space; None if
            there is none. Escape it wherever it is shown.
        individual: whether the instructor may see this student's own smoothed reading.
    """

    camera: Camera = Camera.NONE
    nickname: str | None = None
    individual: bool = False

    def __post_init__(self) -> None:
        nickname = None
        if self.individual and self.nickname:
            shown = "".join(sign if sign.isprintable() else " " for sign in self.nickname)
            nickname = " ".join(shown.split())[:LONGEST_NICKNAME].strip() or None
        object.__setattr__(self, "nickname", nickname)

    def unseen(self) -> Consent:
        """Returns this consent without that to be seen individually."""
        return replace(self, individual=False, nickname=None)
