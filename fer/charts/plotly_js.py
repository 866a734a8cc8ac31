"""Finds plotly.js, the program that draws charts in a browser."""

from __future__ import annotations

import json
from pathlib import Path

import plotly
from plotly.offline import get_plotlyjs_version

from fer.settings import ROOT

PACKAGE = "plotly.js-cartesian-dist-min"
"""plotly.js without maps, 3D and other kinds of charts that we do not draw."""


def plotly_js(root: Path = ROOT) -> Path:
    """Returns the file of plotly.js in the version that the Python package writes figures for.

    After `npm ci` this is `PACKAGE`, 1.5 MB. Otherwise, and where its version is another one, it is
    the whole program that comes with the Python package, 4.8 MB.

    Args:
        root: folder that holds `node_modules` after `npm ci`.
    """
    folder = root / "node_modules" / PACKAGE
    small = folder / "plotly-cartesian.min.js"
    try:
        version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        version = None
    if version == get_plotlyjs_version() and small.is_file():
        return small
    return Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
