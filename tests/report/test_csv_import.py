import csv
import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer.errors import RecordingError
from fer.faces.core import FaceReading
from fer.live.session import LiveSession
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from fer.report.chapters import all_chapters, face_chapters
from fer.report.contents import contents
from fer.report.csv_import import FACES, TIMELINE, VOICE, kind_of, load_csv
from fer.report.export import save, to_csv
from fer.report.lecture_report import LectureReport
from fer.report.numbers import numbers
from fer.report.pdf import to_pdf
from fer.report.report import CUE_COLUMNS
from tests.fakes import StubCore
from tests.tables import HOSTILE, faces, timeline, voice


def test_a_saved_csv_makes_the_report_again(whole, tmp_path):
    paths = save(whole, tmp_path)
    again = load_csv(paths["timeline.csv"], paths["faces.csv"], HOSTILE)
    pd.testing.assert_frame_equal(
        again.timeline[list(TIMELINE_COLUMNS)],
        whole.timeline[list(TIMELINE_COLUMNS)],
        atol=1e-4,
        check_dtype=False,
    )
    assert [n.value for n in numbers(again)] == [
        n.value for n in numbers(replace(whole, voice=None))
    ]
    assert [(e.kind, e.start) for e in again.events] == [(e.kind, e.start) for e in whole.events]
    assert len(face_chapters(again, 2)) == 3


def test_a_timeline_alone_is_enough(whole, tmp_path):
    path = save(whole, tmp_path)["timeline.csv"]
    again = load_csv(path)
    assert len(again.faces) == 0
    assert to_pdf(contents(again)).startswith(b"%PDF")


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("decimal", [",", "."])
def test_a_table_that_a_spreadsheet_saved_again_is_read(separator, decimal, whole, tmp_path):
    paths = save(whole, tmp_path)
    names = {"timeline": TIMELINE, "faces": FACES}
    for name, kind in names.items():
        path = paths[f"{name}.csv"]
        path.write_text(path.read_text().replace(",", separator).replace(".", decimal))
        assert kind_of(path) == kind
    again = load_csv(paths["timeline.csv"], paths["faces.csv"])
    for table in names:
        pd.testing.assert_frame_equal(
            getattr(again, table).select_dtypes("number"),
            getattr(whole, table)[getattr(again, table).columns].select_dtypes("number"),
            atol=1e-4,
            check_dtype=False,
        )


@pytest.mark.parametrize("marks", [[], ["new topic"]], ids=["unmarked", "marked"])
def test_the_table_of_a_live_session_makes_a_report(marks):
    session = LiveSession(SimpleNamespace(core=StubCore()))
    face = FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))
    for second in (0, 1, 2, 5, 6):
        session.window.add(second, [face])
    for text in marks:
        session.mark(text)
    again = load_csv(io.BytesIO(session.csv().encode()), source="class")
    assert len(again.timeline) == 7
    assert set(again.timeline.columns) == set(TIMELINE_COLUMNS + BAND_COLUMNS + CUE_COLUMNS)
    assert to_pdf(contents(again)).startswith(b"%PDF")


def test_a_voice_alone_is_loaded_back(tmp_path):
    csv = io.BytesIO(to_csv(voice().timeline))
    again = load_csv(None, source="talk", voice=csv)
    assert [c.key for c in all_chapters(again)] == ["voice", "voice-valence"]


@pytest.mark.parametrize(
    ("pictures", "seconds"), [(120, 60), (120, 0), (0, 60)], ids=["no face", "no voice", "sound"]
)
def test_tables_without_rows_are_loaded_back(pictures, seconds, tmp_path):
    table = timeline().head(pictures).assign(faces=0.0)
    whole = LectureReport.from_tables(table, voice=voice(seconds))
    paths = save(whole, tmp_path)
    again = load_csv(paths["timeline.csv"], paths["faces.csv"], voice=paths["voice.csv"])
    assert [n.value for n in numbers(again)] == [n.value for n in numbers(whole)]
    assert (len(again.faces), len(again.voice.timeline)) == (0, seconds)


def test_tables_that_have_no_rows_at_all_are_refused():
    tables = timeline().head(0), voice(0).timeline
    with pytest.raises(RecordingError, match="no rows"):
        load_csv(None, voice=io.BytesIO(to_csv(tables[1])))
    with pytest.raises(RecordingError, match="no rows"):
        load_csv(io.BytesIO(to_csv(tables[0])), voice=io.BytesIO(to_csv(tables[1])))


@pytest.mark.parametrize("with_voice", [False, True])
def test_faces_without_their_timeline_are_refused(whole, with_voice):
    faces = io.BytesIO(to_csv(whole.faces))
    sound = io.BytesIO(to_csv(voice().timeline)) if with_voice else None
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
        (b"\x00\xff\xfe" * 50, "such a file is a table of text"),
        (b"a,b\n1,2\n", "lacks the columns t, frames"),
        (HEADER, "no rows"),
        (HEADER + b"x" + b",0" * 13 + b"\n", "Column t .* not a number"),
        (HEADER + b"0" + b",9" * 13 + b"\n", "between 0 and 1"),
        (HEADER + b"," * 13 + b"\n", "times in seconds"),
    ],
    ids=["empty", "binary", "other table", "header only", "words", "no shares", "blank"],
)  # fmt: skip
def test_a_wrong_csv_is_refused_with_a_reason(data, message):
    with pytest.raises(RecordingError, match=message):
        load_csv(io.BytesIO(data))


def live(marks) -> LiveSession:
    session = LiveSession(SimpleNamespace(core=StubCore()))
    face = FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))
    for second in range(7):
        session.window.add(second, [face])
    for t, text in marks:
        session.window.mark(t, text)
    return session


def test_the_marks_of_a_live_session_reach_the_report():
    session = live([(2.4, "=1+1"), (2.6, "new topic"), (5.0, "-5 minutes")])
    report = load_csv(io.BytesIO(session.csv().encode()), source="class")
    assert [(mark.t, mark.text) for mark in report.marks] == [
        (2.0, "=1+1; new topic"),
        (5.0, "-5 minutes"),
    ]
    # And from there the next export.
    again = load_csv(io.BytesIO(to_csv(report.tables()["timeline"])))
    assert again.marks == report.marks
    assert report.part(3.0, 6.0).marks == report.marks[1:]


@pytest.mark.parametrize("value", ["inf", "-inf", "1e300"])
@pytest.mark.parametrize("column", ["frames", "faces", "valence", "smile"])
def test_a_number_beyond_all_measure_is_refused(column, value):
    table = timeline(3).astype({column: object})
    table.loc[1, column] = value
    with pytest.raises(RecordingError, match=f"Column {column} of the timeline"):
        load_csv(io.BytesIO(table.to_csv(index=False).encode()))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"faces": -1.0}, "must not be negative"), ({"t": [0, 1, 1e8]}, "from 0 to 1,000,000")],
)
def test_impossible_numbers_are_refused(change, message):
    table = timeline(3).assign(**change)
    with pytest.raises(RecordingError, match=message):
        load_csv(io.BytesIO(table.to_csv(index=False).encode()))


def test_a_face_has_a_state_that_is_known(whole):
    states = faces(whole.timeline).assign(state="=HYPERLINK(1)")
    with pytest.raises(RecordingError, match="read, unsure, unread"):
        load_csv(io.BytesIO(to_csv(whole.timeline)), io.BytesIO(to_csv(states)))


@pytest.mark.parametrize("value", ["", "maybe", "2"])
def test_speech_is_true_or_false(value):
    table = voice().timeline.astype({"speech": object})
    table.loc[3, "speech"] = value
    with pytest.raises(RecordingError, match="speech"):
        load_csv(None, voice=io.BytesIO(table.to_csv(index=False).encode()))


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_kind_of_an_export_is_known_by_its_headings(whole, quoting, encoding):
    """A spreadsheet may put all headings in quotation marks."""
    tables = {TIMELINE: whole.timeline, FACES: whole.faces, VOICE: whole.voice.timeline}
    for kind, table in tables.items():
        text = table.to_csv(index=False, quoting=quoting, lineterminator="\r\n")
        assert kind_of(io.BytesIO(text.encode(encoding))) == kind


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a;b\n", b'"t,track\n'])
def test_what_is_no_export_counts_as_a_timeline(content):
    assert kind_of(io.BytesIO(content)) == TIMELINE
