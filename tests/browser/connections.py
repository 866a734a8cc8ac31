"""The camera's connection as the browser has it, and the component that watches it.

`watch` has to be called with a context before anything is opened in it.
"""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.page import camera, expect_one

FRAME = "document.querySelector('iframe[title*=webrtc]')?.contentWindow"
"""The window of the frame with the camera, in JavaScript."""

# Runs first in the page and in each frame: keeps the connections, and counts how often a camera is
# asked for, and how often the component that watches the connection has looked at it. While the
# page is blind, the component does not look.
_WATCH = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
        super(...given);
        connections.push(this);
    }
};
window.asked = 0;
const { mediaDevices } = navigator;
const ask = mediaDevices?.getUserMedia;
if (ask) mediaDevices.getUserMedia = (wishes) => {
    asked += 1;
    return ask.call(mediaDevices, wishes);
};
window.looks = 0;
const every = setInterval;
window.setInterval = (act, ms, ...rest) => every(() => {
    if (ms === 300 && window.blind) return;
    act(...rest);
    if (ms === 300) looks += 1;
}, ms);
"""


REFUSE = """
const { mediaDevices } = navigator;
const ask = mediaDevices?.getUserMedia;
if (ask) mediaDevices.getUserMedia = async (wishes) => {
    if (top.refusal === "nobody answers") await new Promise(() => {});
    if (top.refusal) throw new DOMException("the browser's words", top.refusal);
    return ask.call(mediaDevices, wishes);
};
"""
"""A script that comes first in the page and in each frame: a camera is refused as the variable
`refusal` of the page says, or as this computer does."""

WATCHED = "() => document.querySelector('iframe[title*=webrtc]')?.contentWindow.line"
"""Whether the component watches the frame with the camera, in JavaScript."""


def watch(context: BrowserContext) -> None:
    context.add_init_script(_WATCH)


def look(page: Page) -> None:
    """Wait until the component has looked ten times more.

    From a look that finds a camera lost until it presses the button there are four or five, and
    the page shows the press some time later.
    """
    page.wait_for_function("(before) => looks >= before + 10", arg=page.evaluate("looks"))


def wait_until_known(page: Page) -> None:
    """Wait until the component knows that a camera plays."""
    page.wait_for_function(f"() => {FRAME}?.line?.wanted")


def wait_for_state(page: Page, state: str) -> None:
    """Wait until the browser calls the camera's newest connection "disconnected" or "failed".

    The component hides the former from the frame, but not in the state of the ICE transport alone.
    """
    page.wait_for_function(
        f"""(state) => {{
            const {{ connectionState, iceConnectionState }} = {FRAME}.connections.at(-1);
            return [connectionState, iceConnectionState].includes(state);
        }}""",
        arg=state,
    )


def fail(page: Page) -> None:
    """Let the browser say that the connection has failed, once the component knows the camera."""
    wait_until_known(page)
    page.evaluate(
        f"""() => {{
            const connection = {FRAME}.connections.at(-1);
            Object.defineProperty(connection, "connectionState", {{ get: () => "failed" }});
            connection.dispatchEvent(new Event("connectionstatechange"));
        }}"""
    )


def times_asked(page: Page) -> int:
    """How often the frame that is there now has asked for a camera."""
    return page.evaluate(f"{FRAME}.asked")


def expect_off(page: Page, asked: int) -> None:
    """The camera is off, and the component leaves it so."""
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    look(page)
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    expect(page.get_by_text("lost its connection")).to_have_count(0)
    assert times_asked(page) == asked
