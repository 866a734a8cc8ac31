"""Everything that a report says, before it becomes HTML or PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from fer.mood.cues import CUES
from fer.mood.moments import title_of
from fer.mood.trigger import Event
from fer.purpose import LAW, NOT_A_FEELING, NOT_FOR
from fer.report.chapters import Chapter, all_chapters
from fer.report.highlights import highlights
from fer.report.numbers import Number, numbers
from fer.report.report import Report
from fer.text import clock, on_clock

NOTICE = (
    "What is shown are expressions, as a model reads them from faces and voices; the model page "
    f"says how often it errs. {NOT_A_FEELING} Not for {NOT_FOR}. {LAW}"
)
"""Says what a report must not be used for."""

PRESSES_NOTICE = (
    "What is shown is what students pressed. Nothing was read from a face or a voice. "
    f"Not for {NOT_FOR}."
)
"""The same for a class without cameras."""


@dataclass(frozen=True)
class EventLine:
    """One event or mark of a report in words."""

    when: str
    kind: str
    text: str


@dataclass(frozen=True)
class CueLine:
    """One cue in words: how far it can be trusted, what it means and what it is not for."""

    name: str
    label: str
    meaning: str
    not_for: str


@dataclass(frozen=True)
class Contents:
    """Everything that a report says, before it becomes HTML or PDF."""

    name: str
    date: str
    subtitle: str
    highlights: list[str]
    notice: str
    remarks: list[str]
    numbers: list[Number]
    chapters: list[Chapter]
    events: list[EventLine]
    cues: list[CueLine]


def contents(
    report: Report,
    period: tuple[float, float] | None = None,
    date: str = "",
    zone: tzinfo | None = None,
) -> Contents:
    """Put together everything that the report of a recording says.

    Args:
        report: the report.
        period: start and end of the time that it covers, in s; None takes all of it.
        date: when the analysis was made, as people write it; "" leaves it out. Of a report that
            knows when it began, the date and the clock times of that stand in its place.
        zone: time zone of the clock times; None for that of this machine.
    """
    start, end = report.span() if period is None else period
    began = report.summary.get("began")
    if began is not None:
        first, last = on_clock(began + start, zone), on_clock(began + end, zone)
        day = "" if last.date() == first.date() else f"{last:%Y-%m-%d, }"
        date = f"{first:%Y-%m-%d, %H:%M} to {day}{last:%H:%M %Z}"
    return Contents(
        name=report.source or "Recording",
        date=date,
        subtitle=" · ".join(
            part for part in ("Mood report", date, f"{clock(start)} to {clock(end)}") if part
        ),
        highlights=highlights(report),
        notice=NOTICE if report.has_pictures or report.voice is not None else PRESSES_NOTICE,
        remarks=list(report.summary.get("remarks", ())),
        numbers=numbers(report),
        chapters=all_chapters(report, (start, end)),
        events=[_event_line(event, end, began, zone) for event in report.moments()],
        cues=cue_lines(report),
    )


def _event_line(event: Event, last: float, began: float | None, zone: tzinfo | None) -> EventLine:
    start, end = clock(event.start), clock(last if event.end is None else event.end)
    when = start if start == end else f"{start}–{end}"
    if began is not None:
        when += f" ({on_clock(began + event.start, zone):%H:%M})"
    return EventLine(when, title_of(event.kind), event.text)


def cue_lines(report: Report) -> list[CueLine]:
    """Returns in words those cues of `fer.mood.cues.CUES` that a report holds."""
    measured = {
        "smile": report.timeline.get("smile"),
        "presence": report.timeline.get("presence"),
        "head pose": report.faces.get("yaw"),
        "posture": report.timeline.get("posture"),
        "blinks": report.timeline.get("blinks"),
    }
    return [
        CueLine(name, cue.label, cue.meaning, cue.not_for)
        for name, cue in CUES.items()
        if (values := measured[name]) is not None and values.notna().any()
    ]
