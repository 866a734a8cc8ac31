"""A class as the database has it."""

from __future__ import annotations

import time
from collections.abc import Callable

from fer.classroom.classroom import Classroom
from fer.classroom.pulse import HALF_LIFE_S
from fer.mood.prevalence import Prevalence
from fer.store.store import Store


def past_class(
    store: Store,
    class_id: str,
    prevalence: Prevalence | None,
    half_life_s: float = HALF_LIFE_S,
    clock: Callable[[], float] = time.time,
) -> Classroom | None:
    """Returns a class with all that may be seen of it, over or not; None if there is none.

    Args:
        store: the database.
        class_id: the id of the class.
        prevalence: of the network of today, for a class of which it was not kept how its network
            reads each emotion; None leaves the shares of such a class as they were read.
        half_life_s: seconds after which a press counts half.
        clock: returns the time in seconds since 1970; tests replace it.

    Raises:
        StoreError: the database cannot be reached.
    """
    facts = store.classes.by_id(class_id)
    if facts is None:
        return None
    prevalence = store.classes.prevalence(class_id, prevalence)
    room = Classroom(facts, store.tickets, prevalence, half_life_s=half_life_s, clock=clock)
    if facts.closed is not None:
        # Alerts stay as they were raised, by the limits that the instructor had set then.
        room.take_alerts(store.journal.alerts(class_id))
    room.receive(store.history.seconds(class_id))
    room.take_marks((), store.journal.marks(class_id))
    room.questions.take([], store.journal.questions(class_id))
    return room
