import pytest

from fer.live.rate import Counted, per_second


@pytest.mark.parametrize(
    ("before", "now", "rate"),
    [
        (Counted(10.0, 100.0), Counted(12.0, 150.0), 25.0),
        (Counted(10.0, 100.0), Counted(12.0, 100.0), 0.0),
        (None, Counted(12.0, 150.0), None),
        (Counted(12.0, 100.0), Counted(12.0, 150.0), None),
        (Counted(10.0, 100.0), Counted(12.0, 30.0), None),
    ],
    ids=["grows", "stands still", "first look", "no time", "begun anew"],
)
def test_rate(before, now, rate):
    assert per_second(before, now) == rate
