"""Fixtures that tests share: the folder of shared material, real frames, a tiny model."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from fer.faces.classify import EmotionClassifier
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.detect.yunet import YuNet, find_yunet
from fer.settings import Settings

SHARED = Settings.from_environment().shared

# Tests talk to servers on this machine, which a proxy in the environment would not reach.
os.environ["no_proxy"] = f"localhost,127.0.0.1,{os.environ.get('no_proxy', '')}"

# Streamlit's notices that a page is loaded outside a server, as tests do.
for noticing in ("scriptrunner_utils.script_run_context", "caching.cache_data_api"):
    logging.getLogger(f"streamlit.runtime.{noticing}").addFilter(lambda record: False)


@pytest.fixture(scope="session", autouse=True)
def results(tmp_path_factory):
    """An empty results folder, because the app takes jobs in it for those of an ended process."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FER_RESULTS", str(tmp_path_factory.mktemp("results")))
        yield


@pytest.fixture(autouse=True)
def main(monkeypatch):
    """The module that was started: streamlit.testing leaves a page there, and every process
    spawned later would run it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material; the test skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared material, and {SHARED} does not exist")
    return SHARED


@pytest.fixture(scope="session")
def media(shared) -> Path:
    return shared / "media"


@pytest.fixture
def latin1(tmp_path) -> str:
    """A file name in Latin-1, as old archives bring it; skips where files cannot have one."""
    name = os.fsdecode(b"caf\xe9.mp4")
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    (tmp_path / name).unlink()
    return name


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server that all tests share; they skip where there is none."""
    from tests.store.postgres import Postgres, missing

    if (reason := missing()) is not None:
        pytest.skip(reason)
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def yunet() -> YuNet:
    path = find_yunet(Settings.from_environment())
    if path is None:
        pytest.skip("needs YuNet, which is not in the shared folder and cannot be fetched")
    return YuNet(path)


@pytest.fixture(scope="session")
def bundled() -> Bundled:
    """The detector that comes with the project."""
    return Bundled(MODEL)


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A public-domain portrait with one face, uint8 (512, 512, 3) BGR."""
    return cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="session")
def classifier() -> EmotionClassifier:
    """The model that comes with the project."""
    return EmotionClassifier.load()


@pytest.fixture(scope="session")
def ravdess(shared) -> Path:
    path = shared / "data" / "ravdess16k.zip"
    if not path.is_file():
        pytest.skip(f"needs RAVDESS, and {path} does not exist")
    return path
