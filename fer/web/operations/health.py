"""Whether the server is alive, and whether it can serve visitors now."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from fer.checks.check import Check, Outcome, bad, good
from fer.checks.storage import check_storage
from fer.errors import ModelError
from fer.web.join.device.shelf import shelf
from fer.web.resources import core_of, settings


async def live(request: Request) -> Response:
    """Answers as long as the event loop runs. A platform restarts a server that does not answer."""
    return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> Response:
    """Answers 200 if visitors can be served, else 503, with the outcome of each check in JSON.

    The findings are left out: anybody may ask, and they name folders of the server.
    """
    checks = await anyio.to_thread.run_sync(_checks)
    fine = all(check.outcome != Outcome.BAD for check in checks)
    return JSONResponse(
        {"ready": fine, "checks": {check.name: str(check.outcome) for check in checks}},
        200 if fine else 503,
        {"Cache-Control": "no-store"},
    )


def _checks() -> list[Check]:
    try:
        chosen = settings()
    except ValueError as error:
        return [bad("settings", str(error), "")]
    return [good("settings", ""), check_storage(chosen.results), _models(), shelf().check()]


def _models() -> Check:
    # The networks are loaded by the first call and stay in memory.
    try:
        core_of("")
    except (ModelError, ValueError) as error:
        return bad("models", str(error), "")
    return good("models", "")
