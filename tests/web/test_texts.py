"""The words of the pages: all there, and each takes the values that the page has for it."""

import pytest

from fer.jobs.job import JobState
from fer.live.conditions import Condition, Source
from fer.web.live import texts as live
from fer.web.recording import texts as recording
from fer.web.widgets.browser import Browser


@pytest.mark.parametrize("condition", Condition)
def test_each_condition_has_its_words(condition):
    text = live.CONDITIONS[condition].format(
        seconds=7.0, problem="this and that", cause="a wire broke"
    )
    assert text
    assert "{" not in text.replace('{"urls"', "")


def test_where_to_set_a_turn_server_is_said():
    assert 'FER_ICE_SERVERS to a JSON list such as `[{"urls"' in live.CONDITIONS[
        Condition.NEEDS_RELAY
    ].format(seconds=10.0)


def test_each_state_and_source_has_a_word():
    assert set(recording.STATES) == set(JobState)
    assert set(live.SOURCES) == set(Source)


@pytest.mark.parametrize(
    "report",
    [None, "text", 5, {}, {"secure": "yes", "cameras": True, "permission": ["denied"]}],
)
def test_a_strange_report_of_a_browser_is_unknown(report):
    assert Browser.of(report) == Browser()


def test_a_report_of_a_browser_is_read():
    report = {"secure": True, "cameras": 2, "permission": "prompt"}
    assert Browser.of(report) == Browser(True, 2, "prompt")
