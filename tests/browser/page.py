"""What a visitor sees and does on the live page, in the words of the page."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import av
from playwright.sync_api import BrowserContext, Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from fer.web.access import texts
from fer.web.connection import texts as connection
from tests.fakes import wait_for

PASSWORD = "open sesame"
"""What instructors type in where an app has a password."""

NUMBER = re.compile(r"^\d+$")

TABLET = {"width": 820, "height": 1180}
"""The size of a tablet's screen, px. The sidebar leaves as much of it as a phone has."""

_CUT_OFF = """() => [...document.querySelectorAll(
    "[data-testid=stMain] :is(button, a, [data-testid=stMetric]) *"
)].filter((part) => part.clientWidth && part.scrollWidth > part.clientWidth + 1)
  .map((part) => part.textContent)"""

_PALE = """() => {
    const brush = document.createElement("canvas").getContext("2d");
    const light = (colours, opacity) => {
        brush.globalAlpha = 1;
        for (const colour of colours) {
            brush.fillStyle = colour;
            brush.fillRect(0, 0, 1, 1);
            brush.globalAlpha = opacity;
        }
        const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((part) =>
            part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const page = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
    return [...document.querySelectorAll(
        "[data-testid=stCaptionContainer] :is(p, a), .xtick text, .ytick text"
    )].filter((part) => {
        let opacity = 1;
        for (let at = part; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
        const style = getComputedStyle(part);
        const ink = part instanceof SVGElement ? style.fill : style.color;
        const [one, other] = [light([page], 1), light([page, ink], opacity)];
        return Math.max(one, other) / Math.min(one, other) < 4.5;
    }).map((part) => part.textContent);
}"""


def expect_one(locator: Locator, timeout: float | None = None) -> None:
    """Waits until exactly one element that fits is visible, for as many milliseconds as are given.

    `expect(...).to_be_visible` fails at once where two elements fit. While a run of the page is
    late, Streamlit shows a notice twice: if one above it went away, the new run has drawn it one
    place higher, and what the last run drew stays below until the new run has ended. That took
    0.6 s after the event loop had been blocked for 9 s. Two elements that stay are a failure.
    """
    expect(locator.filter(visible=True)).to_have_count(1, timeout=timeout)


def wait_until(page: Page, true: Callable[[], bool], timeout_s: float = 60) -> None:
    """Waits for what this process, not the page, knows; the page's events go on meanwhile."""
    wait_for(true, timeout_s, pause=lambda: page.wait_for_timeout(50))


class Runs:
    """Counts how often the server has run a whole page for a browser."""

    def __init__(self) -> None:
        self._ended = 0

    def watch(self, context: BrowserContext) -> None:
        """Count the runs of the pages that this context opens from now on."""
        context.on("page", lambda page: page.on("websocket", self._listen))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, frame: bytes | str) -> None:
        if not isinstance(frame, bytes):
            return
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") == "script_finished":
            self._ended += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    @contextmanager
    def after_one_more(self, page: Page) -> Iterator[None]:
        """Waits at its end until the page has been run for what is done within it."""
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
        before = self._ended
        yield
        wait_until(page, lambda: self._ended > before)


def sign_in(page: Page, password: str = PASSWORD) -> None:
    """Type a password in on a page that asks for it."""
    page.get_by_role("link", name=texts.WITH_PASSWORD).click()
    page.get_by_label(texts.PASSWORD).fill(password)
    page.get_by_role("button", name=texts.SIGN_IN).click()


def try_connection(page: Page, url: str) -> None:
    """Open the page "Connection" of an app and run its test to the end."""
    page.goto(f"{url}/connection")
    page.get_by_role("button", name=connection.START).click()
    expect_one(page.get_by_text("chosen way"))


def camera(page: Page):
    return page.frame_locator("iframe[title*=webrtc]")


def start(page: Page) -> None:
    camera(page).get_by_role("button", name="Start camera").click()


def stop(page: Page) -> None:
    camera(page).get_by_role("button", name="Stop camera").click()


def metric(page: Page, label: str) -> Locator:
    exact = re.compile(f"^{label}$")  # "Unpleasant" holds "pleasant"
    one = page.get_by_test_id("stMetric").filter(has=page.get_by_text(exact))
    return one.get_by_test_id("stMetricValue")


def expect_whole(page: Page) -> None:
    """Check that no button and no number is wider than its place."""
    assert page.evaluate(_CUT_OFF) == []


def expect_readable(page: Page) -> None:
    """Check that notes and what stands beside charts have the contrast that WCAG 2.2 asks for."""
    assert page.evaluate(_PALE) == []


def expect_faces(page: Page, least: int, most: int) -> None:
    numbers = "|".join(str(number) for number in range(least, most + 1))
    expect(metric(page, "Faces")).to_have_text(re.compile(f"^({numbers})$"), timeout=90_000)


def show_classes(page: Page) -> None:
    """Switch on the bars of all expressions."""
    page.get_by_text("All expressions").click()


def shares(page: Page) -> dict[str, float]:
    """The bars of the chart "mood now"; empty before it is drawn."""
    return page.evaluate(
        """() => {
            const chart = document.querySelector("[data-chart=mood-now]");
            const bar = chart?._fullData?.[0];
            return bar ? Object.fromEntries([...bar.y].map((name, i) => [name, bar.x[i]])) : {};
        }"""
    )


def wait_for_largest_share(page: Page, name: str) -> None:
    page.wait_for_function(
        """(name) => {
            const chart = document.querySelector("[data-chart=mood-now]");
            const bar = chart?._fullData?.[0];
            if (!bar) return false;
            const largest = Math.max(...bar.x);
            return largest > 0 && bar.x[[...bar.y].indexOf(name)] === largest;
        }""",
        arg=name,
    )


def seconds_drawn(page: Page) -> int:
    """Number of points in the chart of faces."""
    return page.evaluate(
        """() => document.querySelector("[data-chart=faces]")
            ?._fullData?.[0]?.x?.length ?? 0"""
    )


def wait_until_drawn(page: Page, seconds: int) -> None:
    """Wait until the chart of faces has at least so many points."""
    page.wait_for_function(
        """(seconds) => document.querySelector("[data-chart=faces]")
            ?._fullData?.[0]?.x?.length >= seconds""",
        arg=seconds,
    )


def recorded(page: Page) -> bytes:
    """The clip that was recorded last on the page, which keeps it for its player."""
    text = page.evaluate(
        """async () => {
            const clip = [...window.moodRecordings.values()].at(-1);
            const bytes = new Uint8Array(await clip.arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }"""
    )
    return base64.b64decode(text)


def kinds_of(clip: bytes) -> set[str]:
    """What the tracks of a clip are that hold at least one packet."""
    with av.open(io.BytesIO(clip)) as container:
        return {packet.stream.type for packet in container.demux() if packet.size}
