"""Numbers, charts and alerts of a session or class. Each function draws one part, in a fragment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer.charts import shares as share_charts
from fer.charts import timeline as charts
from fer.live.numbers import live_numbers
from fer.live.session import LiveSession
from fer.mood.dominant import dominant
from fer.mood.groups import Group, GroupShare
from fer.mood.record import MoodRecord
from fer.mood.window import Mark
from fer.text import clock
from fer.web import compat
from fer.web import texts as shared
from fer.web.live import texts
from fer.web.live.marks import shown_mark
from fer.web.widgets.chart import steady_chart
from fer.web.widgets.kept import kept
from fer.web.widgets.tab import tab


@dataclass(frozen=True)
class Slots:
    """Places on the page that a fragment fills again and again."""

    sentence: compat.DeltaGenerator
    numbers: list[compat.DeltaGenerator]
    status: compat.DeltaGenerator


def banner(session: MoodRecord, sound: bool, unsaved: bool = False) -> None:
    """Show the alerts that have not ended, at the top of the page and in the browser's tab.

    Args:
        session: whose alerts.
        sound: whether a new alert is heard.
        unsaved: whether the browser asks before it closes the page, since numbers would be lost.
    """
    lasting = [alert for alert in session.alerts if alert.end is None]
    for alert in lasting:
        ago = clock(session.shown_until - alert.start)
        st.warning(texts.BANNER.format(text=alert.text, ago=ago), icon=":material/notifications:")
    tab(
        "tab",
        [f"{alert.kind} {alert.start}" for alert in lasting],
        sound=sound,
        unsaved=unsaved,
    )


def slots() -> Slots:
    """Make empty places for the sentence, the numbers and the line beneath them."""
    with st.container(key="headline"):
        sentence = st.empty()
    with st.container(key="numbers"):
        numbers = [column.empty() for column in st.columns(len(Group) + 1)]
    with st.container(key="status"):
        status = st.empty()
    return Slots(sentence, numbers, status)


def metrics(session: LiveSession, window: int | None, places: Slots) -> None:
    """Fill the places of `slots` with the numbers of the last `window` seconds."""
    shown = live_numbers(session, window)
    headline = shown.headline
    if shown.groups and not session.streaming:
        headline = texts.LAST_READINGS.format(headline=headline)
    show_groups(headline, shown.groups, places)
    faces = texts.NOTHING if shown.faces is None else str(shown.faces)
    places.numbers[-1].metric(texts.FACES, faces, help=texts.FACES_HELP)
    parts = []
    if shown.analysed_fps is None:
        parts.append(texts.STATUS_IDLE)
    else:
        parts.append(texts.STATUS_FPS.format(fps=shown.analysed_fps))
    if shown.delay is not None:
        parts.append(texts.STATUS_DELAY.format(delay=shown.delay))
    parts += about_readings(shown.unsure, bool(shown.groups) and not shown.adjusted)
    places.status.caption(texts.SEPARATOR.join(parts))


def show_groups(headline: str, groups: Sequence[GroupShare], places: Slots) -> None:
    """Fill the places of `slots` for the sentence and the shares of the groups."""
    places.sentence.markdown(f"## {headline}")
    shares = {share.group: share for share in groups}
    for place, group in zip(places.numbers, Group, strict=False):
        help_ = f"{texts.GROUPS_HELP[group]} {texts.OF_THE_FACES}"
        if (share := shares.get(group)) is None:
            place.metric(shared.GROUPS[group], texts.NOTHING, help=help_)
            continue
        low, high = f"{share.low:.0%}", f"{share.high:.0%}"
        place.metric(
            shared.GROUPS[group],
            f"{share.value:.0%}",
            # Of a single number there is nothing to add to the share itself.
            texts.BETWEEN.format(low=low, high=high) if low != high else None,
            delta_color="off",
            delta_arrow="off",
            help=help_,
        )


def about_readings(unsure: float | None, not_adjusted: bool) -> list[str]:
    """What the line beneath the numbers says about the readings.

    Args:
        unsure: share of the faces that were read with too little confidence; None without any.
        not_adjusted: whether shares are shown that were not adjusted to the class.
    """
    parts = []
    if unsure is not None:
        parts.append(texts.STATUS_UNSURE.format(unsure=unsure))
    if not_adjusted:
        parts.append(texts.STATUS_NOT_ADJUSTED)
    return parts


def classes_choice() -> bool:
    """Let the visitor choose whether charts show all expressions, and not groups of them."""
    return st.toggle(texts.CLASSES, kept("classes", False), key="classes", persist_state="session")


def mood_charts(session: MoodRecord, window: int | None, smooth_s: int, classes: bool) -> None:
    """Draw the shares over time and, with `classes`, those of the last `window` seconds above."""
    mark = shown_mark(session)
    table = _table(session, window, smooth_s, mark)
    if classes:
        shares = session.shares(window)
        st.caption(texts.BARS_TITLE)
        steady_chart(
            share_charts.mood_bar(shares, height=205),
            "mood-now",
            texts.BARS_ALT.format(dominant=dominant(shares.values) or texts.NO_EXPRESSION),
        )
    st.caption(texts.SHARES_TITLE_CLASSES if classes else texts.SHARES_TITLE)
    figure = charts.share_timeline(table, session.marks, 215, legend=False, bands=not classes)
    _say_what_comes(figure, table, texts.SHARES_LATER)
    steady_chart(_moved(figure, mark), "mood-shares", texts.SHARES_ALT)


def valence_chart(session: MoodRecord, window: int | None, smooth_s: int) -> None:
    """Draw the valence over time, with alerts and marks."""
    mark = shown_mark(session)
    table = _table(session, window, smooth_s, mark)
    st.caption(texts.VALENCE_TITLE)
    figure = charts.valence_line(table, session.alerts, session.marks, height=200)
    _say_what_comes(figure, table, texts.VALENCE_LATER)
    steady_chart(_moved(figure, mark), "valence", texts.VALENCE_ALT)


def faces_chart(session: MoodRecord, window: int | None, smooth_s: int) -> None:
    """Draw the number of faces in view over time."""
    mark = shown_mark(session)
    table = _table(session, window, smooth_s, mark)
    st.caption(texts.FACES_TITLE)
    figure = charts.faces_line(table, height=200)
    _say_what_comes(figure, table, texts.FACES_LATER)
    steady_chart(_moved(figure, mark), "faces", texts.FACES_ALT)


def alert_list(session: MoodRecord) -> None:
    """List the last five alerts, the newest first."""
    alerts = session.alerts[-5:]
    if not alerts:
        return
    lines = [f"**{texts.ALERTS_SO_FAR}**\n"]
    for alert in reversed(alerts):
        line = texts.ALERT.format(clock=clock(alert.start), text=alert.text)
        if alert.end is not None:
            line += texts.ALERT_OVER.format(seconds=alert.end - alert.start)
        lines.append(line)
    st.markdown("\n".join(lines))


def _table(
    session: MoodRecord, window: int | None, smooth_s: int, mark: Mark | None
) -> pd.DataFrame:
    """The rows of the charts: around a mark, or the newest, or the whole session."""
    around = None if mark is None else mark.t
    return session.chart_table(whole=window is None, smooth_s=smooth_s, around=around)


def _say_what_comes(figure: go.Figure, table: pd.DataFrame, words: str) -> None:
    """Write into a chart without data what it will show."""
    if not len(table):
        # Above the middle, where the line of a valence of zero would strike the words out.
        place = {"x": 0.5, "y": 0.7, "xref": "paper", "yref": "paper"}
        figure.add_annotation(text=words, showarrow=False, **place)


def _moved(figure: go.Figure, mark: Mark | None) -> go.Figure:
    """Let go of the reader's zoom when the chart moves to a mark or back."""
    if mark is not None:
        figure.update_layout(uirevision=f"mark {mark.t}")
    return figure
