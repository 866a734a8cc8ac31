"""The files with which a student's own device reads faces, as the server sends them."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import io
import json
import re
import tarfile
import threading
import urllib.error
import urllib.request
from base64 import b64encode

import pytest

from fer.checks.check import Outcome
from fer.classroom.mode import Mode
from fer.faces.detect import bundled
from fer.settings import ROOT, Settings
from fer.web.join.device import routes
from fer.web.join.device.kit import SCRIPTS
from fer.web.join.device.runtime import PACKAGE, PROGRAM, SCRIPT, Runtime
from fer.web.join.device.shelf import Shelf
from tests.fakes import wait_for

CONTENT = {SCRIPT: b"export const env = {};", PROGRAM: b"\0asm" + bytes(200_000)}
FILES = {
    "runtime": "text/javascript; charset=utf-8",
    "wasm": "application/wasm",
    "recipe": "application/json",
    "detector": "application/octet-stream",
    "classifier": "application/octet-stream",
    **dict.fromkeys(SCRIPTS, "text/javascript; charset=utf-8"),
}


@pytest.fixture
def installed(tmp_path):
    """A folder as `npm ci` leaves it, with other content."""
    dist = tmp_path / "app" / "node_modules" / PACKAGE / "dist"
    dist.mkdir(parents=True)
    for name, content in CONTENT.items():
        (dist / name).write_bytes(content)
    return tmp_path / "app"


@pytest.fixture
def use(monkeypatch):
    """Lets the routes use another shelf."""

    def use(runtime: Runtime, settings: Settings | None = None) -> Shelf:
        shelf = Shelf(settings or Settings(), runtime)
        monkeypatch.setattr(routes, "shelf", lambda: shelf)
        return shelf

    return use


def fetch(url: str, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)


def facts(served, classroom) -> dict:
    html = fetch(f"{served.url}/join/{classroom.code}").read().decode()
    return json.loads(re.search(r'id="facts">(.*?)</script>', html)[1])


def test_the_page_names_files_that_come_compressed_and_for_good(served, classroom, installed, use):
    use(Runtime(root=installed))
    addresses = facts(served, classroom)["device"]
    assert addresses.keys() == FILES.keys()
    contents = {}
    for part, address in addresses.items():
        answer = fetch(f"{served.url}/join/{address}", **{"Accept-Encoding": "gzip, br"})
        data = answer.read()
        assert answer.headers["Content-Type"] == FILES[part]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) == len(data)
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' 'wasm-unsafe-eval'" in policy
        assert "connect-src 'self'" in policy
        contents[part] = gzip.decompress(data)
        if part not in SCRIPTS:
            assert hashlib.sha256(contents[part]).hexdigest().startswith(address.split("/")[1])
    # The scripts import each other by their names, so each change gives all of them a new address.
    (version,) = {addresses[name].split("/")[1] for name in SCRIPTS}
    together = b"".join(contents[name] for name in SCRIPTS)
    assert hashlib.sha256(together).hexdigest().startswith(version)
    assert contents["runtime"] == CONTENT[SCRIPT]
    assert contents["wasm"] == CONTENT[PROGRAM]
    assert contents["detector"] == bundled.MODEL.read_bytes()
    assert contents["classifier"] == Settings().model.read_bytes()
    assert json.loads(contents["recipe"])["detector"]["score"] > 0


def test_a_client_that_knows_no_gzip_gets_the_plain_file(served, classroom, installed, use):
    use(Runtime(root=installed))
    address = facts(served, classroom)["device"]["wasm"]
    answer = fetch(f"{served.url}/join/{address}", **{"Accept-Encoding": "identity"})
    assert answer.headers["Content-Encoding"] is None
    assert answer.read() == CONTENT[PROGRAM]


@pytest.mark.parametrize("name", ["reader.js", "__init__.py", "..%2frecipe.py"])
def test_no_other_file_and_no_other_version_is_sent(served, installed, use, name):
    use(Runtime(root=installed))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(f"{served.url}/join/device/0123456789abcdef/{name}")


def test_a_class_without_cameras_needs_none_of_it(served, classrooms, installed, use):
    use(Runtime(root=installed))
    classroom = classrooms.open("Pulse", mode=Mode.PULSE)
    assert facts(served, classroom)["device"] is None
    classrooms.close(classroom.id)


def test_without_the_runtime_students_send_pictures_and_the_check_says_why(
    served, classroom, tmp_path, use
):
    shelf = use(Runtime(root=tmp_path, cache=tmp_path / "cache", download=False))
    assert facts(served, classroom)["device"] is None
    check = shelf.check()
    assert check.outcome == Outcome.WARNING
    assert "send pictures" in check.finding
    assert "FER_DOWNLOAD" in check.finding
    assert "npm ci" in check.remedy


def test_a_model_that_is_too_large_for_phones_is_not_sent(
    served, classroom, installed, tmp_path, use
):
    large = tmp_path / "large.onnx"
    large.write_bytes(bytes(9_000_000))
    shelf = use(Runtime(root=installed), Settings(model=large))
    assert facts(served, classroom)["device"] is None
    check = shelf.check()
    assert (check.outcome, "9 MB" in check.finding) == (Outcome.WARNING, True)


# --- fetching --------------------------------------------------------------------------------


def package() -> bytes:
    """The package as a registry has it, with more files than are needed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in {**CONTENT, "ort.all.js": b"x" * 1000}.items():
            info = tarfile.TarInfo(f"package/dist/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def registry(tmp_path):
    """A registry on this machine; yields its address and the folder of its package."""
    folder = tmp_path / "registry"
    (folder / PACKAGE / "-").mkdir(parents=True)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder / PACKAGE / "-"
        server.shutdown()
        thread.join()


def lock(root, archive: bytes) -> None:
    integrity = "sha512-" + b64encode(hashlib.sha512(archive).digest()).decode()
    packages = {f"node_modules/{PACKAGE}": {"version": "1.2.3", "integrity": integrity}}
    root.mkdir(exist_ok=True)
    (root / "package-lock.json").write_text(json.dumps({"packages": packages}))


def test_a_missing_runtime_is_fetched_once_in_the_background(
    served, classroom, registry, tmp_path, use
):
    address, folder = registry
    (folder / f"{PACKAGE}-1.2.3.tgz").write_bytes(package())
    lock(tmp_path / "app", package())
    runtime = Runtime(root=tmp_path / "app", cache=tmp_path / "cache", registry=address)
    shelf = use(runtime)
    assert shelf.check().outcome == Outcome.WARNING
    assert facts(served, classroom)["device"] is None
    wait_for(lambda: shelf.check().outcome == Outcome.GOOD)
    addresses = facts(served, classroom)["device"]
    wasm = fetch(f"{served.url}/join/{addresses['wasm']}", **{"Accept-Encoding": "gzip"}).read()
    assert gzip.decompress(wasm) == CONTENT[PROGRAM]
    kept = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert kept == {SCRIPT, PROGRAM}
    # The next start finds it, without a network.
    again = Runtime(root=tmp_path / "app", cache=tmp_path / "cache", download=False)
    assert again.folder() == runtime.folder()


def test_a_package_with_another_hash_is_not_used(registry, tmp_path):
    address, folder = registry
    (folder / f"{PACKAGE}-1.2.3.tgz").write_bytes(package())
    lock(tmp_path / "app", package() + b"something else")
    runtime = Runtime(root=tmp_path / "app", cache=tmp_path / "cache", registry=address)
    runtime.fetch()
    wait_for(lambda: "could not be fetched" in runtime.check().finding)
    assert runtime.folder() is None
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_registry_that_is_away_is_not_asked_again_at_once(registry, tmp_path):
    address, _ = registry
    lock(tmp_path / "app", package())
    runtime = Runtime(root=tmp_path / "app", cache=tmp_path / "cache", registry=address)
    runtime.fetch()
    wait_for(lambda: "404" in runtime.check().finding)
    runtime.fetch()
    assert "It is being fetched" not in runtime.check().finding


def test_where_the_system_gives_no_thread_the_runtime_is_not_said_to_be_fetched(
    registry, tmp_path, monkeypatch
):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    address, _ = registry
    lock(tmp_path / "app", package())
    runtime = Runtime(root=tmp_path / "app", cache=tmp_path / "cache", registry=address)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    runtime.fetch()
    assert "could not be fetched: can't start new thread" in runtime.check().finding


def test_the_lock_file_holds_a_version_within_the_range():
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"][PACKAGE]
    low, high = re.fullmatch(r">=([\d.]+) <([\d.]+)", wanted).groups()
    version = locked[f"node_modules/{PACKAGE}"]["version"]
    parts = [tuple(map(int, text.split("."))) for text in (low, version, high)]
    assert parts[0] <= parts[1] < parts[2]
