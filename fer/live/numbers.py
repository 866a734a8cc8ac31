"""The values that a live page shows."""

from __future__ import annotations

from dataclasses import dataclass

from fer.live.session import LiveSession
from fer.mood.groups import GroupShare, group_shares
from fer.mood.headline import headline


@dataclass(frozen=True)
class LiveNumbers:
    """The values of a session at one moment.

    Attributes:
        headline: one sentence about the class, and one about the number of readable faces.
        groups: shares of the four groups among the faces read; empty if no face was read.
        adjusted: whether the shares are corrected for label shift, see `fer.mood.prevalence`; if
            not, they are pulled towards the mixture that the network was calibrated on.
        faces: number of faces in the newest picture; None if it is old or there is none.
        unsure: share of the faces that were read with too little confidence; None if no face was
            read.
        analysed_fps: number of pictures read per second; None while no source runs.
        delay: seconds since the capture of the newest picture read; None while no source runs.
    """

    headline: str
    groups: list[GroupShare]
    adjusted: bool
    faces: int | None
    unsure: float | None
    analysed_fps: float | None
    delay: float | None


def live_numbers(session: LiveSession, seconds: float | None) -> LiveNumbers:
    """Calculate the values over the last `seconds`, or over the whole session for None."""
    vitals, mood = session.vitals(), session.mood(seconds)
    groups = group_shares(mood.class_shares(session.prevalence)) if mood.read else []
    frames = max(1, mood.frames)
    return LiveNumbers(
        headline=headline(
            groups,
            seen=mood.faces / frames,
            readable=mood.read / frames,
            minutes=session.minutes(),
        ),
        groups=groups,
        adjusted=session.prevalence is not None,
        faces=vitals.faces,
        unsure=1 - mood.sure / mood.read if mood.read else None,
        analysed_fps=vitals.analysed_fps if session.streaming else None,
        delay=vitals.delay if session.streaming else None,
    )
