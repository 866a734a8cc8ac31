from dataclasses import replace

import pytest

from fer.live.conditions import (
    Cause,
    Condition,
    Level,
    Line,
    LiveFacts,
    Sharing,
    Source,
    notices,
)
from fer.live.session import Vitals

CALM = Vitals(1, 10.0, 0.1, 0.05, 0.0, None)
ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO


def facts(**changes):
    calm = {"source": Source.CAMERA, "vitals": CALM, "secure": True, "cameras": 1}
    return LiveFacts(**{**calm, "permission": "granted", **changes})


def screen(**changes):
    return facts(source=Source.SCREEN, **changes)


def test_all_is_well_says_nothing():
    assert notices(facts(playing=True)) == []
    assert notices(screen(share=Sharing.SHARING)) == []
    assert notices(facts(waiting=True)) == []


@pytest.mark.parametrize(
    ("situation", "level", "condition", "values"),
    [
        (facts(secure=False, cameras=None), ERROR, Condition.NOT_SECURE, {}),
        (
            facts(playing=True, server_lag_s=2.5),
            WARNING,
            Condition.SERVER_BUSY,
            {"seconds": 2.5},
        ),
        (facts(permission="denied"), ERROR, Condition.CAMERA_BLOCKED, {}),
        (facts(cameras=0, permission="prompt"), ERROR, Condition.NO_CAMERA, {}),
        (facts(), INFO, Condition.CAMERA_NOT_STARTED, {}),
        # Whoever has pressed is not told to press, or that there is no camera.
        (facts(line=Line.STARTING), INFO, Condition.CAMERA_STARTING, {}),
        (facts(line=Line.STARTING, cameras=0), INFO, Condition.CAMERA_STARTING, {}),
        (facts(share=Sharing.ASKING), INFO, Condition.CAMERA_STARTING, {}),
        (facts(has_data=True), INFO, Condition.CAMERA_OFF, {}),
        (facts(connecting_s=11.0), ERROR, Condition.NEEDS_RELAY, {"seconds": 10.0}),
        (facts(connecting_s=11.0, relays=True), ERROR, Condition.RELAY_FAILED, {"seconds": 10.0}),
        (facts(ice_problem="x"), ERROR, Condition.NO_RELAY_SERVERS, {"problem": "x"}),
        (
            facts(line=Line.LOST, has_data=True),
            ERROR,
            Condition.CAMERA_LOST,
            {"cause": Cause.NETWORK, "seconds": 0.0},
        ),
        (
            facts(line=Line.RECONNECTING, lag_before_s=14.0),
            WARNING,
            Condition.CAMERA_RECONNECTING,
            {"cause": Cause.BUSY_SERVER, "seconds": 14.0},
        ),
        (
            # Nobody should think that a relay is missing where there was a connection before.
            facts(line=Line.RECONNECTING, connecting_s=11.0),
            WARNING,
            Condition.CAMERA_RECONNECTING,
            {"cause": Cause.NETWORK, "seconds": 0.0},
        ),
        (
            facts(playing=True, line=Line.RECONNECTED, lag_before_s=14.0),
            INFO,
            Condition.CAMERA_RECONNECTED,
            {"cause": Cause.BUSY_SERVER, "seconds": 14.0},
        ),
        (
            facts(playing=True, vitals=replace(CALM, receiving=7.0)),
            WARNING,
            Condition.INTERRUPTED,
            {"seconds": 7.0},
        ),
        (
            facts(playing=True, vitals=replace(CALM, faces=0, faceless=9.0)),
            INFO,
            Condition.NO_FACE,
            {"seconds": 9.0},
        ),
        (
            facts(playing=True, vitals=replace(CALM, error="/srv/app: bad frame")),
            ERROR,
            Condition.READING_FAILED,
            {},
        ),
        (facts(playing=True, detector="haar"), WARNING, Condition.BASIC_DETECTOR, {}),
        (screen(), INFO, Condition.SHARING_NOT_STARTED, {}),
        (screen(share=Sharing.ENDED), INFO, Condition.SHARING_ENDED, {}),
        (
            screen(share_problem="not JPEG"),
            ERROR,
            Condition.PICTURE_REFUSED,
            {"problem": "not JPEG"},
        ),
        (
            screen(share=Sharing.SHARING, vitals=replace(CALM, receiving=4.0)),
            WARNING,
            Condition.INTERRUPTED,
            {"seconds": 4.0},
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Condition) else "",
)
def test_each_condition(situation, level, condition, values):
    first = notices(situation)[0]
    assert (first.level, first.condition, first.values) == (level, condition, values)


def test_a_connection_gets_its_ten_seconds():
    assert notices(facts(connecting_s=9.0)) == []


def test_a_running_camera_is_not_called_missing():
    assert notices(facts(playing=True, cameras=0, permission="denied")) == []
