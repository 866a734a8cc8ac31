"""What visitors see on pages for instructors, tried without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from fer.access.password import hashed
from fer.settings import ROOT
from fer.web.access import texts
from fer.web.access.visit import host_name
from fer.web.resources import settings
from tests.shown import as_shown


@pytest.fixture
def opened(monkeypatch):
    """A function that opens the app with environment variables, while nobody has signed in."""

    def opened(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.clear()
        return AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60).run()

    yield opened
    settings.clear()


@pytest.mark.parametrize("password", ["open sesame", hashed("open sesame")], ids=["plain", "hash"])
def test_a_password_closes_the_pages(opened, password):
    page = opened(FER_PASSWORD=password)
    assert [title.value for title in page.title] == [texts.SIGN_IN]
    assert not page.error
    assert not page.sidebar.button


def test_accounts_without_a_provider_say_what_is_missing(opened):
    page = opened(FER_ACCOUNTS="ann@school.org")
    assert [error.value for error in page.error] == [texts.NO_PROVIDER]
    assert not page.button


@pytest.mark.parametrize(
    ("name", "value"), [("FER_ACCOUNTS", "school.org"), ("FER_PASSWORD", "scrypt:broken")]
)
def test_a_wrong_setting_opens_nothing(opened, name, value):
    page = opened(**{name: value})
    (said,) = [as_shown(error.value) for error in page.error]
    assert name in said
    assert not page.title
    assert "scrypt:broken" not in said


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8501", "localhost"),
        ("LOCALHOST", "localhost"),
        ("[::1]:8501", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost.evil.example:80", "localhost.evil.example"),
        ("evil.example/localhost", "evil.example"),
        ("localhost@evil.example", "evil.example"),
        ("[", ""),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header, name):
    assert host_name(header) == name
