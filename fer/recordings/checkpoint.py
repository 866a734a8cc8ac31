"""Keeps the segments of an unfinished analysis, so that a later run can go on.

Only numbers are written, never a picture. A checkpoint belongs to one file, one model and one set
of options; with another file, model or option the analysis starts again from nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path

from fer.faces.core import MoodCore
from fer.recordings.segment import FACE_FIELDS, Plan, Segment

log = logging.getLogger(__name__)

_EDGE = 1 << 20


def identity(path: Path | str, plan: Plan, core: MoodCore) -> str:
    """Return a hexadecimal text that changes with everything that the result depends on.

    That is the plan, the detector, the model and the file. Of the file, the size and the first and
    the last MiB count.

    Raises:
        OSError: the file cannot be read.
    """
    path = Path(path)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    facts = [size, repr(plan), core.detector.name, core.detector.size, core.classifier.card]
    digest.update(json.dumps([*facts, FACE_FIELDS], sort_keys=True, default=str).encode())
    return digest.hexdigest()


class Checkpoint:
    """Keeps segments in a folder.

    Several processes may write to it at once. The key is in the name of each file, so those that
    analyse something else, or in another way, do not take each other's numbers for theirs.
    """

    def __init__(self, folder: Path | str, key: str) -> None:
        """Args:
            folder: the folder, which is made if it is missing. Other files in it are left alone.
            key: result of `identity`.

        Raises:
            OSError: the folder cannot be made.
        """
        self.folder = Path(folder)
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self, index: int) -> Segment | None:
        """Return a segment that was stored; None if there is none or its file is damaged."""
        path = self._path(index)
        if not path.is_file():
            return None
        try:
            return Segment.load(path)
        except ValueError as error:
            log.warning("%s; reading it again", error)
            return None

    def store(self, segment: Segment) -> bool:
        """Store a segment, either as a whole or not at all.

        Returns:
            Whether it was stored. A full disk is no error: it must not end an analysis that needs
            no disk.
        """
        path = self._path(segment.index)
        try:
            segment.save(path)
        except OSError as error:
            log.warning("segment %d cannot be kept for a later run: %s", segment.index, error)
            return False
        return True

    def _path(self, index: int) -> Path:
        return self.folder / f"segment-{self._key}-{index:05d}.npz"


def clear(folder: Path | str) -> None:
    """Delete everything that a checkpoint has written to a folder, and the folder if it is empty.

    Call it when the report has been stored, and not before: if the disk is full, the analysis must
    not be lost. The folder may be missing.

    Raises:
        OSError: something cannot be deleted.
    """
    folder = Path(folder)
    for path in [
        *folder.glob("segment-*.npz"),
        # These are drafts of a process that was killed while it wrote.
        *folder.glob(".segment-*.tmp"),
        folder / "checkpoint.json",  # of an earlier version
    ]:
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
