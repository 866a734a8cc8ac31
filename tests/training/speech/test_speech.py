"""The parts of `train.py speech`, on synthetic clips."""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import fer.training  # noqa: F401 - it chooses the backend of Keras, so it comes before Keras

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

import onnxruntime

from fer.emotions import EMOTIONS
from fer.settings import ROOT
from fer.speech.log_mel import LogMel
from fer.speech.model import scale
from fer.training.files import DataError
from fer.training.speech import answers as speech_answers
from fer.training.speech import arguments as speech_arguments
from fer.training.speech import batches as speech_batches
from fer.training.speech import data as speech_data
from fer.training.speech import evaluate
from fer.training.speech import export as speech_export
from fer.training.speech import fit as speech_fit
from fer.training.speech import linear as speech_linear
from fer.training.speech import settings as speech_settings
from fer.training.speech import sounds as speech_sounds
from fer.training.speech import train as speech
from fer.training.speech import windows as speech_windows
from fer.training.to_onnx.write import write
from tests.sounds import tone, write_sound

pytestmark = pytest.mark.usefixtures("eager")

QUICK = replace(
    speech_settings.Settings(), steps=1, epochs=1, batch=4, gate_steps=1, gate_epochs=1, sounds=1
)
WINDOW = speech_settings.window_frames()


def clip(seconds: float, seed: int) -> np.ndarray:
    """Frames of noise between two silences of half a second, in place of speech."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round((seconds + 1) * 16_000), np.float32)
    sound[8_000:-8_000] = rng.normal(size=len(sound) - 16_000) * 0.1
    return LogMel(speech_settings.LOG_MEL).push(sound)


@pytest.fixture(scope="module")
def clips() -> speech_data.Clips:
    frames = [clip(1.0 + 0.2 * (i % 5), i) for i in range(28)]
    spans = np.array([speech_data.span(one) for one in frames])
    labels, actors = np.arange(28) % 7, np.repeat([1, 2, 17, 18], 7)
    return speech_data.Clips([frames] * 3, [spans] * 3, labels, actors)


def test_names_become_labels_and_actors(tmp_path):
    for emotion in range(1, 9):
        name = f"03-01-{emotion:02}-01-02-01-{emotion + 4:02}.flac"
        write_sound(tmp_path / name, tone(1.0) * np.hanning(16_000))
    (tmp_path / "readme.txt").write_text("no clip")
    (tmp_path / "._03-01-01-01-02-01-05.flac").write_text("what a Mac adds")
    read = speech_data.read_ravdess(tmp_path, speech_settings.LOG_MEL)
    names = [EMOTIONS[i] for i in read.labels]
    assert names == ["neutral", "neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"]
    assert read.actors.tolist() == list(range(5, 13))
    lengths = [len(version[0]) for version in read.frames]
    assert lengths[1] == pytest.approx(lengths[0] / 0.9, abs=3)
    assert lengths[2] == pytest.approx(lengths[0] / 1.1, abs=3)


def test_wrong_data_is_named(tmp_path):
    (tmp_path / "03-02-05-01-02-01-01.wav").write_bytes(b"a song")
    with pytest.raises(DataError, match=r"no RAVDESS speech .*; found 1 × \.wav"):
        speech_data.read_ravdess(tmp_path, speech_settings.LOG_MEL)
    with pytest.raises(DataError, match="no such"):
        speech_data.read_ravdess(tmp_path / "none", speech_settings.LOG_MEL)
    parser = argparse.ArgumentParser()
    speech_arguments.add_arguments(parser)
    write_sound(tmp_path / "03-01-05-01-02-01-01.wav", tone(1.0))
    with pytest.raises(DataError, match=r"actors \[2, 3"):
        speech.run(parser.parse_args(["--data", str(tmp_path)]))


def test_damaged_clips_are_named(tmp_path):
    def refused(name, said):
        with pytest.raises(DataError, match=said):
            speech_data.read_ravdess(tmp_path / name, speech_settings.LOG_MEL)

    folder, clip = tmp_path / "clips", "03-01-05-01-02-01-01.wav"
    folder.mkdir()
    write_sound(folder / clip, tone(1.0))
    sound = (folder / clip).read_bytes()
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        archive.writestr(clip, sound)
    packed = bytearray((tmp_path / "clips.zip").read_bytes())
    packed[500] ^= 0xFF
    (tmp_path / "clips.zip").write_bytes(packed)
    refused("clips.zip", rf"clips\.zip: {clip}: cannot be read .*CRC")
    (folder / clip).write_bytes(b"no sound")
    refused("clips", rf"clips/{clip}: cannot be read")
    (folder / clip).unlink()
    (folder / clip).symlink_to("nowhere")
    refused("clips", rf"clips/{clip}: cannot be read .*does not exist")
    (folder / clip).unlink()
    write_sound(folder / clip, tone(0.02))
    refused("clips", rf"clips/{clip}: too short")
    write_sound(folder / clip.replace("-05-", "-09-"), tone(1.0))
    (folder / clip).unlink()
    refused("clips", r"unknown emotion 09, expected 01 to 08")


def test_no_card_says_how_often_it_was_scored_where_nobody_knows():
    inputs = keras.Input((1,))
    model = keras.Model(inputs, inputs)
    args = SimpleNamespace(folds=4, data=Path("x.zip"), seed=1, precision="float32")
    assert "scored" not in str(speech_export.provenance(args, QUICK, model, model))
    shipped = json.loads((ROOT / "models" / "speech.json").read_text("utf-8"))
    assert "scored once" not in str(shipped)


def test_the_span_of_the_speech():
    start, end = speech_data.span(clip(2.0, 0))
    assert start == pytest.approx(50 - 8, abs=4)
    assert end == pytest.approx(250 + 12, abs=4)


def test_folds_are_balanced_and_apart():
    inside = sum(speech_settings.FOLDS, ())
    assert sorted(inside) == list(range(1, 17))
    assert not set(inside) & set(speech_settings.HELD_OUT)
    assert all(sum(actor % 2 for actor in fold) == 2 for fold in speech_settings.FOLDS)


@pytest.mark.parametrize(("frames", "rows"), [(10, 1), (298, 1), (299, 2), (398, 2), (399, 3)])
def test_training_reads_the_windows_of_the_app(frames, rows):
    windows = speech_windows.reading_windows(np.zeros((frames, 64), np.float32), WINDOW, 100)
    assert windows.shape == (rows, WINDOW, 64)


def test_batches_are_balanced_and_repeatable(clips):
    settings = replace(QUICK, batch=64)
    batches = speech_batches.EmotionBatches(clips, WINDOW, speech_settings.SCALING, settings, 3)
    windows, labels = batches[0]
    assert windows.shape == (64, WINDOW, 64)
    assert windows.dtype == np.float32
    assert np.isfinite(windows).all()
    assert labels.sum(axis=0).min() > 0
    again = speech_batches.EmotionBatches(clips, WINDOW, speech_settings.SCALING, settings, 3)
    np.testing.assert_array_equal(windows, again[0][0])
    again.on_epoch_end()
    assert not np.array_equal(windows, again[0][0])


def test_gate_batches_hold_both_kinds(clips):
    sounds = speech_batches.other_sounds(("chords", "clicks"), 2, 4.0, speech_settings.LOG_MEL, 0)
    settings = replace(QUICK, batch=48)
    batches = speech_batches.GateBatches(
        clips, sounds, WINDOW, speech_settings.SCALING, settings, 0
    )
    windows, spoken = batches[0]
    assert windows.shape == (48, WINDOW, 64)
    assert np.isfinite(windows).all()
    assert 0.25 < spoken.mean() < 0.75


def test_shifting_by_whole_bands_moves_them():
    raw = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    np.testing.assert_allclose(speech_windows.shifted(raw, 2.0)[:, :61], raw[:, 2:63], atol=1e-6)
    np.testing.assert_allclose(speech_windows.shifted(raw, 0.0), raw, atol=1e-6)


@pytest.mark.parametrize("family", speech_sounds.FAMILIES)
def test_sounds_are_finite_and_repeatable(family):
    one, two = (speech_sounds.draw(np.random.default_rng(5), 2.0, family) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (32_000,)
    assert one.dtype == np.float32
    assert np.abs(one).max() == pytest.approx(0.5, abs=1e-3)


def test_recall_is_averaged_over_the_classes():
    labels = np.array([0, 0, 0, 0, 1, 2, 3, 4, 5, 6])
    answers = np.array([0, 0, 0, -1, 1, 2, 3, 4, 5, 0])
    matrix = speech_answers.confusion(answers, labels)
    assert matrix[0, -1] == 1
    assert matrix.sum() == 10
    assert speech_answers.uar(answers, labels) == pytest.approx((0.75 + 5 + 0) / 7)
    # A class may have no window in which speech was heard.
    assert speech_answers.uar(answers[:6], labels[:6]) == pytest.approx((0.75 + 2) / 3)


def test_the_confidence_to_be_sure_is_measured_on_other_speakers():
    # Two speakers; each is right exactly where the network is confident.
    labels = np.tile([0, 1, 2, 3], 10)
    confidence = np.where(np.arange(40) % 4 < 2, 0.9, 0.4)
    answers = np.where(confidence > 0.5, labels, (labels + 1) % 7)
    read = np.full((40, 7), 0.0)
    read[np.arange(40), answers] = confidence
    figures = evaluate.abstention_figures(read, labels, np.repeat([17, 18], 20))
    assert 0.4 < figures["abstain_below"] <= 0.9
    assert (figures["coverage"], figures["accuracy"]) == (0.5, 1.0)
    assert figures["accuracy_of_all"] == 0.5
    hopeless = evaluate.abstention_figures(read, (answers + 1) % 7, np.repeat([17, 18], 20))
    assert hopeless["abstain_below"] > 1
    assert (hopeless["coverage"], hopeless["accuracy"]) == (0.0, None)


def test_a_clip_is_read_by_the_mean_of_its_windows():
    logits = np.full((3, 7), -9.0)
    logits[0, 1], logits[1, 2], logits[2, 2] = 9, 9, 8
    assert speech_answers.by_clip(logits, np.array([0, 1, 1])).tolist() == [1, 2]


def test_the_discriminant_tells_classes_apart():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(7), 60)
    centres = rng.normal(size=(7, 20)) * 3
    values = centres[labels] + rng.normal(size=(420, 20))
    rule = speech_linear.discriminant(values, labels)
    scaled = np.clip((values - rule["mean"]) / rule["deviation"], -4, 4)
    answers = (scaled @ rule["kernel"] + rule["bias"]).argmax(axis=1)
    assert speech_answers.uar(answers, labels) > 0.95


def test_functionals_of_silence_are_finite():
    inputs = keras.Input((WINDOW, 64))
    model = keras.Model(inputs, speech_linear.functionals(inputs, WINDOW, 64))
    # In scaled silence every frame is at the level; a click is the least voice that scaling keeps.
    click = np.full((WINDOW, 64), -15.9, np.float32)
    click[:15] = -2.0
    windows = scale(np.stack([np.full_like(click, -15.9), click]), speech_settings.SCALING)
    values = model.predict(windows, verbose=0)
    assert values.shape == (2, 231)
    assert np.isfinite(values).all()


def test_many_windows_are_read_in_parts_and_in_their_order():
    network = keras.Sequential([keras.Input((2, 3)), keras.layers.Flatten()])
    windows = np.arange(150 * 6, dtype=np.float32).reshape(150, 2, 3)
    np.testing.assert_array_equal(speech_answers.run(network, windows), windows.reshape(150, 6))


def test_a_network_that_diverged_is_not_kept(tmp_path, clips):
    broken = replace(clips, frames=[[one * np.nan for one in part] for part in clips.frames])
    with pytest.raises(DataError, match=r"m0 diverged in epoch 1"):
        speech_fit.fit_emotion(broken, QUICK, 0, tmp_path / "m0")
    assert not list(tmp_path.iterdir())


def test_the_exported_network_says_what_the_trained_ones_say(tmp_path, clips, monkeypatch):
    monkeypatch.setattr(speech_linear, "VERSIONS", 2)
    members = [speech_fit.fit_emotion(clips, QUICK, seed, tmp_path / f"m{seed}") for seed in (0, 1)]
    gate = speech_fit.fit_gate(clips, ("noise", "hum"), QUICK, tmp_path / "gate")
    rule = speech_linear.fit_linear(
        clips, WINDOW, speech_settings.SCALING, QUICK, 0, tmp_path / "linear"
    )
    path = tmp_path / "speech.onnx"
    write(speech_export.assembled(members, rule, 0.25, gate), path)
    session = onnxruntime.InferenceSession(str(path))
    windows = np.random.default_rng(0).normal(-8, 2, (5, WINDOW, 64)).astype(np.float32)
    scaled = scale(windows, speech_settings.SCALING)
    heard, emotion = session.run(["speech", "emotion"], {session.get_inputs()[0].name: scaled})
    mean = np.mean([speech_answers.predict(member, windows) for member in members], axis=0)
    linear = speech_answers.predict(speech_linear.linear_network(WINDOW, 64, rule), windows)
    np.testing.assert_allclose(emotion, 0.75 * mean + 0.25 * linear, atol=1e-3)
    np.testing.assert_allclose(heard, speech_answers.predict(gate, windows), atol=1e-4)
    # A single network, as from --folds 1, has no deviation, and one that hears no speech has no
    # windows.
    shipped = json.loads((ROOT / "models" / "speech.json").read_text("utf-8"))
    unheard = replace(clips, actors=np.repeat(speech_settings.HELD_OUT, 7))
    figures = evaluate.held_out(speech.SpeechModel(path, shipped), members[:1], unheard)
    assert figures["uar_of_single_networks"]
    json.dumps(figures, allow_nan=False)
    # A second call loads the finished network and does not train it again.
    weights, sounds = tmp_path / "gate.weights.h5", ("noise", "hum")
    before = weights.stat().st_mtime_ns
    again = speech_fit.fit_gate(clips, sounds, QUICK, tmp_path / "gate")
    assert weights.stat().st_mtime_ns == before
    np.testing.assert_allclose(speech_answers.predict(again, windows), heard, atol=1e-4)
    # For other clips it is trained again.
    other = replace(clips, labels=clips.labels[::-1].copy())
    speech_fit.fit_gate(other, sounds, QUICK, tmp_path / "gate")
    assert weights.stat().st_mtime_ns != before
    same = (clips, WINDOW, speech_settings.SCALING, QUICK, 0, tmp_path / "linear")
    np.testing.assert_array_equal(speech_linear.fit_linear(*same)["kernel"], rule["kernel"])
    learned = speech_linear.fit_linear(other, *same[1:])
    assert not np.array_equal(learned["kernel"], rule["kernel"])


@pytest.mark.filterwarnings("ignore")  # of the exporter, about tracing
def test_a_whole_training_with_one_fold_writes_a_card_of_numbers(tmp_path, monkeypatch, capsys):
    """Twenty actors, one clip of every second emotion each; the networks learn next to nothing.

    Few steps, sounds and versions keep it short; the command line has no options for these.
    """

    @dataclass(frozen=True)
    class Few(speech_settings.Settings):
        batch: int = 4
        gate_steps: int = 1
        gate_epochs: int = 1
        sounds: int = 1

    monkeypatch.setattr(speech, "Settings", Few)
    monkeypatch.setattr(evaluate, "NEW_SOUNDS", 1)
    monkeypatch.setattr(speech_linear, "VERSIONS", 2)
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "ravdess.zip", "w") as archive:
        for actor in range(1, 21):
            # The held-out actors lack surprise, so its recall cannot be measured.
            last = 7 if actor in speech_settings.HELD_OUT else 8
            for emotion in range(2 + actor % 2, last + 1, 2):
                sound = tone(1.5, 100.0 * emotion) * np.hanning(24_000)
                clip = write_sound(tmp_path / "clip.wav", sound + 0.01 * rng.normal(size=24_000))
                name = f"03-01-{emotion:02}-01-02-01-{actor:02}.wav"
                archive.writestr(f"Actor_{actor:02}\\{name}", clip.read_bytes())
    command = ["--data", tmp_path / "ravdess.zip", "--out", tmp_path / "out" / "speech.onnx"]
    command += ["--work", tmp_path / "work", "--steps", 1, "--folds", 1]
    parser = argparse.ArgumentParser()
    speech_arguments.add_arguments(parser)
    assert speech.run(parser.parse_args([str(word) for word in command])) == 0
    text = (tmp_path / "out" / "speech.json").read_text("utf-8")
    card = json.loads(text, parse_constant=lambda name: pytest.fail(f"the card holds {name}"))
    figures = card["metrics"]
    assert figures["cross_validation"]["actors_by_fold"] == [list(speech_settings.FOLDS[0])]
    assert len(figures["held_out"]["uar_of_single_networks"]) == 1
    assert figures["held_out"]["uar_deviation_of_single_networks"] is None
    assert figures["held_out"]["recall"]["surprise"] is None
    assert 0 <= figures["held_out"]["uar"] <= figures["held_out"]["uar_interval_95"][1] <= 1
    speech.SpeechModel.load(tmp_path / "out" / "speech.onnx")
    assert "held-out UAR" in capsys.readouterr().out
