"""A student's page goes on while its tab is hidden behind another one."""

from __future__ import annotations

import pytest

from benchmarks.parts import stage
from fer.web.join import texts
from tests.browser.classroom import open_class
from tests.browser.devtools import Chromium
from tests.fakes import wait_for

RUNTIME = stage.ROOT / "node_modules" / "onnxruntime-web"
pytestmark = pytest.mark.skipif(not RUNTIME.is_dir(), reason=f"needs {RUNTIME} (npm ci)")

PATIENCE_S = 60


def shown(tab, name):
    return tab.evaluate(f"document.getElementById({name!r})?.innerText ?? ''")


def press(tab, name):
    wait_for(lambda: tab.evaluate(f"!!document.getElementById({name!r})?.offsetParent"), PATIENCE_S)
    wait_for(lambda: not tab.evaluate(f"document.getElementById({name!r}).disabled"), PATIENCE_S)
    tab.evaluate(f"document.getElementById({name!r}).click()")


def test_a_hidden_tab_goes_on_reading_and_sending(app, browsers, footage, tmp_path):
    with (
        browsers("empty").new_context() as context,
        Chromium(tmp_path, footage("happy")) as chromium,
    ):
        address = open_class(context.new_page(), app.url)
        with chromium.open(address) as tab:
            wait_for(lambda: texts.SCRIPT["onDevice"] in shown(tab, "way"), PATIENCE_S)
            press(tab, "agree")
            press(tab, "share")
            wait_for(lambda: "happy" in shown(tab, "reading"), PATIENCE_S)
            with chromium.open("about:blank"):
                wait_for(lambda: tab.evaluate("document.visibilityState") == "hidden", PATIENCE_S)
                before = tab.evaluate("connection.sent")
                # The longest message has 94 bytes: these are ten readings and more.
                wait_for(lambda: tab.evaluate("connection.sent") > before + 1000, PATIENCE_S)
                assert "happy" in shown(tab, "reading")
                assert shown(tab, "status") == texts.SCRIPT["reading"]
