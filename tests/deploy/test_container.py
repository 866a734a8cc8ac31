"""The container, tried without a container engine: its files and its commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from benchmarks.memory import SHIPPED
from fer.settings import ROOT
from fer.web.join.device.runtime import PACKAGE, PROGRAM, SCRIPT
from tests.fakes import wait_for

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


def instruction(name: str) -> list[str]:
    """Returns the arguments of an instruction of the Dockerfile that has a list."""
    return json.loads(re.findall(rf"^\s*{name} (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])


def is_healthy(environment: dict[str, str]) -> bool:
    """Returns whether the health check of the Dockerfile succeeds."""
    (check,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    quiet = subprocess.DEVNULL
    return subprocess.run(json.loads(check), env=environment, stderr=quiet).returncode == 0


@pytest.fixture
def image(tmp_path):
    """A folder with the files that the image has in /app."""
    app = tmp_path / "app"
    app.mkdir()
    for source, target in re.findall(r"^COPY (?!--from)(\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        if source == "requirements.txt":
            continue
        if (ROOT / source).is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "training", "secrets.toml")
            shutil.copytree(ROOT / source, app / target, ignore=left_out)
        else:
            shutil.copy(ROOT / source, app / target)
    for folder in [path for path in (app / "models").iterdir() if path.is_dir()]:
        shutil.rmtree(folder)
    return app


def test_the_app_runs_from_the_files_of_the_image_alone(image, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, home = tmp_path / "data", tmp_path / "tmp"
    data.mkdir()
    home.mkdir()
    before = sorted(image.rglob("*"))
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home),
        "FER_RESULTS": str(data),
        "PORT": str(port),
        "http_proxy": "http://127.0.0.1:9",  # as Docker may set it; nobody listens there
        "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", ""),
    }
    log = (tmp_path / "log.txt").open("w")
    with subprocess.Popen(
        instruction("CMD"),
        cwd=image,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            wait_for(lambda: process.poll() is not None or is_healthy(environment), 90)
            assert process.poll() is None, (tmp_path / "log.txt").read_text()
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=60)
            assert json.load(answer)["checks"]["results"] in ("ok", "warning")
        finally:
            process.terminate()
    # The image's root may be read-only.
    assert sorted(image.rglob("*")) == before


def test_the_image_holds_what_students_devices_need():
    (copied,) = re.findall(r"^COPY --from=browser +(.*) \./node_modules/(\S+)/$", DOCKERFILE, re.M)
    sources, target = copied
    assert target == f"{PACKAGE}/dist"
    assert {Path(source).name for source in sources.split()} == {SCRIPT, PROGRAM}
    kept = json.loads((ROOT / "package.json").read_text("utf-8"))["scripts"]["heroku-cleanup"]
    assert set(re.findall(r"! -name (\S+)", kept)) == {SCRIPT, PROGRAM}


def test_hadolint_has_nothing_to_say():
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("hadolint is not installed")
    result = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_heroku_knows_the_settings_that_it_asks_for():
    asked = json.loads((ROOT / "app.json").read_text("utf-8"))["env"]
    settings = (ROOT / "docs" / "operators" / "settings.md").read_text("utf-8")
    assert all(f"| `{name}` |" in settings for name in asked)


def test_the_benchmark_of_size_counts_what_the_image_holds():
    """All but the packages of Python, which it measures by themselves."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    copied = set()
    for line in re.findall(r"^COPY (.+)$", last, re.MULTILINE):
        *sources, _ = line.split()
        if sources[0] != "--from=build":
            copied.update(source.removeprefix("/build/") for source in sources)
    assert {*SHIPPED} == copied - {"--from=browser"}
