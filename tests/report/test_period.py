from datetime import time

import pytest

from fer.report.period import seconds_of, time_of


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [(0.0, time()), (59.9, time(0, 0, 59)), (3661.0, time(1, 1, 1)), (86399.0, time(23, 59, 59))],
)
def test_a_time_of_a_recording_is_a_time_of_a_day_and_back(seconds, moment):
    assert time_of(seconds) == moment
    assert seconds_of(moment) == int(seconds)


def test_more_than_a_day_is_its_last_second():
    assert time_of(1e6) == time(23, 59, 59)
