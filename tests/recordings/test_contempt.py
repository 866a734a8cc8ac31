"""A network with eight classes, from its file to the report, its tables and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fer.recordings.segment
from fer import EMOTIONS, analyze_lecture, class_shares
from fer.emotions import CONTEMPT, KNOWN, valences, with_classes
from fer.faces.classify import EmotionClassifier
from fer.faces.core import FaceState, MoodCore
from fer.mood.headline import shares_in_words
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS, of_track
from fer.report.archive import keep, reopen, reopen_outline
from fer.report.comparison import comparison
from fer.report.contents import contents
from fer.report.csv_import import load_csv
from fer.report.export import save
from fer.report.report import CUE_COLUMNS, FACE_COLUMNS, Report
from tests.fakes import FixedDetector
from tests.footage import make_video
from tests.networks import write_eight


def picture(number: int) -> np.ndarray:
    """Dark squares, which look neutral, then nothing, then bright ones, which look contemptuous."""
    squares = np.indices((96, 160)).sum(axis=0) // 8 % 2
    low, high = {0: (0, 90), 1: (20, 20), 2: (170, 255)}[number // 40]
    grey = np.where(squares, high, low).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


class SquaresDetector(FixedDetector):
    def detect(self, frame):
        return super().detect(frame) if frame.std() > 20 else []


@pytest.fixture
def core(tmp_path):
    classifier = EmotionClassifier.load(write_eight(tmp_path / "eight"))
    return MoodCore(SquaresDetector((0, 0, 160, 96)), classifier)


@pytest.fixture
def report(tmp_path, core, monkeypatch):
    monkeypatch.setattr(fer.recordings.segment, "SEGMENT_S", 2.0)  # one is without a face
    video = make_video(tmp_path / "lecture.mp4", frames=120, fps=10, draw=picture)
    return analyze_lecture(video, core=core, checkpoint=tmp_path / "checkpoint")


def test_the_core_reads_eight_classes(core):
    assert core.classes == KNOWN
    (neutral,), (contempt,) = core.read_many([picture(0), picture(80)])
    assert (neutral.emotion, contempt.emotion) == ("neutral", CONTEMPT)
    assert contempt.state == FaceState.READ
    assert contempt.probabilities.shape == (8,)
    shares = class_shares(np.stack([contempt.probabilities]))
    assert shares.values == pytest.approx(contempt.probabilities, abs=1e-6)


def test_a_lecture_has_a_column_for_contempt(report):
    columns = with_classes(TIMELINE_COLUMNS + BAND_COLUMNS + CUE_COLUMNS, 8)
    assert tuple(report.timeline.columns) == columns
    assert tuple(report.faces.columns) == with_classes(FACE_COLUMNS, 8)
    seen = report.timeline["faces"] == 1
    assert seen.sum() == 16
    np.testing.assert_allclose(report.timeline.loc[seen, list(KNOWN)].sum(axis=1), 1, atol=1e-5)
    assert report.timeline.loc[~seen, CONTEMPT].isna().all()
    assert report.timeline[CONTEMPT].iloc[-1] > 0.9
    assert report.timeline[CONTEMPT].iloc[0] < 0.1
    one = of_track(report.faces, int(report.faces["track"].iloc[-1]), report.timeline["t"])
    assert one[CONTEMPT].iloc[-1] > 0.9


def test_the_summary_counts_contempt_as_unpleasant(report):
    shares = report.summary["shares"]
    assert list(shares) == list(KNOWN)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
    assert shares[CONTEMPT] == pytest.approx(0.5, abs=0.1)
    expected = np.array([*shares.values()]) @ valences(8)
    assert report.summary["valence"] == pytest.approx(expected, abs=1e-4)
    assert "unpleasant" in shares_in_words(list(shares.values()))


def test_the_documents_show_contempt(report):
    told = contents(report)
    figures = {chapter.key: chapter.figure for chapter in told.chapters}
    assert CONTEMPT in figures["donut"].data[0].labels
    assert CONTEMPT in [trace.name for trace in figures["shares"].data]


def test_exports_come_back_as_the_same_report(report, tmp_path):
    written = save(report, tmp_path / "out", parquet=True)
    assert CONTEMPT.encode() in written["report.html"].read_bytes()
    again = load_csv(written["timeline.csv"], written["faces.csv"], report.source)
    assert again.summary["shares"] == pytest.approx(report.summary["shares"], abs=1e-3)
    assert again.timeline[CONTEMPT].iloc[-1] > 0.9
    stored = pd.read_parquet(written["timeline.parquet"])
    assert list(stored.columns) == list(report.timeline.columns)


def test_results_are_kept_and_compared_with_those_of_seven_classes(report, tmp_path):
    keep(report, tmp_path / "kept")
    assert reopen(tmp_path / "kept").summary["shares"] == report.summary["shares"]
    eight = reopen_outline(tmp_path / "kept")
    assert eight.shares == pytest.approx(list(report.summary["shares"].values()))
    seven = report.timeline.drop(columns=CONTEMPT)
    for name in EMOTIONS:
        seven[name] = seven[name].where(seven[name].isna(), 1 / 7)
    keep(Report.from_tables(seven, source="older"), tmp_path / "older")
    older = reopen_outline(tmp_path / "older")
    assert older.shares == pytest.approx(np.full(7, 1 / 7), abs=1e-4)
    shares, _ = comparison([eight, older])
    assert shares == pytest.approx((eight.shares + np.append(older.shares, 0)) / 2)
