import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pypdf

from fer.report.html import to_html
from fer.report.pdf import to_pdf
from tests.tables import HOSTILE


class Page(HTMLParser):
    """Collects what a browser would fetch, run and show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched, self.scripts, self.shown, self._in = [], 0, [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._in = tag
        self.scripts += tag == "script"
        self.fetched += [v for k, v in attributes if k in ("src", "href", "action", "data")]

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in not in ("script", "style"):
            self.shown.append(data)


def test_html_fetches_nothing_and_forbids_it(told):
    page = to_html(told)
    assert Page(page).fetched == []
    assert "default-src 'none'" in page
    assert len(page) < 8e6


def test_html_shows_a_hostile_file_name_as_text(told):
    text = to_html(told)
    page = Page(text)
    assert HOSTILE in "".join(page.shown)
    assert "<script>alert(1)" not in text
    # Plotly's program, one script for each chart, and the one that follows light and dark.
    assert page.scripts == 2 + len(told.chapters)


def test_template_marks_in_a_name_are_not_filled_in(told):
    assert "{{PLOTLY}}" in "".join(Page(to_html(replace(told, name="a {{PLOTLY}} b"))).shown)


def test_html_and_pdf_hold_the_same_numbers_and_events(told):
    page = " ".join(Page(to_html(told)).shown)
    pdf = pypdf.PdfReader(io.BytesIO(to_pdf(told)))
    text = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pdf.pages))
    for words in (
        *(n.name for n in told.numbers),
        *(n.value for n in told.numbers),
        *(c.title for c in told.chapters),
        *(e.text for e in told.events),
        *(c.not_for for c in told.cues),
    ):
        assert words in page
        assert words in text
