"""The exact versions in requirements*.txt keep to the ranges in pyproject.toml, on every system."""

from __future__ import annotations

import itertools
import re
import tomllib

import pytest
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fer.settings import ROOT

_TOML = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = _TOML["project"], _TOML["dependency-groups"]
FILES = {
    "": "requirements.txt",
    "cluster": "requirements-cluster.txt",
    "landmarks": "requirements-landmarks.txt",
    "train": "requirements-train.txt",
    "dev": "requirements-dev.txt",
}
APART = {"docs": "docs/requirements.txt"}
"""What is installed without the app."""

SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
PLACES = list(itertools.product(("3.11", "3.12", "3.13"), SYSTEMS))


def place(python: str, system: tuple[str, str, str]) -> Environment:
    """What markers see on a system."""
    environment = default_environment()
    environment["python_version"] = python
    environment["python_full_version"] = f"{python}.0"
    environment["sys_platform"], environment["platform_system"], environment["os_name"] = system
    return environment


def asked(extra: str) -> list[Requirement]:
    """The ranges of the app and of an extra, or those of a group of its own."""
    if extra in GROUPS:
        return [Requirement(text) for text in GROUPS[extra]]
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    todo = [extra] if extra else []
    while todo:
        for text in PROJECT["optional-dependencies"][todo.pop()]:
            requirement = Requirement(text)
            if requirement.name == PROJECT["name"]:
                todo += requirement.extras
            else:
                wanted.append(requirement)
    return wanted


def pins(file: str) -> list[tuple[Requirement, int]]:
    """The exact versions in a file, each with the number of its hashes."""
    text = (ROOT / file).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        (Requirement(re.sub(r"--hash=\S+", "", line)), len(re.findall(r"--hash=sha256:\w+", line)))
        for line in lines
    ]


def chosen(file: str, environment: Environment) -> dict[str, str]:
    """Name to version of what a file installs on a system."""
    found = {}
    for pin, _ in pins(file):
        if pin.marker is None or pin.marker.evaluate(environment):  # type: ignore[arg-type]
            (version,) = pin.specifier
            assert version.operator == "==", pin
            name = canonicalize_name(pin.name)
            assert name not in found, pin
            found[name] = version.version
    return found


def test_every_extra_has_its_file():
    assert set(APART) == set(GROUPS)
    assert set(FILES) == {"", *PROJECT["optional-dependencies"]}
    assert {path.name for path in ROOT.glob("requirements*.txt")} == set(FILES.values())


@pytest.mark.parametrize(("extra", "file"), (FILES | APART).items(), ids=(FILES | APART).values())
def test_the_versions_keep_to_the_ranges(extra, file):
    wanted = asked(extra)
    for python, system in PLACES:
        environment = place(python, system)
        found = chosen(file, environment)
        for requirement in wanted:
            if requirement.marker is None or requirement.marker.evaluate(environment):  # type: ignore[arg-type]
                version = found.get(canonicalize_name(requirement.name))
                assert version, f"{requirement} is missing in {file}: run `make renew`"
                assert requirement.specifier.contains(version), f"{requirement} is {version}"


@pytest.mark.parametrize("file", (FILES | APART).values())
def test_everything_has_a_hash(file):
    assert [pin.name for pin, hashes in pins(file) if hashes == 0] == []


@pytest.mark.parametrize("environment", [place(*where) for where in PLACES])
def test_all_files_agree_with_that_of_the_tests(environment):
    tested = chosen("requirements-dev.txt", environment)
    for file in FILES.values():
        found = chosen(file, environment)
        assert {name: tested.get(name) for name in found} == found
    for file in APART.values():
        found = chosen(file, environment)
        assert {name: tested.get(name, found[name]) for name in found} == found
