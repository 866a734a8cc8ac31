"""What the visitor's browser allows, as an invisible component reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fer.web.widgets.component import component

_component = component(__file__)


@dataclass(frozen=True)
class Browser:
    """What a browser said about itself.

    Attributes:
        secure: whether it treats the page as secure (HTTPS or localhost); None: not known yet.
        cameras: the number of cameras that it sees; None if it does not say.
        permission: "granted", "denied", "prompt" or "unknown".
    """

    secure: bool | None = None
    cameras: int | None = None
    permission: str = "unknown"

    @classmethod
    def of(cls, report: object) -> Browser:
        """Read the component's report; whatever is not of the right type counts as unknown."""
        if not isinstance(report, Mapping):
            return cls()
        secure, cameras = report.get("secure"), report.get("cameras")
        permission = report.get("permission")
        return cls(
            secure if isinstance(secure, bool) else None,
            cameras if isinstance(cameras, int) and not isinstance(cameras, bool) else None,
            permission if permission in ("granted", "denied", "prompt") else "unknown",
        )


def browser_facts(key: str) -> Browser:
    """Place the invisible component and return what it last said.

    Call it in a fragment, because each change in the browser runs the surrounding part again.
    """
    return Browser.of(_component(key=key, on_report_change=lambda: None, height=1).report)
