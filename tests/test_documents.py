"""The documents: every link leads somewhere, every page is in the menu, and pictures are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from fer.network import read_card
from fer.settings import ROOT

DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "models" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """A page with the parts of other files that it includes, and without its code."""
    text = page.read_text("utf-8")
    for whole, file, part in re.findall(r'(--8<-- "([^":]+):(\w+)")', text):
        source = (ROOT / file).read_text("utf-8")
        start, end = (f"<!-- --8<-- [{which}:{part}] -->" for which in ("start", "end"))
        assert start in source, f"{file} has no part {part}"
        assert end in source
        text = text.replace(whole, source.partition(start)[2].partition(end)[0])
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    letters = (re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in headings)
    return {text.replace(" ", "-") for text in letters}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    broken = []
    for link in LINK.findall(text_of(page)):
        file, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / file).resolve() if file else page
        if not target.is_file() or (anchor and anchor not in anchors(target)):
            broken.append(link)
        elif DOCS in page.parents and DOCS not in target.parents:
            broken.append(f"{link} leads out of docs/, which the website does not hold")
    assert not broken


def test_a_broken_link_would_be_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading: it is\n\n[there](#one-heading-it-is) [no](#other) [no](no.md)\n"
    )
    assert anchors(page) == {"one-heading-it-is"}
    assert LINK.findall(page.read_text()) == ["#one-heading-it-is", "#other", "no.md"]
    with pytest.raises(AssertionError, match="other"):
        test_every_link_leads_somewhere(page)


@pytest.mark.parametrize("page", PAGES[:2] + PAGES[3:], ids=name_of)  # changes name what was
def test_every_module_that_is_named_is_there(page):
    files = [
        f"/{path.relative_to(ROOT).as_posix()}"
        for path in ROOT.glob("[!.]*/**/*.*")
        if "node_modules" not in path.parts
    ]
    files += [f"/{path.name}" for path in ROOT.iterdir()]
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([\w./-]+\.(?:py|js|css|html))`", text))
    assert [name for name in sorted(named) if not any(f.endswith(f"/{name}") for f in files)] == []


def test_every_page_is_in_the_menu():
    menu = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    listed = re.findall(r"[\w/-]+\.md", str(menu))
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_pictures_are_used_and_small():
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in LINK.findall(text_of(page))
    }
    pictures = [path for path in PICTURES.iterdir() if path.is_file()]
    assert pictures
    assert [path.name for path in pictures if path.resolve() not in shown] == []
    assert sum(path.stat().st_size for path in pictures) < 2_000_000


def figures() -> list[str]:
    """The figures of the README, row by row."""
    readme = (ROOT / "README.md").read_text("utf-8")
    short = readme.partition("## Figures\n")[2].partition("\n## ")[0]
    return [row.split("|")[2] for row in short.splitlines() if row.startswith("| ")][1:]


def test_the_figures_of_the_readme_are_those_of_the_models_card():
    card = read_card(ROOT / "models" / "emotion.onnx")
    reading, photos = card["metrics"]["reading"]["private"], card["metrics"]["photos"]
    shares = card["shares"]
    shown = [
        [f"{reading['accuracy']:.1%}"],
        [f"{photos['accuracy']:.1%}"],
        [
            f"{reading['neutral_read_negative_by_labels']:.1%}",
            f"{photos['neutral_read_negative']:.1%}",
        ],
        [f"{shares[f'tv_{readings}']:.3f}" for readings in (25, 250, 2500)],
        [f"{shares['interval_coverage_90']:.1%}"],
    ]
    for row, numbers in zip(figures(), shown, strict=False):
        assert [number for number in numbers if number not in row] == []


def test_figures_of_the_readme_stand_among_all_figures():
    whole = (DOCS / "researchers" / "figures.md").read_text("utf-8")
    assert len(figures()) >= 8
    for row in figures():
        for number in re.findall(r"\d[\d.,]*\d|\d", row):
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]\d)", whole), number


def test_the_website_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path), strict=True))
    assert "Each folder of" in (tmp_path / "developers" / "house" / "index.html").read_text()
