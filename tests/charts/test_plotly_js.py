import json
import re

import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs_version

from fer.charts.plotly_js import PACKAGE, plotly_js
from fer.settings import ROOT


def installed(root, version):
    """Makes what `npm ci` leaves of the package, and returns its file."""
    folder = root / "node_modules" / PACKAGE
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": version}))
    (folder / "plotly-cartesian.min.js").touch()
    return folder / "plotly-cartesian.min.js"


def test_what_npm_installed_is_taken(tmp_path):
    file = installed(tmp_path, get_plotlyjs_version())
    assert plotly_js(tmp_path) == file


@pytest.mark.parametrize("version", [None, "4.0.0"])
def test_without_the_same_version_it_is_that_of_the_python_package(tmp_path, version):
    if version:
        installed(tmp_path, version)
    whole = plotly_js(tmp_path)
    assert tmp_path not in whole.parents
    assert f"plotly.js v{get_plotlyjs_version()}" in whole.read_text("utf-8")[:200]


def test_npm_and_the_python_package_name_the_same_version():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    version = lock["packages"][f"node_modules/{PACKAGE}"]["version"]
    wanted = get_plotlyjs_version()
    assert version == wanted, f"run: npm install {PACKAGE}@{wanted} --package-lock-only"


def test_we_draw_no_kind_of_chart_that_is_left_out():
    """The package's README names the kinds that it holds."""
    held = {
        *("bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour"),
        *("image", "pie", "scatter", "scatterternary", "violin"),
    }
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "fer").rglob("*.py"))
    names = set(re.findall(r"\bgo\.([A-Z]\w+)\(", code)) - {"Figure"}
    assert {"Bar", "Scatter"} <= names
    assert {getattr(go, name)().type for name in names} <= held
