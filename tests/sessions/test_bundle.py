import io
import zipfile

from fer.sessions.bundle import bundle
from tests.tables import HOSTILE, lecture


def test_each_report_has_a_folder_of_its_own():
    report = lecture(20)
    names = ("Week 7", "week 7", "../../etc/passwd", HOSTILE, "")
    packed = bundle((name, "2026-11-26", report) for name in names)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = archive.namelist()
    folders = {file.partition("/")[0] for file in files}
    assert len(folders) == len(names)
    assert {"Week 7", "week 7 (2)"} <= folders
    assert not any(file.startswith("/") or ".." in file.split("/") for file in files)
    assert {file.rpartition("/")[2] for file in files} == {
        "report.html",
        "report.pdf",
        *(f"{name}.{end}" for name in ("timeline", "faces", "voice") for end in ("csv", "parquet")),
    }
