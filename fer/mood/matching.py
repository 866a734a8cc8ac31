"""Pairs rows and columns of a table so that the sum of the pairs is as large as it can be.

This is the assignment problem. SciPy solves it, too, but takes 0.35 s of processor time and 50 MB
of memory to load, which the smallest servers do not have. Few faces overlap more than one face of
the frame before, so the table falls apart into small parts, and mostly into single pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def best_pairs(gains: np.ndarray) -> list[tuple[int, int]]:
    """Choose the pairs with the largest sum, each row and each column being in one pair at most.

    Args:
        gains: float (rows, columns), none negative. A row and a column with 0 are never paired.

    Returns:
        The (row, column) of each pair.
    """
    pairs = []
    for rows, columns in _parts(gains > 0):
        if len(rows) == 1 or len(columns) == 1:
            row, column = np.unravel_index(
                gains[np.ix_(rows, columns)].argmax(), (len(rows), len(columns))
            )
            pairs.append((rows[row], columns[column]))
            continue
        part = gains[np.ix_(rows, columns)]
        if len(rows) <= len(columns):
            chosen = list(enumerate(_assign(-part)))
        else:
            chosen = [(row, column) for column, row in enumerate(_assign(-part.T))]
        pairs += [(rows[row], columns[column]) for row, column in chosen if part[row, column] > 0]
    return pairs


def _parts(linked: np.ndarray) -> Iterator[tuple[list[int], list[int]]]:
    """Yields groups of rows and columns that are linked to no other group; bool (rows, columns)."""
    left = set(np.flatnonzero(linked.any(axis=1)).tolist())
    while left:
        rows, columns = {left.pop()}, set[int]()
        fresh = rows
        while fresh:
            near = set(np.flatnonzero(linked[list(fresh)].any(axis=0)).tolist()) - columns
            columns |= near
            fresh = set(np.flatnonzero(linked[:, list(near)].any(axis=1)).tolist()) - rows
            rows |= fresh
        left -= rows
        yield sorted(rows), sorted(columns)


def _assign(costs: np.ndarray) -> list[int]:
    """Returns the column for each row with the smallest sum; (rows, columns), rows <= columns.

    This is the Hungarian method with potentials (Kuhn 1955, Munkres 1957). Rows are added one after
    the other; each takes the cheapest free column along a chain of rows that move to another one.
    """
    rows, columns = costs.shape
    of_row, of_column = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        cheapest, before = np.full(columns, np.inf), np.full(columns, -1)
        done = np.zeros(columns, bool)
        at, column = row, -1
        while True:
            reduced = costs[at] - of_row[at] - of_column
            better = ~done & (reduced < cheapest)
            cheapest[better], before[better] = reduced[better], column
            column = int(np.where(done, np.inf, cheapest).argmin())
            step = cheapest[column]
            of_row[row] += step
            of_row[owner[done]] += step
            of_column[done] -= step
            cheapest[~done] -= step
            done[column] = True
            at = int(owner[column])
            if at < 0:
                break
        while column >= 0:
            previous = int(before[column])
            owner[column] = owner[previous] if previous >= 0 else row
            column = previous
    found = [0] * rows
    for column, row in enumerate(owner.tolist()):
        if row >= 0:
            found[row] = column
    return found
