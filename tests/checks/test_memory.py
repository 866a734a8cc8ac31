"""Memory and cores, of machines and containers."""

from __future__ import annotations

import os

import pytest

from fer.checks.check import Outcome
from fer.checks.memory import check_cores, check_memory
from fer.machine import cores, memory_limit

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, MACHINE),
        ({"memory.max": "max\n"}, MACHINE),
        ({"memory.max": "536870912\n"}, 512 << 20),
        ({"memory/memory.limit_in_bytes": "536870912\n"}, 512 << 20),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, MACHINE),
    ],
    ids=["no control groups", "no limit", "version 2", "version 1", "version 1 without a limit"],
)
def test_the_limit_of_a_container_counts(files, limit, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert memory_limit(tmp_path) == limit


@pytest.mark.parametrize(
    ("text", "share"), [("50000 100000\n", 0.5), ("max 100000\n", None), ("nonsense", None)]
)
def test_a_share_of_the_processor_counts(text, share, tmp_path):
    (tmp_path / "cpu.max").write_text(text)
    assert cores(tmp_path) == (share or len(os.sched_getaffinity(0)))


@pytest.mark.parametrize(
    ("megabytes", "outcome"),
    [(256, Outcome.BAD), (512, Outcome.WARNING), (2048, Outcome.GOOD)],
)
def test_little_memory_is_reported(megabytes, outcome):
    check = check_memory(megabytes << 20)
    assert check.outcome == outcome
    assert bool(check.remedy) == (outcome != Outcome.GOOD)


def test_less_than_a_core_is_reported():
    assert check_cores(0.5).outcome == Outcome.WARNING
    assert check_cores(2.0).outcome == Outcome.GOOD
