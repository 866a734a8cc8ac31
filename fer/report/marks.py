"""Marks as a column of a timeline, and marks from such a column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer.mood.window import Mark

MARK = "mark"
"""Name of the column. It holds the texts of the marks that fall into the time of a row."""

_BETWEEN = "; "


def marks_column(times: pd.Series, marks: Sequence[Mark]) -> pd.Series:
    """Returns the column for some marks, with empty texts in rows without a mark.

    Args:
        times: the times of the rows in s, ascending; at least one.
        marks: the marks. Each goes to the last row that begins before it, or to the first row.
    """
    known = times.to_numpy(dtype=float)
    texts = [""] * len(known)
    for mark in marks:
        row = max(0, int(np.searchsorted(known, mark.t, side="right")) - 1)
        texts[row] = _BETWEEN.join(text for text in (texts[row], mark.text) if text)
    return pd.Series(texts, index=times.index, dtype="string")


def marks_in(times: pd.Series, column: pd.Series) -> list[Mark]:
    """Returns the marks of a column; several marks in one row become one."""
    return [Mark(float(t), text) for t, text in zip(times, column, strict=True) if text.strip()]
