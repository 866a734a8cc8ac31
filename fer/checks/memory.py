"""Checks how much memory and processor time this process may use, in a container or not."""

from __future__ import annotations

from fer.checks.check import Check, bad, good, warning
from fer.machine import cores, memory_limit

LEAST = 400 << 20
"""Bytes below which the app does not run. It takes about 255 MB before the first camera starts."""

ENOUGH = 1 << 30
"""Bytes that a class and an analysis at the same time need."""


def check_memory(limit: int | None = None) -> Check:
    """Check whether the memory is enough; `limit` is in bytes, or None for this process's limit."""
    limit = memory_limit() if limit is None else limit
    finding = f"The app may use {limit / 1e6:,.0f} MB."
    if limit < LEAST:
        return bad("memory", finding, "Give it 512 MB or more.")
    if limit < ENOUGH:
        return warning(
            "memory",
            finding,
            "This is enough for one class or one analysis at a time. Long recordings with many "
            "faces may need 1 GB.",
        )
    return good("memory", finding)


def check_cores(count: float | None = None) -> Check:
    """Check whether the processor is enough; `count` of cores, or None for this process's."""
    count = cores() if count is None else count
    finding = f"The app may keep {count:g} processor cores busy."
    if count < 1:
        return warning(
            "processor", finding, "Charts and readings will lag behind; give it one core or more."
        )
    return good("processor", finding)
