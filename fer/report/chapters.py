"""The charts of a report, each with a title and a note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer.charts import shares as share_charts
from fer.charts import timeline as charts
from fer.mood import timeline as tables
from fer.mood.cues import CUES
from fer.report.pulse import PULSE_COLUMNS, has_pulse
from fer.report.report import Report

DRAWN_ROWS = 2000
"""The largest number of rows that a chart draws, since a page has fewer columns of pixels. Peaks
are kept."""

_ANGLES = {"yaw": "yaw (sideways)", "pitch": "pitch (up)", "roll": "roll (tilt)"}
_SIMILAR = {"posture": "similarity with the first picture of its part"}


@dataclass(frozen=True)
class Chapter:
    """One chart of a report, with its title and a note for the reader."""

    key: str
    title: str
    figure: go.Figure
    note: str = ""


def all_chapters(report: Report, period: tuple[float, float] | None = None) -> list[Chapter]:
    """Returns the charts of a report, without those of what was not measured.

    Args:
        report: the report.
        period: as `fer.report.contents.contents` takes it.
    """
    start, end = report.span() if period is None else period
    chapters = []
    timeline = report.timeline
    if report.has_pictures:
        drawn = tables.thin(timeline, DRAWN_ROWS, ("valence", "faces"))
        chapters += [
            Chapter(
                "donut",
                "Expressions, over all faces",
                share_charts.donut(report.mean_shares()),
                "Over all faces that were read, in all pictures.",
            ),
            Chapter(
                "shares",
                "Expressions over time",
                charts.share_timeline(drawn, report.marks, height=290, period=(start, end)),
            ),
            Chapter(
                "valence",
                "Valence and events",
                charts.valence_line(
                    drawn, report.events, report.marks, height=260, period=(start, end)
                ),
                "How pleasant the expressions are, from −1 to 1, averaged over the faces read. "
                "The band is its 90% interval, which is wide for few faces. Bars above the line "
                "are events, dashed lines are marks.",
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
            chapters.append(
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
            chapters.append(
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
            chapters.append(
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
    if has_pulse(timeline):
        drawn = tables.thin(timeline, DRAWN_ROWS, tuple(PULSE_COLUMNS))
        chapters.append(
            Chapter(
                "pulse",
                "Pulse over time",
                charts.press_lines(drawn, PULSE_COLUMNS, "students"),
                "How many students press what. A press fades, and a student counts once. Who "
                "pressed is not known.",
            )
        )
    if report.voice is not None and len(report.voice.timeline):
        voice = tables.thin(tables.of_voice(report.voice.timeline), DRAWN_ROWS, ("valence",))
        note = (
            "Blank where nobody speaks or the tone is unsure. Speakers are not distinguished. The "
            "network has learned acted English speech; how well it reads other speech was not "
            "measured here."
        )
        chapters += [
            Chapter(
                "voice", "Tone of voice over time", charts.share_timeline(voice, height=290), note
            ),
            Chapter("voice-valence", "Valence of the voice", charts.valence_line(voice)),
        ]
    return _fit(chapters, start, end)


def face_chapters(
    report: Report, track: int, period: tuple[float, float] | None = None
) -> list[Chapter]:
    """Returns the charts of one face.

    Args:
        report: the report.
        track: the number of the face.
        period: as `fer.report.contents.contents` takes it.
    """
    table = tables.of_track(report.faces, track, report.timeline["t"])
    table = tables.thin(table, DRAWN_ROWS, ("valence",))
    chapters = [
        Chapter("face-shares", "Expressions of this face", charts.share_timeline(table, height=290))
    ]
    for key, title, cue, columns, axis, ends in (
        ("face-pose", "Head pose", "head pose", _ANGLES, "degrees", None),
        ("face-posture", "Posture", "posture", _SIMILAR, "similarity", (-0.2, 1.0)),
    ):
        if all(name in table.columns and table[name].notna().any() for name in columns):
            figure = charts.cue_lines(table, columns, axis, ends)
            chapters.append(Chapter(key, f"{title} ({CUES[cue].label})", figure, CUES[cue].not_for))
    return _fit(chapters, *(report.span() if period is None else period))


def _fit(chapters: list[Chapter], start: float, end: float) -> list[Chapter]:
    if end > start:
        for chapter in chapters:
            if chapter.figure.layout.xaxis.type == "date":
                charts.fit_period(chapter.figure, start, end)
    return chapters


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
