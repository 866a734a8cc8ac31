"""What whoever runs the app asks it over plain HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.parts.stage import App

TOKEN = "a token for Prometheus"


def ask(app: App, path: str, token: str = "") -> tuple[int, str]:
    """Returns the status and the text of an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = urllib.request.urlopen(
            urllib.request.Request(app.url + path, headers=headers), timeout=60
        )
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode()


def figures(app: App) -> dict[str, float]:
    """Returns the metrics of an app that has the token."""
    status, text = ask(app, "/metrics", TOKEN)
    assert status == 200
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
