"""How every command prints.

A message never decides a result. A console that cannot show a letter, as on Windows or where the
output goes to a file, shows a code in its place. If the reader has gone away, that is no error.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO

from fer.files import readable
from fer.text import clock


def prepare() -> None:
    """Make the standard streams take any text, even from code that prints without this module."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with contextlib.suppress(OSError, ValueError):
                reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """Print what a command has done."""
    _print(f"{message}\n", sys.stdout)


def note(message: str) -> None:
    """Print something that people should know in addition to the results."""
    _print(f"note: {message}\n", sys.stderr)


def fail(message: str) -> int:
    """Print why something failed.

    Returns:
        1, the exit status of a command that failed.
    """
    _print(f"error: {message}\n", sys.stderr)
    return 1


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:  # a program without a console on Windows
        return
    text = readable(text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with contextlib.suppress(OSError, ValueError):
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


class Bar:
    """A progress bar on a terminal. Elsewhere nothing is shown."""

    WIDTH = 30

    def __init__(self, title: str) -> None:
        """Args:
        title: the text before the bar.
        """
        self._title = title
        self._shown = False

    def show(self, fraction: float, seconds_left: float | None, remark: str = "") -> None:
        """Draw the bar.

        Args:
            fraction: the part that is done, 0 to 1.
            seconds_left: an estimate in s, or None if there is none.
            remark: the text behind the bar.
        """
        if sys.stderr is None or not sys.stderr.isatty():
            return
        filled = round(fraction * self.WIDTH)
        left = "" if seconds_left is None else f" {clock(seconds_left)}"
        bar = "#" * filled + "." * (self.WIDTH - filled)
        _print(f"\r{self._title} [{bar}] {fraction:4.0%}{left} {remark}\x1b[K", sys.stderr)
        self._shown = True

    def close(self) -> None:
        """Start a new line if a bar was drawn."""
        if self._shown:
            _print("\n", sys.stderr)
            self._shown = False
