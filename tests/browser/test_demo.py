"""The demo in a real browser: one click from the first screen to numbers that move."""

import os
import re
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from fer.settings import ROOT
from tests.browser.page import metric, wait_until_drawn


@pytest.fixture
def address(tmp_path):
    """What the command that serves the demo says, until it is stopped."""
    with subprocess.Popen(
        [sys.executable, "-m", "fer", "demo", "--no-browser"],
        cwd=ROOT,
        env={**os.environ, "FER_RESULTS": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            said = next(line for line in command.stdout if "?demo" in line)
            yield next(word for word in said.split() if word.startswith("http"))
        finally:
            # Not by Ctrl-C, which is ignored where the tests run in the background of a shell.
            command.terminate()
        assert command.wait(60) in (0, 130)
        port = int(re.search(r":(\d+)", said)[1])
        with socket.socket() as probe:
            assert probe.connect_ex(("localhost", port)) != 0, "the app outlives the command"


def test_one_click_or_the_address_of_the_command_shows_a_class_whose_numbers_move(
    browsers, address
):
    with browsers("empty").new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.goto(address.partition("?")[0])
        page.get_by_role("button", name="Try the demo").click()
        expect(metric(page, "Faces")).to_have_text("12")
        expect(metric(page, "Neutral")).to_have_text(re.compile(r"^([5-9]\d|100)%$"))
        picture = page.get_by_test_id("stImage").locator("img")
        before = picture.get_attribute("src")
        expect(picture).not_to_have_attribute("src", before)
        wait_until_drawn(page, 4)
        # After twelve seconds of the film they laugh.
        expect(page.locator(".st-key-headline")).to_contain_text("smiles", timeout=60_000)
        wait_until_drawn(page, 4)
        expect(page).to_have_url(re.compile(r"\?demo"))
        # The same tab again, with the address that the command opens.
        page.goto(address)
        expect(metric(page, "Faces")).to_have_text("12")
