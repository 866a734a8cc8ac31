import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, VALENCE
from fer.faces.core import FaceState
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence
from fer.mood.tabulate import NOTHING, tabulate
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from tests.mood.faces import bucket, reading


def rows(times, buckets, prevalence=None):
    return tabulate(times, np.stack([one.numbers for one in buckets]), prevalence)


def test_a_row_of_a_known_second():
    (row,) = rows([7], [bucket("happy", "happy", "sad", "neutral")]).to_dict("records")
    assert tuple(row) == TIMELINE_COLUMNS + BAND_COLUMNS
    assert (row["t"], row["frames"], row["faces"], row["unread"]) == (7, 1, 4, 0)
    assert row["smile"] == row["happy"] == 0.5
    assert row["valence"] == pytest.approx((2 * VALENCE["happy"] + VALENCE["sad"]) / 4, abs=1e-6)


def test_a_second_without_faces_has_no_mood():
    table = rows([0, 1], [MoodBucket.of([]), MoodBucket()])
    assert table["faces"].tolist() == pytest.approx([0, np.nan], nan_ok=True)
    assert table[[*EMOTIONS, "unsure", "valence", "smile"]].isna().all(axis=None)


def test_fewer_faces_have_a_wider_band():
    few, many = (bucket(*["happy", "neutral"] * pairs) for pairs in (2, 20))
    table = rows([0, 1], [few, many])
    assert (table["valence_low"] < table["valence"]).all()
    assert (table["valence"] < table["valence_high"]).all()
    width = table["valence_high"] - table["valence_low"]
    assert width[0] > 2 * width[1]
    assert (table["pleasant_low"] < table["happy"]).all()
    assert (table["happy"] < table["pleasant_high"]).all()
    width = table["pleasant_high"] - table["pleasant_low"]
    assert width[0] > 2 * width[1]
    assert (table["unpleasant_high"] > table[["angry", "disgust", "fear", "sad"]].sum(axis=1)).all()
    assert (table["unpleasant_low"] >= 0).all()


def test_no_second_gives_no_row():
    assert tuple(NOTHING.columns) == TIMELINE_COLUMNS + BAND_COLUMNS
    empty = np.empty((0, len(MoodBucket().numbers)))
    pd.testing.assert_frame_equal(tabulate([], empty, None), NOTHING, check_index_type=False)


def test_unsure_faces_count_in_the_shares_and_are_told_apart():
    """Happy is easiest to be sure of: without the unsure faces, a class would look happy."""
    one, other = reading("happy"), reading("neutral", 0.7, FaceState.UNSURE)
    (row,) = rows([0], [MoodBucket.of([one, other, other])]).to_dict("records")
    assert row["unsure"] == pytest.approx(2 / 3)
    assert row["happy"] < row["neutral"]
    assert sum(row[name] for name in EMOTIONS) == pytest.approx(1)


def test_with_a_prevalence_the_rows_are_those_of_each_bucket():
    labels = np.arange(700) % 7
    answers = np.stack([reading(EMOTIONS[label], 0.9).probabilities for label in labels])
    prevalence = Prevalence.fit(answers, labels)
    buckets = [bucket("happy", "sad"), MoodBucket(), bucket("neutral")]
    table = rows([0, 1, 2], buckets, prevalence)
    for place in (0, 2):
        np.testing.assert_allclose(
            table.loc[place, list(EMOTIONS)].to_numpy(float),
            buckets[place].class_shares(prevalence).values,
        )
    assert table.loc[1, list(EMOTIONS)].isna().all()
