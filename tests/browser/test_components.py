"""Each of our components alone in a real browser, called as Streamlit calls it."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.parts.stage import ROOT
from fer.charts import timeline as charts
from fer.charts.plotly_js import plotly_js
from fer.mood.window import Mark, MoodWindow
from fer.web.sources.texts import CAMERA, WINDOW
from tests.browser.page import expect_one, kinds_of, recorded
from tests.footage import make_sound, make_video

CALL = """async ([script, data]) => {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: component } = await import(url);
    const parentElement = document.querySelector("main");
    window.component = component;
    window.reports = [];
    window.triggers = [];
    const setStateValue = (name, value) => reports.push(value);
    const setTriggerValue = (name, value) => triggers.push(value);
    window.call = () => component({ parentElement, data, setStateValue, setTriggerValue });
    window.end = call();
}"""

# Streamlit loads a component's module for each run of the page. If the next run comes meanwhile,
# the module is called for both, and then what the first call gave back for the end is called, too.
# That looks at the page a moment later, so the test goes on one timer later than that.
OVERTAKE = "() => { call(); end(); return new Promise((done) => setTimeout(done)); }"


UPLOADER = """() => document.body.insertAdjacentHTML(
    "beforeend", "<div class=st-key-upload><input type=file></div>"
)"""


def front_end(name: str) -> Path:
    """Path of a component's file, which lies beside its Python module."""
    folder = "sources" if name.startswith("pictures") else "widgets"
    return ROOT / "fer" / "web" / folder / name


@pytest.fixture
def place(browsers, app):
    """Opens a page with nothing but a component."""
    # The page's security headers would keep Playwright from waiting for a condition in it.
    context = browsers("empty").new_context(bypass_csp=True)

    def place(name: str, data: dict, before: str = "() => null"):
        """`before` is a function that runs in the page before the component does."""
        page = context.new_page()
        # The browser reports devices and permissions only to pages that come from a server. This
        # one has no script, which could change the page meanwhile.
        page.goto(f"{app.url}/_stcore/health")
        html, js = (front_end(f"{name}.{kind}") for kind in ("html", "js"))
        page.set_content(f"<main>{html.read_text('utf-8') if html.exists() else ''}</main>")
        page.evaluate(before)
        page.evaluate(CALL, [js.read_text("utf-8"), data])
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


def test_a_recording_of_sound_alone_is_heard(place, tmp_path):
    data = {"name": "voice.wav", "size": 0, "source": None, "sound_only": True, "duration": 2}
    page = place("player", data | {"absent": "It is not here.", "charts": [], "events": []})
    sound = make_sound(tmp_path / "voice.wav")
    page.get_by_label("Open the recording from this computer").set_input_files(sound)
    page.wait_for_function("document.querySelector('audio')?.duration === 2")
    expect(page.locator("video")).to_have_count(0)


def test_a_recording_that_the_server_lets_go_of_for_a_moment_is_fetched(place, tmp_path):
    """Another visitor's run ended while this page ran, and the player said "HTTP 404" for good."""
    sound = b64encode(make_sound(tmp_path / "voice.wav").read_bytes()).decode()
    lost_once = f"""() => {{
        const [fetched, statuses] = [window.fetch, [404, 200]];
        window.fetch = async () => {{
            const sound = await (await fetched("data:audio/wav;base64,{sound}")).blob();
            return new Response(sound, {{ status: statuses.shift() }});
        }};
    }}"""
    data = {"name": "voice.wav", "size": 0, "source": "/media/voice.wav", "sound_only": True}
    data |= {"duration": 2, "absent": "", "charts": [], "events": []}
    page = place("player", data, lost_once)
    page.wait_for_function("document.querySelector('audio')?.duration === 2")
    expect(page.get_by_text("could not be loaded")).to_have_count(0)


def test_what_was_never_recorded_cannot_be_opened(place):
    mark = {"start": 2.1, "end": 2.1, "kind": "mark", "text": "Intro"}
    data = {"name": "Live", "size": 0, "source": None, "duration": 10, "absent": ""}
    page = place("player", data | {"sound_only": False, "charts": [], "events": [mark]})
    expect(page.get_by_text("Open the recording")).to_be_hidden()
    expect(page.locator(".when")).to_have_text("0:02")
    expect_one(page.get_by_text("Position"))


def test_a_recorder_lives_on_when_a_run_is_overtaken(place):
    page = place("recorder", {"uploader": "upload"}, UPLOADER)
    page.evaluate(OVERTAKE)
    file = {"name": "lecture.mp4", "mimeType": "video/mp4", "buffer": b"12345"}
    page.locator(".st-key-upload input").set_input_files(file)
    assert page.evaluate("[...window.moodRecordings.keys()]") == ["lecture.mp4:5"]


def test_a_recorder_that_comes_late_finds_what_was_chosen(place):
    chosen = """() => {
        (%s)();
        const files = new DataTransfer();
        files.items.add(new File(["12345"], "lecture.mp4"));
        document.querySelector(".st-key-upload input").files = files.files;
    }"""
    page = place("recorder", {"uploader": "upload"}, chosen % UPLOADER)
    assert page.evaluate("[...window.moodRecordings.keys()]") == ["lecture.mp4:5"]


def test_a_voice_is_recorded_without_a_camera(place):
    page = place("recorder", {"uploader": "upload"}, UPLOADER)
    page.get_by_role("button", name="Record voice").click()
    expect_one(page.get_by_text("● 0:01"))
    page.get_by_role("button", name="Stop recording").click()
    page.wait_for_function("moodRecordings.size")
    assert kinds_of(recorded(page)) == {"audio"}
    # It is in the uploader, as if it had been chosen.
    name = page.evaluate("document.querySelector('.st-key-upload input').files[0].name")
    assert name.endswith(".webm")


def test_a_recorder_says_what_to_do_when_the_browser_refuses(place):
    page = place("recorder", {"uploader": "upload"}, UPLOADER)
    for error, todo in {
        "NotFoundError": "Connect both",
        "OverconstrainedError": "Connect both",
        "NotAllowedError": "Click the icon in the address bar and allow it",
        "NotReadableError": "Close other programs and tabs that use it",
    }.items():
        page.evaluate(
            """(name) => {
                navigator.mediaDevices.getUserMedia = async () => {
                    throw new DOMException("the browser's words", name);
                };
            }""",
            error,
        )
        page.get_by_role("button", name="Record video").click()
        expect_one(page.get_by_text(todo))
        expect(page.get_by_text("the browser's words")).to_have_count(0)


@pytest.mark.parametrize("fails", ["constructor", "start"])
def test_a_recorder_that_does_not_start_is_told_and_lets_the_camera_go(place, fails):
    page = place("recorder", {"uploader": "upload"}, UPLOADER)
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


def test_an_unplugged_camera_ends_the_recording_and_keeps_it(place):
    page = place("recorder", {"uploader": "upload"}, UPLOADER)
    page.get_by_role("button", name="Record video").click()
    expect_one(page.get_by_text("● 0:02"))
    page.evaluate(
        "document.querySelector('.preview').srcObject.getTracks().forEach((track) => track.stop())"
    )
    expect_one(page.get_by_role("button", name="Record video"))
    (clip,) = page.evaluate("[...window.moodRecordings.values()].map((file) => file.size)")
    assert clip > 1000


def test_a_browser_that_cannot_share_tells_the_page(place):
    before = "() => { delete MediaDevices.prototype.getDisplayMedia; }"
    page = place("pictures", {"capture": "window", "words": WINDOW}, before)
    assert page.evaluate("reports") == ["unsupported"]
    expect_one(page.get_by_text("Screen sharing is not supported here"))


def test_the_chosen_place_is_kept_when_a_recording_is_opened(player, tmp_path):
    # A browser may know the length, and stand at 0, before it says so; here for 300 ms.
    player.evaluate(
        """() => {
            const media = HTMLMediaElement.prototype;
            const { set } = Object.getOwnPropertyDescriptor(media, "src");
            Object.defineProperty(media, "readyState", { get: () => 1 });
            document.addEventListener("loadeddata", () => { window.loaded = true; }, true);
            Object.defineProperty(media, "src", {
                set(url) { setTimeout(() => set.call(this, url), 300); },
            });
        }"""
    )
    player.get_by_role("button", name="most smiles").click()
    recording = make_video(tmp_path / "lecture.mp4")
    player.get_by_label("Open the recording from this computer").set_input_files(recording)
    player.wait_for_function("() => window.loaded")
    player.wait_for_function("() => document.querySelector('video').currentTime === 2")
    expect(player.locator(".now")).to_have_text("0:02")


def test_a_probe_reports_until_its_page_is_left(place):
    page = place("browser", {})
    page.wait_for_function("reports.length === 1")
    page.evaluate(OVERTAKE)
    # A second probe hears of each change after the first one, and so says when that has reported.
    page.evaluate(
        """() => {
            window.later = [];
            const setStateValue = (name, value) => later.push(value.cameras);
            document.body.insertAdjacentHTML("beforeend", "<aside></aside>");
            component({ parentElement: document.querySelector("aside"), setStateValue });
        }"""
    )
    page.wait_for_function("later.length === 1")
    change = """(count) => {
        const cameras = Array(count).fill({ kind: "videoinput" });
        navigator.mediaDevices.enumerateDevices = async () => cameras;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    }"""
    page.evaluate(change, 5)
    page.wait_for_function("later.at(-1) === 5")
    assert [report["cameras"] for report in page.evaluate("reports")][1:] == [5]
    page.evaluate(
        """() => {
            document.querySelector("main").remove();
            end();
            return new Promise((done) => setTimeout(done));
        }"""
    )
    page.evaluate(change, 6)
    page.wait_for_function("later.at(-1) === 6")
    assert len(page.evaluate("reports")) == 2


PLAN = {
    "ratio": 2,
    "words": {"plan": "Plan", "area": "Ignored part {number}", "face": "Face {number}"},
    "areas": [[0.5, 0.5, 0.25, 0.25]],
    "faces": [{"track": 3, "box": [0.1, 0.1, 0.1, 0.2], "around": [0.08, 0.06, 0.14, 0.28]}],
}


def test_areas_are_drawn_on_a_plan_and_faces_pressed(place):
    page = place("areas", PLAN)
    page.add_style_tag(content=front_end("areas.css").read_text("utf-8"))
    plan = page.get_by_role("group", name="Plan").bounding_box()
    assert plan["width"] / plan["height"] == pytest.approx(2, rel=0.02)

    def at(x: float, y: float) -> tuple[float, float]:
        return plan["x"] + x * plan["width"], plan["y"] + y * plan["height"]

    page.mouse.move(*at(0.9, 0.4))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.2))
    page.mouse.up()
    (drawn,) = page.evaluate("triggers")
    assert drawn["add"] == pytest.approx([0.7, 0.2, 0.2, 0.2], abs=0.02)
    # A press without a drag draws nothing.
    page.mouse.click(*at(0.9, 0.9))
    assert len(page.evaluate("triggers")) == 1

    face = page.get_by_role("button", name="Face 3")
    face.focus()
    # The keyboard stays on the face that moves meanwhile.
    moved = [{**PLAN["faces"][0], "box": [0.3, 0.1, 0.1, 0.2]}]
    page.evaluate(
        "faces => component({ parentElement: document.querySelector('main'), data: faces,"
        " setTriggerValue: (name, value) => triggers.push(value) })",
        {**PLAN, "faces": moved},
    )
    expect(face).to_be_focused()
    assert face.bounding_box()["x"] == pytest.approx(at(0.3, 0)[0], abs=3)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ignored part 1").click()
    assert page.evaluate("triggers").pop(1) == {"add": PLAN["faces"][0]["around"]}
    assert page.evaluate("triggers").pop(2) == {"remove": PLAN["areas"][0]}


UPDATE = """(data) => component({
    parentElement: document.querySelector("main"),
    data,
    setTriggerValue: (name, value) => triggers.push(value),
})"""


def test_after_a_press_on_the_plan_the_keyboard_goes_on_in_the_same_place(place):
    page = place("areas", PLAN)
    page.add_style_tag(content=front_end("areas.css").read_text("utf-8"))
    page.get_by_role("button", name="Face 3").focus()
    page.evaluate(
        UPDATE, {**PLAN, "areas": [*PLAN["areas"], PLAN["faces"][0]["around"]], "faces": []}
    )
    expect(page.get_by_role("button", name="Ignored part 2")).to_be_focused()
    page.evaluate(UPDATE, {**PLAN, "faces": []})
    expect(page.get_by_role("group", name="Plan")).to_be_focused()


def test_a_second_finger_on_the_plan_changes_nothing(place):
    page = place("areas", PLAN)
    page.add_style_tag(content=front_end("areas.css").read_text("utf-8"))
    plan = page.get_by_role("group", name="Plan").bounding_box()
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[int, float, float]) -> None:
        points = [
            {"id": number, "x": plan["x"] + x * plan["width"], "y": plan["y"] + y * plan["height"]}
            for number, x, y in places
        ]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0, 0.7, 0.1))
    touch("touchStart", (0, 0.7, 0.1), (1, 0.3, 0.8))
    touch("touchMove", (0, 0.9, 0.4), (1, 0.4, 0.9))
    touch("touchEnd", (0, 0.9, 0.4))
    touch("touchEnd")
    (drawn,) = page.evaluate("triggers")
    assert drawn["add"] == pytest.approx([0.7, 0.1, 0.2, 0.3], abs=0.02)
    expect(page.locator(".new")).to_have_count(0)


def test_beside_a_tall_plan_there_is_place_for_a_finger(place):
    page = place("areas", {**PLAN, "ratio": 9 / 16})
    page.set_viewport_size({"width": 360, "height": 640})
    page.add_style_tag(content=front_end("areas.css").read_text("utf-8"))
    plan = page.get_by_role("group", name="Plan").bounding_box()
    assert plan["height"] < 0.75 * 640
    assert plan["width"] / plan["height"] == pytest.approx(9 / 16, rel=0.02)


def test_an_alert_marks_the_tab_and_a_reload_asks(place):
    page = place("tab", {"alerts": [], "sound": True, "unsaved": False})
    page.evaluate("document.title = 'Live'")
    js = front_end("tab.js").read_text("utf-8")
    page.evaluate(
        "() => { window.AudioContext = class { constructor() { window.played = true; } }; }"
    )
    data = {"alerts": ["negative mood 3"], "sound": False, "unsaved": True}
    page.evaluate(CALL, [js, data])
    assert page.title() == "⚠ Live"
    assert page.evaluate("window.played") is None
    page.evaluate("document.title = 'Live'")  # as each run of the page does
    page.wait_for_function("document.title === '⚠ Live'")
    asked = """() => {
        const event = new Event("beforeunload", { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    assert page.evaluate(asked)
    page.evaluate(CALL, [js, {"alerts": [], "sound": True, "unsaved": False}])
    assert page.title() == "Live"
    assert not page.evaluate(asked)
    page.evaluate("() => { document.querySelector('main').remove(); end(); }")
    assert page.title() == "Live"


def test_an_alert_that_begins_plays_a_sound_if_wanted(place):
    page = place("tab", {"alerts": ["a"], "sound": True, "unsaved": False})
    assert page.evaluate("performance.now() > 0")
    page.evaluate(
        "() => { const Original = AudioContext; window.sounds = 0;"
        "window.AudioContext = class extends Original {"
        "constructor() { super(); window.sounds++; } }; }"
    )
    js = front_end("tab.js").read_text("utf-8")
    for alerts in (["a"], ["a", "b"], ["b"]):
        page.evaluate(CALL, [js, {"alerts": alerts, "sound": True, "unsaved": False}])
    assert page.evaluate("sounds") == 1


# The browser asks its user, who answers once the test calls `answer`.
ASKING = """() => {
    window.asked = 0;
    window.given = [];
    const answered = new Promise((done) => { window.answer = done; });
    for (const name of ["getUserMedia", "getDisplayMedia"]) {
        navigator.mediaDevices[name] = async (wishes) => {
            asked += 1;
            await answered;
            given.push(await MediaDevices.prototype.getUserMedia.call(navigator.mediaDevices, {
                video: true,
            }));
            return given.at(-1);
        };
    }
}"""
ALL_GIVEN = "() => given.length > 0 && given.length === asked"
with_a_stream = pytest.mark.parametrize(
    ("name", "data", "button"),
    [
        ("recorder", {"uploader": "upload"}, "Record video"),
        (
            "pictures",
            {"capture": "window", "words": WINDOW, "longest": 1280, "quality": 0.8, "answered": 0},
            WINDOW["start"],
        ),
        (
            "pictures",
            {
                "capture": "camera",
                "words": CAMERA,
                "size": [640, 480],
                "longest": 1280,
                "quality": 0.8,
                "answered": 0,
            },
            CAMERA["start"],
        ),
    ],
)


@with_a_stream
def test_a_stream_is_taken_once_and_ends_with_the_page(place, name, data, button):
    page = place(name, data)
    page.evaluate(ASKING)
    page.get_by_role("button", name=button).evaluate("it => { it.click(); it.click(); }")
    page.evaluate("answer()")
    page.wait_for_function(ALL_GIVEN)
    assert page.evaluate("given.map((stream) => stream.active)") == [True]
    page.evaluate("() => { document.querySelector('main').remove(); end(); }")
    page.wait_for_function("!given[0].active")


@with_a_stream
def test_a_stream_that_comes_after_the_page_was_left_is_ended(place, name, data, button):
    page = place(name, data)
    page.evaluate(ASKING)
    page.get_by_role("button", name=button).click()
    page.evaluate("() => { document.querySelector('main').remove(); end(); answer(); }")
    page.wait_for_function(ALL_GIVEN)
    page.wait_for_function("() => given.every((stream) => !stream.active)")
    assert page.evaluate("given.length") == 1


@pytest.mark.parametrize(("capture", "words"), [("camera", CAMERA), ("window", WINDOW)])
def test_pictures_that_are_made_anew_say_that_they_have_ended(place, capture, words):
    data = {"capture": capture, "words": words, "size": [640, 480], "longest": 1280}
    page = place("pictures", data | {"quality": 0.8, "answered": 0, "status": "sharing"})
    page.wait_for_function("reports.length")
    assert page.evaluate("reports") == ["ended"]
    expect(page.get_by_role("button", name=words["start"])).to_be_visible()


def session(until: int, since: int = 0) -> dict:
    """The seconds `since` to `until` as the live page draws them, with a mark at 5 s."""
    window = MoodWindow()
    for second in range(until):
        window.add(second, [])
    figure = charts.valence_line(window.timeline(since=since), (), [Mark(5, "old")])
    return {"name": "line", "figure": figure.to_json(), "alt": "line", "plotly": "data:,"}


# Streamlit serves the library to pages that have run; here it comes with the test.
LIBRARY = """() => {
    const script = document.createElement("script");
    script.textContent = %s;
    document.head.append(script);
}"""


def test_a_chart_follows_its_rows_and_keeps_the_readers_zoom(place):
    js = front_end("chart.js").read_text("utf-8")

    def ends():
        return page.evaluate(
            """() => {
                const { xaxis } = document.querySelector(".chart")._fullLayout;
                return xaxis.range.map((end) => xaxis.r2l(end) / 1000);
            }"""
        )

    def draw(until, since=0):
        page.evaluate(CALL, [js, session(until, since)])
        page.wait_for_function(
            "rows => document.querySelector('.chart').data?.at(-1).x.length === rows",
            arg=until - since,
        )

    page = place("chart", session(0), LIBRARY % json.dumps(plotly_js().read_text("utf-8")))
    page.wait_for_function("!!document.querySelector('.chart')?.on")
    draw(0)
    assert ends() == [0, 8]
    draw(30)
    assert ends() == [0, 29]
    draw(3000, 2700)
    assert ends() == [2700, 2999]
    box = page.locator(".nsewdrag").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], middle, steps=5)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.chart')._fullLayout.xaxis.autorange === false")
    zoomed = ends()
    assert zoomed == pytest.approx([2775, 2850], abs=2)
    draw(3001, 2701)
    assert ends() == zoomed
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], middle)
    page.wait_for_function("document.querySelector('.chart')._fullLayout.xaxis.autorange")
    draw(3002, 2702)
    assert ends() == [2702, 3001]


def test_a_chart_is_drawn_once_its_library_can_be_loaded(place):
    page = place("chart", session(30) | {"plotly": "/_stcore/library.js"})
    expect(page.get_by_text("This chart cannot be drawn")).to_be_visible()
    page.route("**/library.js", lambda route: route.fulfill(path=plotly_js()))
    page.evaluate("call()")
    page.wait_for_function("document.querySelector('.chart').data?.at(-1).x.length === 30")
    expect(page.get_by_text("This chart cannot be drawn")).to_have_count(0)
