"""Whether the server is alive, and whether it can serve visitors now."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from fer.checks.check import Check, Outcome, bad, good
from fer.checks.database import NAME as DATABASE
from fer.checks.database import remedy
from fer.checks.models import FETCH_AGAIN
from fer.checks.storage import check_storage
from fer.checks.turn import check_turn
from fer.errors import ModelError, SettingsError, StoreError
from fer.settings import Settings
from fer.web.join.device.shelf import shelf
from fer.web.operations import texts
from fer.web.resources import classrooms, core_of, settings


async def live(request: Request) -> Response:
    """Answers as long as the event loop runs. A platform restarts a server that does not answer."""
    return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> Response:
    """Answers 200 if visitors can be served, else 503, with the outcome of each check in JSON.

    The findings are left out: anybody may ask, and they name folders of the server.
    """
    checks = await anyio.to_thread.run_sync(ready_checks)
    fine = all(check.outcome != Outcome.BAD for check in checks)
    return JSONResponse(
        {"ready": fine, "checks": {check.name: str(check.outcome) for check in checks}},
        200 if fine else 503,
        {"Cache-Control": "no-store"},
    )


def ready_checks() -> list[Check]:
    """Returns what has to be well for visitors to be served. It asks disk and database."""
    try:
        chosen = settings()
    except SettingsError as error:
        return [bad("settings", f"{error}.", texts.CORRECT_IT)]
    return [
        good("settings", texts.SETTINGS_FINE),
        check_storage(chosen.results),
        check_turn(chosen.results),
        _database(),
        _models(chosen),
        shelf().check(),
    ]


def _database() -> Check:
    try:
        database = classrooms().store.database
        seconds = database.ping()
    except StoreError as error:
        return bad(DATABASE, str(error), remedy(error))
    except (ModelError, SettingsError) as error:
        return bad(DATABASE, str(error), texts.CORRECT_IT)
    finding = texts.DATABASE_FINE.format(
        address=database.url.render_as_string(), milliseconds=1000 * seconds
    )
    return good(DATABASE, finding)


def _models(chosen: Settings) -> Check:
    # The networks are loaded by the first call and stay in memory.
    try:
        core = core_of("")
    except (ModelError, SettingsError) as error:
        return bad("models", str(error), FETCH_AGAIN)
    finding = texts.MODELS_FINE.format(detector=core.detector_name, model=chosen.model.name)
    return good("models", finding)
