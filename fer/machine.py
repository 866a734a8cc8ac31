"""What this process may use of its machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def memory_limit(cgroups: Path = _CGROUPS) -> int:
    """Returns how many bytes this process and its children may use together.

    In a container the limit is that of its control group (Linux, version 2 or 1). Elsewhere
    `ulimit -m` (in kB) can state one: Linux itself does not enforce it, but the app keeps to it.
    """
    try:
        limit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        limit = 4 << 30
    if sys.platform != "win32":
        import resource

        stated = resource.getrlimit(resource.RLIMIT_RSS)[0]
        if stated != resource.RLIM_INFINITY:
            limit = min(limit, stated)
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            return min(limit, int((cgroups / file).read_text()))
        except (OSError, ValueError):  # there is no such file, or it says "max"
            continue
    return limit
