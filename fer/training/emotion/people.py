"""Measures whether neutral faces are read as negative more often at some ages, or in one sex.

Ages and sexes are estimates of another network, made by `python -m benchmarks age_and_sex` for
this measurement alone. The app estimates neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.training import metrics
from fer.training.files import DataError, table_rows

SEXES = ("female", "male")
AGES = {
    "under 30": (0, 30),
    "30 to 44": (30, 45),
    "45 to 59": (45, 60),
    "60 and over": (60, math.inf),
}
"""Groups by age: from so many years to fewer than so many."""

_DRAWS = 1000


@dataclass(frozen=True)
class Person:
    """What was estimated of the person in a photograph.

    Attributes:
        age: in years.
        sex: one of `SEXES`, as it looks to a network that knows two.
    """

    age: float
    sex: str


def read_people(path: Path) -> dict[str, Person]:
    """Read a table with the columns `file`, `age` and `sex`; the persons by the name of the file.

    Raises:
        DataError: the table cannot be read, or a value is none.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; `python -m benchmarks age_and_sex` writes it")
    people = {}
    for where, row in table_rows(path):
        try:
            person = Person(float(row["age"]), row["sex"])
            wrong = person.sex not in SEXES or not 0 <= person.age < 150
            file = row["file"]
        except (KeyError, TypeError, ValueError):
            wrong = True
        if wrong:
            raise DataError(f"{where}: expected file, age in years, and {' or '.join(SEXES)}")
        people[file] = person
    return people


def groups(people: Sequence[Person]) -> dict[str, np.ndarray]:
    """Which of some persons belong to each group: bool (N,) by its name."""
    ages = np.array([person.age for person in people])
    sexes = np.array([person.sex for person in people])
    return {
        **{sex: sexes == sex for sex in SEXES},
        **{name: (ages >= start) & (ages < end) for name, (start, end) in AGES.items()},
    }


def read_negative_by_group(
    probabilities: np.ndarray, people: Sequence[Person], persons: np.ndarray
) -> dict[str, dict]:
    """Measure how often neutral faces are read as negative in each group.

    Args:
        probabilities: of neutral faces, (N, classes).
        people: of the same faces.
        persons: int (N,), who they are: several pictures of one person are not independent.

    Returns:
        For each group the number of `faces` and of those that are read as `negative`,
        `neutral_read_negative` (None without faces) and its `interval_95` by resampling persons.
    """
    negative = metrics.read_as_negative(probabilities)
    rng = np.random.default_rng(0)
    result = {}
    for name, inside in groups(people).items():
        faces, hits = int(inside.sum()), int(negative[inside].sum())
        row: dict = {"faces": faces, "negative": hits, "neutral_read_negative": None}
        if faces:
            owners = np.unique(persons[inside], return_inverse=True)[1]
            each, wrong = np.bincount(owners), np.bincount(owners, negative[inside])
            drawn = rng.integers(0, len(each), (_DRAWS, len(each)))
            rates = wrong[drawn].sum(1) / each[drawn].sum(1)
            row["neutral_read_negative"] = hits / faces
            row["interval_95"] = np.quantile(rates, (0.025, 0.975)).tolist()
        result[name] = row
    return result
