import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.mood import timeline as tables
from fer.mood.timeline import TIMELINE_COLUMNS
from tests.tables import timeline, voice


def test_thinning_keeps_peaks_gaps_and_measured_rows():
    table = timeline(rows=20000)
    table.loc[7777, "valence"] = -0.99
    table.loc[13131, "faces"] = 40.0
    thin = tables.thin(table, 1000, ("valence", "faces"))
    assert len(thin) <= 1010
    assert thin["valence"].min() == -0.99
    assert thin["faces"].max() == 40.0
    assert thin["happy"].isna().any()
    assert thin.merge(table, how="inner").shape[0] == len(thin)
    assert thin["t"].is_monotonic_increasing


def test_thinning_leaves_a_short_table_alone():
    table = timeline(rows=10)
    assert tables.thin(table, 100) is table


def test_the_voice_is_blank_where_nobody_speaks():
    rows = tables.of_voice(voice().timeline)
    assert rows.loc[:9, "neutral"].isna().all()
    assert rows.loc[10:, "neutral"].notna().all()
    assert list(rows.columns) == list(TIMELINE_COLUMNS)


def test_the_voice_is_blank_where_its_tone_is_unsure():
    """The page said "angry: 0%" of a moment in which the tone was not known."""
    table = voice().timeline
    table["unsure"] = 0.0
    table.loc[12, [*EMOTIONS, "unsure"]] = [0.0] * len(EMOTIONS) + [1.0]
    rows = tables.of_voice(table)
    assert rows.loc[12, list(EMOTIONS)].isna().all()
    assert rows.loc[12, "unsure"] == 1
    assert rows.loc[13, "neutral"] > 0


def test_blinks_a_minute_divides_by_the_faces():
    table = timeline(rows=1800, step=1 / 15).assign(faces=2.0)
    table["blinks"] = 0.0
    table.loc[::60, "blinks"] = 1.0  # one every 4 s by two faces: 7.5 per minute each
    rate = tables.blinks_a_minute(table)["blinks"]
    assert rate.iloc[-1] == pytest.approx(7.5, rel=0.1)
    assert np.isnan(rate.iloc[5])
    assert tables.blinks_a_minute(timeline()) is None
