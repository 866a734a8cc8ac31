from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, UNSURE
from fer.mood import timeline as tables
from fer.mood.trigger import Event
from fer.report.chapters import face_chapters
from fer.report.contents import contents
from fer.report.html import to_html
from fer.report.numbers import numbers
from fer.report.pdf import to_pdf
from fer.report.report import Report
from tests.tables import timeline, voice


def test_every_chart_of_a_report_can_be_drawn_for_the_pdf(told):
    keys = {chapter.key for chapter in told.chapters}
    assert keys == {
        "donut", "shares", "valence", "faces", "cues", "pose", "voice", "voice-valence"
    }  # fmt: skip


def test_the_ring_shows_the_shares_of_the_sentence_and_of_the_numbers(whole, told):
    ring = next(chapter.figure.data[0] for chapter in told.chapters if chapter.key == "donut")
    shown = dict(zip(ring.labels, ring.values, strict=True))
    shares = whole.shares().values
    assert [shown[name] for name in EMOTIONS] == pytest.approx(list(shares))
    assert not np.allclose(shares, tables.mean_shares(whole.timeline), atol=1e-3)


def test_summary_and_report_agree(whole):
    shares = whole.shares()
    for name, values in (("shares", shares.values), ("shares_low", shares.low)):
        assert values == pytest.approx(list(whole.summary[name].values()), abs=1e-4)
    assert not whole.summary["adjusted"]
    # A timeline alone gives the mean over its rows, and no interval.
    alone = Report.from_tables(whole.timeline).summary
    means = tables.mean_shares(whole.timeline)
    assert means == pytest.approx(list(alone["shares"].values()), abs=1e-4)
    assert alone["shares_low"] is None


def test_a_period_holds_its_rows_and_the_events_that_touch_it(whole):
    part = whole.part(10.0, 20.0)
    assert part.timeline["t"].between(10, 20).all()
    assert part.faces["t"].between(10, 20).all()
    assert part.voice.timeline["t"].between(10, 20).all()
    assert all(e.start <= 20 and (e.end is None or e.end >= 10) for e in part.events)
    assert contents(part, (10.0, 20.0)).subtitle.endswith("0:10 to 0:20")


def test_one_face_follows_its_state(whole):
    first = tables.of_track(whole.faces, 1, whole.timeline["t"])
    second = tables.of_track(whole.faces, 2, whole.timeline["t"])
    seen = first["faces"] > 0
    assert list(first["t"]) == list(whole.timeline["t"])
    assert first.loc[seen, "happy"].mean() > 0.5
    assert (second.loc[seen, UNSURE] == 1).all()
    assert first.loc[~seen, list(EMOTIONS)].isna().all(axis=None)
    keys = [c.key for c in face_chapters(whole, 1)]
    assert keys == ["face-shares", "face-pose", "face-posture"]


def test_sound_only_makes_a_report():
    empty = timeline(0)
    report = Report.from_tables(empty, source="voice.wav", voice=voice())
    told = contents(report)
    assert [c.key for c in told.chapters] == ["voice", "voice-valence"]
    assert "dominant tone of voice" in {n.name for n in told.numbers}
    assert to_pdf(told).startswith(b"%PDF")


def test_a_recording_without_a_face_makes_a_report():
    table = timeline()
    table[[*EMOTIONS, UNSURE, "valence", "smile"]] = np.nan
    table["faces"] = 0.0
    report = Report.from_tables(table, source="empty room")
    told = contents(report)
    assert {n.name: n.value for n in told.numbers}["dominant expression"] == "—"
    assert to_pdf(told).startswith(b"%PDF")
    assert "empty room" in to_html(told)


def values(report) -> dict[str, str]:
    return {number.name: number.value for number in numbers(report)}


def test_both_smile_indices_stand_with_their_names():
    """Of ten faces two smile and one cannot be read."""
    table = timeline(10).drop(columns=["posture", "turned"])
    table[list(EMOTIONS)] = 0.0
    table["happy"], table["neutral"], table[UNSURE] = 2 / 9, 1 / 9, 6 / 9
    table["faces"], table["unread"], table["smile"] = 10.0, 1.0, 2 / 9
    found = values(Report.from_tables(table))
    assert found["smile index"] == "22%"
    assert found["smile index, of all faces"] == "20%"


def test_the_number_of_blinks_is_shown_and_not_only_a_rate():
    table = timeline(61, step=1.0).assign(blinks=0.0, faces=1.0)
    table.loc[::4, "blinks"] = 1.0
    people = pd.DataFrame({"t": table["t"], "track": 1, "ear": 0.3, **dict.fromkeys(EMOTIONS, 0.1)})
    found = values(Report.from_tables(table, people))
    assert found["blinks, all faces (experimental)"] == "16"
    assert found["blinks a minute of one face (experimental)"] == "15.7"
    assert not any("blinks" in name for name in values(Report.from_tables(timeline())))


def test_what_is_experimental_says_so_wherever_it_stands(whole):
    event = Event("confusion", 3.0, 9.0, 0.6, "Frowns.")
    told = contents(replace(whole, events=[event]))
    assert [line.kind for line in told.events] == ["confusion (experimental)"]
    figures = [c.figure for c in told.chapters if c.key == "valence"]
    assert "confusion (experimental)" in figures[0].to_json()


def test_a_report_has_its_date(whole):
    told = contents(whole, date="2026-11-26 14:30")
    assert told.subtitle == "Mood report · 2026-11-26 14:30 · 0:00 to 0:59"
