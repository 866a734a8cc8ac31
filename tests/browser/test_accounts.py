"""Signing in with an account, all the way from the app to a provider and back."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.classroom.mode import Mode
from fer.web.access import texts
from tests.browser.classroom import classes_of
from tests.browser.page import expect_one
from tests.browser.provider import CLIENT, SECRET, Provider

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


REFUSED = {"email": "<script>alert(1)</script>@college.edu", "email_verified": False}
"""One whose domain is on the list, but whose provider does not vouch for its address."""


def test_only_an_account_on_the_list_comes_in_and_sees_what_is_theirs(school, provider, instructor):
    page = instructor
    page.goto(f"{school.url}/recording")
    provider.claims = REFUSED
    page.get_by_role("button", name=texts.WITH_ACCOUNT).click()
    expect_one(page.get_by_text("is not on the list of instructors"))
    expect_one(page.get_by_text(REFUSED["email"]))
    page.get_by_role("button", name=texts.SIGN_OUT).click()
    expect_one(page.get_by_role("button", name=texts.WITH_ACCOUNT))

    provider.claims = {"email": "Ann@school.org", "email_verified": True}
    page.get_by_role("button", name=texts.WITH_ACCOUNT).click()
    expect_one(page.get_by_text("ann@school.org"))
    with classes_of(school) as classes:
        classes.open("Physics", mode=Mode.PULSE, owner="ann@school.org")
        of_bob = classes.open("Chemistry", mode=Mode.PULSE, owner="bob@college.edu")
    page.goto(f"{school.url}/class?class={of_bob.id}")
    expect_one(page.get_by_role("heading", name="Open a class"))
    expect_one(page.get_by_role("button", name="Physics"))
    expect(page.get_by_text("Chemistry")).to_have_count(0)
    assert not [said for said in page.complaints if "dialog" in said]
