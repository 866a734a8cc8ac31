"""What a record says of its last minutes."""

import numpy as np
import pytest

from fer.mood.groups import group_shares
from fer.mood.headline import headline
from fer.mood.record import MoodRecord
from tests.mood.faces import bucket


class Record(MoodRecord):
    """A calm class of ten whose faces are seen from one second to another."""

    streaming, now, shown_until = True, 0.0, 0.0

    def __init__(self, seconds):
        super().__init__(None)
        for second in seconds:
            self.window.merge(second, bucket(*["neutral"] * 10))

    def sentence(self):
        groups = group_shares(self.shares(10))
        return headline(groups, seen=10, readable=10, minutes=self.minutes())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (59, ""),
        (60, ""),
        (61, ""),
        (118, ""),
        (120, "steady for two minutes"),
        (178, "steady for two minutes"),
        (180, "steady for three minutes"),
        (1200, "steady for ten minutes"),
    ],
)
def test_a_class_is_steady_for_as_many_minutes_as_are_over(seconds, said):
    record = Record(range(seconds + 1))
    record.shown_until = seconds + 0.5
    assert (said or "Mostly neutral (about 100%). 10") in record.sentence()


def test_a_minute_of_a_few_seconds_is_none():
    """The first face is seen long after the session began, and so is one after a pause."""
    record = Record(range(115, 181))
    record.shown_until = 180.0
    assert np.isnan(record.minutes()[:2]).all()
    assert "steady" not in record.sentence()
    record = Record([*range(115, 241)])
    record.shown_until = 240.0
    assert "steady for two minutes" in record.sentence()


def test_a_minute_of_a_slow_server_counts():
    record = Record(range(0, 241, 3))
    record.shown_until = 240.0
    assert "steady for four minutes" in record.sentence()


def test_before_the_first_minute_is_over_there_is_none():
    record = Record(range(30))
    record.shown_until = 30.0
    assert record.minutes().shape == (0, 7)
