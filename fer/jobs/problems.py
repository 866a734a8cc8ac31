"""Sentences about failures of the server, above all of its disk, for the people who use the app."""

from __future__ import annotations

import errno

FAULT = (
    "The analysis failed because of a fault in this app. Tell whoever runs it the number "
    "{reference}, under which the server's log has the details."
)

ELSEWHERE = (
    "Another copy of this app uses the same folder of results. Until that one ends, this one shows "
    "earlier results, but analyses, keeps, renames and deletes nothing. After an update this takes "
    "a few seconds. If it lasts, tell whoever runs the app: one of the two has to be stopped, or "
    "needs a folder of its own (FER_RESULTS)."
)


def disk_message(error: OSError) -> str:
    """Say that the server could not read or write a file, and what to do."""
    if error.errno == errno.ENOSPC:
        return "The server's disk is full. Delete earlier results or recordings, then try again."
    return (
        f"The server could not read or write a file: {error.strerror or error}. Try again; if that "
        "fails too, check whether the server may write to its folder of results."
    )


def not_deleted(name: str, error: OSError) -> str:
    """Say that the recording or result of this name could not be deleted, and what to do."""
    return (
        f"{name} could not be deleted: {error.strerror or error}. Check whether the "
        "server may write to its folder of results, then try again."
    )
