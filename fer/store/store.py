"""All that outlives a process, by what it is about."""

from __future__ import annotations

from fer.store.classes import Classes
from fer.store.database import Database
from fer.store.history import History
from fer.store.journal import Journal
from fer.store.tickets import Tickets


class Store:
    """The tables of one database.

    Attributes:
        database: where they are.
        classes, tickets, history, journal: what they are about.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.classes = Classes(database)
        self.tickets = Tickets(database)
        self.history = History(database)
        self.journal = Journal(database)
