"""The page's first view: choose what to analyse."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import streamlit as st

from fer.classroom.classrooms import LONGEST_TITLE
from fer.errors import RecordingError
from fer.faces import landmarks
from fer.files import readable
from fer.jobs.job import Options
from fer.media.endings import ENDINGS
from fer.mood.blinks import BLINK_RATE
from fer.mood.cues import CUES
from fer.recordings.find import find_recordings
from fer.report import csv_import
from fer.web.access.results import jobs
from fer.web.faults import in_markdown
from fer.web.recording import earlier, navigation, texts
from fer.web.resources import chosen_model, settings
from fer.web.uploads.uploader import Upload, uploader
from fer.web.widgets.recorder import recorder

LARGEST_EXPORT_MB = 200
"""Six hours of 25 faces. A table is read into memory as a whole."""


def choose() -> None:
    """Show the ways to get a result, and the earlier results."""
    navigation.announce_unseen()
    ways = {texts.TAB_UPLOAD: _upload}
    if (folder := settings().recordings) is not None:
        ways[texts.TAB_SERVER] = partial(_pick, folder)
    ways[texts.TAB_EXPORT] = _load_export
    for tab, show in zip(st.tabs(list(ways)), ways.values(), strict=True):
        with tab:
            show()
    # A press that started something has gone to another view.
    navigation.started().forget()
    earlier.results()


def _options(key: str) -> Options:
    rate, quick = st.columns([2, 3], vertical_alignment="bottom")
    samples = rate.selectbox(
        texts.RATE,
        list(texts.RATES),
        2,
        format_func=texts.RATES.__getitem__,
        help=texts.RATE_HELP,
        key=f"{key}-rate",
    )
    rough = quick.toggle(texts.QUICK, key=f"{key}-quick", help=texts.QUICK_HELP)
    installed = landmarks.available()
    blinks = st.toggle(
        texts.BLINKS.format(label=CUES["blinks"].label),
        key=f"{key}-blinks",
        disabled=rough or not installed,
        help=texts.BLINKS_HELP.format(rate=BLINK_RATE),
    )
    if not installed:
        st.caption(texts.BLINKS_MISSING.format(how=landmarks.HOW_TO_GET))
    with st.expander(texts.TRACKS):
        st.caption(texts.TRACKS_HELP)
        picture, sound = (
            column.number_input(label, 0, 99, 0, key=f"{key}-{name}") or None
            for column, name, label in zip(
                st.columns(2), ("picture", "sound"), (texts.PICTURE, texts.SOUND), strict=True
            )
        )
    blinks = blinks and installed and not rough
    return Options(samples, rough, blinks, str(chosen_model()), picture, sound)


def _upload() -> None:
    files = uploader(texts.UPLOAD, ENDINGS, "upload")
    recorder("recorder", "upload")
    chosen = _options("upload")
    keep = st.toggle(texts.KEEP, key="upload-keep", help=texts.KEEP_HELP)
    if not files:
        st.caption(texts.NOTHING_CHOSEN)
    # After the first press of a double click no file is left, and a press of a button that is drawn
    # as disabled does not count.
    nothing = not files and not navigation.started().done
    if st.button(texts.ANALYSE, type="primary", disabled=nothing, key="upload-start"):
        navigation.start(
            (file.id, file.name, partial(_analyse, file, chosen, keep)) for file in files
        )


def _analyse(file: Upload, chosen: Options, keep: bool) -> str:
    with file.open() as data:
        job_id = jobs().start_upload(file.name, data, chosen, keep)
    file.drop()
    return job_id


def _pick(folder: Path) -> None:
    try:
        paths = find_recordings(folder)
    except RecordingError as problem:
        st.error(in_markdown(problem))
        return
    recordings = {str(path.relative_to(folder)): path for path in paths}
    if not recordings:
        st.info(texts.SERVER_EMPTY)
        return
    names = st.multiselect(
        texts.SERVER_FILES, list(recordings), format_func=readable, key="server-files"
    )
    chosen = _options("server")
    if st.button(texts.ANALYSE, type="primary", disabled=not names, key="server-start"):
        navigation.start(
            (name, readable(name), partial(jobs().start_file, recordings[name], chosen))
            for name in names
        )


def _load_export() -> None:
    files = uploader(texts.EXPORT_FILES, ["csv"], "export", largest_mb=LARGEST_EXPORT_MB)
    if not files:
        st.caption(texts.EXPORT_EMPTY)
        return
    kinds = {}
    try:
        for file in files:
            with file.open() as data:
                kinds[file.name] = csv_import.kind_of(data)
    except RecordingError as problem:
        st.error(in_markdown(problem))
        return
    if len(set(kinds.values())) < len(files):
        st.error(texts.EXPORT_MIXED)
        return
    stem = Path(files[0].name).stem
    # A result without a name could not be told from others, nor be read aloud.
    name = st.text_input(texts.EXPORT_NAME, stem)[:LONGEST_TITLE].strip() or stem
    if st.button(texts.OPEN, type="primary", key="export-open"):
        tables = {kinds[file.name]: file for file in files}
        key = " ".join(file.id for file in files)
        navigation.start([(key, name, lambda: _open_export(tables, name))])


def _open_export(tables: dict[str, Upload], name: str) -> str:
    with contextlib.ExitStack() as opened:
        data = {kind: opened.enter_context(file.open()) for kind, file in tables.items()}
        report = csv_import.load_csv(
            data.get(csv_import.TIMELINE),
            data.get(csv_import.FACES),
            name,
            voice=data.get(csv_import.VOICE),
        )
    return jobs().add_report(name, report)
