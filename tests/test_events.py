import pytest

from fer.events import Trigger


def changes(trigger, values):
    return [(t, change) for t, value in enumerate(values) if (change := trigger.update(t, value))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([0, 1, 1, 1, 0, 0, 0], [(3, "start"), (6, "end")], id="one event"),
        pytest.param([1, 0, 1, 0, 1, 0, 1], [], id="too short each time"),
        pytest.param([1, 1, 1, 0, 1, 1, 1], [(2, "start")], id="a dip does not end it"),
        pytest.param(
            [1, None, 1, None, 1],
            [
                (2, "start"),
            ],
            id="gaps are bridged",
        ),
        pytest.param([0.5] * 6, [], id="between the limits"),
    ],
)
def test_high_values(values, expected):
    assert changes(Trigger(onset=0.8, offset=0.3, hold_s=2), values) == expected


def test_low_values():
    trigger = Trigger(onset=0.5, offset=0.6, hold_s=1)
    assert changes(trigger, [1, 0.4, 0.2, 0.55, 0.7, 0.7]) == [(2, "start"), (5, "end")]
    assert trigger.extreme == 0.2


def test_start_is_when_the_limit_was_passed():
    trigger = Trigger(onset=1, offset=0.5, hold_s=3)
    changes(trigger, [0, 0, 1, 1, 1, 1])
    assert trigger.start == 2


@pytest.mark.parametrize(("onset", "offset", "hold"), [(1, 1, 1), (1, 0, -1)])
def test_limits_that_make_no_sense(onset, offset, hold):
    with pytest.raises(ValueError, match="onset and offset"):
        Trigger(onset, offset, hold)
