"""Signing in, with the real app, a real browser and raw requests."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from fer.web.access import texts
from tests.browser.page import PASSWORD, expect_one, sign_in


@pytest.fixture
def page(browsers):
    context = browsers("empty").new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def send(app, client, password=PASSWORD, method="POST", query="", **headers):
    """Sends one request from a client with an address; returns the answer."""
    connection = http.client.HTTPConnection("localhost", app.port, timeout=30)
    body = urlencode({"password": password}) if method == "POST" else None
    connection.request(
        method,
        f"/sign-in{query}",
        body,
        {"X-Forwarded-For": client, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )
    answer = connection.getresponse()
    answer.body = answer.read().decode()
    connection.close()
    return answer


def test_an_instructor_signs_in_and_out(guarded, page):
    # Everybody may read how far the model can be trusted.
    page.goto(f"{guarded.url}/model")
    expect_one(page.get_by_role("heading", name="How far to trust the model"))
    expect(page.get_by_text(texts.FOR_INSTRUCTORS)).to_have_count(0)
    page.get_by_role("link", name="Recording").click()
    expect_one(page.get_by_text(texts.FOR_INSTRUCTORS))
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text(texts.WRONG)
    page.get_by_label(texts.PASSWORD).fill(PASSWORD)
    page.get_by_role("button", name=texts.SIGN_IN).click()
    expect_one(page.get_by_role("heading", name="Recorded"))
    expect(page).to_have_url(re.compile("/recording$"))
    page.get_by_role("link", name=texts.SIGN_OUT).click()
    expect_one(page.get_by_text(texts.FOR_INSTRUCTORS))


def test_at_a_public_address_with_nothing_set_the_page_says_how_to_set_a_password(app, page):
    # Chromium looks for this name on this machine, but the app knows it as little as any other.
    page.goto(f"http://mood.localhost:{app.port}/recording")
    expect_one(page.get_by_role("heading", name=texts.SHUT_TITLE))
    expect(page.get_by_text("FER_PASSWORD").first).to_be_visible()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guarded):
    answer = send(guarded, "192.0.2.1")
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert PASSWORD not in cookie
    behind_https = send(guarded, "192.0.2.1", X_Forwarded_Proto="https")
    assert "secure" in behind_https.headers["Set-Cookie"].lower()


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_a_form_on_another_site_is_refused(guarded, headers):
    assert send(guarded, "192.0.2.2", **headers).status == 403
    out = send(guarded, "192.0.2.2", method="GET", query="?out", **headers)
    assert out.headers["Set-Cookie"] is None


@pytest.mark.parametrize(
    "way",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "x\r\nSet-Cookie: a=b", "http:evil.example", "/%2F/evil.example",
    ],
)  # fmt: skip
def test_a_sign_in_leads_nowhere_else(guarded, way):
    answer = send(guarded, "192.0.2.3", query="?" + urlencode({"next": way}))
    assert answer.headers["Location"] == "/"


def test_the_page_does_not_repeat_the_password(guarded):
    answer = send(guarded, "192.0.2.4", "<script>alert(1)</script>", query="?next=<script>")
    assert answer.status == 403
    assert "<script" not in answer.body


def test_a_long_form_is_refused_before_it_is_read(guarded):
    assert send(guarded, "192.0.2.5", "x" * 100_000).status == 413


def test_guessing_is_slowed_down_and_holds_up_nobody_else(guarded):
    assert send(guarded, "192.0.2.6").status == 303
    answers = [send(guarded, f"192.0.2.7, {made_up}", "guess") for made_up in ("198.51.100.9",) * 6]
    assert [answer.status for answer in answers[:5]] == [403] * 5
    assert send(guarded, "198.51.100.9").status == 429
    waiting = send(guarded, "198.51.100.9")
    assert int(waiting.headers["Retry-After"]) >= 1
    assert texts.WAIT.split("{")[0] in waiting.body
    assert send(guarded, "192.0.2.6").status == 303
