"""A visitor's browser must not ask other servers for anything."""

from tests.browser.page import expect_one


def test_no_page_fetches_anything_from_elsewhere(app, browsers, visit):
    page = visit(browsers("empty"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for address, words in (
        ("", "Live class mood"),
        ("class", "Open a class"),
        ("recording", "Recorded lecture"),
        ("model", "How far to trust the model"),
    ):
        page.goto(f"{app.url}/{address}")
        if not address:  # the page that shows the notice first
            page.get_by_role("button", name="I have read this").click()
        expect_one(page.get_by_role("heading", name=words))
        page.wait_for_load_state("networkidle")
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((app.url, "blob:", "data:"))] == []
