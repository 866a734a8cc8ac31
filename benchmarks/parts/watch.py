"""Watches the app while a drill runs: its memory, its connections, and another visitor's wait."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable

import psutil

from benchmarks.parts.stage import App
from benchmarks.parts.visitor import Visitor


class Watch:
    """Measures the app's memory and another visitor's wait, each on a thread. A context manager.

    Attributes:
        strangers: addresses of other machines to which the app or one of its children connected.
        killed: whether the app was killed because it took too much memory.
    """

    def __init__(self, app: App, most_mb: float) -> None:
        """Args:
        app: the running app.
        most_mb: how much memory in MB the app and its children may take; above that, the app is
            killed.
        """
        self.strangers: set[str] = set()
        self.killed = False
        self._app = app
        self._most_mb = most_mb
        self._memory: list[tuple[float, float]] = []
        self._waits: list[tuple[float, float]] = []
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._again, args=(look, pause), daemon=True)
            for look, pause in ((self._look, 0.25), (self._visit, 0.5))
        ]

    def __enter__(self) -> Watch:
        self._visitor = Visitor(self._app.url, "recording")
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(90)
        self._visitor.close()

    def peak_mb(self, since: float) -> float:
        """Returns the most memory in MB that was taken since a time of `time.monotonic`."""
        return max((mb for when, mb in self._memory if when >= since), default=0.0)

    def memory_mb(self) -> float:
        """Returns the memory that is taken now, in MB (10^6 bytes)."""
        return self._memory[-1][1]

    def waits(self, since: float) -> list[float]:
        """Returns how many seconds another visitor waited for each page since a time."""
        return [waited for when, waited in self._waits if when >= since]

    def _again(self, look: Callable[[], None], pause: float) -> None:
        while not self._end.is_set():
            look()
            self._end.wait(pause)

    def _look(self) -> None:
        taken = 0.0
        try:
            app = psutil.Process(self._app.process.pid)
            family = [app, *app.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in family:
            try:
                # Memory that processes share is divided among them.
                taken += process.memory_full_info().pss / 1e6
                for line in process.net_connections("inet"):
                    if line.raddr and not ipaddress.ip_address(line.raddr.ip).is_loopback:
                        self.strangers.add(line.raddr.ip)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        self._memory.append((time.monotonic(), taken))
        if taken > self._most_mb:
            self.killed = True
            self._app.process.kill()

    def _visit(self) -> None:
        began = time.monotonic()
        try:
            self._visitor.open("recording")
        except Exception:  # the app has been killed, or is silent for longer than a minute
            self._waits.append((began, max(60.0, time.monotonic() - began)))
            self._end.wait(5)
            return
        self._waits.append((began, time.monotonic() - began))
