"""Nothing is reported home: no process of ours connects to another machine or leaves traces.

The processes run under strace, which sees native libraries, too. A guard in Python would not.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from fer.settings import ROOT
from tests.footage import make_video
from tests.loops import run as run_alone
from tests.sounds import tone, write_sound

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="needs strace to see what native code does"
)

ANALYSE = """
import sys
from fer import MoodCore, analyze_lecture, analyze_speech
import skimage.data
from tests.loops import run as run_alone
core = MoodCore.load()
assert core.read(skimage.data.astronaut()[..., ::-1].copy())
analyze_lecture(sys.argv[1], core=core)
analyze_speech(sys.argv[2])
"""

# What may be written to: the test's folders, and devices and kernel files, which keep nothing.
HARMLESS = ("/dev/", "/proc/", "/sys/")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home, whose files show what a process leaves behind."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / ".cache"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    return folder


def traced(log: Path, *command: str) -> list[str]:
    return [
        "strace",
        "-f",
        "--seccomp-bpf",  # other system calls are not slowed down
        "-qq",
        "-e",
        "trace=connect,sendto,openat,mkdir",
        "-o",
        str(log),
        *command,
    ]


def connections(log: Path) -> list[str]:
    """Lines of system calls that connect to another machine."""
    lines = [line for line in log.read_text().splitlines() if re.search("sa_family=AF_INET", line)]
    local = re.compile(r'"(127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)"')
    return [line for line in lines if not local.search(line)]


def written(log: Path, allowed: Path) -> set[str]:
    """Files outside the allowed folder that were opened for writing."""
    opened = re.compile(r'openat\([^"]*"([^"]*)", [A-Z_|]*(?:O_WRONLY|O_RDWR|O_CREAT)')
    return {
        match[1]
        for line in log.read_text().splitlines()
        if (match := opened.search(line))
        and " = -1" not in line
        and not match[1].startswith((*HARMLESS, str(allowed)))
    }


def test_an_analysis_reports_nothing(home, tmp_path):
    video = make_video(tmp_path / "a.mp4", frames=25)
    sound = write_sound(tmp_path / "a.wav", tone(3.0))
    log = tmp_path / "trace.txt"
    subprocess.run(
        traced(log, sys.executable, "-c", ANALYSE, str(video), str(sound)), cwd=ROOT, check=True
    )
    assert connections(log) == []
    assert written(log, tmp_path) == set()
    assert list(home.rglob("*")) == []


def visit(port: int) -> bytes:
    """Load the page as a browser does, as far as the script of the page runs: one message back."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from websockets.asyncio.client import connect

    async def load() -> bytes:
        address = f"ws://localhost:{port}/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as browser:
            message = BackMsg()
            message.rerun_script.query_string = ""
            await browser.send(message.SerializeToString())
            received = b""
            while b"Before you start" not in received and b"mood" not in received.lower():
                received += await asyncio.wait_for(browser.recv(), 60)
            return received

    return run_alone(load())


def test_serving_a_page_reports_nothing(home, tmp_path):
    """At all addresses of this machine: there Streamlit also asks for its address outside."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "trace.txt"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=0.0.0.0"]
    app = subprocess.Popen(
        traced(log, *command), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        end = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5).read()
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        assert visit(port)
    finally:
        os.killpg(app.pid, signal.SIGTERM)
        app.wait(30)
    assert connections(log) == []
    assert written(log, tmp_path) == set()
