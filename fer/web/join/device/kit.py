"""All files with which a student's device reads faces, compressed and ready to be sent.

The address of each file contains the hash of its content, so that browsers may keep it for good.
The scripts import each other by their names, so theirs contain one hash of all of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from fer.errors import ModelError
from fer.faces.detect import bundled
from fer.web.join.device.recipe import device_recipe
from fer.web.join.device.runtime import PROGRAM, SCRIPT

FOLDER = Path(__file__).resolve().parent

LARGEST_MODEL = 8_000_000
"""Largest size in bytes of an emotion model that devices are asked to fetch."""

COMPRESSION = 6
"""The level of gzip. Level 9 takes 4.3 s instead of 2.6 s, and the files become 0.4 % smaller."""

SCRIPTS = ("worker.js", "reader.js", "detect.js", "classify.js", "pixels.js")
"""The scripts of this folder; the page starts the first one."""

_SCRIPT, _PROGRAM, _NETWORK = "text/javascript", "application/wasm", "application/octet-stream"
# Compressing takes seconds, so it runs on a thread until a device needs the files.
_compressing = ThreadPoolExecutor(1, thread_name_prefix="compress")


class File:
    """One file of the kit.

    Attributes:
        name: its name in its address.
        media_type: its media type.
        version: a part of the hash of its content, or of that of all scripts.
        compressed: its content as gzip packs it, once that is done.
    """

    compressed: Future[bytes]

    def __init__(self, name: str, media_type: str, content: bytes, version: str = "") -> None:
        self.name, self.media_type = name, media_type
        self.version = version or _hash(content)
        self.compressed = _compressing.submit(gzip.compress, content, COMPRESSION, mtime=0)

    @property
    def address(self) -> str:
        """The address of the file, relative to the page of a class."""
        return f"device/{self.version}/{self.name}"


class Kit:
    """The files for one emotion model and one version of the runtime."""

    def __init__(self, classifier: Path, runtime: Path) -> None:
        """Args:
            classifier: ONNX file of the emotion model, with its card beside it.
            runtime: folder of the runtime's files.

        Raises:
            ModelError: the model or its card cannot be used on a device.
            OSError: a file cannot be read.
        """
        recipe = recipe_file(classifier)
        scripts = {name: (FOLDER / name).read_bytes() for name in SCRIPTS}
        version = _hash(b"".join(scripts.values()))
        files = {
            "runtime": File(SCRIPT, _SCRIPT, (runtime / SCRIPT).read_bytes()),
            "wasm": File(PROGRAM, _PROGRAM, (runtime / PROGRAM).read_bytes()),
            "recipe": File("device.json", "application/json", recipe),
            "detector": File("face.onnx", _NETWORK, bundled.MODEL.read_bytes()),
            "classifier": File("emotion.onnx", _NETWORK, classifier.read_bytes()),
            **{name: File(name, _SCRIPT, script, version) for name, script in scripts.items()},
        }
        self.addresses = {part: file.address for part, file in files.items()}
        """The address of each file, relative to the page of a class, as that page expects them."""
        self._files = {(file.version, file.name): file for file in files.values()}

    def file(self, version: str, name: str) -> File | None:
        """Returns the file at an address, or None if there is no such file."""
        return self._files.get((version, name))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def recipe_file(classifier: Path) -> bytes:
    """Returns the JSON file that says how a device reads with this model.

    Raises:
        ModelError: the model or its card cannot be used on a device.
    """
    try:
        size = classifier.stat().st_size
        if size > LARGEST_MODEL:
            raise ModelError(
                f"{classifier.name} has {size / 1e6:.0f} MB, and at most "
                f"{LARGEST_MODEL / 1e6:.0f} MB are sent to a device"
            )
        return json.dumps(device_recipe(classifier)).encode()
    except OSError as error:
        raise ModelError(f"{classifier} cannot be read: {error.strerror}") from error
    except KeyError as missing:
        raise ModelError(f"the card of {classifier.name} lacks {missing}") from None
