"""The exported report, opened from a file."""

import plotly.io
import pytest
import streamlit.elements.plotly_chart  # noqa: F401  # sets the template that charts of the app have

from fer.mood.window import Mark
from fer.report.contents import contents
from fer.report.html import to_html
from tests.tables import lecture

BOX = "(part) => { const { top, bottom } = part.getBoundingClientRect(); return { top, bottom }; }"


@pytest.mark.parametrize("width", [390, 1366])
def test_an_exported_report_fits_the_screen(browsers, tmp_path, width):
    report = lecture(400)
    report.marks = [Mark(90.0, "W" * 80)]
    assert plotly.io.templates.default == "streamlit"
    page = browsers("empty").new_page(viewport={"width": width, "height": 844})
    path = tmp_path / "report.html"
    path.write_text(to_html(contents(report)), "utf-8")
    page.goto(path.as_uri())
    chart = page.locator("#chart-shares")
    legend = chart.locator(".legend").evaluate(BOX)
    title = chart.locator(".xtitle").evaluate(BOX)
    ticks = chart.locator(".xaxislayer-above").evaluate(BOX)
    assert ticks["bottom"] <= title["top"] + 1
    assert title["bottom"] <= legend["top"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
