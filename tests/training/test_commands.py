"""The command line of training: each mistake is answered by one line, whatever is trained."""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

import evaluate
import train
from fer.faces.classify import EmotionClassifier
from fer.settings import ROOT
from fer.training.emotion import networks
from fer.training.emotion.parity import parity
from tests.training.conftest import TINY, channels_first


@pytest.mark.parametrize("task", [[], ["speech"], ["detector"], ["affectnet", "--out", "there"]])
def test_data_that_are_not_there(tmp_path, capsys, task):
    assert train.main([*task, "--data", str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr().err
    assert "nowhere" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("others", [[], ["--photographs", "wild.zip", "--shares"]])
def test_people_are_asked_for_with_photographs(capsys, others):
    with pytest.raises(SystemExit):
        evaluate.parse(["--data", "fer2013.zip", "--people", "people.csv", *others])
    assert "--people needs --photographs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("--epochs 0", "0 is below 1"),
        ("--epochs -1", "-1 is below 1"),
        ("--epochs many", "'many' is not a whole number"),
        ("--batch 0", "0 is below 1"),
        ("--rate 0", "0 is not above 0"),
        ("--rate nan", "'nan' is not a number"),
        ("--mixup -1", "-1 is below 0"),
        ("--smoothing 1.5", "1.5 is above 1"),
        ("--hours -1", "-1 is below 0"),
        ("--seed -3", "-3 is below 0"),
        ("--seed 4294967296", "4294967296 is not below 2^32"),
        ("--precision foo", "invalid choice: 'foo'"),
        ("detector --epochs 0", "0 is below 1"),
        ("detector --rate 0", "0 is not above 0"),
        ("detector --precision foo", "invalid choice: 'foo'"),
        ("speech --steps 0", "0 is below 1"),
        ("speech --folds 5", "invalid choice: 5"),
        ("speech --precision foo", "invalid choice: 'foo'"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(capsys, command, said):
    with pytest.raises(SystemExit, match="2"):
        train.main([*command.split(), "--data", "nowhere"])
    assert said in capsys.readouterr().err


LONGEST_S = 800
"""Seconds after which a command hangs. Beside six busy programs the training with JAX took 250."""


def called(*words: str, before: str = "pass", **environment: str) -> subprocess.CompletedProcess:
    """A command of this project as it is typed, after lines of Python that come first."""
    module = "fer" if words[0] == "-m" else words[0].removesuffix(".py")
    words = words[1:] if words[0] == "-m" else words
    code = f"import runpy, sys\n{before}\nsys.argv = {list(words)}; "
    code += f"runpy.run_module({module!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )


def without(*packages: str) -> str:
    """Lines of Python after which these packages cannot be imported."""
    return f"sys.modules.update(dict.fromkeys({packages}))"


COMMANDS = [["train.py", task] for task in train.TASKS]
COMMANDS += [["train.py"], ["evaluate.py"], ["-m", "fer", "convert"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_does_not_wait_for_large_packages(command):
    """It took 8 s, and began with notices of TensorFlow."""
    large = ("keras", "tensorflow", "torch", "onnxruntime", "pandas")
    done = called(*command, "--help", before=without(*large))
    assert done.returncode == 0
    assert done.stderr == ""
    assert "--help" in done.stdout


@pytest.mark.parametrize("task", train.TASKS)
def test_every_option_is_explained(task):
    parser = argparse.ArgumentParser()
    importlib.import_module(train.TASKS[task][0]).add_arguments(parser)
    assert [action.dest for action in parser._actions if not action.help] == []


@pytest.mark.parametrize(
    "command",
    [
        ["train.py", "--data", "nowhere"],
        ["train.py", "speech", "--data", "nowhere"],
        ["train.py", "detector", "--data", "nowhere"],
        ["-m", "fer", "convert", "README.md", "--labels", "fer2013"],
    ],
    ids=" ".join,
)
def test_missing_packages_are_named(command):
    done = called(*command, before=without("keras"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "keras" in done.stderr
    assert "requirements-train.txt" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train.py", "--weights", "README.md", "--data"], "error: README.md: not the weights"),
        (["-m", "fer", "convert", "--labels", "fer2013"], "error: "),
    ],
)
def test_a_mistake_is_one_line_after_keras_is_loaded_too(words, said, fer2013, tmp_path):
    """TensorFlow wrote four lines of notices first."""
    broken = tmp_path / "broken.h5"
    broken.write_text("no network")
    done = called(*words, str(fer2013 if "--data" in words else broken))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(said)


def test_a_missing_model_is_named_before_keras_is_loaded():
    command = ["-m", "fer", "convert", "gone.h5", "--labels", "fer2013"]
    done = called(*command, before=without("keras"))
    assert done.returncode == 1
    assert "gone.h5: no such file" in done.stderr


def test_what_is_in_onnx_needs_no_keras(tmp_path):
    """It was loaded for 8 s and then not used."""
    model = str(tmp_path / "torch.onnx")
    channels_first(Path(model))
    command = ["-m", "fer", "convert", model, "--labels", "fer2013", "--out", str(tmp_path / "out")]
    done = called(*command, before=without("keras"))
    assert done.returncode == 0, done.stderr
    done = called("evaluate.py", "--data", "nowhere", before=without("keras"))
    assert done.stderr == "nowhere: no such file or folder\n"


SMALL = f"""import functools, fer.training.emotion.networks as networks
networks.mood = functools.partial(networks.mood, **{TINY})"""
"""Makes the network `mood` of a command small."""


TORCH = ROOT / ".venv" / "torch"
"""Where `.ci/run` puts torch, which no list of requirements has."""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_every_backend_trains_and_leaves_a_model(backend, fer2013, tmp_path, monkeypatch):
    """With jax the training ended in an ImportError, and there was no model."""
    apart = {"PYTHONPATH": str(TORCH)} if backend == "torch" and TORCH.exists() else {}
    if not apart and not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    out = tmp_path / "out"
    words = ["--data", str(fer2013), "--out", str(out), "--epochs", "1", "--batch", "28"]
    if backend == keras.backend.backend():  # another process would load it again, for seconds
        monkeypatch.setattr(networks, "mood", functools.partial(networks.mood, **TINY))
        assert train.main(words) == 0
    else:
        # JAX compiles each small operation for each shape, and its compiler need not try hard.
        hasty = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
        settings = {"KERAS_BACKEND": backend, "XLA_FLAGS": hasty, **apart}
        done = called("train.py", *words, before=SMALL, **settings)
        assert done.returncode == 0, done.stderr
    card = json.loads((out / "emotion.json").read_text("utf-8"))
    assert card["training"]["backend"] == backend
    images = np.zeros((2, 48, 48), np.uint8)
    path = out / "emotion.onnx"
    assert parity(path, EmotionClassifier.load(path), images)["agrees"]
