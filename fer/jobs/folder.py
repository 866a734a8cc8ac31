"""Keeps the files of all jobs: notes, uploads and results; and deletes them.

Every job has a folder. The note `job.json` describes the job, an upload lies in `upload` as long as
it is needed, an unfinished analysis in `checkpoint`, and the result beside the note (see
`fer.report.archive`). Only the account that the app runs under can read these files.

A folder that is to be deleted is first renamed, which happens at once and as a whole. So either it
is still a job, or it is a job no more, even if the process is killed in between. A result that is
thrown away, but can still be taken back, has its note renamed: the next start deletes it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import shutil
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

from fer.errors import RecordingError
from fer.files import write_whole
from fer.jobs.job import Job, JobState, Options
from fer.jobs.problems import disk_message
from fer.report.archive import FILES, source_of

DELETED = ".deleted-"
"""With this begin the names of folders that the next start deletes."""

_NOTE, _THROWN_AWAY = "job.json", "thrown-away.json"
_UPLOAD, _CHECKPOINT = "upload", "checkpoint"
_ID = re.compile(r"[A-Za-z0-9_-]{16,32}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\<>:"|?*]')
# Windows takes these for devices, whatever ending follows.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_DRAFT = re.compile(r"\..*\.tmp|.*\.json\.tmp|job\.tmp")
_LONGEST_ENDING = 16
_OURS = {_NOTE, _UPLOAD, _CHECKPOINT, *FILES}
_log = logging.getLogger(__name__)


class JobFolder:
    """The folder of all jobs. This class keeps nothing in memory and takes no lock."""

    def __init__(self, path: Path) -> None:
        """Args:
        path: the folder. It is made when the first job starts.
        """
        self.path = Path(path)

    def home(self, job_id: str) -> Path:
        """Return the folder of one job, which holds its result."""
        return self.path / job_id

    def checkpoint(self, job_id: str) -> Path:
        """Return the folder for the checkpoint of an unfinished analysis."""
        return self.path / job_id / _CHECKPOINT

    def make(self, job_id: str) -> Path:
        """Make the folder of a job.

        Raises:
            OSError: the folder cannot be made.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        home = self.home(job_id)
        home.mkdir(mode=0o700)
        return home

    def write(self, job: Job) -> None:
        """Write a job's note.

        Raises:
            OSError: the note cannot be written; the one before stays.
        """
        # ASCII, because a path may hold bytes that cannot be written as UTF-8.
        write_whole(
            self.home(job.id) / _NOTE, json.dumps(asdict(job)).encode("ascii"), private=True
        )

    def rename(self, job: Job, name: str) -> Job:
        """Write a job's note with another name; returns the job as it is then.

        Raises:
            RecordingError: the disk is full, and the name is as it was.
        """
        job = replace(job, name=name)
        try:
            self.write(job)
        except OSError as error:
            raise RecordingError(disk_message(error)) from error
        return job

    def take_upload(self, job: Job, data: BinaryIO) -> Job:
        """Copy an upload to the job's folder.

        Returns:
            The job with the path and the size of the upload.

        Raises:
            RecordingError: the upload is empty.
            OSError: the upload cannot be written.
        """
        target = self.make(job.id) / _UPLOAD / safe_name(job.name)
        target.parent.mkdir(mode=0o700)
        job = replace(job, source=str(target), uploaded=True)
        # If the process is killed while it copies, the next process deletes this job.
        self.write(replace(job, state=JobState.CANCELLED))
        target.touch(mode=0o600)
        with target.open("wb") as file:
            shutil.copyfileobj(data, file, 1 << 20)
        size = target.stat().st_size
        if size == 0:
            raise RecordingError("The file is empty (0 bytes). Choose another one.")
        return replace(job, size=size)

    def clear(self, job: Job) -> Job:
        """Delete the checkpoint of a job that has ended, and its upload unless it is to be kept.

        Returns:
            The job as it is now. The caller writes it down.

        Raises:
            OSError: something cannot be deleted.
        """
        _remove(self.checkpoint(job.id))
        if not job.left_behind:
            return job
        _remove(self.home(job.id) / _UPLOAD)
        return replace(job, source="", keep_video=False)

    def delete(self, job_id: str) -> bool:
        """Delete all files of a job.

        Returns:
            Whether all files are deleted. If not, the job is gone nevertheless, and
            `delete_leftovers` tries again.

        Raises:
            OSError: nothing can be deleted, and the job is as it was.
        """
        trash = self.set_aside(job_id)
        return trash is None or _try_to_remove(trash)

    def set_aside(self, job_id: str) -> Path | None:
        """Let `delete_leftovers` delete all files of a job, which is a job no more.

        Returns:
            The folder that it is in now; None if there was none.

        Raises:
            OSError: the folder cannot be renamed, and the job is as it was.
        """
        trash = self.path / f"{DELETED}{job_id}-{secrets.token_hex(4)}"
        try:
            self.home(job_id).rename(trash)
        except FileNotFoundError:
            return None
        return trash

    def throw_away(self, job_id: str) -> None:
        """Let the next start delete a job, unless it is taken back before.

        The note is renamed, because a full disk may have no room for another file.

        Raises:
            OSError: the note cannot be renamed, and the job is as it was.
        """
        home = self.home(job_id)
        (home / _NOTE).replace(home / _THROWN_AWAY)

    def take_back(self, job_id: str) -> None:
        """Undo `throw_away`; a job that is not thrown away is left alone.

        Raises:
            OSError: the note cannot be renamed, and the next start deletes the job.
        """
        thrown_away = self.home(job_id) / _THROWN_AWAY
        if (self.home(job_id) / _NOTE).exists():  # written meanwhile, and so newer
            thrown_away.unlink(missing_ok=True)
        elif thrown_away.exists():
            thrown_away.replace(self.home(job_id) / _NOTE)

    def delete_leftovers(self) -> None:
        """Delete the files that earlier deletions could not delete."""
        for path in self._entries():
            if path.name.startswith(DELETED):
                _try_to_remove(path)

    def load(self) -> list[Job]:
        """Return all jobs that earlier processes left, and delete files that belong to no job.

        If a note is damaged, the result is still good, so it is listed again. An upload or a
        checkpoint without a good note is deleted.
        """
        self.delete_leftovers()
        homes = (path for path in self._entries() if _ID.fullmatch(path.name))
        return [job for home in homes if (job := self._load(home)) is not None]

    def peek(self) -> list[Job]:
        """Return the jobs of all notes that can be read, and change nothing.

        Unlike `load`, this is safe while another process works on the jobs.
        """
        jobs = []
        for home in self._entries():
            with contextlib.suppress(OSError):
                job = _read(home / _NOTE) if _ID.fullmatch(home.name) else None
                if job is not None:
                    jobs.append(job)
        return jobs

    def _entries(self) -> list[Path]:
        try:
            return sorted(self.path.iterdir())
        except FileNotFoundError:
            return []
        except OSError:
            _log.exception("the folder of results cannot be read")
            return []

    def _load(self, home: Path) -> Job | None:
        try:
            if not home.is_dir():
                return None
            inside = {path.name for path in home.iterdir()}
            drafts = {name for name in inside if _DRAFT.fullmatch(name)}
            if _read(home / _THROWN_AWAY) is not None:
                self.delete(home.name)
                return None
            job = _read(home / _NOTE)
            if job is None and not inside - drafts <= _OURS:
                return None  # The folder belongs to somebody else.
            home.chmod(0o700)
            for name in drafts:
                (home / name).unlink(missing_ok=True)
            if job is None:
                _log.warning("the note of job %s is missing or damaged", home.name)
                job = self._restore(home)
            if job is None:
                self.delete(home.name)
            return job
        except OSError:
            _log.exception("cannot clear up job %s", home.name)
            return None

    def _restore(self, home: Path) -> Job | None:
        """Make a job for the result in a folder whose note is lost; None if there is no result."""
        name = source_of(home)
        if name is None:
            return None
        _remove(home / _UPLOAD)
        _remove(home / _CHECKPOINT)
        # The time of the folder itself changes with whatever is deleted or renamed in it.
        created = min(path.stat().st_mtime for path in map(home.joinpath, FILES) if path.exists())
        job = Job(home.name, name, "", False, state=JobState.DONE, progress=1.0, created=created)
        self.write(job)
        return job


def safe_name(name: str) -> str:
    """Return a file name without folders and control characters that suits any file system."""
    plain = _UNSAFE.sub("_", name).strip(" .") or "recording"
    if _DEVICE.match(plain):
        plain = f"_{plain}"
    stem, suffix = Path(plain).stem, Path(plain).suffix
    if len(suffix) > _LONGEST_ENDING:  # of a name such as "Prof. Konstantinopoulos, week 2"
        stem, suffix = plain, ""
    # File systems allow 255 bytes. The name of a draft is longer than that of its file.
    short = stem.encode()[: 200 - len(suffix.encode())].decode(errors="ignore")
    return (short + suffix).rstrip(" .")


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def _try_to_remove(path: Path) -> bool:
    try:
        _remove(path)
    except OSError:
        _log.exception("cannot delete %s", path.name)
        return False
    return True


def _read(note: Path) -> Job | None:
    """Read a note; None if it is missing, damaged or belongs to another folder.

    Raises:
        OSError: the note is there but cannot be read, perhaps for a moment only.
    """
    try:
        values = json.loads(note.read_text(encoding="utf-8"))
        job = Job(**_known(Job, values))
        options = Options(**_known(Options, values["options"]))
        job = replace(job, options=options, state=JobState(job.state))
        numbers = (job.progress, job.created, job.interrupted, job.size)
        texts = (job.id, job.name, job.source, job.message)
        if not all(isinstance(n, (int, float)) for n in numbers):
            return None
        if not all(isinstance(text, str) for text in texts):
            return None
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return job if job.id == note.parent.name else None


def _known(kind: type[Job | Options], values: dict[str, Any]) -> dict[str, Any]:
    """Returns what this version knows of the values in a note: a newer one may have added some."""
    known = {item.name for item in fields(kind)}
    return {key: value for key, value in values.items() if key in known}
