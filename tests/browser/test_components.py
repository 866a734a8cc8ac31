"""Our components alone in a real browser, called as Streamlit calls them."""

import pytest
from playwright.sync_api import expect

from benchmarks._stage import ROOT
from tests.footage import make_video

CALL = """async ([script, data]) => {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: component } = await import(url);
    window.call = () => component({ parentElement: document.querySelector("main"), data });
    window.end = call();
}"""

# Streamlit loads a component's module for each run of the page. If the next run comes meanwhile,
# the module is called for both, and then what the first call gave back for the end is called, too.
OVERTAKE = "() => { call(); end(); return new Promise((done) => setTimeout(done, 100)); }"


@pytest.fixture
def place(browsers):
    """Opens a page with nothing but a component."""
    context = browsers("empty").new_context()

    def place(name: str, data: dict):
        page = context.new_page()
        frontend = ROOT / "fer" / "frontend"
        page.set_content(f"<main>{(frontend / f'{name}.html').read_text('utf-8')}</main>")
        page.evaluate(CALL, [(frontend / f"{name}.js").read_text("utf-8"), data])
        return page

    yield place
    context.close()


@pytest.fixture
def player(place):
    return place(
        "player",
        {
            "name": "lecture.mp4",
            "size": 1,
            "source": None,
            "sound_only": False,
            "duration": 10,
            "absent": "The recording is not on the server.",
            "charts": [],
            "events": [{"start": 2, "end": 3, "kind": "peak", "text": "most smiles"}],
        },
    )


def test_a_player_lives_on_when_a_run_is_overtaken(player):
    player.evaluate(OVERTAKE)
    player.get_by_role("button", name="most smiles").click()
    expect(player.locator(".now")).to_have_text("0:02")


def test_a_recorder_lives_on_when_a_run_is_overtaken(place):
    page = place("recorder", {"uploader": "upload"})
    page.evaluate(OVERTAKE)
    page.evaluate(
        """() => document.body.insertAdjacentHTML(
            "beforeend", "<div class=st-key-upload><input type=file></div>"
        )"""
    )
    file = {"name": "lecture.mp4", "mimeType": "video/mp4", "buffer": b"12345"}
    page.locator(".st-key-upload input").set_input_files(file)
    assert page.evaluate("[...(window.moodRecordings?.keys() ?? [])]") == ["lecture.mp4:5"]


def test_the_chosen_place_is_kept_when_a_recording_is_opened(player, tmp_path):
    # A browser may know the length, and stand at 0, before it says so; here for 300 ms.
    player.evaluate(
        """() => {
            const media = HTMLMediaElement.prototype;
            const { set } = Object.getOwnPropertyDescriptor(media, "src");
            Object.defineProperty(media, "readyState", { get: () => 1 });
            Object.defineProperty(media, "src", {
                set(url) { setTimeout(() => set.call(this, url), 300); },
            });
        }"""
    )
    player.get_by_role("button", name="most smiles").click()
    recording = make_video(tmp_path / "lecture.mp4")
    player.get_by_label("Open the recording from this computer").set_input_files(recording)
    player.wait_for_function("() => document.querySelector('video')?.duration > 0")
    player.wait_for_timeout(200)
    assert player.locator("video").evaluate("v => v.currentTime") == 2
    expect(player.locator(".now")).to_have_text("0:02")
