"""Two networks that cannot reach each other, and a third between them; Linux with root only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

CLONE_NEWNET = 0x40000000
RELAY = "10.91.0.1"
"""The address of the network in the middle, which both others reach."""

SCHOOL, SERVER = "10.91.1.2", "10.91.2.2"
"""The addresses of the two that cannot reach each other."""

_GATES = {"school": ("10.91.1.1", SCHOOL), "server": ("10.91.2.1", SERVER)}


class Networks:
    """Namespaces "school", "server" and "relay". A context manager.

    The one in the middle does not forward packets, so what is sent from the school to the server
    ends there.
    """

    def __enter__(self) -> Networks:
        try:
            for name in (*_GATES, "relay"):
                _ip("netns", "add", self.name(name))
                self._ip(name, "link", "set", "lo", "up")
            self._ip("relay", "address", "add", f"{RELAY}/32", "dev", "lo")
            for name, (gate, address) in _GATES.items():
                here = ("netns", self.name(name))
                _ip(
                    *("link", "add", "out", *here, "type", "veth"),
                    *("peer", name, "netns", self.name("relay")),
                )
                self._ip("relay", "address", "add", f"{gate}/24", "dev", name)
                self._ip("relay", "link", "set", name, "up")
                self._ip(name, "address", "add", f"{address}/24", "dev", "out")
                self._ip(name, "link", "set", "out", "up")
                self._ip(name, "route", "add", "default", "via", gate)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for name in (*_GATES, "relay"):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "delete", self.name(name))

    def name(self, network: str) -> str:
        """The name of the namespace."""
        return f"fer-{os.getpid()}-{network}"

    @contextlib.contextmanager
    def inside(self, network: str) -> Iterator[None]:
        """This thread, and the processes that it starts, are in the network."""
        with open("/proc/thread-self/ns/net") as home:
            self._enter(network)
            try:
                yield
            finally:
                _set_namespace(home.fileno())

    def program(self, network: str, program: str, script: Path) -> str:
        """Writes a script that runs the program in the network, and returns its path."""
        path = f"/run/netns/{self.name(network)}"
        script.write_text(f'#!/bin/sh\nexec nsenter --net={path} {program} "$@"\n')
        script.chmod(0o755)
        return str(script)

    def forward(self, port: int, there: str, here: str) -> None:
        """Passes connections to localhost in one network on to localhost in the other.

        This is what a proxy in front of the server does with the page's own connections.

        Args:
            port: the port, in both networks.
            there: the network of whoever connects.
            here: the network of the server.
        """
        with self.inside(there):
            door = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(door, port, here), daemon=True).start()

    def _accept(self, door: socket.socket, port: int, network: str) -> None:
        self._enter(network)
        while True:
            caller, _ = door.accept()
            called = socket.create_connection(("127.0.0.1", port))
            for ends in ((caller, called), (called, caller)):
                threading.Thread(target=_pass_on, args=ends, daemon=True).start()

    def _enter(self, network: str) -> None:
        with open(f"/run/netns/{self.name(network)}") as namespace:
            _set_namespace(namespace.fileno())

    def _ip(self, network: str, *words: str) -> None:
        _ip("-n", self.name(network), *words)


def missing() -> str | None:
    """Why there can be no networks here; None if there can be."""
    if shutil.which("ip") is None:
        return "there is no `ip` on this machine"
    try:
        with Networks():
            return None
    except subprocess.CalledProcessError as error:
        return f"networks cannot be made here: {error.stderr.strip()}"


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _set_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns failed")
