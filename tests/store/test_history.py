import numpy as np
import pytest
from sqlalchemy import event, func, select

from fer.classroom.anonymity import WINDOW_S, Gate
from fer.store.class_facts import ClassFacts
from fer.store.history import PATIENCE_S, Batch, second
from fer.store.schema import HISTORY, UNDECIDED
from fer.store.second import ADDED, MOODS, ClassSecond

OPENED = 1_000_000.0


@pytest.fixture
def facts(store):
    facts = ClassFacts("c1", "Q46TRR3", "Physics", "", "camera", 5, False, OPENED)
    store.classes.add(facts, None)
    return facts


def seconds(first, last, students, value=1.0, numbers=MOODS):
    """Rows of one process whose students all come in the first second."""
    mood = np.full(numbers, value * students)
    mood[0] = 0.0
    return [
        ClassSecond(t, 1, students, students, students * (t == first), mood=mood)
        for t in range(first, last + 1)
    ]


class Process:
    """A process that writes a class, with a clock that the test controls."""

    def __init__(self, store, name):
        self.store, self.name = store, name
        self.number = self.serial = 0
        self.seen = []
        self.elsewhere = self.state = None

    def write(self, rows, until=None, again=False):
        self.number += not again
        until = rows[-1].second if until is None else until
        batch = Batch(self.name, self.number, rows, until, rows[-1].present if rows else 0)
        news = self.store.history.exchange(
            "c1", batch, OPENED + until + 1, self.serial, lambda *kept: Gate(5, *kept)
        )
        self.serial, self.elsewhere, self.state = news.serial, news.elsewhere, news.state
        self.seen += news.rows
        return news.rows


def rows_in(database, table):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


def test_what_may_be_seen_is_kept_and_the_rest_is_deleted(facts, store, database):
    process = Process(store, "a")
    for row in seconds(0, 14, 6):
        process.write([row])
    assert [(row.second, row.length) for row in process.seen] == [
        (0, WINDOW_S),
        *((t, 1) for t in range(WINDOW_S, 15)),
    ]
    assert rows_in(database, UNDECIDED) == 0
    kept = store.history.seconds("c1")
    assert [row.second for row in kept] == [row.second for row in process.seen]
    assert kept[-1].mood == pytest.approx(seconds(0, 0, 6)[0].mood)
    assert kept[0].mood[1:] == pytest.approx(10 * kept[-1].mood[1:])


def test_nothing_is_kept_of_fewer_than_k(facts, store, database):
    process = Process(store, "a")
    for row in seconds(0, 39, 4):
        process.write([row])
        assert rows_in(database, UNDECIDED) <= WINDOW_S
    assert process.seen == []
    assert rows_in(database, HISTORY) == 0


def test_the_sums_of_two_processes_are_added(facts, store):
    """Neither has k students by itself."""
    a, b = Process(store, "a"), Process(store, "b")
    for ours, theirs in zip(seconds(0, 19, 3), seconds(0, 19, 2), strict=True):
        a.write([ours])
        b.write([theirs])
    assert [row.second for row in a.seen][:2] == [0, WINDOW_S]
    assert {row.present for row in b.seen} == {5}
    assert b.seen[-1].mood[5] == pytest.approx(5)
    assert (a.elsewhere, b.elsewhere) == (2, 3)


def test_a_batch_that_is_sent_again_counts_once(facts, store):
    """That happens when a connection breaks before the answer has come."""
    process = Process(store, "a")
    rows = seconds(0, 14, 6)
    process.write(rows)
    process.write(rows, again=True)
    assert sum(row.mood[5] for row in store.history.seconds("c1")) == pytest.approx(6 * 15)


def test_nothing_is_decided_before_all_processes_have_written(facts, store):
    a, b = Process(store, "a"), Process(store, "b")
    b.write(seconds(0, 0, 5))
    for row in seconds(0, 8, 5):
        a.write([row])
    assert a.seen == []
    b.write(seconds(0, 8, 5)[1:])
    a.write(seconds(0, 9, 5)[9:])
    b.write(seconds(0, 9, 5)[9:])
    assert [row.sharing for row in b.seen] == [10]


def test_a_class_does_not_wait_long_for_a_killed_process(facts, store):
    a, b = Process(store, "a"), Process(store, "b")
    for row in seconds(0, 14, 5):
        a.write([row])
        b.write([row])
    for row in seconds(0, 59, 5)[15:]:
        a.write([row])
        if row.second == 14 + PATIENCE_S:
            assert a.seen[-1].second == 14
    assert a.seen[-1].second == 59
    # The killed process's students have gone, so a whole window comes first.
    assert [row.second for row in a.seen if row.length > 1] == [0, 15]
    assert a.elsewhere == 0


def test_after_an_outage_of_both_the_first_one_back_waits_for_the_other(facts, store):
    a, b = Process(store, "a"), Process(store, "b")
    for row in seconds(0, 14, 3):
        a.write([row])
        b.write([row])
    waited = seconds(0, 49, 3)[15:]
    a.write(waited[:30])
    assert a.seen[-1].second <= 14
    b.write(waited)
    a.write(waited[30:])
    assert store.history.seconds("c1")[-1].second == 49
    assert {row.sharing for row in store.history.seconds("c1")} == {6}


def test_a_process_learns_only_what_its_state_says_is_decided(facts, store, database):
    """Another one decides a second before this one reads. Should the database go away then, this
    process goes on from the state, and would show that second twice."""
    a, b = Process(store, "a"), Process(store, "b")
    for row in seconds(0, 14, 6):
        b.write(seconds(0, 14, 6)[row.second : row.second + 1])
        a.write([row])

    late = seconds(0, 15, 6)[15:]

    @event.listens_for(database.engine, "before_cursor_execute")
    def decide(connection, cursor, statement, *rest):
        if statement.startswith("SELECT history.serial") and late:
            b.write([late.pop()])

    a.write(seconds(0, 15, 6)[15:])
    assert (a.seen[-1].second, a.state[0]) == (14, 14)
    a.write([], until=15)
    assert (a.seen[-1].second, a.state[0]) == (15, 15)


def test_seconds_that_come_late_are_added_as_one_sum(facts, store):
    """One process was cut off, and the class went on without it."""
    a, b = Process(store, "a"), Process(store, "b")
    for row in seconds(0, 59, 5):
        a.write([row])
        if row.second < 15:
            b.write([row])
    b.write(seconds(0, 59, 6)[15:])
    late = b.seen[-1]
    assert (late.second, late.length, late.sharing) == (15, 45, 6)
    assert late.mood[5] == pytest.approx(6 * 45)


def test_a_class_that_is_over_takes_nothing(facts, store, database):
    process = Process(store, "a")
    process.write(seconds(0, 5, 6))
    store.classes.close("c1", OPENED + 6)
    batch = Batch("a", 2, seconds(6, 6, 6), 6, 6)
    assert store.history.exchange("c1", batch, OPENED + 7, 0, lambda *k: Gate(5, *k)) is None
    assert rows_in(database, UNDECIDED) == 0


def test_erasing_a_class_leaves_nothing_of_it(facts, store, database):
    Process(store, "a").write(seconds(0, 25, 6))
    assert store.classes.erase("c1")
    assert not store.classes.erase("c1")
    assert rows_in(database, HISTORY) == rows_in(database, UNDECIDED) == 0


def test_what_a_crash_left_undecided_is_deleted(facts, store, database):
    Process(store, "a").write(seconds(0, 5, 6))
    assert store.history.sweep(OPENED) == 0
    assert store.history.sweep(OPENED + 100) == 6
    assert rows_in(database, UNDECIDED) == 0


def test_parts_of_a_class_are_added_up_by_the_database(facts, store):
    process = Process(store, "a")
    for row in seconds(0, 59, 6, value=2.0):
        process.write([row])
    parts = store.history.parts("c1", 60.0, 6)
    assert sorted(parts) == [0, 1, 2, 3, 4, 5]
    assert sum(length for length, _ in parts.values()) == sum(row.length for row in process.seen)
    whole = np.sum([row.mood for row in store.history.seconds("c1")], axis=0)
    assert np.sum([mood for _, mood in parts.values()], axis=0) == pytest.approx(whole)
    assert parts[3][1][1:] == pytest.approx(np.full(MOODS - 1, 2.0 * 6 * 10))
    assert store.history.parts("c2", 60.0, 6) == {}


def test_a_mood_with_contempt_is_kept_whole(facts, store):
    process = Process(store, "a")
    mood = np.arange(MOODS + ADDED) / 4.0
    mood[0] = 0.0
    for t in range(30):
        process.write([ClassSecond(t, 1, 6, 6, 6 * (t == 0), mood=mood)])
    for row in store.history.seconds("c1")[1:]:
        np.testing.assert_array_equal(row.mood, mood)
        assert len(row.buckets()[0][1].class_shares(None).values) == 8
    parts = store.history.parts("c1", 30.0, 1)
    np.testing.assert_allclose(parts[0][1], 30 * mood)


def test_processes_with_and_without_contempt_are_added_up(facts, store, database):
    """A network was changed, and one of two processes has not been started again yet."""
    old, new = Process(store, "old"), Process(store, "new")
    old.write(seconds(0, 9, 6), until=-1)
    new.write(seconds(0, 9, 6, numbers=MOODS + ADDED), until=-1)
    old.write(seconds(10, 19, 6), until=-1)
    with database.read() as connection:
        rows = connection.execute(select(UNDECIDED).order_by(UNDECIDED.c.second)).all()
    both, alone = second(rows[0]).mood, second(rows[-1]).mood
    expected = seconds(0, 0, 6)[0] + seconds(0, 0, 6, numbers=MOODS + ADDED)[0]
    np.testing.assert_array_equal(both, expected.mood)
    assert (len(both), len(alone)) == (132, 102)


def test_seconds_after_the_end_of_a_class_belong_to_its_last_part(facts, store):
    """The clock of the process that ended it was behind by two seconds."""
    process = Process(store, "a")
    for row in seconds(0, 29, 6):
        process.write([row])
    parts = store.history.parts("c1", 28.0, 7)
    assert parts[6][0] == 6  # of these two
    assert sum(length for length, _ in parts.values()) == 30


def test_presses_are_found_without_the_faces(facts, store):
    process = Process(store, "a")
    rows = seconds(0, 29, 6)
    rows[20].pressed[0] = 2.0
    for row in rows:
        process.write([row])
    ((last, present, pressed),) = store.history.presses("c1")
    assert (last, present) == (20, 6)
    assert pressed.tolist() == [2.0, 0, 0, 0, 0, 0, 0]
