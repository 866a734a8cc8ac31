"""The analysis of a voice: when somebody speaks, and in which tone."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.errors import ModelError, RecordingError
from fer.media.audio import RATE, read_sound
from fer.mood.timeline import TIMELINE_COLUMNS as FACE_TIMELINE
from fer.report.numbers import numbers
from fer.report.report import Report
from fer.speech.analysis import analyze_speech
from fer.speech.model import SpeechModel, level, scale
from fer.speech.speech_report import TIMELINE_COLUMNS, SpeechReport
from fer.training.speech.sounds import FAMILIES, draw
from tests.sounds import tone, write_sound

SCALING = {"loud_frames": 15, "range": 12.0, "divisor": 6.0, "offset": 0.5}
MODEL = Path(__file__).resolve().parents[2] / "models" / "speech.onnx"


@pytest.fixture(scope="session")
def model() -> SpeechModel:
    return SpeechModel.load()


@pytest.fixture(scope="session")
def sentences(ravdess) -> dict[str, bytes]:
    """Clips of an actor who was kept out of training, by name.

    They are of strong intensity where there is one.
    """
    with zipfile.ZipFile(ravdess) as archive:
        names = [n for n in archive.namelist() if re.search(r"-0[12]-01-01-17\.\w+$", n)]
        return {Path(name).name: archive.read(name) for name in names}


def test_the_columns_and_what_is_missing(media):
    report = analyze_speech(media / "speech_1.wav")
    table = report.timeline
    assert tuple(table.columns) == TIMELINE_COLUMNS
    assert table["speech"].dtype == bool
    spoken = table[table["speech"]]
    shares = spoken[[*EMOTIONS, UNSURE]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    sure = spoken[spoken[UNSURE] == 0]
    np.testing.assert_allclose(sure["valence"], sure[list(EMOTIONS)] @ VALENCES, atol=1e-6)
    assert spoken.loc[spoken[UNSURE] == 1, "valence"].isna().all()
    assert table.loc[~table["speech"], [*EMOTIONS, UNSURE, "valence"]].isna().all(axis=None)
    summary = report.summary
    assert summary["windows"] == len(table)
    assert summary["duration_s"] == pytest.approx(47.55, abs=0.01)
    assert summary["dominant"] == max(summary["shares"], key=summary["shares"].get)


@pytest.mark.parametrize(
    ("seconds", "rows"), [(0.02, 1), (1.0, 1), (3.0, 1), (3.2, 2), (4.0, 2), (10.0, 8), (70.5, 69)]
)
def test_every_second_lies_in_a_window(tmp_path, seconds, rows):
    table = analyze_speech(write_sound(tmp_path / "a.wav", tone(seconds))).timeline
    assert table["t"].tolist() == [1.5 + i for i in range(rows)]


def test_telephone_speech_is_heard(media):
    # 8 kHz; 42 s of several people, then silence.
    table = analyze_speech(media / "speech_1.wav").timeline
    assert table.loc[table["t"] < 43, "speech"].mean() > 0.9
    assert not table.loc[table["t"] > 44, "speech"].any()


def test_a_sentence_in_noise_is_found(media):
    # One sentence from 1.3 to 3.5 s, a word at 6.8 s, else the noise of a room.
    table = analyze_speech(media / "speech_2.wav").timeline
    assert table.loc[table["t"] < 4, "speech"].all()
    assert not table.loc[table["t"] > 9, "speech"].any()


def test_acted_sentences_are_heard(tmp_path, sentences, model):
    heard = 0
    for name, content in sentences.items():
        path = tmp_path / name
        path.write_bytes(content)
        heard += analyze_speech(path, model=model).summary["speech_share"] > 0
    assert heard == len(sentences)


@pytest.mark.parametrize(("limit", "unsure"), [(0.0, 0.0), (1.01, 1.0)])
def test_windows_below_the_card_s_confidence_are_unsure(media, limit, unsure):
    model = SpeechModel(MODEL, SpeechModel.load().card | {"abstain_below": limit})
    report = analyze_speech(media / "speech_2.wav", model=model)
    spoken = report.timeline[report.timeline["speech"]]
    assert (spoken[UNSURE] == unsure).all()
    assert report.summary["unsure_share"] == unsure
    assert (report.summary["dominant"] is None) == (unsure == 1)
    assert (report.summary["valence"] is None) == (unsure == 1)
    assert spoken["valence"].isna().all() == (unsure == 1)


def test_a_table_from_before_windows_could_be_unsure(media):
    table = analyze_speech(media / "speech_2.wav").timeline.drop(columns=UNSURE).fillna(1 / 7)
    summary = SpeechReport.of(table).summary
    assert summary["unsure_share"] == 0
    assert summary["shares"] is not None


def test_the_card_says_what_the_network_reads(model):
    assert model.card["reads"] == "acted English speech"
    figures = model.card["metrics"]["held_out"]["abstention"]
    assert model.abstain_below == figures["abstain_below"]
    assert figures["accuracy"] > figures["accuracy_of_all"]
    assert 0 < figures["coverage"] < 1


def test_silence_is_not_speech(tmp_path, media):
    rng = np.random.default_rng(0)
    for name, sound in {
        "zeros": np.zeros(10 * RATE),
        "dither": rng.normal(size=10 * RATE) * 3e-5,
    }.items():
        summary = analyze_speech(write_sound(tmp_path / f"{name}.wav", sound)).summary
        assert summary["speech_share"] == 0, name
        assert summary["dominant"] is None
    # A video whose sound track is all zeros.
    video = analyze_speech(media / "student_laughing_854x480.mp4")
    assert not video.timeline["speech"].any()


def test_synthetic_music_and_noise_are_seldom_speech(model):
    log_mel = model.log_mel
    for family in FAMILIES:
        # Seeds that training does not use.
        sounds = [draw(np.random.default_rng((77, i)), 3.0, family) for i in range(6)]
        windows = np.stack([log_mel().push(sound)[: model.window] for sound in sounds])
        assert model.read(windows)[0].mean() <= 0.25, family


def test_the_gain_of_the_microphone_has_little_effect(tmp_path, media):
    sound = np.concatenate(list(read_sound(media / "speech_1.wav")))[: 20 * RATE]
    loud = analyze_speech(write_sound(tmp_path / "loud.flac", sound * 1.4)).timeline
    quiet = analyze_speech(write_sound(tmp_path / "quiet.flac", sound * 0.3)).timeline
    both = loud["speech"] & quiet["speech"]
    assert both.mean() > 0.8
    difference = (loud.loc[both, list(EMOTIONS)] - quiet.loc[both, list(EMOTIONS)]).abs()
    # The two are 13 dB apart. The quiet one loses what lies below the floor of the log-mel frames.
    assert difference.to_numpy().mean() < 0.05


def test_a_second_run_gives_the_same(media):
    first, second = (analyze_speech(media / "speech_2.wav").timeline for _ in range(2))
    assert first.equals(second)


def test_progress_ends_at_one_and_may_cancel(tmp_path):
    path = write_sound(tmp_path / "a.mp3", tone(8))
    seen: list[float] = []
    analyze_speech(path, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze_speech(path, cancel)


def test_memory_does_not_grow_with_length(tmp_path, model):
    def peak(minutes: float) -> int:
        path = write_sound(tmp_path / f"{minutes}.wav", np.zeros(int(minutes * 60 * RATE)))
        tracemalloc.start()
        analyze_speech(path, model=model)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(0.2)
    # One more minute is 4 MB of samples, but its timeline is only 5 kB.
    assert peak(2) - peak(1) < 2_000_000


def test_flipped_bytes_through_the_whole_analysis(tmp_path, model):
    rng = np.random.default_rng(3)
    content = write_sound(tmp_path / "a.mp3", rng.normal(size=8000) * 0.1).read_bytes()
    for number in range(20):
        broken = bytearray(content)
        for at in rng.integers(0, len(broken), 5):
            broken[at] = int(rng.integers(256))
        path = tmp_path / f"{number}.mp3"
        path.write_bytes(broken)
        with contextlib.suppress(RecordingError):
            analyze_speech(path, model=model)


def test_level_ignores_a_click_and_scaling_ignores_gain():
    windows = np.random.default_rng(0).normal(-8, 1, (2, 298, 64)).astype(np.float32)
    clicked = windows.copy()
    clicked[:, 100:103] += 9
    np.testing.assert_allclose(level(clicked, SCALING), level(windows, SCALING), atol=0.1)
    scaled = scale(windows, SCALING)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, scale(windows + 2.5, SCALING), atol=1e-5)
    assert scaled.min() >= -12 / 6 + 0.5


def test_a_card_that_does_not_fit_is_refused(tmp_path):
    card = json.loads(MODEL.with_suffix(".json").read_text("utf-8"))
    for change, message in (
        ({"format": 9}, "format"),
        ({"labels": ["angry", "bored"]}, "bored"),
        ({"labels": ["angry", "sad"]}, "outputs"),
        ({"window_s": 2.0}, "does not fit"),
        ({"temperature": "warm"}, "warm"),
        ({"scaling": {}}, "loud_frames"),
    ):
        with pytest.raises(ModelError, match=message):
            SpeechModel(MODEL, card | change)
    with pytest.raises(ModelError, match="temperature"):
        SpeechModel(MODEL, {k: v for k, v in card.items() if k != "temperature"})
    with pytest.raises(ModelError, match=r"train\.py speech"):
        SpeechModel.load(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="does not fit"):
        SpeechModel(b"no network", card)


def test_the_card_keeps_its_promises():
    card = json.loads(MODEL.with_suffix(".json").read_text("utf-8"))
    figures = card["metrics"]["held_out"]
    assert MODEL.stat().st_size < 5_000_000
    assert figures["uar"] >= 0.60
    assert figures["actors"] == [17, 18, 19, 20]
    assert np.sum(figures["confusion_matrix"]) == figures["clips"] == 240
    assert "NC" in card["licence"]


def test_the_runtime_needs_neither_keras_nor_streamlit():
    code = (
        "import sys, fer.speech.analysis;"
        "print([m for m in ('keras', 'torch', 'tensorflow', 'streamlit', 'librosa')"
        " if m in sys.modules])"
    )
    root = MODEL.parents[1]
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def spoken(probabilities, unsure=None) -> SpeechReport:
    """The report of windows that all hold speech."""
    table = pd.DataFrame(np.asarray(probabilities, float), columns=list(EMOTIONS))
    table.insert(0, "t", np.arange(len(table)) + 1.5)
    table.insert(1, "speech", True)
    if unsure is not None:
        table["unsure"] = np.asarray(unsure, float)
    return SpeechReport.of(table)


def one_of(*peaks: int, height: float = 0.7) -> np.ndarray:
    rest = (1 - height) / (len(EMOTIONS) - 1)
    return np.where(np.eye(len(EMOTIONS))[list(peaks)] == 1, height, rest)


@pytest.mark.parametrize(
    ("report", "tone"),
    [
        (spoken(one_of(3, 3, 3, 3, 3, 3)), "happy"),
        # Probabilities that scatter over all tones are what chance gives.
        (spoken(one_of(0, 1, 2, 3, 4, 5, 6, 3)), None),
        (spoken(np.full((30, 7), 1 / 7)), None),
        (spoken(one_of(3, 3), unsure=[1, 1]), None),
        # One window in which the network is sure counts.
        (spoken(one_of(6), unsure=[0]), "neutral"),
    ],
)
def test_a_dominant_tone_is_above_chance(report, tone):
    assert report.summary["dominant"] == tone


def test_a_report_shows_no_tone_that_chance_gives():
    voice = spoken(np.full((30, 7), 1 / 7), unsure=np.zeros(30))
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in FACE_TIMELINE})
    shown = {n.name: n.value for n in numbers(Report.from_tables(empty, voice=voice))}
    assert shown["dominant tone of voice"] == "none above chance"
    assert shown["unsure tone of voice"] == "0%"
