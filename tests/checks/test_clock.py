"""The clock of the machine."""

from __future__ import annotations

from fer.checks.check import Outcome
from fer.checks.clock import check_clock


def test_a_clock_that_was_never_set_is_told():
    check = check_clock(now=86_400.0)
    assert check.outcome == Outcome.BAD
    assert "1970" in check.finding


def test_the_clock_of_this_machine_is_set():
    assert check_clock().outcome == Outcome.GOOD
