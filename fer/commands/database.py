"""`python -m fer db`: upgrade, check, back up and restore the database of classes."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.console import fail, say
from fer.settings import Settings
from fer.text import counted


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("db", help="look after the database of classes")
    parser.set_defaults(stopped="The database is as it was.")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("upgrade", help="bring the tables up to date").set_defaults(run=_upgrade)
    actions.add_parser("check", help="say what is wrong, if anything").set_defaults(run=_check)
    backup = actions.add_parser("backup", help="write all classes to a file")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=_backup)
    restore = actions.add_parser(
        "restore", help="read a backup into this database; stop the app first"
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument(
        "--replace", action="store_true", help="delete the classes that are there first"
    )
    restore.set_defaults(run=_restore)


def _database(upgrade: bool = True):
    from fer.store.database import Database, database_url

    return Database(database_url(Settings.from_environment()), upgrade=upgrade)


def _upgrade(options: argparse.Namespace) -> int:
    say(f"{_database().url.render_as_string()}: up to date")
    return 0


def _check(options: argparse.Namespace) -> int:
    database = _database(upgrade=False)
    wrong = database.check()
    for fault in wrong:
        fail(f"{fault.finding} {fault.remedy}")
    if not wrong:
        say(f"{database.url.render_as_string()}: nothing is wrong")
    return 1 if wrong else 0


def _backup(options: argparse.Namespace) -> int:
    from fer.store.backup import backup

    count = backup(_database(), options.file)
    say(f"{options.file}: {counted(count, 'class', 'classes')}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from fer.jobs.turn import alone
    from fer.store.backup import restore

    with alone(Settings.from_environment().results):
        count = restore(_database(), options.file, replace=options.replace)
    say(f"{counted(count, 'class', 'classes')} restored")
    return 0
