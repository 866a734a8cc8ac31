import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, UNSURE
from fer.mood.trigger import Event
from fer.report.highlights import EVEN, NO_FACE, highlights
from fer.report.report import Report
from tests.tables import timeline


@pytest.fixture
def report():
    """Ten neutral minutes with a laugh at 3:00 and a bad half minute at 8:00."""
    table = timeline(600, step=1.0)
    table[[*EMOTIONS, UNSURE]] = 0.0
    table["neutral"], table["valence"], table["smile"], table["faces"] = 1.0, 0.0, 0.0, 8.0
    for at, name, valence in ((180, "happy", 0.8), (480, "sad", -0.6)):
        rows = slice(at - 15, at + 15)
        table.loc[rows, "neutral"] = 0.2
        table.loc[rows, name] = 0.8
        table.loc[rows, "valence"] = valence
    return Report.from_tables(table)


def test_a_report_begins_with_how_the_class_was_and_its_best_and_worst_moments(report):
    first, best, worst = highlights(report)
    assert first == "Mostly neutral (about 92%). 8 of 8 faces readable."
    assert best.startswith("Most pleasant around 2:")
    assert best.endswith("pleasant 80%, neutral 20% (valence +0.80).")
    assert worst.startswith("Least pleasant around 7:")
    assert worst.endswith("unpleasant 80%, neutral 20% (valence −0.60).")


def test_one_frame_is_no_moment(report):
    table = report.timeline
    table.loc[50, "valence"] = -1.0
    assert "Least pleasant around 7:" in highlights(Report.from_tables(table))[2]


def test_where_nothing_happens_nothing_is_made_of_it(report):
    assert highlights(report.part(0.0, 100.0))[1:] == [EVEN]


def test_where_alerts_are_listed_nobody_says_that_nothing_happens(report):
    calm = report.part(0.0, 100.0)
    calm.events = [Event("laughter", 40.0, 42.0, 1.0, "Up to 100% were smiling or laughing.")]
    assert highlights(calm)[1:] == []


def test_without_faces_there_is_nothing_to_say(report):
    table = report.timeline
    table[[*EMOTIONS, "valence", "smile"]] = np.nan
    table["faces"] = 0.0
    assert highlights(Report.from_tables(table)) == [NO_FACE]
    assert highlights(Report.from_tables(pd.DataFrame(table[:0]))) == []
