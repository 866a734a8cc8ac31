"""A recording in a real browser: from the upload to the downloaded report."""

from __future__ import annotations

import base64
import io
import re
import shutil
import wave

import av
import numpy as np
import pandas as pd
import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.parts import stage
from fer.report.export import to_csv
from tests.browser.page import expect_one, metric, wait_until
from tests.browser.page import start as start_camera
from tests.fakes import wait_for
from tests.footage import make_video
from tests.tables import lecture

CLIP = "student_laughing_854x480.mp4"
ANALYSIS_MS = 240_000

BAD_FILES = {
    "zero.mp4": b"",
    "text.mp4": b"This is no video.\n" * 100,
    "noise.webm": np.random.default_rng(0).bytes(20_000),
}


@pytest.fixture
def visit(app, browsers):
    """Opens the page, or an address of it, as a new visitor."""
    contexts = []

    def visit(address=None, **options) -> Page:
        context = browsers("happy").new_context(viewport={"width": 1366, "height": 768}, **options)
        contexts.append(context)
        # A browser on a busy machine may be slow to answer, too.
        context.set_default_timeout(ANALYSIS_MS)
        page = context.new_page()
        page.goto(address or f"{app.url}/recording")
        return page

    yield visit
    for context in contexts:
        context.close()


def analyse(page: Page, *files, quick: bool = False, keep: bool = False) -> None:
    page.locator(".st-key-upload input[type=file]").set_input_files(list(files))
    start = page.get_by_role("button", name="Analyse", exact=True)
    expect(start).to_be_enabled()
    for wanted, words in ((quick, "Quick look"), (keep, "Keep the recording on the server")):
        if wanted:
            page.get_by_role("tabpanel", name="Upload").get_by_text(words).click()
    start.click()


def shown(page: Page) -> Locator:
    """The video, once the analysis is done and the browser can play it."""
    video = page.locator("video:not(.preview)")
    expect_one(video, timeout=ANALYSIS_MS)
    page.wait_for_function("v => v.readyState >= 2", arg=video.element_handle())
    return video


def chart(page: Page, number: int = 0) -> Locator:
    plot = page.locator(".st-key-time-main .js-plotly-plot").nth(number)
    expect_one(plot.locator(".nsewdrag"))
    return plot


def click_at(page: Page, plot: Locator, part: float) -> None:
    """Click on a chart, at a part of its width from the left."""
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").bounding_box()
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)


def at(video: Locator, low: float, high: float) -> None:
    """Wait until the video stands between two times in s."""
    video.page.wait_for_function(
        "([v, low, high]) => low <= v.currentTime && v.currentTime <= high",
        arg=[video.element_handle(), low, high],
    )


def cursor(plot: Locator) -> float:
    """Where the cursor stands on a chart, as a part of the chart's width from the left."""
    return plot.evaluate(
        """plot => {
            const area = plot.querySelector(".nsewdrag").getBoundingClientRect();
            const line = plot.querySelector(".mood-cursor").getBoundingClientRect();
            return (line.left - area.left) / area.width;
        }"""
    )


def imported(page: Page, name: str) -> None:
    """Open a result without an analysis, from an export."""
    page.get_by_role("tab", name="Earlier export").click()
    whole = lecture(120)
    page.locator(".st-key-export input[type=file]").set_input_files(
        [
            {"name": f"{name}-{n}.csv", "mimeType": "text/csv", "buffer": to_csv(table)}
            for n, table in enumerate((whole.timeline, whole.faces))
        ]
    )
    panel = page.get_by_role("tabpanel", name="Earlier export")
    panel.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("tab", name="Export", exact=True).click()


def test_a_clip_becomes_a_report_in_step_with_its_video(app, visit, media, tmp_path):
    earlier = {*app.results.glob("*/job.json")}
    page = visit()
    analyse(page, media / CLIP)
    video = shown(page)
    length = video.evaluate("v => v.duration")

    # A click on the chart moves the video; the cursor follows on every chart.
    click_at(page, chart(page), 0.5)
    at(video, 0.42 * length, 0.58 * length)
    click_at(page, chart(page, 1), 0.2)
    at(video, 0.12 * length, 0.28 * length)

    # Playing moves the cursor.
    wait_for(lambda: 0.12 <= cursor(chart(page)) <= 0.28)
    before = cursor(chart(page))
    video.evaluate("v => v.play()")
    wait_for(lambda: cursor(chart(page)) > before + 0.01)
    video.evaluate("v => v.pause()")

    # An event jumps to its start, by keyboard too.
    event = page.locator(".events button").first
    start = event.locator(".when").inner_text().split("–")[0]
    minutes, seconds = start.split(":")
    event.focus()
    page.keyboard.press("Enter")
    began = 60 * int(minutes) + int(seconds)
    at(video, began, began + 1.0)

    # Judged by eye, the student laughs for 9.5 of 26 s, and is then surprised for about as long.
    smiles = page.get_by_test_id("stMetric").filter(has_text="smile index").first
    expect(smiles).to_contain_text("%")
    share = re.search(r"(\d+)\s?%", smiles.inner_text())
    assert share is not None
    assert 27 <= int(share[1]) <= 47

    # The upload is gone from the server.
    (job,) = {*app.results.glob("*/job.json")} - earlier
    assert not list(job.parent.rglob("*.mp4"))
    assert not list((app.results / ".uploads").glob("*"))

    # Both reports can be downloaded and opened.
    page.get_by_role("tab", name="Export").click()
    files = {}
    for kind in ("HTML", "PDF"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Report ({kind})").click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    document = pypdf.PdfReader(files["PDF"])
    assert CLIP in document.pages[0].extract_text()
    context = page.context.browser.new_context(offline=True)
    asked, faults = [], []
    offline = context.new_page()
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("pageerror", lambda fault: faults.append(str(fault)))
    offline.goto(files["HTML"].as_uri())
    expect(offline.locator("h1")).to_have_text(CLIP)
    expect(offline.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(offline.locator(".js-plotly-plot").nth(5)).to_be_attached()
    assert asked == [files["HTML"].as_uri()]
    assert faults == []
    context.close()

    # Another visitor plays the recording from their own computer.
    other = visit(page.url)
    page.context.close()
    chooser = other.get_by_label("Open the recording from this computer")
    expect_one(other.get_by_text("is not on the server"), timeout=ANALYSIS_MS)
    # Without a recording, the chart still moves the cursor.
    click_at(other, chart(other), 0.5)
    expect(other.locator(".now")).to_have_text("0:13")
    chooser.set_input_files(media / CLIP)
    video = shown(other)
    assert video.evaluate("v => v.src").startswith("blob:")
    at(video, 12, 15)
    click_at(other, chart(other), 0.75)
    at(video, 18, 22)


def test_two_clicks_start_one_analysis_and_nothing_starts_while_a_file_is_on_its_way(
    app, visit, media, tmp_path
):
    video = make_video(tmp_path / "twice.mp4")
    page = visit()
    before = len(list(app.results.glob("*/job.json")))
    chosen = page.locator(".st-key-upload input[type=file]")
    chosen.set_input_files(video)
    start = page.get_by_role("button", name="Analyse", exact=True)
    expect(start).to_be_enabled()
    start.dblclick()
    shown(page)
    # The uploader is empty then.
    page.get_by_role("button", name="New analysis").click()
    expect(start).to_be_disabled()
    expect(page.locator(".st-key-upload").get_by_text(video.name)).to_have_count(0)
    assert len(list(app.results.glob("*/job.json"))) == before + 1

    chosen.set_input_files(media / CLIP)
    expect(start).to_be_enabled()
    uploads = []
    page.route("**/_stcore/upload_file/**", lambda route: uploads.append(route))
    chosen.set_input_files(shutil.copy(media / CLIP, tmp_path / "other.mp4"))
    expect(start).to_have_css("pointer-events", "none")
    expect(start).to_be_enabled()
    wait_until(page, lambda: bool(uploads))
    uploads[0].continue_()
    expect(start).to_have_css("pointer-events", "auto")
    start.click()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_have_count(2)
    cancel.first.click()
    expect(cancel).to_have_count(1)
    cancel.click()
    expect(cancel).to_have_count(0)


def test_a_kept_recording_is_fetched_in_small_parts(app, visit, media):
    page = visit()
    analyse(page, media / CLIP, quick=True, keep=True)
    shown(page)
    other = visit()
    asked = []
    other.on("request", lambda ask: asked.append(ask))
    other.goto(page.url)
    video = shown(other)
    server = [ask for ask in asked if ask.url.startswith("http")]
    ranges = [ask.headers["range"] for ask in server if "range" in ask.headers]
    assert ranges == [f"bytes=0-{8 * 2**20 - 1}"]
    click_at(other, chart(other), 0.75)
    at(video, 18, 22)
    other.get_by_role("tab", name="Export").click()
    other.get_by_role("button", name="Delete the recording").click()
    other.get_by_role("button", name="Delete now").click()
    expect_one(other.get_by_text("is not on the server"))


def test_every_export_arrives_while_another_visitor_is_live_and_deletion_asks_first(
    app, visit, tmp_path
):
    live = visit(app.url)
    live.get_by_role("button", name="I have read this").click()
    start_camera(live)
    expect(metric(live, "Faces")).to_have_text("1")
    page = visit()
    imported(page, "delete me")
    for label, begin in (
        ("Report (HTML)", b"<!DOCTYPE html>"),
        ("Report (PDF)", b"%PDF"),
        ("Timeline (CSV)", b"t,"),
        ("Timeline (Parquet)", b"PAR1"),
        ("Faces (CSV)", b"t,"),
        ("Faces (Parquet)", b"PAR1"),
    ):
        with page.expect_download(timeout=30_000) as download:
            page.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / "file")
        assert (tmp_path / "file").read_bytes().lower().startswith(begin.lower()), label
    table = pd.read_parquet(tmp_path / "file")
    assert len(table) == len(lecture(120).faces)
    live.context.close()

    # Results are deleted only after a question, by keyboard too.
    ask = page.get_by_role("button", name="Delete this result")
    ask.focus()
    page.keyboard.press("Enter")
    yes = page.get_by_role("button", name="Delete now")
    expect_one(yes)
    expect_one(page.get_by_role("listitem").filter(has_text="delete me"))
    page.keyboard.press("Escape")
    expect(yes).to_have_count(0)
    page.get_by_role("button", name="New analysis").click()
    page.locator(".st-key-table").get_by_text("delete me").click()
    ask = page.get_by_role("button", name="Delete", exact=True)
    expect(ask).to_be_enabled()
    ask.focus()
    page.keyboard.press("Enter")
    expect_one(yes)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(yes).to_have_count(0)
    expect_one(page.get_by_text("Will be deleted within a minute: delete me"))
    expect(page.locator(".st-key-table").get_by_text("delete me")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect_one(page.locator(".st-key-table").get_by_text("delete me"))


def test_a_running_analysis_is_found_again_and_two_visitors_share_the_server(visit, media):
    first, second = visit(), visit()
    analyse(first, media / "lecture_1080p.mp4")
    analyse(second, media / CLIP, quick=True)

    # After a look at another page.
    expect_one(first.get_by_role("button", name="Cancel"))
    first.get_by_role("link", name="Live").click()
    expect_one(first.get_by_role("button", name="I have read this"))
    first.get_by_role("link", name="Recording").click()
    expect_one(first.get_by_text("Your analyses: 1"))
    first.get_by_role("button", name="Open", exact=True).first.click()
    expect(first).to_have_url(re.compile("job="))
    expect(first.get_by_text("lecture_1080p.mp4").first).to_be_visible()
    expect(first.get_by_text("Your analyses")).to_have_count(0)

    # After a reload.
    first.reload()
    shown(second)
    # The reloaded page no longer holds the file, and the server has deleted it.
    expect_one(first.get_by_text("is not on the server"), timeout=ANALYSIS_MS)
    expect(first.get_by_text("lecture_1080p.mp4").first).to_be_visible()
    expect(second.get_by_text(CLIP).first).to_be_visible()


def test_a_clip_recorded_in_the_browser_is_analysed(visit):
    page = visit()
    record(page, "Record video")
    assert kinds_of(recorded(page)) == {"audio", "video"}
    page.get_by_role("button", name="Analyse", exact=True).click()
    video = shown(page)
    page.wait_for_function("v => v.duration > 2 && v.duration < 30", arg=video.element_handle())
    click_at(page, chart(page), 0.5)
    at(video, 0.5, 25)


def test_a_voice_is_recorded_without_a_camera(visit):
    page = visit()
    record(page, "Record voice")
    assert kinds_of(recorded(page)) == {"audio"}


def record(page: Page, button: str) -> None:
    """Record some seconds with one of the two buttons; the clip is in the uploader then."""
    page.get_by_role("button", name=button).click()
    expect_one(page.get_by_text("● 0:03"))
    page.get_by_role("button", name="Stop recording").click()
    # Streamlit may show its whole name beside the shortened one.
    expect(page.get_by_text(re.compile(r"clip-.*webm")).first).to_be_visible()


def recorded(page: Page) -> bytes:
    """The clip, which the page keeps for its player."""
    text = page.evaluate(
        """async () => {
            const [clip] = window.moodRecordings.values();
            const bytes = new Uint8Array(await clip.arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }"""
    )
    return base64.b64decode(text)


def kinds_of(clip: bytes) -> set[str]:
    """What the tracks of a clip are that hold at least one packet."""
    with av.open(io.BytesIO(clip)) as container:
        return {packet.stream.type for packet in container.demux() if packet.size}


@pytest.mark.parametrize("fails", ["constructor", "start"])
def test_a_recorder_that_does_not_start_is_told_and_lets_the_camera_go(visit, fails):
    page = visit()
    expect_one(page.get_by_role("button", name="Record video"))
    page.evaluate(
        """(fails) => {
            const devices = navigator.mediaDevices;
            const ask = devices.getUserMedia.bind(devices);
            devices.getUserMedia = async (wanted) => (window.given = await ask(wanted));
            const broken = () => {
                throw new DOMException("no such format", "NotSupportedError");
            };
            if (fails === "start") MediaRecorder.prototype.start = broken;
            else window.MediaRecorder = function () { broken(); };
        }""",
        fails,
    )
    page.get_by_role("button", name="Record video").click()
    expect_one(page.get_by_text("The recording could not be started: no such format"))
    states = page.evaluate("() => window.given.getTracks().map((track) => track.readyState)")
    assert states == ["ended", "ended"]
    expect_one(page.get_by_role("button", name="Record video"))
    expect(page.get_by_role("button", name="Stop recording")).to_have_count(0)


def test_bad_files_are_told_and_the_page_goes_on_to_silence_and_a_voice(visit, media):
    page = visit()
    again = page.get_by_role("button", name="New analysis")
    for name, content in BAD_FILES.items():
        analyse(page, {"name": name, "mimeType": "video/mp4", "buffer": content})
        alert = page.get_by_test_id("stAlert").filter(has_text=name)
        expect_one(alert, timeout=ANALYSIS_MS)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if again.count():
            again.click()
            expect(alert).to_have_count(0)

    analyse(page, {"name": "quiet.wav", "mimeType": "audio/wav", "buffer": silence()})
    answer = page.locator("audio").or_(page.get_by_test_id("stAlert").filter(has_text="quiet"))
    expect(answer.first).to_be_visible(timeout=ANALYSIS_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    again.click()

    if not (stage.ROOT / "models" / "speech.onnx").is_file():
        pytest.skip("needs models/speech.onnx, which `python train.py speech` makes")
    analyse(page, media / "speech_1.wav")
    expect_one(page.get_by_text("Tone of voice over time"), timeout=ANALYSIS_MS)
    expect_one(page.locator("audio"))


def silence() -> bytes:
    """Five seconds of it, as a WAV file."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(16000 * 2 * 5))
    return sound.getvalue()


def test_a_kept_recording_is_played_below_a_sub_path(browsers, tmp_path):
    # The app is below a path, as on Streamlit Community Cloud or behind a school's proxy.
    with stage.App(tmp_path / "log.txt", "/class") as app:
        context = browsers("happy").new_context()
        page = context.new_page()
        page.goto(f"{app.url}/recording")
        analyse(page, make_video(tmp_path / "lecture.mp4"), quick=True, keep=True)
        shown(page)
        other = context.new_page()
        other.goto(page.url)
        shown(other)
        context.close()
