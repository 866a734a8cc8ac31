"""`python -m fer class`: list, export and erase classes."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from fer.console import fail, note, say
from fer.settings import Settings
from fer.text import clock, date_time


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("class", help="list, export or erase classes")
    parser.set_defaults(stopped="What was exported or erased before stays so.")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list all classes, the newest first")
    listing.add_argument("--owner", help="list only the classes of this account")
    listing.set_defaults(run=_list)
    export = actions.add_parser("export", help="write the report and the tables of classes")
    export.add_argument("ids", nargs="+", metavar="ID", help="as `class list` shows it")
    export.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the reports"
    )
    export.set_defaults(run=_export)
    erase = actions.add_parser("erase", help="delete classes with everything kept about them")
    erase.add_argument("ids", nargs="+", metavar="ID", help="as `class list` shows it")
    erase.set_defaults(run=_erase)


def _list(options: argparse.Namespace) -> int:
    known, now = _store().classes.all(options.owner), time.time()
    for facts in known:
        over = facts.over(now)
        length = "open" if over is None else clock(over - facts.opened)
        say(f"{facts.id}  {date_time(facts.opened)}  {length:>8}  {facts.mode:<6}  {facts.title}")
    if not known:
        say("There are no classes.")
    return 0


def _export(options: argparse.Namespace) -> int:
    from fer.classroom.class_report import class_report
    from fer.classroom.past import past_class
    from fer.mood.prevalence import Prevalence
    from fer.network import read_card
    from fer.report.export import save

    settings, store = Settings.from_environment(), _store()
    prevalence = Prevalence.of_network(read_card(settings.model))
    failed = 0
    for class_id in options.ids:
        room = past_class(store, class_id, prevalence, settings.pulse_half_life)
        if room is None:
            failed += fail(f"{class_id}: there is no such class.")
            continue
        try:
            report = class_report(room)
        except ValueError:
            note(f"{class_id}: there never were enough students, so there is nothing to export.")
            continue
        folder = options.out / class_id
        save(report, folder, parquet=True)
        say(f"{class_id}: {room.title}, report in {folder}")
    return 1 if failed else 0


def _erase(options: argparse.Namespace) -> int:
    classes = _store().classes
    failed = 0
    for class_id in options.ids:
        if classes.erase(class_id):
            say(f"{class_id}: erased")
        else:
            failed += fail(f"{class_id}: there is no such class.")
    return 1 if failed else 0


def _store():
    from fer.store.database import Database, database_url
    from fer.store.store import Store

    return Store(Database(database_url(Settings.from_environment())))
