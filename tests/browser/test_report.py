"""The exported report, opened from a file."""

import plotly.io
import streamlit.elements.plotly_chart  # noqa: F401  # sets the template that charts of the app have
from playwright.sync_api import expect

from fer.mood.window import Mark
from fer.report.contents import contents
from fer.report.html import to_html
from tests.tables import lecture

BOX = "(part) => { const { top, bottom } = part.getBoundingClientRect(); return { top, bottom }; }"


def test_an_exported_report_fits_the_screen_without_a_network(browsers, tmp_path):
    report = lecture(400)
    report.marks = [Mark(90.0, "W" * 80)]
    assert plotly.io.templates.default == "streamlit"
    path = tmp_path / "report.html"
    path.write_text(to_html(contents(report)), "utf-8")
    asked, faults = [], []
    page = browsers("empty").new_page(offline=True)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    for width in (390, 1366):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(path.as_uri())
        expect(page.locator(".js-plotly-plot").nth(5)).to_be_attached()
        chart = page.locator("#chart-shares")
        legend = chart.locator(".legend").evaluate(BOX)
        title = chart.locator(".xtitle").evaluate(BOX)
        ticks = chart.locator(".xaxislayer-above").evaluate(BOX)
        assert ticks["bottom"] <= title["top"] + 1
        assert title["bottom"] <= legend["top"] + 1
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert asked == 2 * [path.as_uri()]
    assert faults == []
    page.close()
