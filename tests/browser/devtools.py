"""A Chromium whose tabs can really be hidden: Playwright keeps all of its pages visible."""

from __future__ import annotations

import itertools
import json
import subprocess
import urllib.request
from pathlib import Path

from websockets.sync.client import connect

from benchmarks.parts import stage

ANSWER_S = 60


class Chromium:
    """A headless Chromium with a camera that plays footage. A context manager."""

    def __init__(self, folder: Path, footage: Path) -> None:
        """Args:
        folder: an empty folder for what it keeps.
        footage: MJPEG file that its camera plays in a loop.
        """
        self._command = [
            *(stage.chromium(), "--headless=new", "--no-sandbox", "--no-first-run"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}"),
            *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
            f"--use-file-for-fake-video-capture={footage}",
            "about:blank",
        ]

    def __enter__(self) -> Chromium:
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        self._port = next(
            line.split(":")[-1].split("/")[0] for line in self._process.stderr if "ws://" in line
        )
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.communicate()

    def open(self, address: str) -> Tab:
        """Open an address in a new tab, which hides the tab before."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/json/new?{address}", method="PUT"
        )
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            return Tab(json.load(answer)["webSocketDebuggerUrl"])


class Tab:
    """A tab that answers to scripts. A context manager."""

    def __init__(self, address: str) -> None:
        self._socket = connect(address, max_size=None, legacy=True)  # type: ignore[call-arg]
        self._numbers = itertools.count(1)

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def evaluate(self, script: str):
        """Run a script in the page; returns its value.

        Raises:
            RuntimeError: the script has thrown an error.
        """
        number = next(self._numbers)
        parameters = {"expression": script, "returnByValue": True, "userGesture": True}
        message = {"id": number, "method": "Runtime.evaluate", "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv(ANSWER_S))).get("id") != number:
            pass
        if "exceptionDetails" in answer["result"]:
            raise RuntimeError(str(answer["result"]["exceptionDetails"]))
        return answer["result"]["result"].get("value")
