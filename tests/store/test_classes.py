import threading
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import event, func, select, update

from fer.errors import StoreError
from fer.mood.prevalence import Prevalence, alike
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.store.class_facts import ClassFacts
from fer.store.journal import Question
from fer.store.schema import CLASS, TICKET
from fer.store.tickets import TicketFacts

FACTS = ClassFacts("c1", "Q46TRR3", "Physics", "ann@school.org", "camera", 5, True, 100.0, 500.0)


@pytest.fixture
def classes(store):
    store.classes.add(FACTS, None)
    return store.classes


def test_a_class_is_kept_as_it_was_opened(classes):
    assert classes.by_id("c1") == classes.by_code("Q46TRR3") == FACTS
    assert classes.by_id("c2") is classes.by_code("") is None
    classes.rename("c1", "Optics")
    assert classes.by_id("c1").title == "Optics"


def test_a_class_keeps_how_its_network_reads_each_emotion(classes, store, database):
    today = Prevalence.fit(np.eye(7), np.arange(7))
    assert classes.prevalence("c1", today) is None
    classes.add(replace(FACTS, id="c2", code="X"), today)
    assert alike(classes.prevalence("c2", None), Prevalence.from_card({"prevalence": today.card()}))
    with database.write() as connection:
        connection.execute(update(CLASS).values(prevalence="{}"))
    with pytest.raises(StoreError, match="prevalence"):
        classes.prevalence("c2", None)


def test_owners_see_their_own_classes(classes):
    classes.add(replace(FACTS, id="c2", code="X", owner="bob@school.org", opened=200.0), None)
    assert [facts.id for facts in classes.all()] == ["c2", "c1"]
    assert [facts.id for facts in classes.all("ann@school.org")] == ["c1"]
    assert classes.all("") == []


def test_an_invitation_ends_with_the_next_one(classes):
    assert classes.by_invitation("") is None
    classes.invite("c1", "a" * 64)
    classes.invite("c1", "b" * 64)
    assert classes.by_invitation("a" * 64) is None
    assert classes.by_invitation("b" * 64).id == "c1"
    assert "b" * 64 not in repr(classes.by_id("c1"))


def test_tickets_end_with_their_class(classes, store, database):
    ticket = TicketFacts("k" * 64, "c1", "pictures", True, "Ann")
    store.tickets.put(ticket)
    assert store.tickets.get("k" * 64, "c1") == ticket
    assert store.tickets.get("k" * 64, "c2") is None
    store.tickets.hide("k" * 64)
    assert store.tickets.get("k" * 64, "c1") == replace(ticket, individual=False, nickname=None)
    classes.close("c1", 300.0)
    assert store.tickets.get("k" * 64, "c1") is None
    store.tickets.put(ticket)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(TICKET)).scalar() == 0


@pytest.mark.parametrize(
    "held", ["INSERT INTO ticket", "UPDATE class SET closed", "DELETE FROM ticket"]
)
def test_no_ticket_is_left_of_a_class_that_ends_while_a_student_joins(
    classes, store, database, held
):
    """One of both stops before a statement, and the other one goes as far as it can."""
    acts = {
        "join": lambda: store.tickets.put(TicketFacts("k" * 64, "c1", "pictures", True, "Ann")),
        "close": lambda: classes.close("c1", 300.0),
    }
    first = "join" if held.startswith("INSERT") else "close"
    other = threading.Thread(target=acts[({"join", "close"} - {first}).pop()])
    mine = threading.current_thread()

    @event.listens_for(database.engine, "before_cursor_execute")
    def hold(connection, cursor, statement, *rest):
        if statement.startswith(held) and threading.current_thread() is mine and not other.ident:
            other.start()
            other.join(0.3)

    acts[first]()
    other.join(10)
    assert classes.by_id("c1").closed == 300.0
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(TICKET)).scalar() == 0


def test_a_ticket_can_be_given_back(classes, store):
    store.tickets.put(TicketFacts("k" * 64, "c1", "none"))
    store.tickets.drop("k" * 64)
    assert store.tickets.get("k" * 64, "c1") is None
    store.tickets.hide("k" * 64)  # as the holder asked for before, while the database was slow
    assert store.tickets.get("k" * 64, "c1") is None


def test_alerts_are_kept_once(classes, store):
    alert = Event("negative mood", 5.0, 20.0, 0.5, "Negative mood.")
    classes.close("c1", 300.0, [alert])
    classes.close("c1", 400.0, [alert])  # as another process of the class does
    assert store.journal.alerts("c1") == [alert]
    assert classes.by_id("c1").closed == 300.0


def test_marks_of_two_pages_are_kept_together(classes, store):
    a, b = Mark(5.0, "a"), Mark(2.0, "b")
    assert store.journal.marks("c1", [a]) == [a]
    assert store.journal.marks("c1", [b]) == [b, a]
    assert store.journal.marks("c1", [], [a]) == [b]


def test_questions_are_ended(classes, store):
    question = Question("q", "Clear so far?", 10, None)
    assert store.journal.questions("c1", [question]) == [question]
    ended = replace(question, ended=20)
    assert store.journal.questions("c1", [ended]) == [ended]


def test_old_classes_are_erased(classes):
    classes.add(replace(FACTS, id="c2", code="X", ends=None), None)
    assert classes.erase_before(1e9) == 0
    classes.close_overdue(1000.0)
    assert classes.by_id("c1").closed == 500.0
    assert classes.erase_before(500.0) == 0
    assert classes.erase_before(501.0) == 1
    assert [facts.id for facts in classes.all()] == ["c2"]


def test_a_class_that_was_thrown_away_is_not_there_until_it_is_taken_back(classes):
    classes.invite("c1", "a" * 64)
    classes.throw_away(["c1"], 1000.0)
    assert classes.by_id("c1") is classes.by_code("Q46TRR3") is None
    assert classes.by_invitation("a" * 64) is None
    assert classes.all() == []
    assert classes.thrown_away(["c1", "c2"]) == {"c1"}
    assert classes.erase_thrown_away(1000.0) == 0
    classes.take_back(["c1"])
    assert classes.by_id("c1").title == "Physics"
    assert classes.erase_thrown_away(2000.0) == 0
    classes.throw_away(["c1"], 1000.0)
    assert classes.erase_thrown_away(1000.5) == 1
    classes.take_back(["c1"])
    assert classes.thrown_away(["c1"]) == set()
    assert classes.all() == []
