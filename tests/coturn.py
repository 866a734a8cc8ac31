"""A real TURN server (Debian's coturn) on a free port of this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "turnserver"
SECRET = "north"


def missing() -> bool:
    """Whether there is no coturn on this machine."""
    return shutil.which(PROGRAM) is None


class Coturn:
    """A coturn that shares a secret with the app. A context manager.

    Attributes:
        url: its address, without a transport.
    """

    def __init__(
        self, folder: Path, address: str = "127.0.0.1", options: Sequence[str] = ()
    ) -> None:
        """Args:
        folder: for its files.
        address: where it listens, and from where it relays.
        options: further options.
        """
        self._folder = folder
        self._address = address
        self._options = options

    def __enter__(self) -> Coturn:
        with socket.socket() as probe:
            probe.bind((self._address, 0))
            port = probe.getsockname()[1]
        self.url = f"turn:{self._address}:{port}"
        self.process = subprocess.Popen(
            [
                *(PROGRAM, "-n", "--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers"),
                *(f"--listening-ip={self._address}", f"--relay-ip={self._address}"),
                f"--listening-port={port}",
                *("--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=mood"),
                *(f"--pidfile={self._folder / 'pid'}", f"--userdb={self._folder / 'db'}"),
                "--log-file=stdout",
                *self._options,
            ],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self._address, port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("coturn did not start")

    def stop(self) -> None:
        """Stop it at once. May be called twice."""
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_) -> None:
        self.stop()
