import pytest

from fer.mood.trigger import Trigger


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
    assert trigger.since == 2


@pytest.mark.parametrize(("onset", "offset", "hold"), [(1, 1, 1), (1, 0, -1)])
def test_limits_that_make_no_sense(onset, offset, hold):
    with pytest.raises(ValueError, match="onset and offset"):
        Trigger(onset, offset, hold)


def feed(trigger, pairs):
    return [(t, change) for t, value in pairs if (change := trigger.update(t, value))]


def test_two_moments_far_apart_are_not_one_long_event():
    # Between two short smiles, slides fill the picture for ten minutes.
    apart = [(0, 1), (1, 1), (601, 1), (602, 1)]
    assert feed(Trigger(onset=0.8, offset=0.3, hold_s=3), apart) == []


@pytest.mark.parametrize(("then", "begins"), [(None, 61), (0.0, 61), (1.0, 60)])
def test_an_event_ends_where_it_was_last_seen_before_a_gap(then, begins):
    trigger = Trigger(onset=0.8, offset=0.3, hold_s=2, gap_s=10)
    assert feed(trigger, [(0, 1), (1, 1), (2, 1), (4, 1), (60, then)]) == [
        (2, "start"),
        (60, "end"),
    ]
    assert (trigger.since, trigger.extreme) == (4, 1)
    assert feed(trigger, [(61, 0.9), (62, 0.9), (63, 0.9)])[0] == (begins + 2, "start")
    assert (trigger.since, trigger.extreme) == (begins, then or 0.9)


def test_a_gap_while_waiting_begins_the_waiting_anew():
    trigger = Trigger(onset=0.8, offset=0.3, hold_s=5, gap_s=10)
    assert feed(trigger, [(0, 1), (3, 1), (20, 1), (24, 1)]) == []
    assert feed(trigger, [(25, 1)]) == [(25, "start")]
