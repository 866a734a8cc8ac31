"""NOTICE names whatever is shipped: fonts, models, pictures, packages of requirements.txt."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from fer.settings import ROOT

NOTICE = (ROOT / "NOTICE").read_text("utf-8")
NAMED = dict(re.findall(r"^  (\S+) {2,}(\S.*)$", NOTICE, re.MULTILINE))
"""What NOTICE names, with its licence."""

FILES = (".ttf", ".onnx", ".jpg")
"""Endings of the files that it names."""


def packages() -> set[str]:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def test_every_package_is_named_and_none_that_is_gone():
    files = {name for name in NAMED if name.endswith(FILES)}
    assert set(NAMED) - files == packages()


def test_every_model_font_and_picture_is_named():
    shipped = {path.name for path in (ROOT / "models").glob("*.onnx")}
    shipped |= {path.name for path in (ROOT / "fer").rglob("*.ttf")}
    shipped |= {str(path.relative_to(ROOT)) for path in (ROOT / "fer").rglob("*.jpg")}
    assert {name for name in NAMED if name.endswith(FILES)} == shipped


def test_every_one_has_a_licence():
    assert [name for name, licence in NAMED.items() if "?" in licence] == []
