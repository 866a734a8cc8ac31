"""A student's page goes on while its tab is hidden behind another one."""

from __future__ import annotations

import time

import pytest

from benchmarks.parts import stage
from fer.web.join import texts
from tests.browser.classroom import opened
from tests.browser.devtools import Chromium
from tests.fakes import wait_for

RUNTIME = stage.ROOT / "node_modules" / "onnxruntime-web"
pytestmark = pytest.mark.skipif(not RUNTIME.is_dir(), reason=f"needs {RUNTIME} (npm ci)")


def wait(condition):
    # A browser that is asked all the time needs a processor for its answers.
    wait_for(condition, pause=lambda: time.sleep(0.2))


def shown(tab, name):
    return tab.evaluate(f"document.getElementById({name!r})?.innerText ?? ''")


def press(tab, name):
    wait(lambda: tab.evaluate(f"!!document.getElementById({name!r})?.offsetParent"))
    wait(lambda: not tab.evaluate(f"document.getElementById({name!r}).disabled"))
    tab.evaluate(f"document.getElementById({name!r}).click()")


def test_a_hidden_tab_goes_on_reading_and_sending(app, footage, tmp_path):
    with Chromium(tmp_path, footage("happy")) as chromium, chromium.open(opened(app)) as tab:
        wait(lambda: texts.SCRIPT["onDevice"] in shown(tab, "way"))
        press(tab, "agree")
        press(tab, "share")
        wait(lambda: "happy" in shown(tab, "reading"))
        with chromium.open("about:blank"):
            wait(lambda: tab.evaluate("document.visibilityState") == "hidden")
            before = tab.evaluate("connection.sent")
            # The longest message has 94 bytes: these are ten readings and more.
            wait(lambda: tab.evaluate("connection.sent") > before + 1000)
            assert "happy" in shown(tab, "reading")
            assert shown(tab, "status") == texts.SCRIPT["reading"]
