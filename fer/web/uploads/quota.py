"""How much space visitors' uploads may take on the server's disk.

A browser sends a file as soon as it is chosen, before any button is pressed. So an upload that does
not fit is refused before its first byte is received.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fer.web.uploads import texts

STRANGERS = 256 << 20
"""Most bytes of all visits together that may not open pages for instructors. What they upload are
pictures for the Model page, which are then held in memory."""


class QuotaError(Exception):
    """An upload does not fit. The message is for the visitor."""


@dataclass(frozen=True)
class Held:
    """What one visit has uploaded.

    Attributes:
        files: the number of files.
        size: their total size in bytes.
    """

    files: int = 0
    size: int = 0


@dataclass(frozen=True)
class Limits:
    """How much may be held at one time.

    Attributes:
        visit: most bytes of one visit.
        overall: most bytes of all visits together.
        files: most files of one visit.
        strangers: most bytes of all visits together that may not open pages for instructors.
    """

    visit: int
    overall: int
    files: int = 200
    strangers: int = STRANGERS

    @classmethod
    def of_disk(cls, space: int) -> Limits:
        """Allows one visit a quarter of a disk's space and all visits half of it.

        The other half is for the analyses, which copy what they read. Strangers get so little that
        they cannot keep instructors out.

        Args:
            space: how many bytes are free or taken by uploads.
        """
        return cls(space // 4, space // 2, strangers=min(STRANGERS, space // 20))


class Quota:
    """Counts the uploads that are held and those on their way. Use it on one event loop only."""

    def __init__(
        self,
        held: Callable[[], Mapping[str, Held]],
        limits: Callable[[int], Limits],
    ) -> None:
        """Args:
        held: returns what each visit holds now.
        limits: returns how much may be held, given how many bytes are held now.
        """
        self._held = held
        self._limits = limits
        self._coming: Counter[str] = Counter()
        self._files_coming: Counter[str] = Counter()
        self._strangers: set[str] = set()

    @contextmanager
    def take(self, visit: str, size: int, stranger: bool = False) -> Iterator[None]:
        """Reserve space for an upload while it is on its way.

        Args:
            visit: the visit that sends it.
            size: its size in bytes.
            stranger: whether the visit may not open pages for instructors.

        Raises:
            QuotaError: it does not fit.
        """
        held = self._held()
        mine = held.get(visit, Held())
        total = sum(other.size for other in held.values())
        limits = self._limits(total)
        if mine.files + self._files_coming[visit] >= limits.files:
            raise QuotaError(texts.TOO_MANY.format(files=limits.files))
        if (
            mine.size + self._coming[visit] + size > limits.visit
            or total + self._coming.total() + size > limits.overall
        ):
            raise QuotaError(texts.NO_ROOM)
        if stranger:
            self._strangers = {visit, *self._strangers & {*held, *self._coming}}
            theirs = sum(held.get(one, Held()).size + self._coming[one] for one in self._strangers)
            if theirs + size > limits.strangers:
                raise QuotaError(texts.NO_ROOM)
        self._coming[visit] += size
        self._files_coming[visit] += 1
        try:
            yield
        finally:
            self._coming[visit] -= size
            self._files_coming[visit] -= 1
            if not self._files_coming[visit]:
                del self._coming[visit], self._files_coming[visit]


def of_disk(folder: Path) -> Callable[[int], Limits]:
    """Returns limits for uploads in a folder by the space on its disk, as `Quota` needs them."""

    def limits(held: int) -> Limits:
        at = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        return Limits.of_disk(shutil.disk_usage(at).free + held)

    return limits
