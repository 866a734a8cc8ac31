import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pypdf
import pytest

from fer.emotions import EMOTIONS, UNSURE
from fer.errors import RecordingError
from fer.faces.core import FaceReading
from fer.live.session import LiveSession
from fer.mood import timeline as tables
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.report import report as reports
from fer.report.csv_import import load_csv
from fer.report.lecture_report import CUE_COLUMNS, LectureReport
from fer.report.pdf_charts import draw
from tests.tables import HOSTILE, faces, lecture, timeline, voice


@pytest.fixture(scope="module")
def whole():
    return lecture()


@pytest.fixture(scope="module")
def told(whole):
    return reports.contents(whole)


class Page(HTMLParser):
    """Collects what a browser would fetch, run and show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched, self.scripts, self.shown, self._in = [], 0, [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._in = tag
        self.scripts += tag == "script"
        self.fetched += [v for k, v in attributes if k in ("src", "href", "action", "data")]

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in not in ("script", "style"):
            self.shown.append(data)


def test_html_fetches_nothing_and_forbids_it(told):
    page = reports.to_html(told)
    assert Page(page).fetched == []
    assert "default-src 'none'" in page
    assert len(page) < 8e6


def test_html_shows_a_hostile_file_name_as_text(told):
    text = reports.to_html(told)
    page = Page(text)
    assert HOSTILE in "".join(page.shown)
    assert "<script>alert(1)" not in text
    # Plotly's program, one script for each chart, and the one that follows light and dark.
    assert page.scripts == 2 + len(told.chapters)


def test_template_marks_in_a_name_are_not_filled_in(told):
    assert "{{PLOTLY}}" in "".join(
        Page(reports.to_html(replace(told, name="a {{PLOTLY}} b"))).shown
    )


def test_html_and_pdf_hold_the_same_numbers_and_events(told):
    page = " ".join(Page(reports.to_html(told)).shown)
    pdf = pypdf.PdfReader(io.BytesIO(reports.to_pdf(told)))
    text = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pdf.pages))
    for words in (
        *(n.name for n in told.numbers),
        *(n.value for n in told.numbers),
        *(c.title for c in told.chapters),
        *(e.text for e in told.events),
        *(c.not_for for c in told.cues),
    ):
        assert words in page
        assert words in text


def test_pdf_writes_letters_of_many_scripts(told):
    pdf = pypdf.PdfReader(io.BytesIO(reports.to_pdf(told)))
    first = pdf.pages[0].extract_text()
    assert "Лекция" in first
    assert "講義" in first
    assert pdf.metadata.title == HOSTILE


def test_pdf_of_the_same_report_has_the_same_bytes(told):
    assert reports.to_pdf(told) == reports.to_pdf(told)


def test_every_chart_of_a_report_can_be_drawn_for_the_pdf(told):
    keys = {chapter.key for chapter in told.chapters}
    assert keys == {
        "donut", "shares", "valence", "faces", "cues", "pose", "voice", "voice-valence"
    }  # fmt: skip


def test_a_trace_that_cannot_be_drawn_is_refused():
    import plotly.graph_objects as go

    with pytest.raises(ValueError, match="heatmap"):
        draw(go.Figure(go.Heatmap(z=[[1]])), 100, 100, "Helvetica")


def test_three_hours_make_a_small_report():
    table = timeline(rows=21600)
    report = LectureReport.from_tables(table, faces(table), source="long", voice=voice(10800))
    told = reports.contents(report)
    drawn = max(
        len(trace.x) for c in told.chapters for trace in c.figure.data if trace.type == "scatter"
    )
    assert drawn <= reports.DRAWN_ROWS
    assert len(reports.to_html(told)) < 12e6
    assert len(reports.to_pdf(told)) < 3e6


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


def test_summary_and_report_agree(whole):
    shares = tables.mean_shares(whole.timeline)
    assert shares == pytest.approx(list(whole.summary["shares"].values()), abs=1e-4)


def test_a_period_holds_its_rows_and_the_events_that_touch_it(whole):
    part = reports.part(whole, 10.0, 20.0)
    assert part.timeline["t"].between(10, 20).all()
    assert part.faces["t"].between(10, 20).all()
    assert part.voice.timeline["t"].between(10, 20).all()
    assert all(e.start <= 20 and (e.end is None or e.end >= 10) for e in part.events)
    assert reports.contents(part, (10.0, 20.0)).subtitle.endswith("0:10 to 0:20")


def test_one_face_follows_its_state(whole):
    first = tables.of_track(whole.faces, 1, whole.timeline["t"])
    second = tables.of_track(whole.faces, 2, whole.timeline["t"])
    seen = first["faces"] > 0
    assert list(first["t"]) == list(whole.timeline["t"])
    assert first.loc[seen, "sad"].mean() > 0.5
    assert (second.loc[seen, UNSURE] == 1).all()
    assert first.loc[~seen, list(EMOTIONS)].isna().all(axis=None)
    keys = [c.key for c in reports.face_chapters(whole, 1)]
    assert keys == ["face-shares", "face-pose", "face-posture"]


def test_the_voice_is_blank_where_nobody_speaks():
    rows = tables.of_voice(voice().timeline)
    assert rows.loc[:9, "neutral"].isna().all()
    assert rows.loc[10:, "neutral"].notna().all()
    assert list(rows.columns) == list(TIMELINE_COLUMNS)


def test_blinks_a_minute_divides_by_the_faces():
    table = timeline(rows=1800, step=1 / 15).assign(faces=2.0)
    table["blinks"] = 0.0
    table.loc[::60, "blinks"] = 1.0  # every 4 s, of two faces: 7.5 a minute each
    rate = tables.blinks_a_minute(table)["blinks"]
    assert rate.iloc[-1] == pytest.approx(7.5, rel=0.1)
    assert np.isnan(rate.iloc[5])
    assert tables.blinks_a_minute(timeline()) is None


def test_comparison_counts_each_recording_once():
    happy = reports.outline(timeline(1200, peak="happy"))
    sad = reports.outline(timeline(120, peak="sad"))
    shares, curve = reports.comparison([happy, sad])
    assert shares == pytest.approx((happy.shares + sad.shares) / 2)
    assert curve == pytest.approx((happy.valence + sad.valence) / 2, nan_ok=True)
    assert len(curve) == 60
    empty = reports.outline(timeline(0))
    assert reports.comparison([empty]) == reports.comparison([]) == (None, None)
    # A recording without a face changes nothing.
    shares, _ = reports.comparison([happy, empty])
    assert shares == pytest.approx(happy.shares)


def test_save_writes_all_files_and_nothing_else(whole, tmp_path):
    paths = reports.save(whole, tmp_path / "out", parquet=True)
    assert set(paths) == {
        "timeline.csv", "faces.csv", "voice.csv", "report.html", "report.pdf",
        "timeline.parquet", "faces.parquet", "voice.parquet",
    }  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(paths)
    assert whole.save(tmp_path / "again").keys() == paths.keys() - {
        "timeline.parquet", "faces.parquet", "voice.parquet"
    }  # fmt: skip


def test_a_full_disk_leaves_nothing_half_written(whole, tmp_path, monkeypatch):
    from pathlib import Path

    write = Path.write_bytes

    def full(path, data):
        if "faces" in path.name:
            write(path, data[:100])
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        reports.save(whole, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["timeline.csv"]


def test_a_saved_csv_makes_the_report_again(whole, tmp_path):
    paths = reports.save(whole, tmp_path)
    again = load_csv(paths["timeline.csv"], paths["faces.csv"], HOSTILE)
    pd.testing.assert_frame_equal(
        again.timeline[list(TIMELINE_COLUMNS)],
        whole.timeline[list(TIMELINE_COLUMNS)],
        atol=1e-4,
        check_dtype=False,
    )
    assert [n.value for n in reports.numbers(again)] == [
        n.value for n in reports.numbers(replace_voice(whole))
    ]
    assert [(e.kind, e.start) for e in again.events] == [(e.kind, e.start) for e in whole.events]
    assert len(reports.face_chapters(again, 2)) == 3


def replace_voice(report):
    return reports.Tables(
        report.source, report.timeline, report.faces, report.summary, report.events, None
    )


def test_a_timeline_alone_is_enough(whole, tmp_path):
    path = reports.save(whole, tmp_path)["timeline.csv"]
    again = load_csv(path)
    assert len(again.faces) == 0
    assert reports.to_pdf(reports.contents(again)).startswith(b"%PDF")


@pytest.mark.parametrize("marks", [[], ["new topic"]], ids=["unmarked", "marked"])
def test_the_table_of_a_live_session_makes_a_report(marks):
    session = LiveSession(SimpleNamespace())
    face = FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))
    for second in (0, 1, 2, 5, 6):
        session.window.add(second, [face])
    for text in marks:
        session.mark(text)
    again = load_csv(io.BytesIO(session.csv().encode()), source="class")
    assert len(again.timeline) == 7
    assert set(again.timeline.columns) == set(TIMELINE_COLUMNS + CUE_COLUMNS)
    assert reports.to_pdf(reports.contents(again)).startswith(b"%PDF")


def test_a_voice_alone_is_loaded_back(tmp_path):
    csv = io.BytesIO(reports.to_csv(voice().timeline))
    again = load_csv(None, source="talk", voice=csv)
    assert [c.key for c in reports.chapters(again)] == ["voice", "voice-valence"]


@pytest.mark.parametrize("with_voice", [False, True])
def test_faces_without_their_timeline_are_refused(whole, with_voice):
    faces = io.BytesIO(reports.to_csv(whole.faces))
    sound = io.BytesIO(reports.to_csv(voice().timeline)) if with_voice else None
    with pytest.raises(RecordingError, match=r"Add that"):
        load_csv(None, faces, voice=sound)


def test_nothing_is_refused():
    with pytest.raises(RecordingError, match=r"timeline\.csv"):
        load_csv(None)


HEADER = ",".join(TIMELINE_COLUMNS).encode() + b"\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read as CSV"),
        (b"\x00\xff\xfe" * 50, "CSV|lacks"),
        (b"a,b\n1,2\n", "lacks the columns t, frames"),
        (HEADER, "no rows"),
        (HEADER + b"x" + b",0" * 13 + b"\n", "Column t .* no number"),
        (HEADER + b"0" + b",9" * 13 + b"\n", "between 0 and 1"),
        (HEADER + b"," * 13 + b"\n", "times in seconds"),
    ],
    ids=["empty", "binary", "other table", "header only", "words", "no shares", "blank"],
)  # fmt: skip
def test_a_wrong_csv_is_refused_with_a_reason(data, message):
    with pytest.raises(RecordingError, match=message):
        load_csv(io.BytesIO(data))


def test_kept_numbers_come_back_as_they_were(whole, tmp_path):
    reports.keep(whole, tmp_path)
    again = reports.reopen(tmp_path)
    pd.testing.assert_frame_equal(again.timeline, whole.timeline)
    pd.testing.assert_frame_equal(again.faces, whole.faces)
    pd.testing.assert_frame_equal(again.voice.timeline, whole.voice.timeline)
    assert again.events == whole.events
    assert again.summary == json.loads(json.dumps(whole.summary))
    assert [n.value for n in reports.numbers(again)] == [n.value for n in reports.numbers(whole)]


@pytest.mark.parametrize("name", ["report.json", "timeline.parquet", "faces.parquet"])
def test_damaged_numbers_are_told(whole, tmp_path, name):
    reports.keep(whole, tmp_path)
    (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(RecordingError, match="damaged"):
        reports.reopen(tmp_path)


def test_an_outline_comes_from_the_timeline_alone(whole, tmp_path):
    reports.keep(whole, tmp_path)
    (tmp_path / "faces.parquet").unlink()
    kept, own = reports.reopen_outline(tmp_path), reports.outline(whole.timeline)
    np.testing.assert_array_equal(kept.shares, own.shares)
    np.testing.assert_array_equal(kept.valence, own.valence)
    for damage in (lambda path: path.write_bytes(b"broken"), lambda path: path.unlink()):
        damage(tmp_path / "timeline.parquet")
        with pytest.raises(RecordingError, match="damaged"):
            reports.reopen_outline(tmp_path)


def test_sound_only_makes_a_report():
    empty = timeline(0)
    report = LectureReport.from_tables(empty, source="voice.wav", voice=voice())
    told = reports.contents(report)
    assert [c.key for c in told.chapters] == ["voice", "voice-valence"]
    assert "dominant tone of voice" in {n.name for n in told.numbers}
    assert reports.to_pdf(told).startswith(b"%PDF")


def test_a_recording_without_a_face_makes_a_report():
    table = timeline()
    table[[*EMOTIONS, UNSURE, "valence", "smile"]] = np.nan
    table["faces"] = 0.0
    report = LectureReport.from_tables(table, source="empty room")
    told = reports.contents(report)
    assert {n.name: n.value for n in told.numbers}["dominant expression"] == "—"
    assert reports.to_pdf(told).startswith(b"%PDF")
    assert "empty room" in reports.to_html(told)
