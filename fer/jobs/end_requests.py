"""Requests of an operator to end jobs, which come from another process than the app's.

A request is an empty file beside the folders of the jobs, with the id of the job in its name. The
running app looks for such files again and again. If no app runs, the next one obeys at its start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

LOOK_S = 1.0
"""Time in seconds after which the app looks for new requests."""

_PREFIX = ".end-"
_log = logging.getLogger(__name__)


class EndRequests:
    """The requests in one folder of jobs."""

    def __init__(self, folder: Path) -> None:
        """Args:
        folder: the folder of the jobs. It need not exist.
        """
        self._folder = Path(folder)
        self._closing = threading.Event()

    def ask(self, job_id: str) -> None:
        """Ask for the end of a job.

        Raises:
            OSError: the request cannot be written.
        """
        (self._folder / f"{_PREFIX}{job_id}").touch(mode=0o600)

    def obey(self, end: Callable[[str], bool]) -> None:
        """Obey all requests.

        Args:
            end: begins to end the job with this id, and returns whether it has ended. As long as
                it has not, the request stays, so that it holds even if the app is killed.
        """
        try:
            for path in sorted(self._folder.glob(f"{_PREFIX}*")):
                if end(path.name.removeprefix(_PREFIX)):
                    path.unlink(missing_ok=True)
        except OSError:
            _log.exception("the requests to end jobs cannot be read or deleted")

    def watch(self, end: Callable[[str], bool]) -> None:
        """Obey all requests to come, on another thread, until `close` is called.

        Args:
            end: see `obey`.
        """

        def work() -> None:
            while not self._closing.wait(LOOK_S):
                self.obey(end)

        threading.Thread(target=work, name="end-requests", daemon=True).start()

    def close(self) -> None:
        """End what `watch` began."""
        self._closing.set()
