"""The values that a live page shows, without a screen."""

from __future__ import annotations

from dataclasses import dataclass

from fer.live.session import LiveSession
from fer.mood.groups import GroupShare, group_shares
from fer.mood.headline import headline


@dataclass(frozen=True)
class LiveNumbers:
    """What a session says at one moment.

    Attributes:
        headline: one sentence on the class, and one on how many faces it is of.
        groups: shares of the four groups among the faces read; empty where none was read.
        adjusted: whether the class's own mixture was put into the shares; without it they are
            pulled towards the mixture that the network was calibrated on.
        faces: faces in the newest picture; None where it is old or there is none.
        unsure: share of the faces that were read with too little confidence; None without any.
        analysed_fps: pictures read a second; None while no source runs.
        delay: s since the capture of the newest picture read; None while no source runs.
    """

    headline: str
    groups: list[GroupShare]
    adjusted: bool
    faces: int | None
    unsure: float | None
    analysed_fps: float | None
    delay: float | None


def live_numbers(session: LiveSession, seconds: float | None) -> LiveNumbers:
    """The values over the last `seconds`, or over the whole session for None."""
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
