"""Clicks at the same moment as a message of a component."""

from tests.browser.page import camera, expect_one

# Another camera is plugged in, and the button is clicked within the same turn of the event loop.
# Streamlit then sends one message for both, in the name of the part that holds the first.
CLICK_WHILE_CAMERAS_CHANGE = """async (button) => {
    const count = (window.cameras = (window.cameras ?? 2) + 1);
    const cameras = Array(count).fill({ kind: "videoinput" });
    navigator.mediaDevices.enumerateDevices = async () => cameras;
    navigator.permissions.query = async () => ({ state: "prompt" });
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    for (let turn = 0; turn < 50; turn++) await null;
    button.click();
}"""


def test_no_click_is_lost_when_the_cameras_change(browsers, visit):
    page = visit(browsers("empty"))
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    with page.expect_download():
        page.get_by_role("button", name="Download table (CSV)").evaluate(CLICK_WHILE_CAMERAS_CHANGE)
    page.get_by_role("radio", name="Share a video call").evaluate(CLICK_WHILE_CAMERAS_CHANGE)
    expect_one(page.get_by_role("button", name="Share a window or screen"))
