"""The app behind a real nginx and a real Caddy, which use the files in `deploy/`."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from benchmarks.start import free_port
from fer.settings import ROOT
from fer.web.recording import texts
from tests.browser.page import PASSWORD
from tests.fakes import wait_for


@contextmanager
def running(command: list[str], port: int, log: Path, **environment: str):
    """A proxy that listens on a port of this machine; skips the test if it is not installed."""
    program = shutil.which(command[0], path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, *command[1:]], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            wait_for(lambda: process.poll() is not None or listens(port), 30)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()
            process.wait(15)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def use(url: str) -> None:
    """Sign in, open a page over its web socket, and upload 3 MB, as a browser does."""
    with Visitor(url, "recording") as stranger:
        assert texts.ANALYSE not in stranger.buttons
    with Visitor(url, "recording", PASSWORD) as visitor:
        assert texts.ANALYSE in visitor.buttons
        assert visitor.put(3_000_000) == 204


def test_nginx_below_a_path(tmp_path):
    port = free_port()
    with stage.App(
        tmp_path / "log.txt", path="/mood", FER_PASSWORD=PASSWORD, FER_PROXIES="1"
    ) as app:
        site = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
        site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        site = site.replace("127.0.0.1:8501", f"127.0.0.1:{app.port}")
        site = re.sub(r"^\s*ssl_.*\n", "", site, flags=re.MULTILINE)
        settings = tmp_path / "nginx.conf"
        settings.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log stderr;\nevents {{}}\n"
            f"http {{ access_log off; client_body_temp_path {tmp_path}/body;\n{site}\n}}\n"
        )
        with running(["nginx", "-c", str(settings)], port, tmp_path / "nginx.txt"):
            use(f"http://localhost:{port}/mood")


def test_caddy(guarded, tmp_path):
    port = free_port()
    command = ["caddy", "run", "--config", str(ROOT / "deploy" / "Caddyfile")]
    variables = {
        "HOST": f"http://localhost:{port}",
        "APP": f"127.0.0.1:{guarded.port}",
        "HOME": str(tmp_path),
    }
    with running(command, port, tmp_path / "caddy.txt", **variables):
        use(f"http://localhost:{port}")
