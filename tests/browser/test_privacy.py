"""A visitor's browser must not ask other servers for anything."""

import time

from fer.web import texts
from tests.browser.page import expect_one, wait_until

CALM_S = 0.5
"""So long without a request, and none without an answer: then a page has all that it needs, s."""


class Requests:
    """The requests of a browser, see https://playwright.dev/python/docs/api/class-request."""

    def __init__(self):
        self.asked = []
        self._ended = 0
        self._last = time.monotonic()

    def watch(self, context):
        context.on("request", self._begin)
        context.on("requestfinished", self._end)
        context.on("requestfailed", self._end)

    def _begin(self, request):
        self.asked.append(request.url)
        self._last = time.monotonic()

    def _end(self, request):
        self._ended += 1
        self._last = time.monotonic()

    def calm(self):
        return self._ended == len(self.asked) and time.monotonic() - self._last > CALM_S


def test_no_page_fetches_anything_from_elsewhere(app, browsers, visit):
    requests = Requests()
    page = visit(browsers("empty"), prepare=requests.watch)
    for link, words in (
        (texts.LIVE, "Live class mood"),
        (texts.CLASS, "Open a class"),
        (texts.RECORDING, "Recorded lecture"),
        (texts.MODEL, "How far to trust the model"),
    ):
        page.get_by_role("link", name=link, exact=True).click()
        expect_one(page.get_by_role("heading", name=words))
        wait_until(page, requests.calm)
    asked = requests.asked
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((app.url, "blob:", "data:"))] == []
