"""The real parsers accept every command in the documents and in help texts.

Other tests try what the commands do; most of them would take minutes here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

import pytest

import evaluate
import train
from benchmarks import __main__ as benchmarks
from fer import __main__ as fer
from fer.settings import ROOT

PARSERS: dict[str, Callable] = {
    "-m fer": fer.parse,
    "-m benchmarks": benchmarks.parse,
    "train.py": train.parse,
    "evaluate.py": evaluate.parse,
}

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "models" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

PLACEHOLDERS = {"--model NAME": "--model mood", "NAME": "core", "COMMAND": "lecture"}
"""Words in documents that stand for one of a fixed set, each with one word of that set."""

CODE = ["fer", "benchmarks", "pages"]
"""Folders whose docstrings and texts for people also name commands."""


def written(text: str) -> Iterator[str]:
    """Yields the commands in a text: what stands between backticks, and lines of code blocks."""
    for block in re.findall(r"```.*?\n(.*?)```", text, re.DOTALL):
        yield from (line.partition("#")[0].strip() for line in block.splitlines())
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from (" ".join(command.split()) for command in re.findall(r"`([^`]+)`", text))


def commands(texts: dict[str, str]) -> list[str]:
    """Returns the commands in texts that our parsers take, each once, without the word python."""
    known: dict[str, None] = {}
    for text in texts.values():
        for command in written(text):
            words = command.partition("python ")[2] or command.partition("python -m ")[2]
            if command.startswith(("python ", ".venv/bin/python ")) and any(
                f"{words} ".startswith(f"{start} ") for start in PARSERS
            ):
                known[words] = None
    return list(known)


def documents() -> dict[str, str]:
    return {str(path): path.read_text("utf-8") for path in DOCUMENTS}


def sources() -> dict[str, str]:
    files = [file for folder in CODE for file in (ROOT / folder).rglob("*.py")]
    # In a Python text, a command may be broken over two quoted lines.
    joints = re.compile(r'"\n\s+"')
    return {str(file): joints.sub("", file.read_text("utf-8")) for file in files}


def parse(command: str) -> object:
    start = next(start for start in PARSERS if f"{command} ".startswith(f"{start} "))
    # In documents, dots say that more may follow, and brackets what may be left out.
    command = re.sub(r"\.\.\.|…|[\[\]]", " ", command.removeprefix(start))
    command = re.sub(r"\{\w*\}", "models/mine", command)
    for placeholder, word in PLACEHOLDERS.items():
        command = re.sub(rf"(?<!\w){placeholder}\b", word, command)
    return PARSERS[start](shlex.split(command))


DOCUMENTED = commands(documents())
NAMED = commands(sources())


def test_the_commands_are_seen():
    assert "train.py --data PATH --out models/mine" in DOCUMENTED
    assert "-m fer lecture FILE... --out DIR" in DOCUMENTED
    assert len(DOCUMENTED) >= 20
    assert len(NAMED) >= 8


@pytest.mark.parametrize("command", dict.fromkeys([*DOCUMENTED, *NAMED]))
def test_a_documented_command_is_one(command, capsys):
    try:
        parse(command)
    except SystemExit:
        said = capsys.readouterr().err
        # A command may be named without the files and options that it needs.
        assert re.search(r"the following arguments are required", said), said
        for option in re.findall(r"--[\w-]+", command):
            assert option in said


def test_the_examples_of_the_help_are_commands(capsys):
    for command in ("lecture", "lectures", "speech", "convert"):
        with pytest.raises(SystemExit):
            fer.parse([command, "--help"])
        shown = " ".join(capsys.readouterr().out.split())
        for example in re.findall(r"example: python (-m fer [^`]*?)(?: positional|$)", shown):
            parse(example)
            break
        else:
            assert command != "convert"


@pytest.mark.parametrize("text", ["-1..1", "0..1", "none", "imagenet", "standardize"])
def test_every_preparation_of_pixels_is_taken_as_the_help_writes_it(text):
    options = fer.parse(["convert", "mine.h5", "--labels", "fer2013", "--input", text])
    assert options.input == text


def test_targets_of_make_are_there():
    rules = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)\b", " ".join(documents().values())))
    named &= {
        command.removeprefix("make ") for text in documents().values() for command in written(text)
    }
    assert named >= {"run", "test", "train-setup"}
    for target in named:
        assert re.search(rf"^{target}:", rules, re.MULTILINE), target
