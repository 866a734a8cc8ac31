import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fer.errors import RecordingError
from fer.mood.window import Mark
from fer.report.archive import keep, reopen, reopen_outline
from fer.report.comparison import outline
from fer.report.numbers import numbers


def test_kept_numbers_come_back_as_they_were(whole, tmp_path):
    keep(whole, tmp_path)
    again = reopen(tmp_path)
    pd.testing.assert_frame_equal(again.timeline, whole.timeline)
    pd.testing.assert_frame_equal(again.faces, whole.faces)
    pd.testing.assert_frame_equal(again.voice.timeline, whole.voice.timeline)
    assert again.events == whole.events
    assert again.summary == json.loads(json.dumps(whole.summary))
    assert [n.value for n in numbers(again)] == [n.value for n in numbers(whole)]


@pytest.mark.parametrize("name", ["report.json", "timeline.parquet", "faces.parquet"])
def test_damaged_numbers_are_told(whole, tmp_path, name):
    keep(whole, tmp_path)
    (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(RecordingError, match="damaged"):
        reopen(tmp_path)


@pytest.mark.parametrize("error", [pa.lib.ArrowNotImplementedError, pa.lib.ArrowIndexError])
@pytest.mark.parametrize("read", [reopen, reopen_outline])
def test_every_error_of_a_damaged_table_is_told(whole, tmp_path, monkeypatch, read, error):
    """A wrong bit can ask for numbers of 3 bits, for example."""

    def fail(*_, **__):
        raise error("Integers with less than 8 bits not implemented")

    keep(whole, tmp_path)
    monkeypatch.setattr(pd, "read_parquet", fail)
    with pytest.raises(RecordingError, match="damaged"):
        read(tmp_path)


@pytest.mark.parametrize("read", [reopen, reopen_outline])
def test_facts_of_the_wrong_kind_are_told(whole, tmp_path, read):
    keep(whole, tmp_path)
    facts = json.loads((tmp_path / "report.json").read_text("utf-8"))
    wrong = facts | {"summary": [], "events": [[]]}
    (tmp_path / "report.json").write_text(json.dumps(wrong), "utf-8")
    with pytest.raises(RecordingError, match="damaged"):
        read(tmp_path)


def test_an_outline_needs_no_table_of_faces(whole, tmp_path):
    keep(whole, tmp_path)
    (tmp_path / "faces.parquet").unlink()
    kept, own = reopen_outline(tmp_path), outline(whole.timeline, whole.summary)
    np.testing.assert_array_equal(kept.shares, own.shares)
    np.testing.assert_array_equal(kept.valence, own.valence)
    for damage in (lambda path: path.write_bytes(b"broken"), lambda path: path.unlink()):
        damage(tmp_path / "timeline.parquet")
        with pytest.raises(RecordingError, match="damaged"):
            reopen_outline(tmp_path)


def test_marks_are_kept_to_the_millisecond(whole, tmp_path):
    marks = [Mark(3.217, "new topic"), Mark(9.5, "=1")]
    keep(replace(whole, marks=marks), tmp_path)
    assert reopen(tmp_path).marks == marks


def test_a_result_of_before_marks_were_kept_opens(whole, tmp_path):
    keep(whole, tmp_path)
    path = tmp_path / "report.json"
    facts = json.loads(path.read_text())
    del facts["marks"]
    path.write_text(json.dumps(facts))
    assert reopen(tmp_path).marks == []
