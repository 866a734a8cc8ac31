"""A hard memory limit for a program, and how much memory a process takes with its children."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

import psutil

from fer.machine import memory_groups

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ (\S+) (\S+) (\d+)", re.MULTILINE)


class MemoryLimit:
    """A limit that the system enforces for a program and its children. A context manager.

    Attributes:
        how: "cgroup" if a control group could be made, which counts memory like a container's; else
            "ulimit -d", which limits the private memory of each single process.
    """

    def __init__(self, limit: int) -> None:
        """Args:
        limit: in bytes.
        """
        self.limit = limit
        self.how = "ulimit -d"
        self._group: Path | None = None

    @property
    def shell(self) -> list[str]:
        """The words to put before a command so that it runs within the limit."""
        if self._group is None:
            return ["sh", "-c", f'ulimit -d {self.limit // 1024}; exec "$@"', "sh"]
        return ["sh", "-c", f'echo $$ > {self._group}/cgroup.procs; exec "$@"', "sh"]

    def __enter__(self) -> MemoryLimit:
        for parent, (limit, _) in memory_groups():
            group = parent / f"mood-{os.getpid()}"
            try:
                group.mkdir()
            except OSError:
                continue
            try:
                (group / limit).write_text(str(self.limit))
            except OSError:  # the controller is not passed on to this group
                group.rmdir()
                continue
            self.how, self._group = "cgroup", group
            break
        return self

    def __exit__(self, *_) -> None:
        if self._group is None:
            return
        # Killed processes take a moment to leave their group.
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self._group.rmdir()
                return
            time.sleep(0.1)

    def kills(self) -> int:
        """How many processes the system has killed because of their memory."""
        if self._group is None:
            return 0
        for name in ("memory.events", "memory.oom_control"):
            with contextlib.suppress(OSError):
                return int(
                    re.findall(r"^oom_kill (\d+)", (self._group / name).read_text(), re.M)[0]
                )
        return 0


def taken(pid: int) -> int:
    """Returns how many bytes of memory a process and its children take.

    Private pages count in full. Pages of files, such as libraries, count once, even if other
    programs on this machine use them too, because in a container nobody else does.
    """
    private = 0
    files: dict[tuple[str, ...], int] = {}
    process = psutil.Process(pid)
    for one in [process, *process.children(recursive=True)]:
        try:
            text = Path(f"/proc/{one.pid}/smaps").read_text()
        except OSError:  # it has ended
            continue
        heads = list(_MAPPING.finditer(text))
        ends = [head.start() for head in heads[1:]] + [len(text)]
        for head, end in zip(heads, ends, strict=False):  # none of one that has just ended
            body = text[head.end() : end]
            resident, anonymous = _kilobytes(body, "Rss"), _kilobytes(body, "Anonymous")
            private += anonymous
            # The same part of the same file; as much of it is there as any process has touched.
            if head[3] != "0":
                place = head.groups()
                files[place] = max(files.get(place, 0), resident - anonymous)
            else:
                private += resident - anonymous
    return (private + sum(files.values())) * 1024


def _kilobytes(text: str, name: str) -> int:
    found = re.search(rf"^{name}: +(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0
