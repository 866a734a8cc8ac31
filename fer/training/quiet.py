"""Loads Keras without the notices that TensorFlow begins with."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

# TensorFlow (2.21) writes these for each of its libraries, whatever `TF_CPP_MIN_LOG_LEVEL` says.
_NOTICES = (
    b"WARNING: All log messages before absl::InitializeLog()",
    b"I0000 ",
    b"To enable the following instructions: ",  # the second line of a notice about the processor
)


@contextlib.contextmanager
def without_notices() -> Iterator[None]:
    """Keep notices off standard error meanwhile; all else is written at the end.

    TensorFlow does not write through Python, so the file behind standard error is replaced.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (AttributeError, OSError, ValueError):  # a program without a console
        yield
        return
    with tempfile.TemporaryFile() as meanwhile:
        os.dup2(meanwhile.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            meanwhile.seek(0)
            for line in meanwhile:
                if not line.startswith(_NOTICES):
                    os.write(2, line)


def load_keras() -> None:
    """Load Keras and its backend, which takes seconds."""
    with without_notices():
        import keras  # noqa: F401
