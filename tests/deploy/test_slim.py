"""What Heroku and the container leave out of the installed packages, and that nobody misses it."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

import pytest

from benchmarks.parts.deployed import deploy
from benchmarks.parts.stage import App
from fer.demo.moving_class import MovingClass
from fer.settings import ROOT
from tests.footage import make_video

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="post_compile is a shell script")

TABLES = ("csv", "parquet")

# Imports all that the app has, and what others import only when they need it.
# Two of the modules are scripts: one for the command line, and one for a server, as below.
ALL = """
import importlib, pkgutil
import app, fer
left_out = "fer.training", "fer.store.migrations", "fer.__main__", "fer.web.main"
for module in pkgutil.walk_packages(fer.__path__, "fer."):
    if not module.name.startswith(left_out):
        importlib.import_module(module.name)
import altair, authlib.integrations.starlette_client, psycopg, pyarrow.dataset, pyarrow.parquet
import plotly.express, pydeck, streamlit.elements.deck_gl_json_chart
print("all", psycopg.pq.__impl__)
"""

# Makes all documents of a recording, and keeps its numbers and opens them again.
RECORDING = """
import sys
from pathlib import Path
from fer import analyze_lecture
from fer.report.archive import keep, reopen
from fer.report.export import save
folder = Path(sys.argv[2])
report = analyze_lecture(sys.argv[1])
keep(report, folder / "kept")
print(*sorted(save(reopen(folder / "kept"), folder, parquet=True)), report.timeline.faces.max())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python with the packages that are deployed, and no others."""
    return deploy(tmp_path_factory.mktemp("deployed"))


def call(python, *words: str) -> str:
    """Returns what a Python prints; its errors fail the test."""
    done = subprocess.run([python, *words], cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_what_nobody_opens_is_left_out(tmp_path):
    left_out = (
        *("a/tests/test_a.py", "a/b/tests/data.bin", "a/include/a.h", "a/b.pyx"),
        *("pydeck/nbextension/static/index.js.map", "plotly/labextension/static/0.js"),
        *("pyarrow/libarrow_flight.so.1", "pyarrow/_s3fs.so"),
        "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "../../../share/jupyter/nbextensions/pydeck/index.js",
    )
    kept = (
        *("a/code.py", "a/testing/tools.py", "b/flight.py", "pydeck/nbextension/__init__.py"),
        *("plotly/package_data/plotly.min.js", "pyarrow/libarrow.so.1"),
        *("onnxruntime/capi/onnxruntime_pybind11_state.so", "../../../share/man/a.1"),
    )
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    for file in (*left_out, *kept):
        (packages / file).parent.mkdir(parents=True, exist_ok=True)
        (packages / file).touch()
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho {tmp_path}/venv\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "bin" / "post_compile"], env=environment, check=True)
    left = {path.resolve() for path in (tmp_path / "venv").rglob("*") if path.is_file()}
    assert left == {(packages / file).resolve() for file in kept}


def test_all_of_the_app_can_be_imported_from_what_is_left(python):
    assert call(python, "-c", ALL).split() == ["all", "binary"]


def test_a_recording_becomes_a_report_with_what_is_left(python, tmp_path):
    film = MovingClass()

    def draw(number: int):
        return film.frame(number / 5)[:, :, ::-1]

    path = make_video(
        tmp_path / "class.mp4", frames=10, fps=5, size=(960, 540), sound="aac", draw=draw
    )
    *names, faces = call(python, "-c", RECORDING, str(path), str(tmp_path)).split()
    tables = [f"{name}.{kind}" for name in ("faces", "timeline", "voice") for kind in TABLES]
    assert names == sorted([*tables, "report.html", "report.pdf"])
    assert float(faces) >= 6


def test_the_app_is_served_with_what_is_left(python, tmp_path):
    with App(tmp_path / "log.txt", python=python) as app:
        for path in ("/health/ready", "/", "/join"):
            with urllib.request.urlopen(app.url + path, timeout=20) as answer:
                assert answer.status == 200
