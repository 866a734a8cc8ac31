"""A report as one HTML page. Jinja2 fills in a template and escapes every text."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fer.charts.plotly_js import plotly_js
from fer.report.chapters import Chapter
from fer.report.contents import Contents


def to_html(contents: Contents) -> str:
    """Returns the report as one HTML page that opens offline and sends no request.

    Most of it is Plotly's program, which makes the charts interactive.
    """
    # Plotly itself escapes what it writes into a script.
    return _template().render(
        report=contents,
        charts={chapter.key: Markup(_chart(chapter)) for chapter in contents.chapters},
        plotly=Markup(plotly_js().read_text("utf-8")),
    )


@lru_cache(maxsize=1)
def _template():
    loader = PackageLoader("fer.report", package_path="")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html")


def _chart(chapter: Chapter) -> str:
    return chapter.figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        div_id=f"chart-{chapter.key}",
        # Plotly's tool bar would cover legends and names.
        config={"displayModeBar": False, "responsive": True},
    )
