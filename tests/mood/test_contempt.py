"""Networks that know contempt, beside those that know the seven classes alone."""

import json

import numpy as np
import pytest

from fer import class_shares
from fer.emotions import CONTEMPT, EMOTIONS, KNOWN, VALENCE
from fer.mood.alerts import MoodAlerts, Watched
from fer.mood.bucket import MoodBucket, aligned
from fer.mood.cells import cell_count, class_count, sums, widened
from fer.mood.dominant import dominant
from fer.mood.groups import Group, group_shares
from fer.mood.prevalence import Prevalence, mean_shares
from fer.mood.record import MoodRecord
from fer.mood.seconds import Seconds
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from fer.mood.timeline import mean_shares as mean_of_rows
from fer.mood.window import MoodWindow
from tests.mood.faces import bucket, reading

WITH_CONTEMPT = ("t", "frames", "faces", "unread", *KNOWN, "unsure", "valence", "smile")


class Record(MoodRecord):
    """A session that has ended."""

    streaming = False
    now = shown_until = 119.0


def random_readings(number, classes):
    return np.random.default_rng(3).dirichlet(np.full(classes, 0.3), number)


def test_the_sums_of_seven_classes_are_those_of_eight_without_contempt():
    rows = random_readings(5000, 7)
    eight = np.column_stack([rows, np.zeros(len(rows))])
    np.testing.assert_array_equal(widened(sums(rows), 8), sums(eight))
    assert (class_count(98), class_count(128)) == (7, 8)
    with pytest.raises(ValueError, match="100 numbers"):
        class_count(100)


def test_buckets_of_both_widths_add_in_any_order():
    seven, eight = bucket("happy", "sad"), bucket(CONTEMPT, "happy")
    assert (len(seven.numbers), len(eight.numbers)) == (102, 132)
    assert len((seven + seven).numbers) == 102
    whole = seven + eight
    np.testing.assert_array_equal(whole.numbers, (eight + seven).numbers)
    np.testing.assert_array_equal(whole.numbers, aligned([seven.numbers, eight.numbers]).sum(0))
    again = MoodBucket.from_numbers(whole.numbers)
    np.testing.assert_array_equal(again.numbers, whole.numbers)
    shares = whole.class_shares(None)
    assert shares.values == pytest.approx(
        [{"happy": 0.5, "sad": 0.25, CONTEMPT: 0.25}.get(name, 0) for name in KNOWN]
    )


def test_a_session_that_never_met_contempt_is_as_it_was():
    seconds = Seconds(100)
    seconds.add(0, bucket("happy"))
    assert seconds.numbers(slice(None)).shape == (1, 102)
    window = MoodWindow()
    window.merge(0, bucket("happy"))
    assert tuple(window.timeline().columns) == TIMELINE_COLUMNS + BAND_COLUMNS


def test_a_session_shows_contempt_from_its_first_reading_on():
    """The first half was read by another network, and in the last second there is no face."""
    window = MoodWindow()
    for second in range(300):
        window.merge(second, bucket("happy", "neutral"))
    for second in range(300, 600):
        window.merge(second, bucket("happy", CONTEMPT))
    window.merge(600, MoodBucket.of([]))
    table = window.timeline()
    assert tuple(table.columns) == WITH_CONTEMPT + BAND_COLUMNS
    assert table[CONTEMPT].tolist() == pytest.approx(
        [0] * 300 + [0.5] * 300 + [np.nan], nan_ok=True
    )
    assert table.loc[:599, list(KNOWN)].sum(axis=1).to_numpy() == pytest.approx(1)
    expected = (VALENCE["happy"] + VALENCE[CONTEMPT]) / 2
    assert table.loc[500, "valence"] == pytest.approx(expected, abs=1e-6)
    assert window.timeline(since=600).columns.tolist() == table.columns.tolist()
    assert mean_of_rows(table)[KNOWN.index(CONTEMPT)] == pytest.approx(0.25)
    assert window.total().class_shares(None).values[-1] == pytest.approx(0.25)


def test_a_record_has_eight_classes_in_its_table_and_minutes():
    record = Record(None)
    for second in range(120):
        record.window.merge(second, bucket(CONTEMPT, "neutral", "neutral"))
    assert record.minutes().shape == (2, 8)
    assert record.minutes()[-1] == pytest.approx([0, 0, 0, 0, 0, 0, 2 / 3, 1 / 3])
    assert CONTEMPT in record.csv().splitlines()[0].split(",")
    assert dominant(record.mood(None).class_shares(None).values) == "neutral"


def test_contempt_is_unpleasant():
    shares = bucket(CONTEMPT, CONTEMPT, "sad", "happy").class_shares(None)
    groups = {share.group: share for share in group_shares(shares)}
    assert groups[Group.UNPLEASANT].value == pytest.approx(0.75)
    assert groups[Group.PLEASANT].value == pytest.approx(0.25)


def test_contempt_raises_the_alert_of_a_negative_mood():
    alerts = MoodAlerts()
    seen = [(second, bucket(*[CONTEMPT] * 20)) for second in range(60)]
    for watched in Watched.each([(-1, bucket("happy")), *seen], None):
        alerts.update(watched)
    assert [event.kind for event in alerts.events] == ["negative mood"]


@pytest.fixture(scope="module")
def prevalence():
    """That of a network that is right in nine of ten cases, for each of eight classes."""
    targets = np.repeat(np.arange(8), 200)
    answers = np.where(np.arange(len(targets)) % 10, targets, (targets + 1) % 8)
    faces = [reading(KNOWN[answer], 0.9, classes=KNOWN).probabilities for answer in answers]
    return Prevalence.fit(np.stack(faces), targets)


def test_shares_of_eight_classes_are_adjusted(prevalence):
    card = json.loads(json.dumps({"prevalence": prevalence.card()}))
    known = Prevalence.from_card(card)
    assert known.likelihoods.shape == (cell_count(8), 8)
    faces = [reading(CONTEMPT, 0.9).probabilities] * 60 + [
        reading("neutral", 0.9, classes=KNOWN).probabilities
    ] * 40
    shares = class_shares(np.stack(faces), prevalence=known)
    assert shares.adjusted
    assert shares.low[7] < 0.6 < shares.high[7] + 0.05
    assert shares.values.sum() == pytest.approx(1)


def test_seconds_of_another_network_are_still_read(prevalence):
    """Of seven classes by one for eight, and of eight by one for seven."""
    older = MoodBucket.of([reading(name, 0.9) for name in ("happy", "happy", "neutral")])
    shares = older.class_shares(prevalence)
    assert shares.adjusted
    assert len(shares.values) == 8
    assert dominant(shares.values) == "happy"
    rows = random_readings(50, 7)
    seven = Prevalence.fit(rows, rows.argmax(1))
    newer = bucket(CONTEMPT, "happy", "neutral")
    shares = newer.class_shares(seven)
    assert not shares.adjusted
    np.testing.assert_allclose(shares.values, mean_shares(newer.kept).values)
    with pytest.raises(ValueError, match="5 classes"):
        seven.shares(sums(random_readings(9, 5)))


def test_class_shares_take_eight_classes():
    shares = class_shares(np.stack([reading(CONTEMPT).probabilities]))
    assert not shares.adjusted
    assert shares.values.tolist() == [0] * len(EMOTIONS) + [1]
