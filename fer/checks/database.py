"""Checks whether the database of classes can be used, and whether it lasts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from fer.checks.check import Check, bad, good, warning
from fer.checks.storage import why_unwritable
from fer.errors import SettingsError, StoreError, StoreFault
from fer.settings import Settings
from fer.store.condition import RESTORE
from fer.store.database import Database, database_url

NAME = "database"
_START_IT = "Start the database, or correct DATABASE_URL."
_MAY_WRITE = "Give the app's account the right to write there, or set FER_RESULTS or DATABASE_URL."


def remedy(error: StoreError) -> str:
    """Returns what to do about a database that cannot be used, as a sentence."""
    return RESTORE if isinstance(error, StoreFault) else _START_IT


def check_database(settings: Settings, environment: Mapping[str, str] | None = None) -> Check:
    """Check whether classes can be kept.

    Args:
        settings: the settings of the app.
        environment: environment variables, which show where the app is hosted; None for those of
            this process.
    """
    environment = os.environ if environment is None else environment
    try:
        url = database_url(settings)
    except SettingsError as error:
        return bad(NAME, str(error), "Correct DATABASE_URL, or remove it to use a file.")
    shown = url.render_as_string()
    if url.get_backend_name() == "sqlite" and not os.path.exists(str(url.database)):
        if problem := why_unwritable(Path(str(url.database)).parent):
            return bad(NAME, f"Classes cannot be kept. {problem}", _MAY_WRITE)
        finding = f"Classes will be kept in the new file {url.database}."
    else:
        try:
            with closing(Database(url, upgrade=False)) as database:
                faults = database.check()
        except StoreError as error:
            return bad(NAME, f"{shown}: {error}", remedy(error))
        if faults:
            outcome = warning if all(fault.mended_at_start for fault in faults) else bad
            remedies = dict.fromkeys(fault.remedy for fault in faults)
            findings = " ".join(fault.finding for fault in faults)
            return outcome(NAME, f"{shown}: {findings}", " ".join(remedies))
        finding = f"Classes are kept in {shown}."
    if url.get_backend_name() == "sqlite" and "DYNO" in environment:
        return warning(
            NAME,
            finding + " Heroku empties this disk once a day and with each restart.",
            "Add Heroku's PostgreSQL to the app; that sets DATABASE_URL.",
        )
    return good(NAME, finding)
