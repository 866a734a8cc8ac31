"""The results of analyses in a backup: packing them, and unpacking them completely or not at all.

Uploads and unfinished analyses are left out, because they are large and deleted within a day.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from fer.errors import StoreError
from fer.jobs.folder import DELETED, JobFolder
from fer.jobs.job import Job, JobState
from fer.report.archive import FILES
from fer.text import counted

_NOTE = "job.json"
_MEMBER = re.compile(
    rf"results/([A-Za-z0-9_-]{{16,32}})/({'|'.join(map(re.escape, FILES))}|{_NOTE})"
)


def pack(folder: JobFolder, archive: tarfile.TarFile) -> int:
    """Add all results to an archive; safe while the app runs.

    Returns:
        How many results were added. One that is deleted meanwhile is added whole or left out.

    Raises:
        OSError: a file cannot be read.
    """
    count = 0
    for job in finished(folder):
        with contextlib.ExitStack() as opened:
            # A file that is open can be read to its end even after it was deleted. A result is
            # deleted as a whole, so if its note is there after all others, they were all there.
            files = {}
            for name in (*FILES, _NOTE):
                with contextlib.suppress(FileNotFoundError):
                    path = folder.home(job.id) / name
                    files[name] = opened.enter_context(path.open("rb"))
            if files.pop(_NOTE, None) is None:
                continue
            for name, file in files.items():
                about = archive.gettarinfo(arcname=f"results/{job.id}/{name}", fileobj=file)
                archive.addfile(_nobodys(about), file)
        # The upload of a recording that was kept is not in the archive.
        note = json.dumps(asdict(replace(job, source="", keep_video=False, size=0))).encode("ascii")
        about = tarfile.TarInfo(f"results/{job.id}/{_NOTE}")
        about.size, about.mtime, about.mode = len(note), int(job.created), 0o600
        archive.addfile(about, io.BytesIO(note))
        count += 1
    return count


def finished(folder: JobFolder) -> list[Job]:
    """Returns all jobs that have a result."""
    return [job for job in folder.peek() if job.state == JobState.DONE]


@contextlib.contextmanager
def unpacked(
    folder: JobFolder, archive: tarfile.TarFile, count: int, *, replaces: bool
) -> Iterator[None]:
    """Unpack the results of an archive beside the folder's own, and move them there at the end.

    If the block raises an exception, the folder is as it was. The end only renames folders, so that
    it takes a moment. If the process is killed before, the next start deletes what was unpacked.

    Args:
        folder: the folder for results, on which no process works.
        archive: an archive that `pack` has written to.
        count: how many results it must contain.
        replaces: whether to delete the results that are there; without it there must be none.

    Raises:
        OSError: a file cannot be written.
        StoreError: the archive is not complete, the folder has results already, or not all results
            could be moved, although the block has ended well.
    """
    there = finished(folder)
    if there and not replaces:
        raise StoreError(
            f"The folder has {counted(len(there), 'result')} already. Add --replace to delete what "
            "is there first."
        )
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder.path / f"{DELETED}restored-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    try:
        homes = _unpack(archive, draft)
        if len(homes) != count or not all((draft / home / _NOTE).is_file() for home in homes):
            raise StoreError(NOT_WHOLE)
        yield
        # A result whose note is damaged or thrown away is in no list, but its folder is in the way.
        try:
            for job_id in {*(job.id for job in there), *homes}:
                folder.set_aside(job_id)
            for home in homes:
                (draft / home).rename(folder.home(home))
        except OSError as error:
            raise StoreError(HALF_RESTORED.format(reason=error.strerror or error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    folder.delete_leftovers()


NOT_WHOLE = "This is not a complete backup."
HALF_RESTORED = (
    "The classes are restored, but not all results could be put in their place: {reason}. Mend "
    "that, then restore the backup again with --replace."
)


def _unpack(archive: tarfile.TarFile, draft: Path) -> list[str]:
    homes: dict[str, None] = {}
    for member in archive:
        match = _MEMBER.fullmatch(member.name)
        content = archive.extractfile(member) if match and member.isreg() else None
        if match is None or content is None:
            continue
        home = draft / match[1]
        home.mkdir(mode=0o700, exist_ok=True)
        target = home / match[2]
        target.touch(mode=0o600)
        with target.open("wb") as file:
            shutil.copyfileobj(content, file)
        homes[match[1]] = None
    return list(homes)


def _nobodys(about: tarfile.TarInfo) -> tarfile.TarInfo:
    """Returns an entry without the name and number of the account on this machine."""
    about.uid = about.gid = 0
    about.uname = about.gname = ""
    about.mode = 0o600
    return about
