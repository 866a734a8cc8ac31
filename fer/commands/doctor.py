"""`python -m fer doctor`: whether this machine and these settings can run the app."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator

from fer.checks.check import Check, Outcome, bad, good
from fer.checks.clock import check_clock
from fer.checks.memory import check_cores, check_memory
from fer.console import say
from fer.errors import SettingsError
from fer.settings import Settings


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "doctor", help="check whether the app can run here, and say what to do if it cannot"
    )
    parser.set_defaults(run=_run, stopped="Not everything was checked.")


def _run(options: argparse.Namespace) -> int:
    worst = 0
    for check in _checks():
        say(f"{check.outcome:>8}  {check.name}: {check.finding}")
        if check.remedy:
            say(f"{'':>8}  → {check.remedy}")
        worst = max(worst, int(check.outcome == Outcome.BAD))
    return worst


def _checks() -> Iterator[Check]:
    yield good("python", f"Python {platform.python_version()} on {platform.system()}.")
    yield check_memory()
    yield check_cores()
    yield check_clock()
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        yield bad(
            "settings", f"{error}.", "Correct it; docs/operators/settings.md lists all settings."
        )
        return
    yield good("settings", "All settings can be read.")
    from fer.checks.database import check_database
    from fer.checks.models import check_models
    from fer.checks.storage import check_storage
    from fer.checks.turn import check_turn

    yield check_storage(settings.results)
    yield check_turn(settings.results)
    yield check_database(settings)
    yield from check_models(settings)
    yield _sign_in(settings)
    from fer.web.join.device.runtime import Runtime
    from fer.web.join.device.shelf import Shelf

    yield Shelf(settings, Runtime(download=settings.download)).check()
    from fer.web.sources.candidates import check_candidates
    from fer.web.sources.ice import ice_servers

    yield check_candidates(ice_servers(settings, ""))


def _sign_in(settings: Settings) -> Check:
    from fer.access.policy import Policy
    from fer.checks.check import warning

    try:
        policy = Policy.from_settings(settings)
    except SettingsError as error:
        return bad("signing in", f"{error}.", "Correct it.")
    ways = [
        *(["the password"] if policy.takes_password else []),
        *(["accounts"] if policy.takes_accounts else []),
    ]
    if ways:
        return good("signing in", f"Instructors sign in with {' or '.join(ways)}.")
    return warning(
        "signing in",
        "No way to sign in is set: the app is open at http://localhost and closed at every other "
        "address.",
        "Set FER_PASSWORD or FER_ACCOUNTS if others should use it.",
    )
