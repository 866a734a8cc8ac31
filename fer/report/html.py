"""A report as one HTML page. Jinja2 fills in the template and escapes what goes into it."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from fer.report.chapters import Chapter
from fer.report.contents import Contents


def to_html(contents: Contents) -> str:
    """The report as one HTML page that needs nothing else: it opens offline and asks no server.

    About 5 MB of it are Plotly's program, which makes the charts interactive.
    """
    # Plotly escapes what stands in a script by itself.
    return _template().render(
        report=contents,
        charts={chapter.key: Markup(_chart(chapter)) for chapter in contents.chapters},
        plotly=Markup(get_plotlyjs()),
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
        # Plotly's tool bar would lie over legends and names.
        config={"displayModeBar": False, "responsive": True},
    )
