"""Decides where the log goes, and in which form."""

from __future__ import annotations

import logging
import sys
import threading
from dataclasses import fields
from urllib.parse import urlsplit

from fer.logs.lines import JsonLines, TextLines
from fer.logs.recent import recent
from fer.logs.scrub import Scrubber
from fer.settings import Settings

log = logging.getLogger(__name__)


class Record(logging.LogRecord):
    """An event that is logged although its arguments do not fit its text.

    Python would write the arguments of such a call of a library to standard error as they are, and
    `fer.logs.recent` would raise the error in the library.
    """

    def getMessage(self) -> str:
        """Returns the message; without the arguments if they do not fit."""
        try:
            return super().getMessage()
        except Exception:
            return str(self.msg)


def set_up(settings: Settings) -> None:
    """Send everything that this process logs to its standard error.

    That is the libraries' warnings and errors, and from the app also information.
    """
    logging.setLogRecordFactory(Record)
    scrubber = scrubber_for(settings)
    lines = JsonLines(scrubber) if settings.log == "json" else TextLines(scrubber)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines)
    recent.scrubber = scrubber
    logging.basicConfig(level=logging.WARNING, handlers=[handler, recent], force=True)
    logging.getLogger("fer").setLevel(logging.INFO)
    # Python would write warnings and ends of threads to standard error in another form.
    logging.captureWarnings(True)
    threading.excepthook = _log_end_of_thread


def _log_end_of_thread(end: threading.ExceptHookArgs) -> None:
    if end.exc_type is SystemExit or end.exc_value is None:
        return
    info = (end.exc_type, end.exc_value, end.exc_traceback)
    name = end.thread.name if end.thread is not None else "?"
    log.error("the thread %s ended", name, exc_info=info)


def scrubber_for(settings: Settings) -> Scrubber:
    """Returns a scrubber that removes the settings' secrets and the names of people's files."""
    secrets = [
        str(getattr(settings, field.name))
        for field in fields(settings)
        if not field.repr and getattr(settings, field.name)
    ]
    secrets += [password for text in secrets if (password := _password(text))]
    folders = [] if settings.recordings is None else [settings.recordings]
    return Scrubber(folders, [settings.results], secrets)


def _password(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:
        return None
