"""All parts of the database together."""

from __future__ import annotations

from fer.store.classes import Classes
from fer.store.database import Database
from fer.store.history import History
from fer.store.journal import Journal
from fer.store.tickets import Tickets


class Store:
    """The tables of one database.

    Attributes:
        database: the database that has the tables.
        classes, tickets, history, journal: the ways to read and write them, by subject.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.classes = Classes(database)
        self.tickets = Tickets(database)
        self.history = History(database)
        self.journal = Journal(database)
