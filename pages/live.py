"""The live page: the mood of everyone whom the camera or a shared window shows."""

import streamlit as st

from fer.errors import ModelError, SettingsError
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.live import demo, marks, notice, numbers, picture, texts
from fer.web.live.ignored import ignored_parts
from fer.web.live.sidebar import sidebar
from fer.web.live.visit import live_session, recall
from fer.web.memory import spare_the_collector
from fer.web.shell import page_style

METRICS_EVERY = 0.5
CHARTS_EVERY = 1.0

st.html(page_style("live"))
try:
    if demo.is_on():
        session = demo.session()
    else:
        recall()
        notice.require()
        session = live_session()
except (ModelError, SettingsError) as problem:
    st.error(texts.CANNOT_START.format(problem=in_markdown(problem)))
    st.stop()

window, smoothing = sidebar(session)
smooth_s = max(1, round(smoothing))
alerts = st.container(key="alerts")
title, choice = st.columns([2, 3], vertical_alignment="center")
title.title(texts.TITLE)
with choice:
    source = picture.choose_source(session)
slots = numbers.slots()
left, right = st.columns([5, 7])
with left:
    camera, live = picture.show(session, source)
    if not live:
        # A picture that was on its way when the source was left has opened the session again.
        session.close()
    # A page without a source stands still and costs nothing.
    every = CHARTS_EVERY if live else None
    # The marks stand above the notices, which come and go and would move the buttons from under
    # the pointer.
    marks.marks(session)
    fragment(picture.say, every)(session, source, camera)
    fragment(ignored_parts, every)(session, "ignore")
with right:
    classes = numbers.classes_choice()
    fragment(numbers.mood_charts, every)(session, window, smooth_s, classes)
    fragment(numbers.valence_chart, every)(session, window, smooth_s)
fragment(numbers.faces_chart, every)(session, window, smooth_s)
fragment(numbers.metrics, METRICS_EVERY if live else None)(session, window, slots)
fragment(numbers.alert_list, every)(session)
with alerts:
    fragment(picture.banner, every)(session)
spare_the_collector()
