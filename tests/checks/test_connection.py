"""What the connection page says of what a browser has found out."""

from dataclasses import replace

import pytest

from fer.checks.check import Outcome
from fer.checks.connection import CameraState, Seen, check_connection
from fer.web.connection.probe import seen

WELL = Seen(True, CameraState.WORKS, ["host", "relay"], 20.0)


def checked(found=WELL, way="auto", relays=True, local=False):
    return {check.name: check for check in check_connection(found, way, relays, local)}


def test_where_all_is_well_there_is_nothing_to_do():
    checks = checked()
    assert all(check.outcome == Outcome.GOOD and not check.remedy for check in checks.values())
    assert checks["chosen way"].finding == "The camera sends video."


@pytest.mark.parametrize(
    ("change", "name", "outcome"),
    [
        ({"secure": False}, "address", Outcome.BAD),
        *(
            ({"camera": state}, "camera", Outcome.BAD)
            for state in CameraState
            if state != CameraState.WORKS
        ),
        ({"round_trip_ms": None}, "line to the server", Outcome.BAD),
        ({"round_trip_ms": 900.0}, "line to the server", Outcome.WARNING),
        ({"kinds": ["host"]}, "camera video", Outcome.WARNING),
        ({"kinds": []}, "camera video", Outcome.WARNING),
    ],
)
def test_what_is_wrong_is_said_with_a_remedy(change, name, outcome):
    checks = checked(replace(WELL, **change))
    assert checks[name].outcome == outcome
    assert checks[name].remedy
    assert [n for n, check in checks.items() if check.outcome != Outcome.GOOD] == [name]


@pytest.mark.parametrize(
    ("kinds", "way", "local", "said"),
    [
        (["host"], "auto", False, "tries video for six seconds"),
        (["host"], "auto", True, "sends video"),
        ([], "auto", True, "tries video for six seconds"),
        (["host"], "video", False, "sends video"),
        (["relay"], "pictures", False, "sends pictures"),
    ],
)
def test_the_way_of_the_camera(kinds, way, local, said):
    checks = checked(replace(WELL, kinds=kinds), way, relays=False, local=local)
    assert said in checks["chosen way"].finding


def test_a_browser_on_the_computer_of_the_app_needs_no_other_server():
    alone = replace(WELL, kinds=["host"])
    assert checked(alone, relays=False, local=True)["camera video"].outcome == Outcome.GOOD
    assert checked(alone, relays=False, local=False)["camera video"].outcome == Outcome.WARNING


def test_the_remedy_goes_by_what_is_set():
    without = replace(WELL, kinds=["srflx"])
    assert "FER_TURN_URLS" in checked(without, relays=False)["camera video"].remedy
    assert "ports" in checked(without, relays=True)["camera video"].remedy


@pytest.mark.parametrize(
    "sent",
    [None, "text", [], {}, {"camera": "on fire"}, {"camera": "works", "round_trip_ms": "soon"}],
)
def test_what_no_browser_of_ours_sends_is_dropped(sent):
    assert seen(sent) is None


def test_what_a_browser_sends_is_read():
    sent = {"secure": True, "camera": "works", "kinds": ["relay", "host", 7], "round_trip_ms": 20}
    assert seen(sent) == WELL
    assert seen({"camera": "denied", "kinds": 3}) == Seen(False, CameraState.DENIED, [], None)
