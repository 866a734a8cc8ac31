"""The addresses of the answers for machines."""

from __future__ import annotations

from starlette.routing import Route

from fer.web.addresses import base_path
from fer.web.operations.health import live, ready
from fer.web.operations.metrics import metrics


def routes() -> list[Route]:
    """Returns the routes of this room."""
    paths = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}
    return [Route(base_path() + path, answer) for path, answer in paths.items()]
