import io
import zipfile
from zoneinfo import ZoneInfo

from fer.sessions.bundle import bundle
from tests.tables import HOSTILE, lecture


def test_each_report_has_a_folder_of_its_own():
    report = lecture(20)
    names = ("Week 7", "week 7", "../../etc/passwd", HOSTILE, "")
    packed = bundle((name, 1_795_788_000.0, report) for name in names)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = archive.namelist()
        page = archive.read("Week 7/report.html").decode()
    assert "2026-11-27" in page
    folders = {file.partition("/")[0] for file in files}
    assert len(folders) == len(names)
    assert {"Week 7", "week 7 (2)"} <= folders
    assert not any(file.startswith("/") or ".." in file.split("/") for file in files)
    assert {file.rpartition("/")[2] for file in files} == {
        "report.html",
        "report.pdf",
        *(f"{name}.{end}" for name in ("timeline", "faces", "voice") for end in ("csv", "parquet")),
    }


def test_dates_are_those_of_the_visitor():
    kolkata = ZoneInfo("Asia/Kolkata")
    packed = bundle([("Week 7", 1_795_788_000.0, lecture(20))], kolkata)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert "2026-11-27 19:30 IST" in archive.read("Week 7/report.html").decode()
