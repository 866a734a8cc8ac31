"""The FER+ votes: the answers of ten people for each face of FER2013."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer.emotions import EMOTIONS
from fer.training.emotion.face_set import FaceSet
from fer.training.files import DataError, table_rows

VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The FER+ classes, in the order of its table."""


_TAGS = (*VOTES, "unknown", "NF")


VOTE_OF_EMOTION = (4, 5, 6, 1, 3, 2, 0)
"""Column of `VOTES` for each of `EMOTIONS`."""


_VOTE_FILES = ("ferplus_votes.csv", "fer2013new.csv")


def read_votes(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Read a table of FER+ votes.

    Returns:
        The votes, float32 (rows, 10) as in `FaceSet.votes`, where each row belongs to the row of
        FER2013 with the same number; and the part of each row, empty where the table has no
        column `Usage`.

    Raises:
        DataError: the table cannot be read or has other columns.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    rows, usages = [], []
    for where, row in table_rows(path):
        try:
            rows.append([float(row[name]) for name in _TAGS])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{where}: expected numbers in the FER+ columns {', '.join(_TAGS)}; found {row}"
            ) from error
        usages.append(row.get("Usage") or "")
    return np.asarray(rows, np.float32).reshape(-1, len(_TAGS)), usages


def vote_shares(votes: np.ndarray) -> np.ndarray:
    """Compute the shares of the eight `VOTES`: float32 (N, 8); all zero for a face without votes.

    Args:
        votes: float32 (N, 10), as in `FaceSet.votes`.
    """
    votes = votes[:, : len(VOTES)]
    total = votes.sum(1, keepdims=True)
    return np.divide(votes, total, out=np.zeros_like(votes), where=total > 0)


def most_voted(votes: np.ndarray) -> np.ndarray:
    """Choose the most voted class of each face: int64 (N,), index into `VOTES`.

    It is -1 where "unknown" or "not a face" got the most votes, where two or more got as many as
    each other (157 faces of PublicTest and 170 of PrivateTest), and where there are no votes.

    Args:
        votes: float32 (N, 10), as in `FaceSet.votes`.
    """
    winner = votes.argmax(1)
    alone = (votes == votes.max(1, keepdims=True)).sum(1) == 1
    return np.where((winner < len(VOTES)) & alone, winner, -1)


def voted_emotion(votes: np.ndarray, contempt: int = -1) -> np.ndarray:
    """Choose the most voted emotion of each face: int64 (N,), index into `EMOTIONS`.

    It is -1 where `most_voted` is -1.

    Args:
        votes: float32 (N, 10), as in `FaceSet.votes`.
        contempt: what a face gets where contempt won, which is none of the seven. The readings of
            single faces are trained and judged without such faces (-1), because nobody can say
            which of the seven is right. The shares of a class count every face, so there they need
            a place, see `fer.training.emotion.shares`. Contempt won for 26 faces of PrivateTest
            and 24 of PublicTest, where disgust won for 22 and 31.
    """
    emotion = np.full(len(VOTES), contempt)
    emotion[list(VOTE_OF_EMOTION)] = np.arange(len(EMOTIONS))
    winner = most_voted(votes)
    return np.where(winner >= 0, emotion[winner], -1)


def votes_beside(path: Path) -> Path | None:
    """Look for a table of FER+ votes beside the data, and in it if that is a folder."""
    folders = [path, path.parent] if path.is_dir() else [path.parent]
    places = (folder / name for folder in folders for name in _VOTE_FILES)
    return next((file for file in places if file.is_file()), None)


def with_votes(
    parts: dict[str, FaceSet], path: Path, votes: Path, *, asked: bool, tabled: bool
) -> dict[str, FaceSet]:
    """Give each face of `parts`, read from `path`, its row of the table `votes`.

    Where a face has no row number no face gets votes; that is an error if the votes were `asked`
    for. Faces that come from a table themselves (`tabled`) need one with as many rows.

    Raises:
        DataError: the table cannot be read or belongs to other faces.
    """
    table, usages = read_votes(votes)
    rows = np.concatenate([part.rows for part in parts.values()])
    remedy = "take the table that belongs to the faces, or move it away to train without votes"
    # The rows of the two tables are joined by their numbers alone. If one table lacked a row,
    # every later face would get the votes of another one.
    if tabled and len(rows) != len(table):
        raise DataError(
            f"{votes}: {len(table)} rows of votes, but {path} has {len(rows)} faces; {remedy}"
        )
    strange = rows[(rows < 0) | (rows >= len(table))]
    if len(strange):
        number = "no row number in its name" if strange[0] < 0 else f"row {strange[0]}"
        problem = f"{votes}: {len(table)} rows of votes, but a face in {path} has {number}"
        if asked:
            raise DataError(f"{problem}; train without --votes")
        print(f"{problem}; going on without votes", file=sys.stderr)
        return parts
    for usage, part in parts.items():
        for row in part.rows:
            if usages[row] not in ("", usage):
                raise DataError(
                    f"{votes}, line {row + 2}: votes on a face of {usages[row]}, but that of "
                    f"{path} is of {usage}; {remedy}"
                )
    return {usage: replace(part, votes=table[part.rows]) for usage, part in parts.items()}
