"""A recorded lecture, video or sound: analysis in the background, then the report."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from datetime import time as daytime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer.charts import timeline as charts
from fer.errors import ModelError, RecordingError
from fer.faces import landmarks
from fer.files import readable
from fer.jobs.board import (
    CANCELLED,
    DONE,
    FAILED,
    INTERRUPTED,
    WAITING,
    Job,
    JobBoard,
    Options,
)
from fer.media.endings import ENDINGS
from fer.mood import timeline as tables
from fer.mood.blinks import BLINK_RATE
from fer.mood.cues import CUES
from fer.report import report as reports
from fer.report.csv_import import load_csv
from fer.report.report import Outline, Report
from fer.text import clock, markdown
from fer.web.fragment import fragment
from fer.web.resources import chosen_model, core, jobs, settings
from fer.web.uploads import free
from fer.web.widgets.confirm import confirm_button
from fer.web.widgets.download import download_button
from fer.web.widgets.player import address, mapped, player
from fer.web.widgets.recorder import recorder

RATES = {0.5: "every 2 s", 1.0: "1 a second", 2.0: "2 a second", 5.0: "5 a second"}
PROGRESS_EVERY = 1.0
TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}
CHART_KEYS = ("time-main", "time-more", "time-voice", "time-face")
AVERAGE = "average"
FACE_NUMBERS = (
    "dominant expression",
    "smile index",
    "valence (mean)",
    "unsure",
    "faces (mean, most)",
    "presence (mean)",
)
VOICE_NUMBERS = ("dominant tone of voice", "valence of the voice", "speech, of the time")

ABOUT = """
**What this page measures.** In pictures taken from the recording, where faces are and how strongly
each looks like one of seven expressions; in the sound, the same for the tone of voice. Cues such as
smile and head pose each carry a label that says how far they can be trusted.

**What is stored.** Numbers, under the recording's file name: no picture and no sound. An upload is
deleted from the server once its analysis is done, unless you choose to keep it; your browser plays
it from your own computer. Results stay on the server, and everybody who can open this app can see
their names, open and delete them. The name of a recording without a result goes when the server is
started again.

**What it must not be used for.** Grading, discipline, attendance, or any decision about a person.

**The law.** In the European Union, Art. 5(1)(f) of the AI Act forbids inferring emotions of people
in education and at the workplace, except for medical or safety reasons. Elsewhere, ask everyone in
the recording for their consent first.
"""

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 4rem; padding-bottom: 2rem; }
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
[data-testid="stMetricValue"] { font-size: 1.25rem; }
/* Files that are still on their way would be left out without a word. */
body:has(.st-key-upload [data-testid="stFileChipIconSpinner"]) .st-key-upload-start button {
  opacity: 0.4;
  pointer-events: none;
}
</style>
"""


# The report of three hours takes 60 MB.
@st.cache_resource(max_entries=4, show_spinner=False)
def stored_report(job_id: str, _board: JobBoard) -> Report:
    return _board.report(job_id)


@st.cache_resource(max_entries=10_000, show_spinner=False)
def stored_outline(job_id: str, _board: JobBoard) -> Outline:
    return _board.outline(job_id)


# --- Choosing what to analyse ---------------------------------------------------------------


def choose() -> None:
    unseen_jobs()
    names = ["Upload or record", "From the server", "Earlier export (CSV)"]
    if settings().recordings is None:
        names.remove("From the server")
    for name, tab in zip(names, st.tabs(names), strict=True):
        with tab:
            {"Upload or record": upload, "From the server": pick}.get(name, load_export)()
    earlier_results()


def unseen() -> list[str]:
    """The jobs of this visit whose end it has not seen; the address forgets them on other pages."""
    return st.session_state.setdefault("unseen", [])


def unseen_jobs() -> None:
    found = [job for job_id in unseen() if (job := jobs().get(job_id))]
    if not found:
        return
    counts = Counter(job.state for job in found)
    text, button = st.columns([6, 1], vertical_alignment="center")
    text.info(f"Your analyses: {', '.join(f'{n} {state}' for state, n in counts.items())}.")
    if button.button("Open", key="unseen-open", width="stretch"):
        show_jobs([job.id for job in found])


def options(key: str) -> Options:
    rate, quick = st.columns([2, 3], vertical_alignment="bottom")
    samples = rate.selectbox(
        "Pictures analysed",
        list(RATES),
        2,
        format_func=RATES.get,
        help="More follow short expressions better and take longer, in proportion.",
        key=f"{key}-rate",
    )
    rough = quick.toggle(
        "Quick look (key frames only, no sound)",
        key=f"{key}-quick",
        help="At most one picture in two seconds: a rough result in a fraction of the time.",
    )
    installed = landmarks.available()
    blinks = st.toggle(
        f"Count blinks ({CUES['blinks'].label})",
        key=f"{key}-blinks",
        disabled=rough or not installed,
        help=f"Looks at {BLINK_RATE:.0f} pictures a second, which takes long.",
    )
    if not installed:
        st.caption(f"Blinks need an extra on the server: `{landmarks.HOW_TO_GET}`.")
    return Options(samples, rough, blinks and installed and not rough, str(chosen_model()))


def upload() -> None:
    files = st.file_uploader(
        "Video or sound, one file or several",
        type=list(ENDINGS),
        accept_multiple_files=True,
        key="upload",
    )
    recorder("recorder", "upload")
    chosen = options("upload")
    keep = st.toggle(
        "Keep the recording on the server with its result",
        key="upload-keep",
        help="Otherwise it is deleted once the analysis is done.",
    )
    if not files:
        st.caption("Nothing chosen yet. Results appear here, minutes after you start.")
    if st.button("Analyse", type="primary", disabled=not files, key="upload-start"):
        start((file.name, lambda file=file: analyse(file, chosen, keep)) for file in files)


def analyse(file: UploadedFile, chosen: Options, keep: bool) -> str:
    job_id = jobs().start_upload(file.name, file, chosen, keep)
    free(file)
    return job_id


def pick() -> None:
    folder = settings().recordings
    found = {str(path.relative_to(folder)): path for path in recordings_in(folder)}
    if not found:
        st.info(f"There is no recording in the server's folder {folder}.")
        return
    names = st.multiselect(
        "Recordings on the server", list(found), format_func=readable, key="server-files"
    )
    chosen = options("server")
    if st.button("Analyse", type="primary", disabled=not names, key="server-start"):
        start(
            (readable(name), lambda name=name: jobs().start_file(found[name], chosen))
            for name in names
        )


def recordings_in(folder: Path) -> list[Path]:
    """Recordings in the folder and those below it, by name."""
    endings = {f".{ending}" for ending in ENDINGS}
    paths = folder.rglob("*") if folder.is_dir() else ()
    return sorted(path for path in paths if path.suffix.lower() in endings and path.is_file())


def load_export() -> None:
    files = st.file_uploader(
        "The `timeline.csv` of an earlier report, and its `faces.csv` and `voice.csv` if there; "
        "or the table of a live session",
        type="csv",
        accept_multiple_files=True,
        key="export",
    )
    if not files:
        st.caption("Makes the charts and the report again, without the recording.")
        return
    kinds = {file.name: export_kind(file) for file in files}
    if len(set(kinds.values())) < len(files):
        st.error("Choose the files of one recording: a timeline, its faces and its voice.")
        return
    name = st.text_input("Name of the recording", Path(files[0].name).stem, max_chars=120)
    if st.button("Open", type="primary", key="export-open"):
        found = {kinds[file.name]: file for file in files}
        start([(name, lambda: open_export(found, name))])


def export_kind(file) -> str:
    """Which export a file is, by a column that no other has."""
    columns = file.getvalue()[:2000].split(b"\n")[0].strip().split(b",")
    return next((k for k, c in {"faces": b"track", "voice": b"speech"}.items() if c in columns), "")


def open_export(found: dict, name: str) -> str:
    report = load_csv(found.get(""), found.get("faces"), name, voice=found.get("voice"))
    return jobs().add_report(name, report)


def start(calls: Iterable) -> None:
    """Start jobs and show them; a recording that cannot be started does not hold up the others."""
    started, problems = [], []
    for name, call in calls:
        try:
            started.append(call())
            unseen().append(started[-1])
        except RecordingError as problem:
            problems.append(f"{markdown(name)}: {problem}")
    if started:
        show_jobs(started, problems)
    for problem in problems:
        st.error(problem)


def show_jobs(ids: list[str], problems: Sequence[str] = ()) -> None:
    """Go to the page of these jobs, or without any to the first page.

    Args:
        ids: of the jobs.
        problems: what to say there of others that could not be started.
    """
    go_to(ids, problems)
    st.rerun()


def go_to(ids: list[str], problems: Sequence[str] = ()) -> None:
    """Like `show_jobs`, where the page is to run anyway."""
    st.session_state.problems = problems
    st.query_params["job"] = ids


def earlier_results() -> None:
    finished = jobs().finished()
    if not finished:
        return
    st.subheader("Earlier results")
    names = {job.id: f"{job.name} · {when(job)}" for job in finished}
    chosen = st.multiselect("Results on this server", list(names), format_func=names.get)
    left, right, _ = st.columns([1, 1, 4])
    if left.button("Open", disabled=not chosen, key="earlier-open", width="stretch"):
        show_jobs(chosen)
    with right:
        delete_button("Delete", {job_id: names[job_id] for job_id in chosen}, "earlier-delete")


def delete_button(label: str, names: dict[str, str], key: str) -> None:
    """A button that names the results it would delete, by their ids, and asks."""

    def delete() -> None:
        for job_id in names:
            jobs().delete(job_id)
        go_to([other for other in st.query_params.get_all("job") if other not in names])

    lines = "\n".join(f"- {markdown(name)}" for name in names.values())
    question = f"Deletes, for everybody who can open this app:\n\n{lines}"
    confirm_button(label, question, "Delete now", delete, key, disabled=not names)


def when(job: Job) -> str:
    """When a job was started, by the visitor's clock."""
    return f"{datetime.fromtimestamp(job.created, zone()):%Y-%m-%d %H:%M}"


def zone() -> tzinfo | None:
    """The time zone that the browser names; None, the server's own, where it names none we know."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


# --- Jobs that run --------------------------------------------------------------------------


def progress(running: list[str]) -> None:
    def lines() -> None:
        current = [job for job_id in running if (job := jobs().get(job_id))]
        for job in current:
            progress_line(job)
        if not all(job.open for job in current):
            st.rerun()

    fragment(lines, PROGRESS_EVERY if running else None)()


def progress_line(job: Job) -> None:
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(min(1.0, job.progress), text=f"**{markdown(job.name)}** · {progress_text(job)}")
    if button.button("Cancel", key=f"cancel-{job.id}", width="stretch"):
        jobs().cancel(job.id)
        st.rerun()


def progress_text(job: Job) -> str:
    if job.state == WAITING:
        ahead = jobs().ahead(job.id)
        return f"waits for {ahead} other{'' if ahead == 1 else 's'}" if ahead else "starts"
    if job.seconds_left is None:
        return f"{job.progress:.0%}"
    return f"{job.progress:.0%}, about {clock(job.seconds_left + 0.5)} left"


def ended(job: Job) -> None:
    """What to say of a job that gave no result."""
    if job.state == FAILED:
        st.error(f"{markdown(job.name)}: {job.message}")
    elif job.state == CANCELLED:
        deleted = " Its upload was deleted." if job.uploaded else ""
        st.info(f"{markdown(job.name)}: cancelled.{deleted}")
    elif job.state == INTERRUPTED:
        text, go_on, cancel = st.columns([5, 1, 1], vertical_alignment="center")
        reason = job.message or "The server was started again."
        text.warning(f"{markdown(job.name)}: interrupted. {reason}")
        if go_on.button("Continue", key=f"continue-{job.id}", width="stretch"):
            jobs().resume(job.id)
            st.rerun()
        if cancel.button("Cancel", key=f"cancel-{job.id}", width="stretch"):
            jobs().cancel(job.id)
            st.rerun()


# --- The result -----------------------------------------------------------------------------


def result(job: Job) -> None:
    try:
        whole = stored_report(job.id, jobs())
    except RecordingError as problem:
        st.error(f"{markdown(job.name)}: {problem}")
        return
    duration = max(reports.span(whole)[1], float(whole.summary.get("duration_s") or 0.0))
    name, slider = st.columns([5, 7], vertical_alignment="center")
    name.markdown(f"**{markdown(job.name)}**")
    with slider:
        start_s, end_s = period(job, duration)
    report = reports.part(whole, start_s, end_s)
    if not len(report.timeline) and report.voice is None:
        st.info("Nothing was analysed in this period. Choose a longer one.")
        return
    if len(report.timeline) and not report.timeline["faces"].any():
        st.info("No face was found in this period, so there is no expression to show.")
    metrics(report, FACE_NUMBERS if len(report.timeline) else VOICE_NUMBERS)
    shown = (start_s, min(end_s, duration))
    told = {chapter.key: chapter for chapter in reports.chapters(report, shown)}
    left, right = st.columns([5, 7])
    with left:
        play(job, report, duration)
    with right, st.container(key=CHART_KEYS[0]):
        for key in ("shares", "valence") if "shares" in told else ("voice", "voice-valence"):
            draw(job, told, key)
    names = {}
    if len(report.timeline):
        names = {"Shares": shares_tab, "Faces and cues": cues_tab, "Voice": voice_tab}
        names |= {"Each face": faces_tab} if len(report.faces) else {}
    names |= {"Compare": compare_tab, "Export": export_tab}
    for tab, show in zip(st.tabs(list(names)), names.values(), strict=True):
        with tab:
            show(job, report, told, shown)


def period(job: Job, duration: float) -> tuple[float, float]:
    """Start and end of the period to show, s."""
    if duration < 2:
        return 0.0, duration
    chosen = st.slider(
        "Period",
        daytime(),
        at(duration + 1),
        (daytime(), at(duration + 1)),
        step=timedelta(seconds=1),
        format="HH:mm:ss",
        key=f"period-{job.id}",
        help="Numbers, charts, events and exports are of this part of the recording.",
    )
    return seconds_of(chosen[0]), seconds_of(chosen[1])


def at(seconds: float) -> daytime:
    whole = min(int(seconds), 24 * 3600 - 1)
    return daytime(whole // 3600, whole // 60 % 60, whole % 60)


def seconds_of(moment: daytime) -> float:
    return moment.hour * 3600.0 + moment.minute * 60 + moment.second


def metrics(report: Report, names: tuple[str, ...]) -> None:
    numbers = [number for number in reports.numbers(report) if number.name in names]
    for column, number in zip(st.columns(len(names)), numbers, strict=False):
        column.metric(number.name, number.value)


def play(job: Job, report: Report, duration: float) -> None:
    source = None
    if job.video is not None:
        # Deleted in this very moment: the player then offers to open a local file.
        with contextlib.suppress(OSError, ValueError):
            source = address(mapped(job.video), job.name, job.id)
    player(
        f"player-{job.id}",
        job.name,
        job.size,
        source,
        duration,
        report.events,
        CHART_KEYS,
        sound_only=not len(report.timeline),
        absent="The recording is not on the server. To see it beside the charts, open it from "
        "this computer; it is played here and not uploaded.",
    )


def draw(job: Job, told: dict[str, reports.Chapter], key: str) -> None:
    chapter = told.get(key)
    if chapter is None:
        return
    st.markdown(f"**{chapter.title}**")
    show_figure(chapter.figure, f"{key}-{job.id}")
    if chapter.note:
        st.caption(chapter.note)


def show_figure(figure, key: str) -> None:
    st.plotly_chart(figure, key=key, width="stretch", config={"displayModeBar": False})


def shares_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    ring, numbers = st.columns([5, 7])
    with ring:
        draw(job, told, "donut")
    with numbers:
        rows = "\n".join(f"| {n.name} | {n.value} |" for n in reports.numbers(report))
        st.markdown(f"| number | value |\n|---|---|\n{rows}")


def cues_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    with st.container(key=CHART_KEYS[1]):
        for key in ("faces", "cues", "pose", "blinks"):
            draw(job, told, key)
    st.markdown("**What the cues mean, and what they are not for**")
    for cue in reports.cue_lines():
        st.markdown(f"- **{cue.name}** ({cue.label}): {cue.meaning} *{cue.not_for}*")


def voice_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    if "voice" not in told:
        st.info("There is no result for the sound: the recording has none, or it was a quick look.")
        return
    metrics(report, VOICE_NUMBERS)
    with st.container(key=CHART_KEYS[2]):
        for key in ("voice", "voice-valence"):
            draw(job, told, key)


def faces_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    found = tables.tracks(report.faces).head(200).set_index("track")
    frames = len(report.timeline)

    def name(track: int) -> str:
        row = found.loc[track]
        seen = row["rows"] / frames
        stay = f"{clock(row['first'])}–{clock(row['last'])}"
        return f"Face {track} · in {seen:.0%} of the frames · {stay}"

    track = st.selectbox("Face", list(found.index), format_func=name, key=f"face-{job.id}")
    st.caption(
        "Numbers follow a face through this recording only; nobody is identified, and a face that "
        "leaves and returns may get a new number."
    )
    told = {chapter.key: chapter for chapter in reports.face_chapters(report, track, shown)}
    with st.container(key=CHART_KEYS[3]):
        for key in told:
            draw(job, told, key)


def compare_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    others = {other.id: other for other in jobs().finished() if other.id != job.id}
    if not others:
        st.info("There is no other result yet to compare with.")
        return
    chosen = st.selectbox(
        "Compare with",
        [AVERAGE, *others],
        format_func=lambda key: (
            f"Average of all {len(others)} others"
            if key == AVERAGE
            else f"{others[key].name} · {when(others[key])}"
        ),
        key=f"compare-{job.id}",
    )
    wanted = list(others) if chosen == AVERAGE else [chosen]
    found = []
    for other in wanted:
        try:
            found.append(stored_outline(other, jobs()))
        except RecordingError as problem:
            st.warning(f"{markdown(others[other].name)}: {problem}")
    shares, curves = reports.comparison(found)
    own_shares, own_curve = reports.comparison([reports.outline(report.timeline)])
    if shares is None or own_shares is None:
        st.info("One of them has no readable face, so there is nothing to compare.")
        return
    name = "average" if chosen == AVERAGE else others[chosen].name
    show_figure(
        charts.comparison_bars({"this recording": own_shares, name: shares}),
        f"compare-shares-{job.id}",
    )
    show_figure(
        charts.comparison_lines({"this recording": own_curve, name: curves}),
        f"compare-valence-{job.id}",
    )


def export_tab(job: Job, report: Report, told: dict, shown: tuple) -> None:
    st.caption("Of the period chosen above. The HTML page and the PDF hold the same numbers.")
    fragment(downloads)(job, report, shown)
    st.divider()
    left, right, _ = st.columns([1, 1, 2])
    with left:
        if job.uploaded and job.video:
            confirm_button(
                "Delete the recording",
                f"Deletes {markdown(job.name)} from the server. The result stays.",
                "Delete now",
                partial(jobs().forget_video, job.id),
                f"forget-{job.id}",
            )
    with right:
        delete_button("Delete this result", {job.id: job.name}, f"delete-{job.id}")


def downloads(job: Job, report: Report, shown: tuple) -> None:
    stem = Path(job.name).stem or "recording"
    offers = [
        ("Report (HTML)", "report.html", lambda: reports.to_html(reports.contents(report, shown))),
        ("Report (PDF)", "report.pdf", lambda: reports.to_pdf(reports.contents(report, shown))),
    ]
    parts = {"Timeline": report.timeline, "Faces": report.faces}
    if report.voice is not None:
        parts["Voice"] = report.voice.timeline
    for name, table in parts.items():
        if len(table):
            offers += [
                (f"{name} (CSV)", f"{name.lower()}.csv", lambda table=table: reports.to_csv(table)),
                (
                    f"{name} (Parquet)",
                    f"{name.lower()}.parquet",
                    lambda table=table: reports.to_parquet(table),
                ),
            ]
    columns = st.columns(4)
    for number, (label, name, make) in enumerate(offers):
        with columns[number % 4]:
            type_ = TYPES[Path(name).suffix]
            download_button(label, make, f"{stem}-{name}", type_, f"export-{name}-{job.id}")


ids = list(dict.fromkeys(st.query_params.get_all("job")))
st.html(STYLE)
title, again = st.columns([5, 1], vertical_alignment="center")
title.title("Recorded lecture")
if ids and again.button("New analysis", key="again", width="stretch"):
    show_jobs([])
with st.expander(
    "Not for grading, discipline or attendance, and forbidden for classes in the EU. "
    "What this measures and stores"
):
    st.markdown(ABOUT)
try:
    core()
except (ModelError, ValueError) as problem:
    st.error(f"Recordings cannot be analysed: {problem}")
    st.stop()

if not ids:
    choose()
    st.stop()

for problem in st.session_state.get("problems", ()):
    st.error(problem)
known = [job for job_id in ids if (job := jobs().get(job_id))]
waiting = [job.id for job in known if job.open or job.state == INTERRUPTED]
st.session_state.unseen = [job_id for job_id in unseen() if job_id not in ids] + waiting
if len(known) < len(ids):
    st.warning("A result that the address names is not on this server: it may have been deleted.")
open_jobs = [job.id for job in known if job.open]
if open_jobs:
    progress(open_jobs)
    st.caption("You may close or reload this page: its address finds the analysis again.")
for job in known:
    if not job.open and job.state != DONE:
        ended(job)
done = {job.id: job for job in known if job.state == DONE}
if done:
    shown = next(iter(done))
    if len(done) > 1:
        shown = st.selectbox(
            "Result", list(done), format_func=lambda key: done[key].name, key="shown"
        )
    result(done[shown])
