"""The demo in a real browser: from its command to numbers that move."""

import os
import re
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from fer.settings import ROOT
from tests.browser.page import TABLET, expect_whole, metric, wait_until_drawn


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


def test_the_address_of_the_command_shows_a_class_whose_numbers_move(browsers, address):
    with browsers("empty").new_context(viewport=TABLET) as context:
        page = context.new_page()
        page.goto(address)
        expect(metric(page, "Faces")).to_have_text("12")
        picture = page.get_by_test_id("stImage").locator("img")
        before = picture.get_attribute("src")
        expect(picture).not_to_have_attribute("src", before)
        wait_until_drawn(page, 4)

        # On a tablet the numbers are whole and the charts wide.
        expect_whole(page)
        chart = page.locator("[data-chart=mood-shares]")
        expect(chart).to_be_visible()
        assert chart.bounding_box()["width"] > TABLET["width"] / 2

        # A face that is pressed on the plan does not count any more, until all do.
        page.get_by_text("Ignore parts of the picture").click()
        page.get_by_role("button", name=re.compile(r"^Face \d+: ignore it$")).first.press("Enter")
        expect(metric(page, "Faces")).to_have_text("11")
        expect(page.get_by_role("button", name="Ignored part 1: count its faces")).to_be_visible()
        expect_whole(page)
        page.get_by_role("button", name="Count all faces again").click()
        expect(metric(page, "Faces")).to_have_text("12")
