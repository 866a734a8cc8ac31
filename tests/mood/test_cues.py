"""Cues: smile index, presence, and what each cue is not for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer.mood.cues import (
    CUES,
    EXPERIMENTAL,
    HEURISTIC,
    MEASURED,
    expected_faces,
    presence,
    smile_index,
)


def timeline(rows):
    return pd.DataFrame(rows, columns=["frames", "faces", "unread", "unsure", "smile"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 1, 0, 0, 1.0), (1, 1, 0, 0, 0.0)], (0.5, 0.5)),
        # Nine smiling faces in one frame weigh more than one sober face in the other.
        ([(1, 9, 0, 0, 1.0), (1, 1, 0, 0, 0.0)], (0.9, 0.5)),
        # Faces that could not be read and frames without a face do not count.
        ([(1, 4, 2, 0, 0.5), (1, 0, 0, np.nan, np.nan), (1, 3, 3, np.nan, np.nan)], (0.5, 1.0)),
        # Unsure faces count like all others that were read.
        ([(1, 4, 0, 0.5, 0.25), (1, 4, 0, 1.0, 0.0)], (0.125, 0.0)),
        ([(1, 0, 0, np.nan, np.nan)], (np.nan, np.nan)),
        ([], (np.nan, np.nan)),
    ],
)
def test_smile_index(rows, expected):
    assert smile_index(timeline(rows)) == pytest.approx(expected, nan_ok=True)


def test_presence():
    counts = [10] * 80 + [4] * 20
    assert expected_faces(counts) == 10
    # A person who passes by in a few frames is not expected.
    assert expected_faces([1] * 95 + [2] * 5) == 1
    np.testing.assert_allclose(presence([10, 5, 12, 0], 10), [1.0, 0.5, 1.0, 0.0])
    assert np.isnan(presence([0, 0], 0)).all()
    assert expected_faces([]) == 0


def test_every_cue_says_what_it_is_not_for():
    for cue in CUES.values():
        assert cue.label in (MEASURED, HEURISTIC, EXPERIMENTAL)
        assert cue.meaning
        assert cue.not_for
