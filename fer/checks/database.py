"""Checks whether the database of classes can be used, and whether it lasts."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fer.checks.check import Check, bad, good, warning
from fer.errors import StoreError
from fer.settings import Settings
from fer.store.database import Database, database_url

NAME = "database"
START_IT = "Start the database, or correct DATABASE_URL."


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
    except ValueError as error:
        return bad(NAME, str(error), "Correct DATABASE_URL, or remove it to use a file.")
    shown = url.render_as_string()
    if url.get_backend_name() == "sqlite" and not os.path.exists(str(url.database)):
        finding = f"Classes will be kept in the new file {url.database}."
    else:
        try:
            wrong = Database(url, upgrade=False).check()
        except StoreError as error:
            return bad(NAME, f"{shown}: {error}", START_IT)
        if wrong:
            return warning(NAME, " ".join(wrong), "The app upgrades the tables when it starts.")
        finding = f"Classes are kept in {shown}."
    if url.get_backend_name() == "sqlite" and "DYNO" in environment:
        return warning(
            NAME,
            finding + " Heroku empties this disk once a day and with each restart.",
            "Add Heroku's PostgreSQL to the app; that sets DATABASE_URL.",
        )
    return good(NAME, finding)
