import csv
import io
import itertools
import re
import resource
from dataclasses import replace

import pandas as pd
import pytest

from fer.mood.window import Mark
from fer.report.chapters import DRAWN_ROWS
from fer.report.contents import contents
from fer.report.export import save, to_csv
from fer.report.html import to_html
from fer.report.pdf import to_pdf
from fer.report.report import Report
from tests.tables import faces, timeline, voice


def test_save_writes_all_files_and_nothing_else(whole, tmp_path):
    paths = save(whole, tmp_path / "out", parquet=True)
    assert set(paths) == {
        "timeline.csv", "faces.csv", "voice.csv", "report.html", "report.pdf",
        "timeline.parquet", "faces.parquet", "voice.parquet",
    }  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(paths)
    assert whole.save(tmp_path / "again").keys() == paths.keys() - {
        "timeline.parquet", "faces.parquet", "voice.parquet"
    }  # fmt: skip


def test_a_write_that_fails_leaves_nothing_half_written(whole, tmp_path):
    written = save(whole, tmp_path / "whole")
    sizes = [path.stat().st_size for path in written.values()]
    assert sizes[-1] > sizes[0]
    # The system refuses to write more than the first file has, as it does on a full disk.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (sizes[0], before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(whole, tmp_path / "short")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    left = [path.name for path in (tmp_path / "short").iterdir()]
    fitting = itertools.takewhile(lambda path: path.stat().st_size <= sizes[0], written.values())
    assert sorted(left) == sorted(path.name for path in fitting)
    for name in left:
        assert (tmp_path / "short" / name).stat().st_size == written[name].stat().st_size


def test_three_hours_make_a_small_report():
    table = timeline(rows=21600)
    report = Report.from_tables(table, faces(table), source="long", voice=voice(10800))
    told = contents(report)
    drawn = max(
        len(trace.x) for c in told.chapters for trace in c.figure.data if trace.type == "scatter"
    )
    assert drawn <= DRAWN_ROWS
    assert len(to_html(told)) < 12e6
    assert len(to_pdf(told)) < 3e6


@pytest.mark.parametrize("separator", [",", ";"])
def test_no_cell_and_no_heading_of_a_foreign_table_becomes_a_formula(whole, separator):
    """An import keeps unknown columns, and anybody may have written the marks."""
    table = whole.timeline.assign(**{"=1+1": 1.0, "a;=HYPERLINK(2)": 2.0, "@x": 3.0})
    marks = [Mark(1.0, "=cmd|' /C calc'!A0"), Mark(5.0, "a;+1"), Mark(9.0, "\t-1")]
    report = replace(whole, timeline=table, marks=marks)
    people = whole.faces.astype({"state": object})
    people.loc[0, "state"] = "@SUM(A1)"
    for table in replace(report, faces=people).tables().values():
        text = to_csv(table).decode()
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            for cell in row:
                begin = cell.strip(' \t"')
                is_number = re.match(r"-[\d.]+(,|$)", begin)
                assert not begin.startswith(("=", "+", "-", "@")) or is_number, cell


def test_marks_are_in_the_files_of_a_report(whole, tmp_path):
    report = replace(whole, marks=[Mark(3.2, "new topic"), Mark(0.0, "begin")])
    paths = save(report, tmp_path)
    rows = pd.read_csv(paths["timeline.csv"])
    assert dict(rows.dropna(subset="mark").set_index("t")["mark"]) == {
        0.0: "begin",
        3.0: "new topic",
    }
    assert "new topic" in paths["report.html"].read_text()
    assert "mark" not in pd.read_csv(save(whole, tmp_path)["timeline.csv"]).columns
