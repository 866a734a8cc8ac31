"""The live page's numbers, charts and alerts. Each function draws one part, in a fragment."""

from __future__ import annotations

import time

import streamlit as st

from fer.charts import shares as share_charts
from fer.charts import timeline as charts
from fer.emotions import UNSURE
from fer.live.session import LiveSession
from fer.web.live import texts
from fer.web.widgets.chart import steady_chart


def slots() -> dict:
    """An empty place for each number, by its name."""
    columns = st.columns(len(texts.METRICS))
    return {name: column.empty() for name, column in zip(texts.METRICS, columns, strict=True)}


def metrics(session: LiveSession, window: int | None, places: dict) -> None:
    """Fill the places of `slots` with the numbers of the last `window` seconds."""
    vitals, mood = session.vitals(), session.mood(window)
    shares = mood.shares
    none = texts.NOTHING
    values = {
        "Dominant mood": mood.dominant or (none if not mood.read else UNSURE),
        "Smiles": f"{mood.smiles / mood.sure:.0%}" if mood.sure else none,
        "Unsure": none if shares is None else f"{shares[-1]:.0%}",
        "Faces": none if vitals.faces is None else str(vitals.faces),
        "Analysed": f"{vitals.analysed_fps:.1f} /s" if session.streaming else none,
        "Delay": f"{vitals.delay:.1f} s" if session.streaming and vitals.delay else none,
    }
    for name, text in texts.METRICS.items():
        places[name].metric(name, values[name], help=text)


def mood_charts(session: LiveSession, window: int | None, smooth_s: int) -> None:
    """The shares now, and over time."""
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    mood = session.mood(window)
    steady_chart(
        share_charts.mood_bar(mood.shares, height=205),
        "mood-now",
        texts.BARS_ALT.format(dominant=mood.dominant or texts.NO_EXPRESSION),
    )
    steady_chart(
        charts.share_timeline(table, session.marks, height=215, legend=False),
        "mood-shares",
        texts.SHARES_ALT,
    )


def valence_chart(session: LiveSession, window: int | None, smooth_s: int) -> None:
    """The valence over time, with alerts and marks."""
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    figure = charts.valence_line(table, session.alerts, session.marks, height=200)
    steady_chart(figure, "valence", texts.VALENCE_ALT)


def faces_chart(session: LiveSession, window: int | None, smooth_s: int) -> None:
    """The faces in view over time."""
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    figure = charts.faces_line(table, height=200)
    steady_chart(figure, "faces", texts.FACES_ALT)


def alert_list(session: LiveSession) -> None:
    """The last alerts, the newest first."""
    for alert in reversed(session.alerts[-5:]):
        at = time.strftime("%H:%M:%S", time.gmtime(alert.start))
        over = ""
        if alert.end is not None:
            over = texts.ALERT_OVER.format(seconds=alert.end - alert.start)
        line = texts.ALERT.format(clock=at, text=alert.text) + over
        st.warning(line, icon=":material/notifications:")
