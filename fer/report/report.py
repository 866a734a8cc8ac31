"""What is told about a recording: tables, one HTML page, a PDF, and the numbers kept on disk.

`contents` says once what a report holds; the HTML and the PDF only set it.
"""

from __future__ import annotations

import html
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from fer.charts import timeline as charts
from fer.errors import RecordingError
from fer.files import write_whole
from fer.mood import timeline as tables
from fer.mood.cues import CUES, smile_index
from fer.mood.shares import SHARES, dominant
from fer.mood.trigger import Event
from fer.purpose import LAW, NOT_A_FEELING, NOT_FOR
from fer.text import clock

DRAWN_ROWS = 2000
"""Rows of a table that a chart draws at most; a page has fewer columns of pixels. Peaks stay."""

NOTICE = (
    "What is shown are expressions, as a model reads them from faces and voices; the model page "
    f"says how often it errs. {NOT_A_FEELING} Not for {NOT_FOR}. {LAW}"
)
"""What a report must not be used for."""

# Part of a chart's width that the name of an event takes.
_TEXT_PART = 0.16

_ANGLES = {"yaw": "yaw (sideways)", "pitch": "pitch (up)", "roll": "roll (tilt)"}
_SIMILAR = {"posture": "similarity with the first picture of its part"}


class Voice(Protocol):
    """What is needed of `fer.speech.analysis.SpeechReport`."""

    @property
    def timeline(self) -> pd.DataFrame: ...


class Report(Protocol):
    """What is needed of `fer.report.lecture_report.LectureReport`."""

    @property
    def source(self) -> str: ...
    @property
    def timeline(self) -> pd.DataFrame: ...
    @property
    def faces(self) -> pd.DataFrame: ...
    @property
    def summary(self) -> dict: ...
    @property
    def events(self) -> list[Event]: ...
    @property
    def voice(self) -> Voice | None: ...


@dataclass(frozen=True, eq=False)
class Sound:
    """The report on a voice, or part of one, as a plain table."""

    timeline: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Tables:
    """A report, or part of one, as plain tables."""

    source: str
    timeline: pd.DataFrame
    faces: pd.DataFrame
    summary: dict
    events: list[Event]
    voice: Voice | None = None


@dataclass(frozen=True, eq=False)
class Outline:
    """What recordings are compared by, however long they are.

    Attributes:
        shares: float64 (8,), see `fer.mood.timeline.mean_shares`; None where no face was read.
        valence: float64 (60,), its means over equal parts of the time.
    """

    shares: np.ndarray | None
    valence: np.ndarray


@dataclass(frozen=True)
class Number:
    """One number of a report, written out."""

    name: str
    value: str


@dataclass(frozen=True)
class Chapter:
    """One chart of a report, with what to know about it."""

    key: str
    title: str
    figure: go.Figure
    note: str = ""


@dataclass(frozen=True)
class EventLine:
    """One event of a report, written out."""

    when: str
    kind: str
    text: str


@dataclass(frozen=True)
class CueLine:
    """One cue: how far it can be trusted, what it says and what it is not for."""

    name: str
    label: str
    meaning: str
    not_for: str


@dataclass(frozen=True)
class Contents:
    """All that a report says, before it is set as HTML or PDF."""

    name: str
    subtitle: str
    notice: str
    numbers: list[Number]
    chapters: list[Chapter]
    events: list[EventLine]
    cues: list[CueLine]


def contents(report: Report, period: tuple[float, float] | None = None) -> Contents:
    """What the report of a recording says.

    Args:
        period: start and end of what it covers, s; None: from the first to the last time.
    """
    start, end = span(report) if period is None else period
    return Contents(
        name=report.source or "Recording",
        subtitle=f"Mood report · {clock(start)} to {clock(end)}",
        notice=NOTICE,
        numbers=numbers(report),
        chapters=chapters(report, (start, end)),
        events=[
            EventLine(f"{clock(e.start)}–{clock(end if e.end is None else e.end)}", e.kind, e.text)
            for e in report.events
        ],
        cues=cue_lines(),
    )


def cue_lines() -> list[CueLine]:
    """All cues of `fer.mood.cues.CUES`, written out."""
    return [CueLine(name, cue.label, cue.meaning, cue.not_for) for name, cue in CUES.items()]


def span(report: Report) -> tuple[float, float]:
    """First and last time of a report's tables, s; (0, 0) where they are empty."""
    ends = [
        (float(table["t"].iloc[0]), float(table["t"].iloc[-1]))
        for table in (report.timeline, None if report.voice is None else report.voice.timeline)
        if table is not None and len(table)
    ]
    return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else (0.0, 0.0)


def part(report: Report, start: float, end: float) -> Tables:
    """The part of a report between two times in s, with the events that touch it."""
    voice = None
    if report.voice is not None:
        voice = Sound(tables.between(report.voice.timeline, start, end))
    return Tables(
        report.source,
        tables.between(report.timeline, start, end),
        tables.between(report.faces, start, end),
        report.summary,
        [e for e in report.events if e.start <= end and (e.end is None or e.end >= start)],
        voice,
    )


def outline(timeline: pd.DataFrame) -> Outline:
    """The outline of a recording with this timeline."""
    return Outline(tables.mean_shares(timeline), tables.evenly(timeline, "valence"))


def comparison(found: Sequence[Outline]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Mean shares (8,) and valence over the length (60,) of some recordings.

    Every recording counts once, whatever its length. None where no face was read in any.
    """
    shares = [own.shares for own in found if own.shares is not None]
    if not shares:
        return None, None
    curves = np.array([own.valence for own in found])
    known = np.isfinite(curves)
    total = np.where(known, curves, 0.0).sum(axis=0)
    counted = known.sum(axis=0)
    curve = np.divide(total, counted, out=np.full(curves.shape[1], np.nan), where=counted > 0)
    return np.mean(shares, axis=0), curve


def numbers(report: Report) -> list[Number]:
    """The numbers of a report: over its faces where there are any, and over its voice."""
    start, end = span(report)
    found = [Number("length", clock(end - start))]
    timeline = report.timeline
    if len(timeline):
        shares = tables.mean_shares(timeline)
        frames = float(timeline["frames"].sum())
        seen = float((timeline["frames"] * timeline["faces"]).sum())
        unread = float((timeline["frames"] * timeline["unread"]).sum())
        found += [
            Number("frames analysed", f"{frames:.0f}"),
            Number("faces (mean, most)", _faces_text(timeline)),
            Number("faces not readable", _percent(unread / seen if seen else None)),
            Number("dominant expression", _dominant(shares)),
            Number("smile index", _percent(smile_index(timeline)[0])),
            Number("valence (mean)", _signed(tables.mean_of(timeline, "valence"))),
            Number("unsure", _percent(None if shares is None else float(shares[-1]))),
        ]
        for column, name in (("presence", "presence (mean)"), ("turned", "turned away or moved")):
            if column in timeline.columns and timeline[column].notna().any():
                found.append(Number(name, _percent(float(timeline[column].mean()))))
    if report.voice is not None and len(report.voice.timeline):
        voice = tables.of_voice(report.voice.timeline)
        shares = tables.mean_shares(voice)
        found += [
            Number("speech, of the time", _percent(float(voice["faces"].mean()))),
            Number("dominant tone of voice", _dominant(shares)),
            Number("valence of the voice", _signed(tables.mean_of(voice, "valence"))),
        ]
    return found


def chapters(report: Report, period: tuple[float, float] | None = None) -> list[Chapter]:
    """The charts of a report, see `contents`. What was not measured has none."""
    start, end = span(report) if period is None else period
    room = (end - start) * _TEXT_PART
    found = []
    timeline = report.timeline
    if len(timeline):
        drawn = tables.thin(timeline, DRAWN_ROWS, ("valence", "faces"))
        shares = tables.mean_shares(timeline)
        found += [
            Chapter(
                "donut",
                "Expressions, over all faces",
                charts.donut(shares),
                "Every face that was read counts once in every frame.",
            ),
            Chapter("shares", "Expressions over time", charts.share_timeline(drawn, height=260)),
            Chapter(
                "valence",
                "Valence and events",
                _spread_texts(charts.valence_line(drawn, report.events), report.events, room),
                "How pleasant the expressions are, from −1 to 1, averaged over the faces read.",
            ),
            Chapter("faces", "Faces in view", charts.faces_line(drawn)),
        ]
        cues = {
            column: f"{name} ({CUES[cue].label})"
            for column, name, cue in (
                ("smile", "smile", "smile"),
                ("presence", "presence", "presence"),
                ("turned", "turned away or moved", "posture"),
            )
            if column in timeline.columns and timeline[column].notna().any()
        }
        if cues:
            lines = tables.thin(timeline, DRAWN_ROWS, tuple(cues))
            found.append(
                Chapter(
                    "cues",
                    "Cues over time",
                    charts.cue_lines(lines, cues, "share"),
                    "None of them measures attention.",
                )
            )
        pose = _head_pose(report.faces, timeline["t"])
        if pose is not None:
            label = CUES["head pose"].label
            found.append(
                Chapter(
                    "pose",
                    f"Head pose, mean over the faces ({label})",
                    charts.cue_lines(
                        tables.thin(pose, DRAWN_ROWS, ("yaw", "pitch")),
                        _ANGLES,
                        "degrees",
                        None,
                    ),
                    CUES["head pose"].not_for,
                )
            )
        blinks = tables.blinks_a_minute(timeline)
        if blinks is not None:
            found.append(
                Chapter(
                    "blinks",
                    f"Blinks a minute of one face ({CUES['blinks'].label})",
                    charts.cue_lines(
                        tables.thin(blinks, DRAWN_ROWS, ("blinks",)),
                        {"blinks": "mean of the last minute"},
                        "blinks a minute",
                        None,
                    ),
                    CUES["blinks"].not_for,
                )
            )
    if report.voice is not None and len(report.voice.timeline):
        voice = tables.thin(tables.of_voice(report.voice.timeline), DRAWN_ROWS, ("valence",))
        note = "Blank where nobody speaks. The voices are not told apart."
        found += [
            Chapter(
                "voice", "Tone of voice over time", charts.share_timeline(voice, height=260), note
            ),
            Chapter("voice-valence", "Valence of the voice", charts.valence_line(voice)),
        ]
    return _fit(found, start, end)


def face_chapters(
    report: Report, track: int, period: tuple[float, float] | None = None
) -> list[Chapter]:
    """The charts of one face; `period` as for `contents`."""
    table = tables.of_track(report.faces, track, report.timeline["t"])
    table = tables.thin(table, DRAWN_ROWS, ("valence",))
    found = [
        Chapter("face-shares", "Expressions of this face", charts.share_timeline(table, height=260))
    ]
    for key, title, cue, columns, axis, ends in (
        ("face-pose", "Head pose", "head pose", _ANGLES, "degrees", None),
        ("face-posture", "Posture", "posture", _SIMILAR, "similarity", (-0.2, 1.0)),
    ):
        if all(name in table.columns and table[name].notna().any() for name in columns):
            figure = charts.cue_lines(table, columns, axis, ends)
            found.append(Chapter(key, f"{title} ({CUES[cue].label})", figure, CUES[cue].not_for))
    return _fit(found, *(span(report) if period is None else period))


def _fit(found: list[Chapter], start: float, end: float) -> list[Chapter]:
    if end > start:
        for chapter in found:
            if chapter.figure.layout.xaxis.type == "date":
                charts.fit_period(chapter.figure, start, end)
    return found


def _spread_texts(figure: go.Figure, events: Sequence[Event], room: float) -> go.Figure:
    """Leave out the names of events that would lie on the name before; the list has them all."""
    kept, free = [], -math.inf
    for event, text in sorted(
        zip(events, figure.layout.annotations, strict=True), key=lambda pair: pair[0].start
    ):
        if event.start >= free:
            kept.append(text)
            free = event.start + room
    return figure.update_layout(annotations=kept)


def _head_pose(faces: pd.DataFrame, times: pd.Series) -> pd.DataFrame | None:
    angles = list(_ANGLES)
    if not len(faces) or not set(angles) <= set(faces.columns) or faces["yaw"].isna().all():
        return None
    means = faces.groupby("t", as_index=False)[angles].mean()
    rows = tables.nearest(times, means["t"])
    table = pd.DataFrame(np.nan, index=range(len(times)), columns=angles)
    table.loc[rows, angles] = means[angles].to_numpy(dtype=float)
    table.insert(0, "t", times.to_numpy(dtype=float))
    return table


def save(report: Report, folder: Path, *, parquet: bool = False) -> dict[str, Path]:
    """Write a report's files to a folder, which is made where it is missing.

    Args:
        parquet: also write the tables as Parquet, smaller and faster to read.

    Returns:
        Paths by file name: `timeline.csv`, `faces.csv`, `report.html`, `report.pdf`; with a voice
        `voice.csv`; with `parquet` the tables once more with that ending.

    Raises:
        OSError: the disk is full or the folder cannot be written. No file is left half-written.
    """
    told = contents(report)
    files = {
        "timeline.csv": to_csv(report.timeline),
        "faces.csv": to_csv(report.faces),
        "report.html": to_html(told).encode(),
        "report.pdf": to_pdf(told),
    }
    if report.voice is not None:
        files["voice.csv"] = to_csv(report.voice.timeline)
    if parquet:
        files |= {f"{name}.parquet": to_parquet(table) for name, table in _tables(report).items()}
    folder.mkdir(parents=True, exist_ok=True)
    return {name: write_whole(folder / name, data) for name, data in files.items()}


def to_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8: times to the millisecond, shares to four places."""
    rounded = table.copy()
    for column, kind in table.dtypes.items():
        if kind.kind == "f":
            rounded[column] = table[column].astype(float).round(3 if column == "t" else 4)
    return rounded.to_csv(index=False, lineterminator="\n").encode()


def to_parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def to_pdf(told: Contents) -> bytes:
    """The report as a PDF."""
    # ReportLab takes 0.2 s to import and nothing but the PDF needs it.
    from fer.report.pdf import to_pdf as make

    return make(told)


def to_html(told: Contents) -> str:
    """The report as one HTML page that needs nothing else: it opens offline and asks no server.

    About 5 MB of it are Plotly's program, which makes the charts interactive.
    """
    page = resources.files("fer.report").joinpath("report.html").read_text("utf-8")
    parts = {
        "NAME": _escape(told.name),
        "SUBTITLE": _escape(told.subtitle),
        "NOTICE": _escape(told.notice),
        "NUMBERS": "".join(
            f"<div><dt>{_escape(n.name)}</dt><dd>{_escape(n.value)}</dd></div>"
            for n in told.numbers
        ),
        "CHAPTERS": "".join(_chapter_html(chapter) for chapter in told.chapters),
        "EVENTS": "".join(
            f"<tr><td>{_escape(e.when)}</td><td>{_escape(e.kind)}</td>"
            f"<td>{_escape(e.text)}</td></tr>"
            for e in told.events
        )
        or "<tr><td>None was found.</td></tr>",
        "CUES": "".join(
            f"<tr><td>{_escape(c.name)}</td><td>{_escape(c.label)}</td>"
            f"<td>{_escape(c.meaning)}<br><small>{_escape(c.not_for)}</small></td></tr>"
            for c in told.cues
        ),
        "PLOTLY": _plotly(),
    }
    # One pass over the template's own marks: what a part says is never read as a mark.
    head, *rest = page.split("{{")
    out = [head]
    for piece in rest:
        mark, _, tail = piece.partition("}}")
        out += [parts[mark], tail]
    return "".join(out)


def _chapter_html(chapter: Chapter) -> str:
    figure = chapter.figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        div_id=f"chart-{chapter.key}",
        config={"displaylogo": False, "responsive": True},
    )
    note = f"<p><small>{_escape(chapter.note)}</small></p>" if chapter.note else ""
    return f"<section><h2>{_escape(chapter.title)}</h2>{figure}{note}</section>"


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


@lru_cache(maxsize=1)
def _plotly() -> str:
    return get_plotlyjs()


_KEPT = "report.json"
_DAMAGED = "The stored result is damaged or was removed. Analyse the recording again."
_OUTLINED = ["t", "frames", "faces", "unread", *SHARES, "valence"]


def keep(report: Report, folder: Path) -> None:
    """Write the numbers of a report where `reopen` finds them.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(report).items():
        write_whole(folder / f"{name}.parquet", to_parquet(table))
    facts = {
        "source": report.source,
        "summary": report.summary,
        "events": [asdict(event) for event in report.events],
    }
    # Last, so that a report is either complete or not there. NumPy's numbers become plain ones.
    write_whole(folder / _KEPT, json.dumps(facts, ensure_ascii=False, default=float).encode())


def reopen(folder: Path) -> Tables:
    """The report that `keep` wrote.

    Raises:
        RecordingError: it is not there or damaged.
    """
    try:
        facts = json.loads((folder / _KEPT).read_text("utf-8"))
        events = [Event(**event) for event in facts["events"]]
        timeline = pd.read_parquet(folder / "timeline.parquet")
        faces = pd.read_parquet(folder / "faces.parquet")
        voice = None
        if (folder / "voice.parquet").is_file():
            voice = Sound(pd.read_parquet(folder / "voice.parquet"))
        return Tables(facts["source"], timeline, faces, facts["summary"], events, voice)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(_DAMAGED) from error


def reopen_outline(folder: Path) -> Outline:
    """The outline of what `keep` wrote. The table of faces, by far the largest, is not read.

    Raises:
        RecordingError: it is not there or damaged.
    """
    try:
        return outline(pd.read_parquet(folder / "timeline.parquet", columns=_OUTLINED))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(_DAMAGED) from error


def _tables(report: Report) -> dict[str, pd.DataFrame]:
    found = {"timeline": report.timeline, "faces": report.faces}
    if report.voice is not None:
        found["voice"] = report.voice.timeline
    return found


def _percent(value: float | None) -> str:
    return "—" if value is None or math.isnan(value) else f"{value:.0%}"


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.2f}".replace("-", "−")


def _dominant(shares: np.ndarray | None) -> str:
    name = dominant(shares)
    return "—" if shares is None or name is None else f"{name} ({shares[SHARES.index(name)]:.0%})"


def _faces_text(timeline: pd.DataFrame) -> str:
    faces = timeline["faces"].dropna()
    return f"{faces.mean():.1f}, {faces.max():.0f}" if len(faces) else "—"
