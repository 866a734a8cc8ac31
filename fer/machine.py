"""How much memory and how many cores this process may use, and how much memory is left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_PROCESS = Path("/proc/self")

LARGE_PIECE = 1 << 18
"""From how many bytes a piece of memory is a large one, see `give_back_large_pieces`."""

# Of malloc.h, see mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def memory_limit(cgroups: Path = _CGROUPS, process: Path = _PROCESS) -> int:
    """Returns how many bytes this process and its children may use together.

    In a container the limit is the smallest of its control groups (Linux, version 2 or 1).
    Elsewhere `ulimit -m` (in kB) can state one: Linux itself does not enforce it, but the app keeps
    to it.

    Args:
        cgroups: where the control groups are mounted.
        process: what Linux says about this process.
    """
    limit = _machine_or_stated()
    for group, names in memory_groups(cgroups, process):
        with contextlib.suppress(OSError, ValueError):  # there is no such file, or it says "max"
            limit = min(limit, int((group / names[0]).read_text()))
    return limit


def memory_left(cgroups: Path = _CGROUPS, process: Path = _PROCESS) -> int:
    """Returns how many bytes this process and its children may still take; not below 0.

    Memory that only keeps files at hand is not counted as taken, because the system gives it up.
    """
    left = _machine_or_stated() - _resident(process)
    with contextlib.suppress(OSError, ValueError, IndexError):
        left = min(left, 1024 * int(re.findall(r"^MemAvailable: +(\d+)", _meminfo(), re.M)[0]))
    for group, names in memory_groups(cgroups, process):
        with contextlib.suppress(OSError, ValueError):
            limit, used = (int((group / name).read_text()) for name in names)
            left = min(left, limit - used + _given_up(group))
    return max(0, left)


def cores(cgroups: Path = _CGROUPS) -> float:
    """Returns how many processor cores this process may keep busy, which may be less than 1.

    Args:
        cgroups: where the control groups are mounted.
    """
    count = float(os.cpu_count() or 1)
    if hasattr(os, "sched_getaffinity"):
        count = min(count, float(len(os.sched_getaffinity(0))))
    try:
        quota, period = (cgroups / "cpu.max").read_text().split()
        return min(count, int(quota) / int(period))
    except (OSError, ValueError):  # there is no limit, or it is "max"
        return count


def memory_groups(
    cgroups: Path = _CGROUPS, process: Path = _PROCESS
) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Yields the control groups of this process with the files for their limit and their use.

    A group is limited by those above it, too. In a container the path is often that of the host,
    and the group itself is mounted at the top.
    """
    try:
        lines = (process / "cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            top, names = cgroups / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        elif not controllers:
            top, names = cgroups, ("memory.max", "memory.current")
        else:
            continue
        group = top / path.strip("/")
        yield group, names
        while group != top and top in group.parents:
            group = group.parent
            yield group, names


def give_back() -> None:
    """Give memory that was freed back to the system; takes some milliseconds.

    The C library of most Linux systems keeps what lies between pieces that are still in use, which
    is 5 MB once all modules are loaded.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def give_back_large_pieces() -> None:
    """Let memory go back to the system as soon as a large piece is freed; call it at the start.

    A picture is such a piece. The C library of most Linux systems begins with that. But
    once it has seen a large piece go, it puts all later ones of that size between smaller ones, and
    keeps the room where they were: 30 MB after the analysis of a video call.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        library = ctypes.CDLL(None)
        for setting in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            library.mallopt(setting, LARGE_PIECE)


def _machine_or_stated() -> int:
    try:
        limit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        limit = 4 << 30
    if sys.platform != "win32":
        import resource

        stated = resource.getrlimit(resource.RLIMIT_RSS)[0]
        if stated != resource.RLIM_INFINITY:
            limit = min(limit, stated)
    return limit


def _given_up(group: Path) -> int:
    """Bytes of files at hand that nobody has used lately."""
    with contextlib.suppress(OSError):
        found = re.findall(
            r"^(?:total_)?inactive_file (\d+)", (group / "memory.stat").read_text(), re.M
        )
        return int(found[-1]) if found else 0
    return 0


def _resident(process: Path) -> int:
    with contextlib.suppress(OSError):
        return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _meminfo() -> str:
    return Path("/proc/meminfo").read_text()
