"""docs/developers/adding.md, followed word for word in a copy of the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer.settings import ROOT

PAGE = (ROOT / "docs" / "developers" / "adding.md").read_text("utf-8")
CHAPTERS = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:] if "```" in part]


def change(copy: Path, diff: str) -> None:
    """Do what a block with changes says. Its parts have no line numbers, which would grow old."""
    for name, body in re.findall(r"\+\+\+ b/(\S+)\n(.*?)(?=^--- a/|\Z)", diff, re.M | re.S):
        file = copy / name
        text = file.read_text("utf-8")
        for hunk in re.split(r"^@@\n", body, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            assert text.count(before) == 1, f"{name} does not hold, or not only once:\n{before}"
            text = text.replace(before, after)
        file.write_text(text, "utf-8")


def blocks(chapter: str) -> Iterator[tuple[str, str, str]]:
    """Language, title and content of each block of code."""
    yield from re.findall(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', chapter, re.M | re.S)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.split("\n")[0])
def test_what_the_page_says_works(chapter, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "training", "web")
    shutil.copytree(ROOT / "fer", tmp_path / "fer", ignore=ignored)
    (tmp_path / "models").symlink_to(ROOT / "models")
    tried = 0
    for language, title, content in blocks(chapter):
        if language == "diff":
            change(tmp_path, content)
        elif title == "try":
            result = subprocess.run(
                [sys.executable, "-c", content], cwd=tmp_path, capture_output=True, text=True
            )
            assert result.returncode == 0, result.stderr
            for line in re.findall(r"print\(.*\)  # (.*)", content):
                assert line in result.stdout
            tried += 1
        else:
            (tmp_path / title).write_text(content, "utf-8")
    assert tried == 1
