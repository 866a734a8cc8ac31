"""`python -m fer demo`: the app with a moving class in place of a camera."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser

from fer.commands.options import count
from fer.console import fail, note, say
from fer.jobs.turn import is_taken
from fer.settings import ROOT, Settings

PORT = 8501
"""The port on which the app listens, unless another program uses it."""

PATIENCE_S = 60.0
"""How long the app may take to answer, in seconds."""


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "demo", help="open the app with a class made of pictures: no camera, no students"
    )
    parser.add_argument(
        "--port", type=_port, help=f"port of the app (default: {PORT}, or else a free port)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.set_defaults(run=_run, stopped="The demo is over.")


def _port(text: str) -> int:
    port = count(text)
    if port > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port, which is a number up to 65535")
    return port


def _run(options: argparse.Namespace) -> int:
    port = options.port or _free_port()
    if _is_taken(port):  # its answers would be taken for those of the demo
        return fail(f"Another program uses port {port}. Name another one, or leave --port out.")
    # Who ends this command by a signal ends its app, too, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment = dict(os.environ)
    with contextlib.ExitStack() as folders:
        if is_taken(Settings.from_environment().results):
            note(
                "The app runs already. What the demo keeps is apart from it, and deleted when it "
                "ends."
            )
            environment["FER_RESULTS"] = folders.enter_context(tempfile.TemporaryDirectory())
        return _show(port, environment, not options.no_browser)


def _show(port: int, environment: dict[str, str], opens: bool) -> int:
    """Run the app until it ends; returns its exit status."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", "app.py"),
            *("--server.headless=true", "--server.address=localhost", f"--server.port={port}"),
        ],
        cwd=ROOT,
        env=environment,
    )
    try:
        if not answers(server, port):
            return fail("The app does not answer. The lines above say why.")
        address = f"http://localhost:{port}/?demo="
        say(f"The demo is at {address} and ends with Ctrl-C.")
        if opens:
            webbrowser.open(address)
        return server.wait()
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    for port in (PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("localhost", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("no port is free")


def _is_taken(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1.0):
        return True
    return False


def answers(server: subprocess.Popen, port: int) -> bool:
    """Wait until the app answers; returns whether it does."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        # `urllib` would ask the proxy of a school, which cannot reach this machine.
        app = http.client.HTTPConnection("localhost", port, timeout=5)
        with contextlib.closing(app), contextlib.suppress(OSError, http.client.HTTPException):
            app.request("GET", "/health/live")
            if app.getresponse().status == 200:
                return True
        time.sleep(0.2)
    return False
