"""The live page: the mood of everyone whom the camera or a shared window shows."""

from __future__ import annotations

import time
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from fer.charts import timeline as charts
from fer.emotions import UNSURE
from fer.errors import ModelError
from fer.live.session import LiveSession
from fer.mood.alerts import AlertLimits
from fer.web.fragment import fragment
from fer.web.live.notices import LiveFacts, notices
from fer.web.resources import core, engine, ice, spare_the_collector
from fer.web.sources.camera import PICTURE_SIZES, Camera, camera_view
from fer.web.sources.screen import ScreenShare
from fer.web.widgets.browser import probe
from fer.web.widgets.chart import steady_chart
from fer.web.widgets.confirm import confirm_button
from fer.web.widgets.download import download_button

CAMERA, SCREEN = "camera", "screen"
SOURCES = {CAMERA: "Camera", SCREEN: "Share a video call"}
WINDOWS = {10: "10 s", 60: "60 s", 300: "5 min", None: "session"}
SMOOTHINGS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
METRICS = {
    "Dominant mood": "The expression with the largest share in the chosen time.",
    "Smiles": "Share of the faces read with confidence that look happy.",
    "Unsure": "Share of the faces read with too little confidence to name an expression.",
    "Faces": "Faces in the newest picture.",
    "Analysed": "Pictures read a second.",
    "Delay": "Age of the newest picture read.",
}
METRICS_EVERY = 0.5
CHARTS_EVERY = 1.0

NOTICE = """
**What this page measures.** From each picture: where faces are, and how strongly each looks like
one of seven expressions (angry, disgust, fear, happy, sad, surprise, neutral). What it reads from
each face is written on the picture; numbers and charts are of the class as a whole, once a second.
An expression is not a feeling: the numbers are a hint at best.

**What is not stored.** Pictures are read in this process's memory and forgotten at once. Nobody is
identified. The table of numbers lives as long as this page and is gone when you close it.

**What it must not be used for.** Grading, discipline, attendance, or any decision about a person.

**The law.** In the European Union, Art. 5(1)(f) of the AI Act forbids inferring emotions of people
in education and at the workplace, except for medical or safety reasons. Elsewhere, ask everyone in
view for their consent first.
"""

# Streamlit's own spacing pushes the charts off a laptop's screen, and it pales what a running
# fragment has not drawn yet, which would blink once a second.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 3.4rem 2rem 1rem; }
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: 0.5rem; }
[data-testid="stMetricValue"] { font-size: 1.35rem; }
[data-testid="stElementContainer"][data-stale="true"] { opacity: 1; transition: none; }
</style>
"""


# Streams end with the visit, however it ends. The data must outlive a short loss of the network,
# so they live in the session's state and not in this cache.
@st.cache_resource(
    scope="session",
    on_release=LiveSession.close,
    hash_funcs={LiveSession: id},
    show_spinner=False,
)
def lease(session: LiveSession) -> LiveSession:
    return session


def live_session() -> LiveSession:
    state = st.session_state
    if "live" not in state:
        state.live = LiveSession(engine())
        state.camera = Camera(state.live)
        state.share = ScreenShare(state.live)
    state.live.use(engine())  # another model may have been chosen meanwhile
    return lease(state.live)


def ask_to_read_the_notice() -> None:
    st.subheader("Before you start")
    st.markdown(NOTICE)
    if st.button("I have read this", type="primary", key="notice-read"):
        st.session_state.notice_read = True
        st.rerun()
    st.stop()


def sidebar(session: LiveSession) -> tuple[int | None, float]:
    """The sensitivity: seconds to look back (None: the session) and smoothing in seconds."""
    # A look at another page must not take the limits back, and with them the alerts so far.
    limit = partial(st.slider, persist_state="session")
    with st.sidebar:
        st.markdown("**Sensitivity**")
        window = st.segmented_control(
            "Mood over the last",
            list(WINDOWS),
            format_func=WINDOWS.get,
            default=10,
            required=True,
            help="The bars, the dominant mood, smiles and unsure faces are taken over this time.",
            key="window",
            persist_state="session",
        )
        smoothing = st.select_slider(
            "Smoothing (s)",
            SMOOTHINGS,
            0.5,
            help="Averages each face and the lines over this time. More is calmer and later.",
            key="smoothing",
            persist_state="session",
        )
        st.markdown("**Alerts**")
        negative = limit("Negative mood above (%)", 10, 90, 40, 5, key="negative")
        presence = limit("Faces below (% of usual)", 10, 90, 50, 5, key="presence")
        hold = limit("for at least (s)", 1, 60, 15, key="hold")
        st.divider()
        table_button(session)
        confirm_button(
            "Clear session",
            "Deletes the numbers, alerts and marks of this session.",
            "Clear now",
            session.clear,
            "clear-now",
            icon=":material/delete:",
        )
        with st.expander("What this is, and is not for"):
            st.markdown(NOTICE)
        detector = core().detector
        st.caption(f"Face detector in use: {detector.name}.", help=detector.about)
    session.tune(
        smoothing_s=smoothing,
        limits=AlertLimits(negative / 100, presence / 100, float(hold)),
    )
    return window, smoothing


@fragment
def table_button(session: LiveSession) -> None:
    download_button(
        "Download table (CSV)", session.csv, "class-mood.csv", "text/csv", "table-button"
    )


def camera_facts() -> dict:
    """Show the camera; what the notices need to know of it."""
    host = urlsplit(st.context.url or "").hostname or ""
    servers = ice(host)
    size = st.session_state.get("picture-size", next(iter(PICTURE_SIZES)))
    state = camera_view(
        "camera-view", st.session_state.camera, servers.servers, PICTURE_SIZES[size]
    )
    if state.signalling and not state.playing:
        since = st.session_state.setdefault("connecting_since", time.monotonic())
    else:
        since = None
        st.session_state.pop("connecting_since", None)
    st.selectbox(
        "Picture",
        list(PICTURE_SIZES),
        label_visibility="collapsed",
        key="picture-size",
        persist_state="session",
        disabled=state.playing,
    )
    return {
        "playing": state.playing,
        "connecting_since": since,
        "relays": servers.relays,
        "ice_problem": servers.problem,
    }


@fragment
def screen_view() -> None:
    share = st.session_state.share
    before = share.status
    if share.view("screen-view") != before:
        # The rest of the page begins or ends to refresh itself.
        st.rerun()


def metrics(session: LiveSession, window: int | None, slots: dict) -> None:
    vitals, mood = session.vitals(), session.mood(window)
    shares = mood.shares
    none = "–"
    values = {
        "Dominant mood": mood.dominant or (none if not mood.read else UNSURE),
        "Smiles": f"{mood.smiles / mood.sure:.0%}" if mood.sure else none,
        "Unsure": none if shares is None else f"{shares[-1]:.0%}",
        "Faces": none if vitals.faces is None else str(vitals.faces),
        "Analysed": f"{vitals.analysed_fps:.1f} /s" if session.streaming else none,
        "Delay": f"{vitals.delay:.1f} s" if session.streaming and vitals.delay else none,
    }
    for name, text in METRICS.items():
        slots[name].metric(name, values[name], help=text)


def state_notices(session: LiveSession, source: str, facts: dict) -> None:
    since = facts.get("connecting_since")
    known = {key: value for key, value in facts.items() if key != "connecting_since"}
    browser = probe("browser-probe")
    for notice in notices(
        LiveFacts(
            source=source,
            vitals=session.vitals(),
            has_data=session.now > 0,
            browser=browser,
            connecting_s=None if since is None else time.monotonic() - since,
            share=st.session_state.share.status,
            share_problem=st.session_state.share.problem,
            detector=core().detector_name,
            **known,
        )
    ):
        getattr(st, notice.level)(notice.text)


def mark_form(session: LiveSession) -> None:
    def mark() -> None:
        session.mark(st.session_state["mark-words"].strip() or "mark")

    with st.form("mark", clear_on_submit=True, border=False):
        text, button = st.columns([3, 2], vertical_alignment="bottom")
        text.text_input(
            "Mark this moment",
            placeholder="mark this moment: new topic",
            max_chars=80,
            label_visibility="collapsed",
            key="mark-words",
        )
        # A callback runs before the page does, so nothing that happens to that run loses the mark.
        button.form_submit_button("Mark", width="stretch", icon=":material/flag:", on_click=mark)


def mood_charts(session: LiveSession, window: int | None, smooth_s: int) -> None:
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    mood = session.mood(window)
    steady_chart(
        charts.mood_bar(mood.shares, height=205),
        "mood-now",
        f"Bars: share of each expression now; the largest is {mood.dominant or 'none'}",
    )
    steady_chart(
        charts.share_timeline(table, session.marks, height=215, legend=False),
        "mood-shares",
        "Areas: shares of all expressions over time, stacked",
    )


def valence_chart(session: LiveSession, window: int | None, smooth_s: int) -> None:
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    figure = charts.valence_line(table, session.alerts, session.marks, height=200)
    steady_chart(figure, "valence", "Line: mean valence over time, with alerts and marks")


def faces_chart(session: LiveSession, window: int | None, smooth_s: int) -> None:
    table = session.chart_table(whole=window is None, smooth_s=smooth_s)
    figure = charts.faces_line(table, height=200)
    steady_chart(figure, "faces", "Line: faces in view over time")


def alert_list(session: LiveSession) -> None:
    for alert in reversed(session.alerts[-5:]):
        at = time.strftime("%H:%M:%S", time.gmtime(alert.start))
        over = "" if alert.end is None else f" It was over after {alert.end - alert.start:.0f} s."
        st.warning(f"{at}: {alert.text}{over}", icon=":material/notifications:")


st.html(STYLE)
if not st.session_state.get("notice_read"):
    ask_to_read_the_notice()
try:
    session = live_session()
except (ModelError, ValueError) as problem:
    st.error(f"The live page cannot start: {problem}")
    st.stop()

window, smoothing = sidebar(session)
smooth_s = max(1, round(smoothing))
title, choice = st.columns([2, 3], vertical_alignment="center")
title.title("Live class mood")
with choice:
    source = st.segmented_control(
        "Source",
        list(SOURCES),
        format_func=SOURCES.get,
        default=CAMERA,
        required=True,
        label_visibility="collapsed",
        key="source",
        persist_state="session",
        on_change=session.close,
    )

slots = {
    name: column.empty() for name, column in zip(METRICS, st.columns(len(METRICS)), strict=True)
}
picture, moods = st.columns([5, 7])
with picture:
    if source == CAMERA:
        facts = camera_facts()
        live = facts["playing"] or facts["connecting_since"] is not None
    else:
        screen_view()
        facts = {}
        live = st.session_state.share.status == "sharing"
    # A page without a source stands still and costs nothing.
    live = live or session.streaming
    every = CHARTS_EVERY if live else None
    # Above the notices: they come and go, and would move the button from under the pointer.
    mark_form(session)
    fragment(state_notices, every)(session, source, facts)
with moods:
    fragment(mood_charts, every)(session, window, smooth_s)
left, right = st.columns(2)
with left:
    fragment(valence_chart, every)(session, window, smooth_s)
with right:
    fragment(faces_chart, every)(session, window, smooth_s)
fragment(metrics, METRICS_EVERY if live else None)(session, window, slots)
fragment(alert_list, every)(session)
spare_the_collector()
