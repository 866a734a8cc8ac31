"""The students' script by itself, with stand-ins for what a network or a camera does late.

It runs in the real page, which only asks for a code here, so that nothing begins by itself.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.web.join import texts
from fer.web.join.limits import Allowance, Limits
from tests.browser.classroom import opened
from tests.browser.page import expect_one, wait_until

RUNTIME = stage.ROOT / "node_modules" / "onnxruntime-web"

SOCKETS = """
window.sockets = [];
window.WebSocket = class {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  readyState = 0;
  sent = [];
  constructor() { sockets.push(this); }
  send(data) { this.sent.push(JSON.parse(data).type); }
  close() { this.readyState = 3; }
  opens() { this.readyState = 1; this.onopen(); }
  hears(message) { this.onmessage({ data: JSON.stringify(message) }); }
};
"""

CAMERAS = """
Object.defineProperty(window, "isSecureContext", { value: true });
window.asked = [];
navigator.mediaDevices.getUserMedia = ({ video }) => new Promise((gives, refuses) => {
  const named = video.deviceId?.exact;
  const track = { stop() {}, addEventListener() {}, getSettings: () => ({ deviceId: named }) };
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] };
  asked.push({ named, gives: () => gives(stream), refuses: (name) => refuses({ name }) });
});
const place = document.createElement("div");
place.innerHTML = "<video></video>";
const video = place.firstChild;
Object.defineProperty(video, "srcObject", { value: null, writable: true });
video.play = () => Promise.resolve();
window.tried = [];
window.camera_ = new Camera(video);
window.open_ = (device) => camera_.open(device).then(
  (id) => tried.push(id), (error) => tried.push(error.message));
"""


@pytest.fixture
def page(app, browsers, open_page):
    page = open_page(browsers("empty"))
    page.clock.install()
    page.goto(f"{app.url}/join")
    return page


@pytest.fixture
def connected(page):
    """A page whose connection has just been opened by the browser, but not yet welcomed."""
    page.evaluate(f"() => {{{SOCKETS}}}")
    page.evaluate("""() => {
        window.connection_ = new Connection("socket");
        connection_.hello = () => ({ type: "join" });
        connection_.open();
        sockets[0].opens();
    }""")
    return page


def sockets(page):
    """What was sent over each connection, and whether it is open."""
    return page.evaluate("sockets.map(({ sent, readyState }) => [sent, readyState === 1])")


def test_a_connection_that_answers_is_kept_however_often_it_is_checked(connected):
    connected.evaluate("""() => {
        sockets[0].hears({ type: "welcome" });
        for (let i = 0; i < 2; i++) connection_.check();
        for (let i = 0; i < 2; i++) sockets[0].hears({ type: "here" });
    }""")
    connected.clock.run_for(10_000)
    assert sockets(connected) == [[["join", "here", "here"], True]]


def test_a_connection_that_is_dead_gives_way_to_one_other(connected):
    connected.evaluate("sockets[0].hears({ type: 'welcome' }), connection_.check()")
    connected.clock.run_for(10_000)
    connected.evaluate("sockets[1].opens()")
    assert sockets(connected) == [[["join", "here"], False], [["join"], True]]


def test_a_student_who_waits_for_the_welcome_joins_once(connected):
    """The second of two connections made a student of its own, who counted for the privacy rule."""
    connected.evaluate("connection_.check()")
    assert sockets(connected) == [[["join"], True]]
    connected.evaluate("sockets[0].hears({ type: 'welcome' })")
    connected.clock.run_for(10_000)
    assert sockets(connected) == [[["join"], True]]


def test_the_connection_before_is_closed_where_no_welcome_comes(connected):
    connected.evaluate("connection_.check()")
    connected.clock.run_for(10_000)
    connected.evaluate("sockets[1].opens()")
    assert sockets(connected) == [[["join"], False], [["join"], True]]


def wait_for_answers(page, number):
    wait_until(page, lambda: page.evaluate("tried.length") == number)


def test_a_camera_that_is_refused_late_is_no_complaint(page):
    page.evaluate(f"() => {{{CAMERAS}}}")
    page.evaluate("void open_(), camera_.close(), asked[0].refuses('NotAllowedError')")
    wait_for_answers(page, 1)
    assert page.evaluate("tried") == ["late"]


def test_the_camera_that_was_asked_for_last_is_opened(page):
    page.evaluate(f"() => {{{CAMERAS}}}")
    page.evaluate("void open_('gone'), void open_('B'), asked[0].refuses('OverconstrainedError')")
    wait_for_answers(page, 1)
    page.evaluate("asked[1].gives()")
    wait_for_answers(page, 2)
    assert page.evaluate("[tried, camera_.isOpen]") == [["late", "B"], True]


@pytest.mark.skipif(not RUNTIME.is_dir(), reason=f"needs {RUNTIME} (npm ci)")
@pytest.mark.parametrize("then", ["leave()", "stopSharing(), join('none')"])
def test_a_camera_stays_off_once_its_student_has_left_or_chosen_to_be_without(
    page, app, then, open_page, browsers
):
    """The page had waited for what reads on the device, and opened the camera afterwards."""
    page.add_init_script(SOCKETS)
    page.add_init_script("""
        sessionStorage.setItem(`class ${location.pathname.split("/").pop()}`,
            JSON.stringify({ ticket: "t", camera: "device" }));
        window.cameras = 0;
        navigator.mediaDevices.getUserMedia = () => { cameras += 1; return new Promise(() => {}); };
        window.Worker = class {
            constructor() { window.readerIsReady = () => this.onmessage({ data: { ready: 1 } }); }
            postMessage() {}
            terminate() {}
        };
    """)
    page.goto(opened(app))
    wait_until(page, lambda: page.evaluate("'readerIsReady' in window"))
    page.evaluate(then)
    page.evaluate("readerIsReady()")
    page.clock.run_for(1000)
    assert page.evaluate("[sharing, cameras]") == [False, 0]


PICKING = """
const track = { stop() {}, addEventListener() {}, getSettings: () => ({ deviceId: "A" }) };
const tracks = { getTracks: () => [track], getVideoTracks: () => [track] };
navigator.mediaDevices.getUserMedia = async () => Object.assign(new MediaStream(), tracks);
navigator.mediaDevices.enumerateDevices = () => new Promise((resolve) => {
    window.listCamerasNow = () => resolve([]);
});
window.Worker = class {
    constructor() { window.worker = this; setTimeout(() => this.says({ ready: 1 })); }
    says(data) { this.onmessage({ data }); }
    postMessage() {}
    terminate() {}
};
"""


@pytest.fixture
def agreed(page, app):
    """The page of a student who has agreed that the device reads, before the camera is shown."""
    page.add_init_script(SOCKETS)
    page.add_init_script(PICKING)
    page.goto(opened(app))
    page.get_by_role("button", name="I agree: use my camera").click()
    page.wait_for_function("'listCamerasNow' in window")
    return page


@pytest.mark.skipif(not RUNTIME.is_dir(), reason=f"needs {RUNTIME} (npm ci)")
def test_who_agreed_that_the_device_reads_is_asked_before_pictures_are_sent(agreed):
    """The reader failed while the student looked at their camera, and pictures were sent."""
    agreed.evaluate("listCamerasNow()")
    expect_one(agreed.get_by_role("button", name="Use this camera"))
    agreed.evaluate("worker.says({ failed: 'out of memory' })")
    expect_one(agreed.get_by_text(texts.FACTS[0]))
    expect(agreed.get_by_role("button", name="Use this camera")).to_be_hidden()
    assert agreed.evaluate("[camera.isOpen, sockets.length]") == [False, 0]


@pytest.mark.skipif(not RUNTIME.is_dir(), reason=f"needs {RUNTIME} (npm ci)")
def test_who_joins_without_a_camera_meanwhile_is_not_asked_which_camera(agreed):
    agreed.get_by_role("button", name="Join without a camera").click()
    agreed.evaluate("listCamerasNow()")
    agreed.clock.run_for(1000)
    expect_one(agreed.get_by_text("You have joined without a camera."))


def test_a_browser_that_keeps_nothing_for_a_page_shows_it_nevertheless(page, app):
    """As one that blocks all cookies: the page stayed empty."""
    page.add_init_script("""
        const get = () => { throw new DOMException("Access is denied.", "SecurityError"); };
        Object.defineProperty(window, "sessionStorage", { get });
    """)
    page.goto(opened(app))
    page.get_by_role("button", name="Join without a camera").click()
    expect_one(page.get_by_text("You have joined without a camera."))
    expect(page.locator("#connection")).to_be_empty()
    page.get_by_role("button", name="Leave class").click()
    expect_one(page.get_by_text(texts.SCRIPT["left"]))


@pytest.fixture
def in_class(page, app):
    """The page of a student who has joined without a camera, over a stand-in for a connection."""
    page.add_init_script(SOCKETS)
    page.add_init_script("""
        sessionStorage.setItem(`class ${location.pathname.split("/").pop()}`,
            JSON.stringify({ ticket: "t", camera: "none" }));
    """)
    page.goto(opened(app))
    page.evaluate("sockets[0].opens(), sockets[0].hears({ type: 'welcome' })")
    return page


def test_the_page_does_not_call_a_device_offline_that_is_back(in_class):
    in_class.evaluate("void dispatchEvent(new Event('offline'))")
    expect_one(in_class.get_by_text(texts.SCRIPT["offline"]))
    in_class.evaluate("void dispatchEvent(new Event('online'))")
    in_class.evaluate("sockets[0].hears({ type: 'here' })")
    expect(in_class.locator("#connection")).to_be_empty()


def comes_back(page):
    """The newest connection breaks, and the next one is welcomed."""
    page.evaluate("sockets.at(-1).onclose()")
    number = page.evaluate("sockets.length")
    page.clock.run_for(2000)
    wait_until(page, lambda: page.evaluate("sockets.length") == number + 1)
    page.evaluate("sockets.at(-1).opens(), sockets.at(-1).hears({ type: 'welcome' })")
    return page.evaluate("sockets.at(-1).sent")


def test_what_a_dead_connection_took_is_sent_again_until_it_is_confirmed(in_class):
    """A button stayed marked whose press nobody had heard."""
    in_class.get_by_role("button", name="All clear").click()
    in_class.evaluate("""sockets[0].hears({ type: "question", question: {
        id: "q", text: "Clear so far?", answers: [{ key: "yes", text: "Yes" }] } })""")
    in_class.get_by_role("button", name="Yes").click()
    assert in_class.evaluate("sockets[0].sent") == ["resume", "pulse", "answer"]
    assert comes_back(in_class) == ["resume", "pulse", "answer"]
    in_class.evaluate("sockets[1].hears({ type: 'pressed', shown: true })")
    assert comes_back(in_class) == ["resume", "answer"]
    in_class.evaluate("sockets[2].hears({ type: 'question', question: null })")
    assert comes_back(in_class) == ["resume"]


@pytest.mark.parametrize("buttons", [("lost",), ("lost", "slower"), ("yes",)])
def test_who_hammers_a_button_stays_in_the_class(in_class, buttons):
    """Eight presses a second, or a key that is held down, were more than the server accepts."""
    in_class.evaluate("""sockets[0].hears({ type: "question", question: {
        id: "q", text: "Clear so far?", answers: [{ key: "yes", text: "Yes" }] } })""")
    in_class.clock.pause_at(in_class.evaluate("Date.now()") + 60_000)
    in_class.evaluate(
        """(buttons) => {
            window.newMessages = [];
            setInterval(() => {
                const name = buttons[newMessages.length % buttons.length];
                const before = sockets[0].sent.length;
                document.querySelector(`[data-pulse=${name}], [data-answer=${name}]`).click();
                newMessages.push(sockets[0].sent.length - before);
                if (!newMessages.at(-1)) return;
                sockets[0].hears({ type: "pressed", shown: true });
                sockets[0].hears({ type: "answered", question: "q", answer: "yes" });
            }, 125);
        }""",
        buttons,
    )
    in_class.clock.run_for(15_000)
    new = in_class.evaluate("newMessages")
    assert len(new) == 15 * 8
    allowance = Allowance(Limits())
    for number, sent in enumerate(new):
        now = number / 8
        # Meanwhile the page sends two pictures a second.
        assert all(allowance.take(50, now) for _ in range(sent + (number % 4 == 0))), now
    assert {"pulse", "answer"} & set(sockets(in_class)[0][0])


def test_a_press_that_nobody_confirms_is_given_up(in_class):
    clear = in_class.get_by_role("button", name="All clear")
    clear.click()
    expect(clear).to_have_attribute("aria-pressed", "true")
    in_class.clock.run_for(21_000)
    expect(in_class.locator("#pulsed")).to_have_text(texts.SCRIPT["pressLost"])
    expect(clear).to_have_attribute("aria-pressed", "false")


def test_a_student_has_left_once_the_server_says_so(in_class):
    """A connection that is dead takes the message as well, and nobody hears it."""
    leaving = in_class.get_by_text(texts.SCRIPT["leaving"])
    in_class.get_by_role("button", name="Leave class").click()
    expect_one(leaving)
    in_class.evaluate("sockets[0].onclose()")
    in_class.clock.run_for(2000)
    in_class.evaluate("sockets[1].opens(), sockets[1].hears({ type: 'welcome' })")
    assert sockets(in_class)[1] == [["resume", "leave"], True]
    expect_one(leaving)
    in_class.evaluate("sockets[1].hears({ type: 'left' })")
    expect_one(in_class.get_by_text(texts.SCRIPT["left"]))
    assert sockets(in_class)[1] == [["resume", "leave"], False]


def test_a_student_whose_ticket_is_gone_has_left(in_class):
    """The server has deleted it, but the connection broke before it could say so."""
    in_class.get_by_role("button", name="Leave class").click()
    in_class.evaluate("sockets[0].onclose()")
    in_class.clock.run_for(2000)
    in_class.evaluate("""() => {
        sockets[1].opens();
        sockets[1].hears({ type: "refused", reason: "not-admitted", text: "You are not here." });
    }""")
    expect_one(in_class.get_by_text(texts.SCRIPT["left"]))


def test_a_student_whose_connection_broke_just_after_the_welcome_comes_back(page, app):
    """The server hears nothing after its welcome and deletes the ticket. The student had to join
    again by hand."""
    page.add_init_script(SOCKETS)
    page.goto(opened(app))
    page.get_by_role("button", name="Join without a camera").click()
    page.evaluate("sockets[0].opens(), sockets[0].hears({ type: 'welcome', ticket: 'lost' })")
    assert comes_back(page) == ["resume", "here"]
    page.evaluate("""sockets.at(-1).hears(
        { type: "refused", reason: "not-admitted", text: "You are not in this class." })""")
    page.evaluate("sockets[2].opens(), sockets[2].hears({ type: 'welcome', ticket: 'new' })")
    assert sockets(page)[1:] == [[["resume", "here"], False], [["join", "here"], True]]
    expect_one(page.get_by_text("You have joined without a camera."))
    # Once the server has heard of the student, a ticket that is gone was taken back on purpose.
    page.evaluate("sockets[2].hears({ type: 'here' })")
    assert comes_back(page) == ["resume"]
    page.evaluate("""sockets.at(-1).hears(
        { type: "refused", reason: "not-admitted", text: "You are not in this class." })""")
    expect_one(page.get_by_text("You are not in this class."))
    assert len(sockets(page)) == 4


def test_who_leaves_to_join_again_with_the_camera_is_asked_once_the_server_says_so(in_class):
    in_class.get_by_role("button", name="Join with my camera").click()
    agree = in_class.get_by_role("button", name="I agree: use my camera")
    expect(agree).to_be_hidden()
    in_class.evaluate("sockets[0].hears({ type: 'left' })")
    expect_one(agree)
    assert sockets(in_class) == [[["resume", "leave"], False]]


@pytest.mark.parametrize(
    ("away_px", "after_ms", "left"), [(0, 200, False), (0, 600, True), (200, 200, True)]
)
def test_a_second_tap_is_not_for_the_button_that_took_the_place_of_the_first(
    in_class, away_px, after_ms, left
):
    """Who tapped "Pause camera" twice had left the class."""

    def tap(button, x):
        in_class.evaluate(
            """([button, x]) => document.querySelector(button).dispatchEvent(new MouseEvent(
                "click", { bubbles: true, cancelable: true, detail: 1, clientX: x }))""",
            [button, x],
        )

    # A busy machine is longer on the way from one tap to the other than they are apart.
    in_class.clock.pause_at(in_class.evaluate("Date.now()") + 60_000)
    tap("[data-pulse]", 100)
    in_class.clock.run_for(after_ms)
    tap("#leave", 100 + away_px)
    assert in_class.get_by_text(texts.SCRIPT["leaving"]).is_visible() is left
