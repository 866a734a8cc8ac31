"""How much the server does, in the text format of Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fer.jobs.job import JobState
from fer.web import compat, faults
from fer.web.loop_lag import loop_lag
from fer.web.resources import engines, job_board, settings


async def metrics(request: Request) -> Response:
    """Answers with the metrics, if the request brings the token of the settings."""
    try:
        token = settings().metrics_token
    except ValueError:
        token = ""
    if not token:
        return PlainTextResponse("FER_METRICS_TOKEN is not set.\n", 404)
    sent = request.headers.get("authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(sent, f"Bearer {token}".encode()):
        return PlainTextResponse(
            "Send the token of FER_METRICS_TOKEN as a bearer token.\n",
            401,
            {"WWW-Authenticate": "Bearer"},
        )
    return Response(generate_latest(_registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _App:
    """Reads the figures when somebody fetches them, so that nothing has to count all the time."""

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
            "Longest delay of the event loop within ten seconds.",
            loop_lag.worst(),
        )
        yield _gauge("mood_visits", "Pages that are open.", compat.open_visits())
        yield _counter("mood_faults", "Unexpected errors that visitors met.", faults.count())
        jobs = GaugeMetricFamily("mood_jobs", "Analyses of recordings.", labels=["state"])
        counts = job_board().counts()
        for state in JobState:
            jobs.add_metric([state], counts[state])
        yield jobs


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value)


_registry = CollectorRegistry()
_registry.register(_App())
ProcessCollector(registry=_registry)
