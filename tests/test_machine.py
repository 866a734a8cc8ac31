import subprocess
import sys

import pytest

from fer.machine import memory_left, memory_limit


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_a_limit_that_the_shell_states_counts():
    code = "from fer.machine import memory_limit; print(memory_limit())"
    output = subprocess.run(
        ["sh", "-c", 'ulimit -m 300000; exec "$@"', "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(output.stdout) == min(300_000 * 1024, memory_limit())


def group(folder, limit, used, inactive, version):
    """A control group as Linux shows it; returns what /proc/self/cgroup says."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        2: ("memory.max", "memory.current"),
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    }
    for name, value in zip(names[version], (limit, used), strict=True):
        (folder / name).write_text(f"{value}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {inactive}\n")


@pytest.fixture(params=[1, 2], ids=["version 1", "version 2"])
def groups(request, tmp_path):
    """(mounted groups, process): a process two groups deep, of which the outer one is smaller."""
    process = tmp_path / "self"
    process.mkdir()
    line = {1: "4:memory:/host/app", 2: "0::/host/app"}[request.param]
    (process / "cgroup").write_text(f"9:name=systemd:/\n{line}\n")
    cgroups = tmp_path / "cgroup"
    top = cgroups / "memory" if request.param == 1 else cgroups
    group(top / "host" / "app", 600_000_000, 100_000_000, 0, request.param)
    group(top / "host", 512_000_000, 400_000_000, 50_000_000, request.param)
    return cgroups, process


def test_the_smallest_limit_of_the_groups_above_counts(groups):
    assert memory_limit(*groups) == 512_000_000


def test_what_is_left_is_what_the_fullest_group_has(groups):
    # 512 - 400, and 50 that only keep files at hand.
    assert memory_left(*groups) == 162_000_000


def test_a_group_without_a_limit_does_not_count(groups):
    cgroups, process = groups
    for file in [*cgroups.rglob("memory.max"), *cgroups.rglob("memory.limit_in_bytes")]:
        file.write_text("max\n")
    assert memory_limit(cgroups, process) == memory_limit(cgroups, cgroups) > 1 << 30


# Frees 40 pictures between small pieces that stay, and prints how many MB stay with them.
FREED = """
import re
from pathlib import Path
import numpy as np
from fer.machine import give_back_large_pieces

def megabytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1000

give_back_large_pieces()
before = megabytes()
for turn in range(2):
    pictures, stay = [], []
    for _ in range(40):
        pictures.append(np.ones((720, 1280, 3), np.uint8))
        stay.append(np.ones(100_000, np.uint8))
    del pictures
print(megabytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps them")
def test_pictures_that_are_freed_go_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 20
