"""Whether students' devices can read faces here, and the files that they need for it."""

from __future__ import annotations

import threading
from functools import cache

from fer.checks.check import Check, warning
from fer.errors import ModelError
from fer.settings import Settings
from fer.web.join.device.kit import Kit, recipe_file
from fer.web.join.device.runtime import Runtime
from fer.web.resources import settings


class Shelf:
    """Keeps the kit of this process, which the first class with cameras makes."""

    def __init__(self, chosen: Settings, runtime: Runtime) -> None:
        self._chosen = chosen
        self._runtime = runtime
        self._lock = threading.Lock()
        self._kit: Kit | None = None

    def kit(self) -> Kit | None:
        """Returns the kit, or None where students' devices cannot read; `check` says why.

        If the runtime is missing, this begins to fetch it. The first call takes about 50 ms, so
        call it in a thread.
        """
        with self._lock:
            if self._kit is None:
                if (folder := self._runtime.folder()) is None:
                    self._runtime.fetch()
                    return None
                try:
                    self._kit = Kit(self._chosen.model, folder)
                except (ModelError, OSError):
                    return None
            return self._kit

    def check(self) -> Check:
        """Returns whether students' devices can read faces, and what to do if they cannot."""
        check = self._runtime.check()
        try:
            recipe_file(self._chosen.model)
        except ModelError as problem:
            return warning(
                check.name,
                f"Students' devices send pictures to this server: {problem}.",
                "Set FER_MODEL to a smaller model with a complete card, or leave it as it is.",
            )
        return check


@cache
def shelf() -> Shelf:
    """Returns the shelf of this process.

    Raises:
        SettingsError: the settings are wrong.
    """
    chosen = settings()
    return Shelf(chosen, Runtime(download=chosen.download))
