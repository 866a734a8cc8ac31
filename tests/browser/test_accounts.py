"""Signing in with an account, all the way from the app to a provider and back."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from fer.web.access import texts
from tests.browser.page import expect_one
from tests.browser.provider import CLIENT, SECRET, Provider
from tests.tables import lecture

SECRETS = """
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "a secret of the app, made for this test"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def school(tmp_path_factory, provider):
    """The app, set up for the accounts of a school."""
    folder: Path = tmp_path_factory.mktemp("school")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secrets = folder / "secrets.toml"
    secrets.write_text(
        SECRETS.format(port=port, client=CLIENT, secret=SECRET, provider=provider.url)
    )
    accounts = {
        "FER_ACCOUNTS": "ann@school.org, @college.edu",
        "STREAMLIT_SECRETS_FILES": str(secrets),
    }
    with stage.App(folder / "log.txt", port=port, **accounts) as app:
        yield app


@pytest.fixture
def open_page(school, browsers):
    """Opens the recording page in a new context."""
    contexts = []

    def open_page() -> Page:
        contexts.append(browsers("empty").new_context())
        page = contexts[-1].new_page()
        page.goto(f"{school.url}/recording")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(open_page, provider):
    """Opens the recording page as an account."""

    def sign_in(**claims) -> Page:
        provider.claims = claims
        page = open_page()
        page.get_by_role("button", name=texts.WITH_ACCOUNT).click()
        return page

    return sign_in


def test_an_account_on_the_list_comes_in_and_sees_only_what_is_theirs(sign_in, school, tmp_path):
    export = lecture(30).save(tmp_path)["timeline.csv"]
    ann = sign_in(email="Ann@school.org", email_verified=True)
    expect_one(ann.get_by_text("ann@school.org"))
    ann.goto(f"{school.url}/recording")
    ann.get_by_role("tab", name="Earlier export").click()
    ann.locator("input[type=file]").last.set_input_files(export)
    ann.get_by_role("button", name="Open").first.click()
    expect(ann.get_by_text("dominant expression").first).to_be_visible()
    result = ann.url
    ann.context.close()
    bob = sign_in(email="bob@college.edu", email_verified=True)
    expect_one(bob.get_by_text("bob@college.edu"))
    bob.goto(result)
    expect_one(bob.get_by_text("or is somebody else's"))
    bob.goto(f"{school.url}/recording")
    expect_one(bob.get_by_role("tab", name="Earlier export"))
    expect(bob.get_by_text("Earlier results")).to_have_count(0)


REFUSED = {
    "not on the list": {"email": "eve@evil.example", "email_verified": True},
    "not verified": {"email": "ann@school.org", "email_verified": False},
    "a script": {"email": "<script>alert(1)</script>@evil.example", "email_verified": True},
}


def test_no_other_account_comes_in(open_page, provider):
    page = open_page()
    for claims in REFUSED.values():
        provider.claims = claims
        page.get_by_role("button", name=texts.WITH_ACCOUNT).click()
        expect_one(page.get_by_text("is not on the list of instructors"))
        expect_one(page.get_by_text(claims["email"]))
        page.get_by_role("button", name=texts.SIGN_OUT).click()
        expect_one(page.get_by_role("button", name=texts.WITH_ACCOUNT))
