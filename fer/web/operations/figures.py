"""How much the server does now, as `/metrics` and the page for operators both show it.

The figures are read when somebody looks at them, so that nothing has to count all the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from fer.errors import ModelError, SettingsError, StoreError
from fer.jobs.job import JobState
from fer.logs.recent import recent
from fer.machine import memory_limit
from fer.web import compat, faults
from fer.web.join.hub import hub
from fer.web.loop_lag import loop_lag
from fer.web.resources import classrooms, engines, job_board


class _App:
    """Reads the figures of the app."""

    def collect(self) -> Iterator[Metric]:
        stats = [engine.stats for engine in engines]
        yield _gauge("mood_streams", "Open video streams.", sum(s.streams for s in stats))
        yield _counter("mood_readings", "Pictures read.", sum(s.analysed for s in stats))
        yield _counter("mood_failed_readings", "Pictures not read.", sum(s.failed for s in stats))
        yield _gauge(
            "mood_reading_delay_seconds",
            "Longest time from capture to reading within ten seconds.",
            max((s.delay_s for s in stats), default=0.0),
        )
        yield _gauge(
            "mood_event_loop_lag_seconds",
            "Longest delay of an event loop within ten seconds.",
            loop_lag.worst(),
        )
        yield _gauge("mood_visits", "Pages that are open.", compat.open_visits())
        yield _gauge("mood_students", "Students who are connected.", len(hub))
        yield _counter("mood_faults", "Unexpected errors that visitors met.", faults.count())
        yield _counter("mood_errors", "Errors in the log.", recent.count())
        yield _gauge("mood_memory_limit_bytes", "Memory that the app may use.", memory_limit())
        yield from _database()
        yield from _jobs()


def _database() -> Iterator[Metric]:
    try:
        seconds = classrooms().store.database.ping()
    except (ModelError, StoreError, SettingsError):
        yield _gauge("mood_database_up", "Whether the database answers.", 0)
        return
    yield _gauge("mood_database_up", "Whether the database answers.", 1)
    yield _gauge("mood_database_latency_seconds", "How long a query takes.", seconds)


def _jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("mood_jobs", "Analyses of recordings.", labels=["state"])
    try:
        counts = Counter(job.state for job in job_board().all())
    except SettingsError:
        return
    for state in JobState:
        jobs.add_metric([state], counts[state])
    yield jobs


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value)


registry = CollectorRegistry()
"""Collects all figures. That asks the database, so do not use it on the event loop."""

registry.register(_App())
ProcessCollector(registry=registry)


def now() -> dict[str, float]:
    """Returns all figures by their names in `/metrics`, each followed by the values of its labels,
    such as "mood_jobs waiting".
    """
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }
