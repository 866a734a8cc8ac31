"""The form of a line in the log: readable text, or one JSON object."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from fer.logs.reference import current
from fer.logs.scrub import Scrubber


class TextLines(logging.Formatter):
    """Readable lines: time, level, logger, number of the request if there is one, and message."""

    def __init__(self, scrubber: Scrubber) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._scrubber = scrubber

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Returns when the event happened, in UTC."""
        return when(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Returns the line without a traceback."""
        reference = current()
        where = f"{record.name} [{reference}]" if reference else record.name
        return f"{record.asctime} {record.levelname} {where}: {record.message}"

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line of an event, and its traceback if it has one."""
        return self._scrubber.scrub(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object for each event.

    Its fields are `time`, `level`, `logger` and `message`; `reference` with the number of the
    request, if there is one; and for an exception `error` with its type, and `traceback`.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        super().__init__()
        self._scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line of an event."""
        facts = {
            "time": when(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._scrubber.scrub(record.getMessage()),
        }
        if reference := current():
            facts["reference"] = reference
        if record.exc_info and record.exc_info[0] is not None:
            facts["error"] = record.exc_info[0].__name__
            facts["traceback"] = self._scrubber.scrub(self.formatException(record.exc_info))
        return json.dumps(facts)  # in ASCII, whatever encoding standard error has


def when(record: logging.LogRecord) -> str:
    """Returns when something was logged, such as "2026-11-26T08:15:30.123Z"."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
