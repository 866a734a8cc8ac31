import itertools
import random

import numpy as np
import pytest

from fer.classroom.anonymity import WINDOW_S, Gate
from fer.classroom.cohort import LONGEST_WAIT_S, Cohort
from fer.store.second import MOODS, ClassSecond
from tests.classroom.school import School

K = 5


def names(*numbers):
    return {str(number) for number in numbers}


def steps(cohort, groups, first=0):
    return [cohort.step(first + t, here) for t, here in enumerate(groups)]


def test_a_student_who_comes_waits_for_k_changes():
    cohort = Cohort(K)
    assert cohort.step(0, names(*range(6))) == (names(*range(6)), False)
    for more in range(1, 5):
        assert cohort.step(more, names(*range(6 + more))) == (names(*range(6)), False)
    assert cohort.step(5, names(*range(11))) == (names(*range(11)), False)


def test_a_student_who_goes_takes_others_along():
    cohort = Cohort(K)
    steps(cohort, [names(*range(20))] * 3)
    group, moved = cohort.step(3, names(*range(19)))
    assert not moved
    assert len(group) == 15
    # The four who were left out come back with the next change, or when they have waited long.
    group, moved = cohort.step(3 + WINDOW_S, names(*range(18)))
    assert not moved
    assert len(group ^ names(*range(18))) < K


def test_nobody_waits_for_long():
    cohort = Cohort(K)
    steps(cohort, [names(*range(20))] * 5)
    counted = {str(n): 5 for n in range(21)}
    for second in range(5, 400):
        group, moved = cohort.step(second, names(*range(21)))
        assert not moved
        for name in group:
            counted[name] = second
        assert second - min(counted.values()) <= LONGEST_WAIT_S + 1
        assert len(group) >= 21 - (K - 1)


def test_a_small_class_reports_that_it_changed():
    cohort = Cohort(K)
    steps(cohort, [names(*range(7))] * 20)
    assert cohort.step(20, names(*range(6))) == (names(*range(6)), True)


def test_two_students_do_not_wait_for_a_process_of_their_own_to_grow():
    cohort = Cohort(K)
    assert cohort.step(0, names(1)) == (names(1), True)
    assert cohort.step(1, names(1, 2)) == (names(1, 2), True)


def coming_and_going(rng, length):
    """Students who come and go one at a time, in rushes, or all the time."""
    here, rate = set(range(rng.randint(5, 30))), rng.choice((0.01, 0.1, 0.5))
    for _ in range(length):
        if rng.random() < rate:
            here = here ^ {rng.randrange(35)}
        if rng.random() < 0.005:
            here = here ^ set(rng.sample(range(35), 8))
        yield names(*here)


def test_groups_within_a_window_are_the_same_or_differ_by_k():
    rng = random.Random(5)
    singles = 0
    for _ in range(150):
        cohort, gate, groups, rows = Cohort(K), Gate(K), {}, []
        for second, here in enumerate(coming_and_going(rng, 200)):
            group, moved = cohort.step(second, here)
            assert group <= here
            groups[second] = group
            rows.append(ClassSecond(second, 1, len(here), len(group), int(moved)))
        shown = [row.second for row in gate.take(rows, 199) if row.length == 1 and row.sharing]
        singles += len(shown)
        for a, b in itertools.combinations(shown, 2):
            if b - a <= WINDOW_S:
                assert len(groups[a] ^ groups[b]) == 0 or len(groups[a] ^ groups[b]) >= K
    assert singles > 5000


MIX = np.array([0.03, 0.01, 0.03, 0.15, 0.06, 0.05, 0.67])
NEUTRAL = 6


def moving(rng, number, seconds):
    """Faces that are mostly neutral and last half a minute on average, int (seconds, number)."""
    faces = rng.choice(7, (seconds, number), p=MIX)
    lasting = rng.random((seconds, number)) >= 0.03
    for second in range(1, seconds):
        faces[second, lasting[second]] = faces[second - 1, lasting[second]]
    return faces


def attacked(rng, others):
    """One student joins or leaves after 40 s; returns their face and the attacker's two guesses.

    The attacker knows who it was, when their reading entered the sums or left them, and over how
    many students each sum is. They subtract the sums before and after, and guess the emotion with
    the largest difference: once from the true sums of each second, once from what may be seen.
    """
    face, leaves = int(rng.choice(7, p=MIX)), rng.random() < 0.5
    cohort, gate, rows, held, members = Cohort(K), Gate(K), [], [], {}
    for second, faces in enumerate(moving(rng, others, 110).tolist()):
        here = {str(n): one for n, one in enumerate(faces)}
        if (second < 40) == leaves:
            here["student"] = face
        group, moved = cohort.step(second, here.keys())
        members[second] = "student" in group
        held.append(np.bincount(list(here.values()), minlength=7))
        mood = np.zeros(MOODS)
        counts = np.bincount([here[name] for name in group], minlength=7)
        mood[-7:] = counts * len(here) / len(group)
        rows.append(ClassSecond(second, 1, len(here), len(group), int(moved), mood=mood))
    unguarded = np.argmax((held[39] - held[40]) * (1 if leaves else -1))
    before, after = next(
        (a, b)
        for a, b in itertools.pairwise(row for row in gate.take(rows, 109) if row.sharing)
        if members[a.second] != members[b.second] and b.second >= 39
    )
    difference = after.mood[-7:] / after.length - before.mood[-7:] / before.length
    return face, unguarded, np.argmax(difference * (1 if members[after.second] else -1))


def how_often_right(others):
    """Returns how often the attacker is right when they guess an emotion other than neutral.

    Returns:
        Three shares: from the true sums, from what may be seen, and by guessing blindly.
    """
    rng = np.random.default_rng(2)
    faces, unguarded, seen = np.array([attacked(rng, others) for _ in range(400)]).T
    right = [float((guess == faces)[guess != NEUTRAL].mean()) for guess in (unguarded, seen)]
    return *right, float((faces != NEUTRAL).mean())


@pytest.mark.parametrize("others", [24, 12])
def test_the_differencing_attack_is_no_better_than_a_guess(others):
    unguarded, seen, blind = how_often_right(others)
    assert unguarded > 0.6  # the attack is real
    assert seen < blind + 0.05


def test_the_differencing_attack_on_a_class_that_is_too_small_is_only_weakened():
    """Seven students cannot change in steps of five; docs/privacy.md says so."""
    unguarded, seen, blind = how_often_right(6)
    assert unguarded > 0.8
    assert blind + 0.05 < seen < unguarded - 0.1


def test_a_class_shows_its_true_size(tmp_path):
    """Students who are left out for a while do not look as if they had gone."""
    school = School(f"sqlite:///{tmp_path}/classes.db")
    room = school.open(k=K)
    for n in range(20):
        school.join(n, "happy")
    school.run(25)
    school.leave(0)
    school.run(20)
    table = room.table()
    assert table["faces"].iloc[:25].tolist() == [20] * 25
    assert table["faces"].iloc[25:45].tolist() == [19] * 20
