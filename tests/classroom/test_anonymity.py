import itertools
import random

import numpy as np
import pytest

from fer.classroom.anonymity import WINDOW_S, Gate, checked_k
from fer.store.second import MOODS, PRESSES, ClassSecond

K = 5


def second(t, students, before=None):
    """A second in which each student adds a different number, so that the sum shows the group."""
    mood = np.zeros(MOODS)
    mood[10] = sum(2**student for student in students)
    moved = len(set(students) ^ set(students if before is None else before))
    return ClassSecond(t, 1, len(students), len(students), moved, mood=mood)


def seconds(groups):
    return [second(t, group, groups[t - 1] if t else set()) for t, group in enumerate(groups)]


def one_by_one(rows, k=K):
    """Asks the gate once for each second, as it happens in a class."""
    gate, seen = Gate(k), []
    for row in rows:
        waiting = [other for other in rows if gate.decided < other.second <= row.second]
        seen += gate.take(waiting, row.second)
    return seen


def test_small_k_is_refused_but_for_a_rehearsal():
    with pytest.raises(ValueError, match="At least 3"):
        checked_k(2)
    assert checked_k(3) == 3
    assert checked_k(5, rehearsal=True) == 1


def test_fewer_than_k_are_never_seen():
    groups = [set(range(n)) for n in (0, 1, 2, 3, 4)] + [set(range(4))] * 60
    assert one_by_one(seconds(groups)) == []


def test_numbers_begin_with_a_whole_window_and_then_come_every_second():
    seen = one_by_one(seconds([set(range(6))] * 15))
    assert [(row.second, row.length) for row in seen] == [
        (0, WINDOW_S),
        *((t, 1) for t in range(WINDOW_S, 15)),
    ]
    assert seen[0].mood[10] == WINDOW_S * seen[-1].mood[10]


@pytest.mark.parametrize("after", [set(range(7)), set(range(9)), set(range(1, 8)) | {20}])
def test_one_student_cannot_be_read_from_two_neighbouring_numbers(after):
    """The differencing attack: the last second with a student, and the first one without."""
    before = set(range(8))
    seen = one_by_one(seconds([before] * 30 + [after] * 30))
    singles = {row.second: int(row.mood[10]) for row in seen if row.length == 1}
    of_before = [t for t in singles if singles[t] == sum(2**s for s in before)]
    of_after = [t for t in singles if singles[t] == sum(2**s for s in after)]
    assert max(of_before) == 29
    assert min(of_after) == 30 + WINDOW_S
    assert [row.second for row in seen if row.length > 1] == [0, 30]


def test_someone_who_comes_and_goes_does_not_open_the_gate():
    """An accomplice who joins and leaves all the time cannot make up for k changes."""
    groups = [set(range(8))] * 20
    for t in range(40):
        groups.append(set(range(7)) | ({50} if t % 2 else set()))
    seen = one_by_one(seconds(groups))
    assert all(row.length == WINDOW_S for row in seen if row.second >= 20)


def test_a_window_with_fewer_than_k_students_is_not_seen():
    groups = [set(range(5))] * 30 + [set(range(4))] + [set(range(5))] * 30
    seen = one_by_one(seconds(groups))
    assert not [row for row in seen if row.second <= 30 < row.second + row.length]


def test_presses_of_many_are_seen_when_few_share_their_cameras():
    row = ClassSecond(0, 1, 8, 2, mood=np.ones(MOODS), pressed=np.ones(PRESSES))
    (seen,) = Gate(K, -1, settled=True, sources=1).take([row], 0)
    assert seen.sharing == 0
    assert not seen.mood.any()
    assert seen.pressed.any()


def test_decisions_do_not_depend_on_how_often_the_gate_is_asked():
    random.seed(3)
    for _ in range(50):
        rows = seconds(random_groups(80))
        whole = Gate(K).take(rows, 79)
        assert [row.second for row in whole] == [row.second for row in one_by_one(rows)]


def random_groups(length):
    """Students who come and go at random."""
    group, groups = set(range(random.randint(3, 9))), []
    rate = random.choice((0.02, 0.1, 0.5))
    for _ in range(length):
        if random.random() < rate:
            group = group ^ {random.randrange(10)}
        groups.append(set(group))
    return groups


def test_no_two_single_seconds_near_each_other_are_of_different_groups():
    random.seed(7)
    shown = 0
    for _ in range(300):
        groups = random_groups(120)
        rows = seconds(groups)
        missing = {t for t in range(120) if random.random() < 0.005}  # the server was down
        seen = one_by_one([row for row in rows if row.second not in missing])
        shown += len(seen)
        ends = -1
        for row in seen:
            assert row.second > ends  # no second is part of two numbers
            ends = row.second + row.length - 1
            assert row.length in (1, WINDOW_S)
            covered = [groups[t] for t in range(row.second, ends + 1) if t not in missing]
            assert min(len(group) for group in covered) >= K
        singles = [row.second for row in seen if row.length == 1]
        for a, b in itertools.pairwise(singles):
            assert groups[a] == groups[b] or b - a > WINDOW_S
    assert shown > 1000


def test_the_absence_of_a_killed_process_does_not_reveal_its_students():
    """One process has a single student. When it dies, no other process notices a change."""
    here = seconds([set(range(6))] * 60)
    there = seconds([{9}] * 30)
    rows = [row + there[t] if t < 30 else row for t, row in enumerate(here)]
    seen = one_by_one(rows)
    assert [row.second for row in seen if row.length > 1] == [0, 30]


def test_late_seconds_need_k_students_by_themselves_and_a_window():
    gate = Gate(K, decided=100, settled=True)
    many, few = [seconds([set(range(n))] * 20) for n in (6, 4)]
    (row,) = gate.late(many)
    assert (row.second, row.length, row.sharing) == (0, 20, 6)
    assert gate.late(few) == []
    assert gate.late(many[:5]) == []
    assert gate.late([]) == []


def test_the_time_that_a_server_was_down_is_skipped():
    rows = seconds([set(range(6))] * 20)
    later = [ClassSecond(10_000 + r.second, 1, 6, 6, r.moved, mood=r.mood) for r in rows]
    gate = Gate(K)
    seen = gate.take([*rows, *later], 10_019)
    assert [row.second for row in seen if row.second >= 20] == [10_000, *range(10_010, 10_020)]
    assert gate.take([], 20_000) == []
    assert gate.decided == 20_000


def test_a_rehearsal_shows_one_person_at_once():
    assert [row.second for row in one_by_one(seconds([{1}] * 5), k=1)] == [0, 1, 2, 3, 4]
