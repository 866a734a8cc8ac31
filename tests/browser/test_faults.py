"""An unexpected error on a page."""

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage

# Read by Python when the server starts.
FAULT = """
import fer.model_card

def installed(*_):
    raise OverflowError("/srv/secret cannot convert float infinity to integer")

fer.model_card.installed = installed
"""


@pytest.fixture
def faulty(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(FAULT)
    path = f"{tmp_path}:{stage.ROOT}"
    with stage.App(tmp_path / "log.txt", PYTHONPATH=path) as app:
        yield app


def test_a_visitor_meets_a_sentence_and_a_number(browsers, faulty):
    with browsers("empty").new_context() as context:
        page = context.new_page()
        page.goto(f"{faulty.url}/model")
        said = page.get_by_test_id("stAlert")
        expect(said).to_contain_text("Something went wrong in this app.")
        reference = said.locator("strong").inner_text()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert "secret" not in page.content()
        assert f"fault {reference}" in faulty.printed()
        assert "OverflowError: /srv/secret" in faulty.printed()
