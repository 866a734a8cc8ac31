"""The demo in a real browser: one click from the first screen to numbers that move."""

import os
import signal
import subprocess
import sys

from playwright.sync_api import expect

from fer.settings import ROOT
from tests.browser.page import metric, seconds_drawn


def test_one_click_shows_a_class_whose_numbers_move(browsers, app):
    context = browsers("empty").new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(app.url)
    page.get_by_role("button", name="Try the demo").click()
    expect(metric(page, "Faces")).to_have_text("12")
    expect(page.locator(".st-key-headline")).to_contain_text("Mostly neutral")
    picture = page.get_by_test_id("stImage").locator("img")
    before = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", before)
    page.wait_for_function(
        """() => (document.querySelector("[data-chart=faces]")
            ?._fullData?.[0]?.x?.length ?? 0) > 3""",
        timeout=30_000,
    )
    # After twelve seconds of the film they laugh.
    expect(page.locator(".st-key-headline")).to_contain_text("smiles", timeout=60_000)
    drawn = seconds_drawn(page)
    page.reload()
    expect(metric(page, "Faces")).to_have_text("12")
    assert drawn > 3
    context.close()


def test_the_command_serves_the_demo_until_it_is_stopped(browsers, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "fer", "demo", "--no-browser"],
        cwd=ROOT,
        env={**os.environ, "FER_RESULTS": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            said = next(line for line in command.stdout if "?demo" in line)
            address = next(word for word in said.split() if word.startswith("http"))
            context = browsers("empty").new_context()
            page = context.new_page()
            page.goto(address)
            expect(metric(page, "Faces")).to_have_text("12")
            context.close()
        finally:
            command.send_signal(signal.SIGINT)
        assert command.wait(30) in (0, 130)
