"""A class as it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable

from fer.classroom.classroom import Classroom
from fer.classroom.pulse import HALF_LIFE_S, Question
from fer.mood.prevalence import Prevalence
from fer.store.store import Store


def past_class(
    store: Store,
    class_id: str,
    prevalence: Prevalence | None,
    half_life_s: float = HALF_LIFE_S,
    clock: Callable[[], float] = time.time,
) -> Classroom | None:
    """A class with all that may be seen of it, whether it goes on or not; None without one.

    Args:
        store: where it is kept.
        class_id: which one.
        prevalence: of the network that read the faces.
        half_life_s: of presses.
        clock: the time, s since 1970; of a test.

    Raises:
        StoreError: the database cannot be reached.
    """
    facts = store.classes.by_id(class_id)
    if facts is None:
        return None
    room = Classroom(facts, store.tickets, prevalence, half_life_s=half_life_s, clock=clock)
    room.receive(store.history.seconds(class_id))
    room.take_marks((), store.journal.marks(class_id))
    asked = [Question(**vars(question)) for question in store.journal.questions(class_id)]
    room.questions.take([], asked)
    if facts.closed is not None:
        # As they were raised, by the limits that the instructor had set.
        room.take_alerts(store.journal.alerts(class_id))
    return room
