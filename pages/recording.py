"""The page for recorded lectures: it analyses video or sound in the background, then reports."""

import streamlit as st

from fer.errors import ModelError, SettingsError
from fer.jobs.job import JobState
from fer.web.access.results import jobs
from fer.web.faults import in_markdown
from fer.web.recording import earlier, navigation, texts
from fer.web.recording.choose import choose
from fer.web.recording.progress import ended, progress
from fer.web.recording.result import is_live, result
from fer.web.resources import bin_, core
from fer.web.shell import page_style
from fer.web.turn import wait_for_our_turn

ids = navigation.wanted()
st.html(page_style("recording"))
title, again = st.columns([3, 1], vertical_alignment="center")
heading = title.empty()
heading.title(texts.TITLE)
if ids and again.button(texts.NEW, key="again", width="stretch"):
    navigation.show_jobs([])
with st.expander(texts.ABOUT_HEADING):
    st.markdown(texts.ABOUT)
try:
    core()
except (ModelError, SettingsError) as problem:
    st.error(texts.CANNOT_ANALYSE.format(problem=in_markdown(problem)))
    st.stop()

for problem in navigation.problems():
    st.error(problem)
elsewhere = wait_for_our_turn()
if not ids:
    if elsewhere:
        earlier.results()
    else:
        choose()
    st.stop()

known = [job for job_id in ids if (job := jobs().get(job_id)) and not bin_().holds(job_id)]
navigation.remember(ids, [job.id for job in known if job.open or job.state == JobState.INTERRUPTED])
if len(known) < len(ids):
    st.warning(texts.MISSING)
open_jobs = [job.id for job in known if job.open]
if open_jobs and not elsewhere:
    progress(open_jobs)
    st.caption(texts.RELOAD)
for job in known:
    if not job.open and job.state != JobState.DONE and not elsewhere:
        ended(job)
done = {job.id: job for job in known if job.state == JobState.DONE}
if done:
    shown = next(iter(done))
    if len(done) > 1:
        shown = st.selectbox(
            texts.CHOOSE_RESULT,
            list(done),
            format_func=lambda key: done[key].name,
            key="shown",
        )
    if is_live(done[shown]):
        heading.title(texts.TITLE_LIVE)
    result(done[shown])
