from dataclasses import replace

import pytest

from fer.live.session import Vitals
from fer.web.live.notices import ERROR, INFO, WARNING, LiveFacts, notices
from fer.web.widgets.browser import Browser

CALM = Vitals(1, 10.0, 0.1, 0.05, 0.0, None)
GOOD = Browser(True, 1, "granted")


def facts(**changes):
    return LiveFacts(**{"source": "camera", "vitals": CALM, "browser": GOOD, **changes})


def test_all_is_well_says_nothing():
    assert notices(facts(playing=True)) == []
    assert notices(facts(source="screen", share="sharing")) == []


@pytest.mark.parametrize(
    ("situation", "level", "words"),
    [
        (facts(browser=Browser(False, None, "unknown")), ERROR, "HTTPS"),
        (facts(browser=Browser(True, 1, "denied")), ERROR, "blocks the camera"),
        (facts(browser=Browser(True, 0, "prompt")), ERROR, "No camera was found"),
        (facts(), INFO, "Start camera"),
        (facts(has_data=True), INFO, "camera is off"),
        (facts(connecting_s=11.0), ERROR, "TURN server is needed"),
        (facts(connecting_s=11.0, relays=True), ERROR, "address and password"),
        (facts(ice_problem="Twilio gave no TURN server"), ERROR, "Twilio"),
        (facts(playing=True, vitals=replace(CALM, receiving=7.0)), WARNING, "No picture for 7 s"),
        (
            facts(playing=True, vitals=replace(CALM, faces=0, faceless=9.0)),
            INFO,
            "No face in view for 9",
        ),
        (facts(playing=True, vitals=replace(CALM, error="bad frame")), ERROR, "bad frame"),
        (facts(playing=True, detector="haar"), WARNING, "Haar"),
        (facts(source="screen"), INFO, "gallery"),
        (facts(source="screen", share="ended"), INFO, "Sharing ended"),
        (facts(source="screen", share_problem="not JPEG"), ERROR, "not JPEG"),
        (
            facts(source="screen", share="sharing", vitals=replace(CALM, receiving=4.0)),
            WARNING,
            "No picture for 4 s",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_state_is_told(situation, level, words):
    found = notices(situation)
    assert (found[0].level, words in found[0].text) == (level, True)


def test_a_connection_gets_its_ten_seconds():
    assert notices(facts(connecting_s=9.0)) == []


def test_where_to_set_a_turn_server_is_said():
    assert "FER_ICE_SERVERS" in notices(facts(connecting_s=11.0))[0].text


def test_a_running_camera_is_not_called_missing():
    assert notices(facts(playing=True, browser=Browser(True, 0, "denied"))) == []


@pytest.mark.parametrize(
    "report",
    [None, "text", 5, {}, {"secure": "yes", "cameras": True, "permission": ["denied"]}],
)
def test_a_strange_report_is_unknown(report):
    assert Browser.of(report) == Browser()


def test_a_report_is_read():
    report = {"secure": True, "cameras": 2, "permission": "prompt"}
    assert Browser.of(report) == Browser(True, 2, "prompt")
