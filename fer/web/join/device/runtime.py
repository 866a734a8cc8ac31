"""Finds onnxruntime-web, the program that runs our networks in students' browsers.

`npm ci` puts it into `node_modules`. If that was not done, the package is fetched once, in the
background, from npm's public registry into the user's cache. `package-lock.json` names its version
and its hash. Without the package, students' devices send small pictures to the server instead.
"""

from __future__ import annotations

import base64
import json
import logging
import tarfile
import threading
import time
from pathlib import Path

from fer.checks.check import Check, good, warning
from fer.files import write_whole
from fer.settings import ROOT

log = logging.getLogger(__name__)

PACKAGE = "onnxruntime-web"

SCRIPT, PROGRAM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
"""The two files of the package that a browser needs: plain WebAssembly, on the processor."""

REGISTRY = "https://registry.npmjs.org"

ANSWER_S = 20.0
"""Seconds without an answer from the registry after which fetching is given up."""

AGAIN_S = 600.0
"""Seconds after a failure before the next attempt to fetch the package."""


class Runtime:
    """The runtime's files on this machine. It may be used from any thread."""

    def __init__(
        self,
        *,
        root: Path = ROOT,
        cache: Path | None = None,
        registry: str = REGISTRY,
        download: bool = True,
    ) -> None:
        """Args:
        root: folder with `package-lock.json` and, after `npm ci`, `node_modules`.
        cache: folder for a package that was fetched; None for the user's cache.
        registry: address of the registry from which it is fetched.
        download: whether it may be fetched.
        """
        self._root = root
        self._cache = cache
        self._registry = registry
        self._download = download
        self._lock = threading.Lock()
        self._fetching = False
        self._failed_at: float | None = None
        self._failure = ""

    def folder(self) -> Path | None:
        """Returns the folder with `SCRIPT` and `PROGRAM`, or None if they are not here."""
        installed = self._root / "node_modules" / PACKAGE / "dist"
        for folder in (installed, self._fetched()):
            if folder and (folder / SCRIPT).is_file() and (folder / PROGRAM).is_file():
                return folder
        return None

    def fetch(self) -> None:
        """Begin to fetch the files in the background, if they are missing and may be fetched.

        Returns at once. While one attempt goes on, and for `AGAIN_S` after a failure, it does
        nothing.
        """
        with self._lock:
            now = time.monotonic()
            waits = self._failed_at is not None and now - self._failed_at < AGAIN_S
            if self._fetching or waits or not self._download or self.folder():
                return
            self._fetching = True
            try:
                threading.Thread(target=self._fetch, name="fetch-runtime", daemon=True).start()
            except RuntimeError as error:  # the system gives no more threads
                self._fail(error)

    def check(self) -> Check:
        """Returns whether the files are here, and what to do if they are not."""
        name = "students' devices"
        if (folder := self.folder()) is not None:
            return good(name, f"{PACKAGE} lies in {folder}.")
        if self._fetching:
            why = "It is being fetched."
        elif self._failure:
            why = f"It could not be fetched: {self._failure}."
        elif self._download:
            why = "It will be fetched when a class with cameras is opened."
        else:
            why = "FER_DOWNLOAD does not allow fetching it."
        return warning(
            name,
            f"{PACKAGE} is missing, so students' devices send pictures to this server. {why}",
            "Run npm ci --omit=dev --ignore-scripts in the folder of the app.",
        )

    def _fetched(self) -> Path | None:
        """The folder for the locked version of the package in the cache, or None without a lock."""
        try:
            version, _ = self._locked()
        except (OSError, ValueError, KeyError):
            return None
        return self._cache_folder() / f"{PACKAGE}-{version}"

    def _cache_folder(self) -> Path:
        if self._cache is None:
            import pooch  # only needed where `npm ci` was not run

            self._cache = Path(pooch.os_cache("classroom-mood-monitor"))
        return self._cache

    def _locked(self) -> tuple[str, str]:
        """Returns the version and the SHA-512 hash of the package, as hex digits.

        Raises:
            OSError, ValueError, KeyError: there is no lock file, or it holds something else.
        """
        lock = json.loads((self._root / "package-lock.json").read_text("utf-8"))
        package = lock["packages"][f"node_modules/{PACKAGE}"]
        kind, _, digest = package["integrity"].partition("-")
        if kind != "sha512":
            raise ValueError(f"package-lock.json holds a hash of the kind {kind!r}")
        return package["version"], base64.b64decode(digest).hex()

    def _fetch(self) -> None:
        import pooch

        try:
            version, digest = self._locked()
            folder = self._cache_folder() / f"{PACKAGE}-{version}"
            archive = Path(
                pooch.retrieve(
                    f"{self._registry}/{PACKAGE}/-/{PACKAGE}-{version}.tgz",
                    known_hash=f"sha512:{digest}",
                    fname=f"{PACKAGE}-{version}.tgz",
                    path=folder,
                    downloader=pooch.HTTPDownloader(timeout=ANSWER_S),
                )
            )
            with tarfile.open(archive) as package:
                for name in (SCRIPT, PROGRAM):
                    file = package.extractfile(f"package/dist/{name}")
                    if file is None:
                        raise ValueError(f"{name} in it is not a file")
                    write_whole(folder / name, file.read())
            archive.unlink()
        except Exception as error:  # whatever goes wrong in the network: there are no files
            self._fail(error)
        else:
            log.info("%s was fetched into %s", PACKAGE, folder)
            self._failure, self._fetching = "", False

    def _fail(self, error: Exception) -> None:
        log.warning("%s could not be fetched: %s", PACKAGE, error)
        self._failure, self._failed_at = str(error) or type(error).__name__, time.monotonic()
        self._fetching = False
