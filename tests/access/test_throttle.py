"""Guessing leads nowhere, and holds up nobody else."""

from __future__ import annotations

import itertools

from fer.access.throttle import Throttle


def guesses(throttle: Throttle, clients: list[str], seconds: float, step: float = 0.01) -> int:
    """Returns how many guesses clients get who try at every step for some seconds."""
    made = 0
    for number in range(int(seconds / step)):
        client = clients[number % len(clients)]
        made += throttle.attempt(client, number * step) == 0.0
    return made


def test_mistyping_costs_nothing():
    throttle = Throttle(free=5)
    assert [throttle.attempt("a", float(now)) for now in range(5)] == [0.0] * 5


def test_the_wait_doubles_up_to_its_longest():
    throttle = Throttle(free=1, first_s=1.0, most_s=10.0)
    now, admitted = 0.0, []
    while len(admitted) < 8:
        wait = throttle.attempt("a", now)
        if not wait:
            admitted.append(now)
        now += wait
    waits = [later - before for before, later in itertools.pairwise(admitted)]
    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_guess_that_could_not_be_checked_costs_nothing():
    throttle = Throttle(free=1, first_s=10.0, overall_per_s=0.001, overall_burst=3)
    for now in range(20):
        assert throttle.attempt("a", float(now)) == 0.0
        throttle.give_back("a")
    assert [throttle.attempt("a", 20.0) for _ in range(2)] == [0.0, 0.0]
    assert throttle.attempt("a", 20.0) == 10.0
    throttle.give_back("never seen")


def test_asking_again_does_not_prolong_the_wait():
    throttle = Throttle(free=0, first_s=10.0)
    assert throttle.attempt("a", 0.0) == 0.0
    for now in range(1, 10):
        assert throttle.attempt("a", float(now)) == 10.0 - now
    assert throttle.attempt("a", 10.0) == 0.0


def test_ten_thousand_guesses_of_one_client_take_months():
    throttle = Throttle()
    assert guesses(throttle, ["a"], seconds=3600.0) < 20


def test_ten_thousand_clients_get_no_more_than_the_common_limit():
    throttle = Throttle(overall_per_s=2.0, overall_burst=60)
    clients = [f"10.0.{number // 250}.{number % 250}" for number in range(10_000)]
    assert guesses(throttle, clients, seconds=100.0) <= 60 + 2 * 100


def test_a_client_who_was_right_is_not_held_up_by_others():
    throttle = Throttle(overall_per_s=0.1, overall_burst=3)
    assert throttle.attempt("teacher", 0.0) == 0.0
    throttle.succeeded("teacher")
    while throttle.attempt("guesser", 0.0) == 0.0:
        pass
    assert throttle.attempt("somebody", 0.0) > 0.0
    assert throttle.attempt("teacher", 0.0) == 0.0


def test_a_right_guess_clears_the_wrong_ones():
    throttle = Throttle(free=2, first_s=100.0)
    for now in (0.0, 1.0):
        assert throttle.attempt("a", now) == 0.0
        throttle.succeeded("a")
    assert [throttle.attempt("a", now) for now in (2.0, 3.0)] == [0.0, 0.0]


def test_wrong_guesses_are_forgotten_after_an_hour():
    throttle = Throttle(free=1, first_s=10.0, forget_s=3600.0)
    throttle.attempt("a", 0.0)
    throttle.attempt("a", 1.0)
    assert throttle.attempt("a", 2.0) > 0.0
    assert throttle.attempt("a", 3700.0) == 0.0
    assert throttle.attempt("a", 3701.0) == 0.0


def test_many_clients_take_no_more_memory():
    throttle = Throttle(clients=100, overall_per_s=1e9, overall_burst=10**9)
    for number in range(1000):
        throttle.attempt(str(number), 0.0)
    assert len(throttle) == 100
