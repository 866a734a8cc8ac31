"""`python -m fer backup` and `restore`: the database of classes and all results, in one file.

The file is a tar archive. Its last entry says what it is and has the checksum of all that comes
before, because tar itself notices damage in the heads of its entries only.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import BinaryIO

from fer.console import say
from fer.errors import StoreError
from fer.files import writing_whole
from fer.settings import Settings
from fer.text import counted

FORMAT = "fer backup 2"
_ABOUT, _CLASSES = "about.json", "classes.gz"

_PIECE = 1 << 20
"""Bytes that are read at once while the checksum is computed."""


def add(commands) -> None:
    """Add the commands to the parser's commands."""
    backup = commands.add_parser("backup", help="write all classes and results to a file")
    backup.add_argument("file", type=Path, metavar="FILE", help="such as mood.tar")
    backup.set_defaults(run=_backup, stopped="No backup was written.")
    restore = commands.add_parser(
        "restore", help="read a backup into this database and folder of results; stop the app first"
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument(
        "--replace",
        action="store_true",
        help="delete the classes and results that are there first",
    )
    restore.set_defaults(run=_restore, stopped="Run it again with --replace.")


def _backup(options: argparse.Namespace) -> int:
    from fer.jobs.backup import pack
    from fer.jobs.folder import JobFolder
    from fer.store.backup import backup
    from fer.store.database import Database, database_url

    settings = Settings.from_environment()
    database = Database(database_url(settings))
    with (
        tempfile.TemporaryDirectory() as folder,
        writing_whole(options.file, private=True) as file,
        tarfile.open(fileobj=file, mode="w") as archive,
    ):
        classes = Path(folder) / _CLASSES
        counts = {"classes": backup(database, classes)}
        archive.add(classes, _CLASSES)
        counts["results"] = pack(JobFolder(settings.results), archive)
        # It comes last, so that an archive that was cut off has none.
        facts = {"format": FORMAT, "sha256": _checksum(file, file.tell()), **counts}
        note = json.dumps(facts).encode()
        about = tarfile.TarInfo(_ABOUT)
        about.size = len(note)
        archive.addfile(about, io.BytesIO(note))
    say(f"{options.file}: {_both(counts['classes'], counts['results'])}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from fer.jobs.backup import NOT_WHOLE, unpacked
    from fer.jobs.folder import JobFolder
    from fer.jobs.turn import alone
    from fer.store.backup import restore
    from fer.store.database import Database, database_url

    settings = Settings.from_environment()
    try:
        with (
            alone(settings.results),
            tarfile.open(options.file, "r:") as archive,
            tempfile.TemporaryDirectory() as folder,
        ):
            database = Database(database_url(settings))
            about = _about(archive, options.file)
            classes = Path(folder) / _CLASSES
            classes.write_bytes(_read(archive, _CLASSES))
            results = JobFolder(settings.results)
            with unpacked(results, archive, about["results"], replaces=options.replace):
                count = restore(database, classes, replace=options.replace)
    except (tarfile.TarError, EOFError) as error:
        raise StoreError(f"{options.file}: {NOT_WHOLE}") from error
    say(f"{_both(count, about['results'])} restored")
    return 0


def _about(archive: tarfile.TarFile, path: Path) -> dict:
    """Reads what an archive is, and whether it is whole.

    Raises:
        StoreError: it is damaged or not complete, or it was made by another version.
    """
    from fer.jobs.backup import NOT_WHOLE

    try:
        about = json.loads(_read(archive, _ABOUT))
        count, form = int(about["results"]), str(about["format"])
    except (ValueError, KeyError, TypeError):
        raise StoreError(NOT_WHOLE) from None
    if form != FORMAT:
        raise StoreError(
            f"The backup has the format {form!r}, and this version of the app reads {FORMAT!r}. "
            "Restore it with the version that made it."
        )
    with path.open("rb") as file:
        checksum = _checksum(file, archive.getmember(_ABOUT).offset)
    if about.get("sha256") != checksum:
        raise StoreError(NOT_WHOLE)
    return {"results": count}


def _checksum(file: BinaryIO, size: int) -> str:
    """Returns the SHA-256 of the first `size` bytes of a file, in hex, and stays behind them."""
    checksum = hashlib.sha256()
    file.seek(0)
    while size and (piece := file.read(min(size, _PIECE))):
        checksum.update(piece)
        size -= len(piece)
    return checksum.hexdigest()


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    from fer.jobs.backup import NOT_WHOLE

    try:
        content = archive.extractfile(archive.getmember(name))
    except KeyError:
        raise StoreError(NOT_WHOLE) from None
    return b"" if content is None else content.read()


def _both(classes: int, results: int) -> str:
    return f"{counted(classes, 'class', 'classes')} and {counted(results, 'result')}"
