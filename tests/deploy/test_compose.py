"""The files for Docker Compose, tried without Docker: what they set, and for which servers."""

from __future__ import annotations

import re

import psycopg
import pytest
import yaml
from sqlalchemy import text

from fer.settings import ROOT, Settings
from fer.store.database import Database, database_url

PASSWORD = "p@ss/w:rd%41?#"


class Loader(yaml.SafeLoader):
    """Reads Compose's own tags, too."""


Loader.add_constructor("!reset", lambda loader, node: None)


def services(name: str) -> dict:
    """The services of a file in `deploy/`."""
    return yaml.load((ROOT / "deploy" / name).read_text("utf-8"), Loader)["services"]


def filled(value: str, **variables: str) -> str:
    """A value as Compose passes it on, with variables of the file .env put in."""
    return re.sub(r"\$\{(\w+):[?-][^}]*\}", lambda match: variables.get(match[1], ""), value)


def test_any_password_of_the_database_works(postgres, monkeypatch):
    address = postgres.database()
    with psycopg.connect(address, autocommit=True) as connection:
        literal = PASSWORD.replace("'", "''")
        connection.execute(f"CREATE ROLE mood LOGIN SUPERUSER PASSWORD '{literal}'")
    postgres.ask_for_passwords("mood")
    set_to = {
        name: filled(value, POSTGRES_PASSWORD=PASSWORD)
        for name, value in services("compose.postgres.yaml")["app"]["environment"].items()
    }
    url = set_to.pop("DATABASE_URL").replace("database/mood", address.partition("@")[2])
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    database = Database(database_url(Settings(database=url)), upgrade=False)
    with database.read() as connection:
        assert connection.execute(text("SELECT current_user")).scalar() == "mood"
    database.close()
    monkeypatch.setenv("PGPASSWORD", "another")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)
