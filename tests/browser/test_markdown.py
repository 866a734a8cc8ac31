"""Texts from elsewhere, such as names of files, as the browser shows them: letter by letter."""

from __future__ import annotations

import pytest

from tests.browser.conftest import page_of
from tests.browser.page import expect_one

TEXTS = [
    "ann@school.org",
    "a.b+c-d_e@college.example.edu, bob@school.org",
    "https://evil.example/path?a=b#c",
    "HTTP://evil.example",
    "see www.evil.example/path",
    "<https://evil.example> [a](https://evil.example)",
    ":material/home: :material_home: :streamlit: :smile: :red[a] :small[b]",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "-> a <-",
    "*a* _b_ `c` ~~d~~ $e$ |f| ![g](h) <b>i</b> &amp; &#64; [^1] \\",
    "week_7.2-b_c.mp4 a.b.c a-b-c_d evil.example/x_y_z",
    "# a",
    "1. a",
    "1) a",
    "Lecture 12 - waves (1).mp4",
    "(a) - b...",
    "- a",
    "> a",
]

SCRIPT = f"""
import streamlit as st
from fer.text import markdown
for number, text in enumerate({TEXTS!r}):
    with st.container(key=f"text-{{number}}"):
        st.markdown(markdown(text))
        st.button(markdown(text), key=f"button-{{number}}")
        st.table([markdown(text)])
"""


@pytest.fixture(scope="module")
def shown(browsers, tmp_path_factory):
    """A page of Streamlit's that shows the texts."""
    with page_of(SCRIPT, browsers, tmp_path_factory.mktemp("texts")) as page:
        for number in range(len(TEXTS)):
            # The text itself, the button's label, and the table's cell; the table comes late.
            place = page.locator(f".st-key-text-{number}")
            expect_one(place.get_by_role("button"))
            expect_one(place.get_by_role("cell").get_by_test_id("stMarkdownContainer"))
        yield page


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_shown_letter_by_letter(shown, text):
    place = shown.locator(f".st-key-text-{TEXTS.index(text)}")
    blocks = place.get_by_test_id("stMarkdownContainer")
    texts = blocks.all_inner_texts()
    assert len(texts) > 2
    assert set(texts) - {"0"} == {text}  # the table numbers its rows and columns
    assert blocks.locator("a, img, h1, h2, h3, li, blockquote, code, [role=img]").count() == 0
