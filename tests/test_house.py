"""The structure of the code: which room may know which, and how large a module may grow.

Imports are read from the source, also those inside functions, so nothing is run. README.md, "How
it is built", has the map that this test holds in place.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from fer.settings import ROOT

LONGEST_MODULE = 400
SCREENS = ("fer.web", "streamlit", "streamlit_webrtc", "starlette", "tornado")
TRAINERS = ("keras", "tensorflow", "torch", "jax", "tf2onnx", "h5py")
DATABASES = ("sqlite3", "sqlalchemy", "alembic", "psycopg")

NEVER = [
    # Who; what they must not import; why.
    (
        (
            *("faces", "mood", "media", "live", "speech", "charts", "report", "recordings"),
            *("jobs", "access", "checks", "store", "classroom", "sessions", "demo", "logs"),
        ),
        SCREENS,
        "only fer/web and the pages know of a screen or a server",
    ),
    (("faces", "mood"), ("fer.media", "av"), "frames and readings come in; files stay outside"),
    (("faces",), ("fer.mood", "fer.live"), "a frame is read as if it were the only one"),
    (("mood",), ("cv2", "PIL", "onnxruntime", "skimage"), "it works on numbers, never on pictures"),
    (("charts",), ("fer.report", "fer.recordings", "fer.jobs"), "figures know only tables"),
    (("web",), ("fer.training",), "the app runs without the training code"),
]


@cache
def modules() -> dict[str, Path]:
    """The modules of the app and its commands, by their dotted name."""
    return by_name(
        [*(ROOT / "fer").rglob("*.py"), *(ROOT / "pages").glob("*.py"), *ROOT.glob("*.py")]
    )


@cache
def all_modules() -> dict[str, Path]:
    """All modules of the project, including its tests and benchmarks."""
    others = [file for folder in ("tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")]
    return modules() | by_name(others)


def by_name(files: list[Path]) -> dict[str, Path]:
    names = {}
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return names


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


@cache
def imports(name: str) -> dict[str, int]:
    """Modules that a module imports anywhere in its code, with the line of one such import."""
    imported: dict[str, int] = {}
    for node in ast.walk(tree(modules()[name])):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported.setdefault(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno} imports by a relative name"
            base = node.module or ""
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                imported.setdefault(whole if whole in modules() else base, node.lineno)
    return imported


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def offences(importers: list[str], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{modules()[name].relative_to(ROOT)}:{line} imports {imported}"
        for name in importers
        for imported, line in imports(name).items()
        if is_in(imported, forbidden)
    ]


@pytest.mark.parametrize(("rooms", "forbidden", "why"), NEVER)
def test_a_room_knows_only_what_it_may(rooms, forbidden, why):
    importers = [name for name in modules() if is_in(name, tuple(f"fer.{room}" for room in rooms))]
    assert importers
    assert not offences(importers, forbidden), why


def test_only_the_training_code_knows_keras():
    allowed = ("fer.training", "train", "evaluate")
    importers = [name for name in modules() if not is_in(name, allowed)]
    assert not offences(importers, TRAINERS), "the app must start without the training packages"


def test_sql_stands_in_the_store_alone():
    importers = [name for name in modules() if not is_in(name, ("fer.store",))]
    assert not offences(importers, DATABASES)


def test_no_circle_of_imports():
    """There are no circles at all, not even through an import inside a function."""
    edges = {
        name: sorted(
            imported
            for imported in imports(name)
            if imported in modules() and imported != name and imported != "fer"
        )
        for name in modules()
    }
    done: set[str] = set()
    circles = []

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circles.append(" -> ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for imported in edges[name]:
                follow(imported, (*path, name))
            done.add(name)

    for name in edges:
        follow(name, ())
    assert not circles


def test_no_module_is_long():
    files = [*modules().values(), *(ROOT / "fer").rglob("*.js")]
    lengths = {str(file): len(file.read_text("utf-8").splitlines()) for file in files}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_no_private_name_crosses_a_module():
    """Tests and benchmarks use public names only, too, also where they replace one."""
    crossings = [
        f"{file.relative_to(ROOT)}:{line} uses {used}"
        for file in all_modules().values()
        for line, used in used_names(tree(file))
        if any(map(is_private, used.split(".")))
    ]
    assert not crossings


def test_a_private_name_is_seen_wherever_it_crosses():
    code = """
from benchmarks import _stage
from benchmarks._stage import App
from fer.store.backup import _ROWS
import fer._secret
from fer.store import backup
backup._ROWS
monkeypatch.setattr(backup, "_ROWS", 1)
monkeypatch.setattr("fer.store.backup._ROWS", 1)
"""
    private = [line for line, used in used_names(ast.parse(code)) if "._" in used]
    assert sorted(private) == [2, 3, 4, 5, 7, 8, 9]


def used_names(module: ast.Module) -> list[tuple[int, str]]:
    """The names of our other modules that a module uses, each with its line."""
    packages = {name.partition(".")[0] for name in all_modules()}
    nodes = list(ast.walk(module))
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}" in all_modules()
    }
    used: list[tuple[int, str]] = []
    for node in nodes:
        match node:
            case ast.ImportFrom(module=str(base), names=names):
                used += [(node.lineno, f"{base}.{alias.name}") for alias in names]
            case ast.Import(names=names):
                used += [(node.lineno, alias.name) for alias in names]
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in imported:
                used.append((node.lineno, f"{imported[owner]}.{name}"))
            case ast.Call(
                func=ast.Attribute(attr="setattr"),
                args=[ast.Name(id=owner), ast.Constant(value=str(name)), *_],
            ) if owner in imported:
                used.append((node.lineno, f"{imported[owner]}.{name}"))
            case ast.Call(
                func=ast.Attribute(attr="setattr"), args=[ast.Constant(value=str(name)), *_]
            ):
                used.append((node.lineno, name))
    return [(line, name) for line, name in used if name.partition(".")[0] in packages]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_every_package_says_what_lives_there():
    silent = [
        name
        for name, file in modules().items()
        if file.name == "__init__.py" and not ast.get_docstring(tree(file))
    ]
    assert not silent


def test_the_map_in_the_readme_has_every_room():
    rooms = {file.parent.name for file in ROOT.glob("fer/*/__init__.py")}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert {room for room in rooms if f"| `fer/{room}/` |" not in readme} == set()
