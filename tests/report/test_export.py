import pytest

from fer.report.chapters import DRAWN_ROWS
from fer.report.contents import contents
from fer.report.export import save
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
        save(whole, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["timeline.csv"]


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
