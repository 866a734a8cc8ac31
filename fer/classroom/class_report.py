"""The report on a class: like that on a lecture, made from what may be seen of the class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.classroom.classroom import Classroom
from fer.emotions import known_in, with_classes
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.window import Mark
from fer.report.export import to_csv
from fer.report.live_report import live_report
from fer.report.marks import MARK, marks_column
from fer.report.pulse import PULSE_COLUMNS, STUDENTS
from fer.report.report import Report

QUESTION = "Question: {text} {answers}"
ANSWERS = "Yes {yes}, so-so {so_so}, lost {lost}"
IN_STEPS = " (counted in steps of at least {k})"
TOO_FEW = "(fewer than {k} answers)"
NO_ANSWER = "(no answer)"


def class_report(room: Classroom, name: str = "") -> Report:
    """Make the report on a class: date, clock times, marks, questions with answers, alerts, pulse.

    Args:
        room: a class that goes on, or one that is over.
        name: the name of the report; "" takes the title of the class.

    Raises:
        ValueError: nothing of the class may be seen, because there never were enough students.
    """
    report = live_report(
        class_timeline(room),
        room.alerts,
        sorted([*room.marks, *_questions(room)], key=lambda mark: mark.t),
        name or room.title or "Class",
        began=room.began,
        sums=room.window.sums(),
        prevalence=room.prevalence,
    )
    # From its beginning to its end, as it is listed, and not from the first number to the last. The
    # database may not know of the end yet, if the class has ended by itself or goes on.
    report.summary["duration_s"] = room.now
    return report


def _questions(room: Classroom) -> list[Mark]:
    """Returns the questions that were asked, each as a mark with its answers."""
    marks = []
    for question in room.questions.all:
        tally = room.board.answers(question, room.k)
        alone = room.k == 1
        if tally is None:
            answers = NO_ANSWER if alone else TOO_FEW.format(k=room.k)
        else:
            answers = ANSWERS.format(**vars(tally)) + ("" if alone else IN_STEPS.format(k=room.k))
        marks.append(Mark(question.asked, QUESTION.format(text=question.text, answers=answers)))
    return marks


def class_csv(room: Classroom) -> bytes:
    """Returns `class_timeline` as a CSV table, with a column for the marks."""
    table = class_timeline(room)
    if len(table):
        table[MARK] = marks_column(table["t"], room.marks)
    return to_csv(table)


def class_timeline(room: Classroom) -> pd.DataFrame:
    """Returns the seconds of a class, in the columns of a timeline, `STUDENTS` and `PULSE_COLUMNS`.

    The first row is the first second of which anything may be seen. Rows without faces are NaN.
    """
    students = room.students
    mood = room.table()
    if not students:
        return mood
    times = np.arange(min(students), max(students) + 1, dtype=float)
    table = mood.set_index("t").reindex(pd.Index(times, name="t")).reset_index()
    table = table[list(with_classes(TIMELINE_COLUMNS, len(known_in(mood.columns))))]
    table["frames"] = table["frames"].fillna(0.0)
    table[STUDENTS] = [students.get(int(t), np.nan) for t in times]
    table[list(PULSE_COLUMNS)] = room.board.history(times)
    return table
