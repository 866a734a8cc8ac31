"""The folder in which the files of a model are written and checked before they are installed.

Nothing here needs Keras, whose import takes seconds.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fer.network import CARD_FORMAT


@contextlib.contextmanager
def drafted(folder: Path) -> Iterator[Path]:
    """Give a temporary folder for the files of a model; at the end they are moved to `folder`.

    If an error is raised in between, `folder` stays as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # An existing folder may be a separate disk, to which files cannot be moved from another one.
    place = folder if folder.is_dir() else folder.parent
    with tempfile.TemporaryDirectory(prefix=".release-", dir=place) as temporary:
        # The app offers every emotion.onnx that lies one folder deep, so the draft lies deeper.
        draft = Path(temporary) / "model"
        draft.mkdir()
        yield draft
        folder.mkdir(exist_ok=True)
        for file in sorted(draft.iterdir()):
            file.replace(folder / file.name)


def write_card(path: Path, card: dict) -> None:
    """Write a card, with its format added, as JSON; `fer.faces.classify` reads its keys."""
    text = json.dumps({"format": CARD_FORMAT} | card, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
