"""The live page without a browser: its camera is a stand-in, and its session ends with the test."""

from functools import cache
from types import SimpleNamespace

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

import fer.web.sources.camera
from fer.settings import ROOT
from fer.web.resources import settings
from fer.web.sources.camera import State


@pytest.fixture(scope="session", autouse=True)
def components_are_searched_once():
    """Each `AppTest` looks through all installed packages, longer than most tests take."""
    with pytest.MonkeyPatch.context() as patch:
        found = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(autouse=True)
def a_visit_ends_with_the_test():
    """An `AppTest` does not end what belongs to its visit, and the next one has the same visit, so
    that the engine would still have the streams of an earlier test."""
    yield
    clear_session_resource_cache("test session id")


@pytest.fixture
def camera(monkeypatch):
    """Replaces streamlit-webrtc: keeps the arguments of its calls and returns a chosen state."""
    camera = SimpleNamespace(state=State(), calls=[])

    def view(key, source, servers, size, on_signalling):
        call = SimpleNamespace(key=key, source=source, servers=servers, size=size)
        camera.calls.append(call)
        return camera.state

    monkeypatch.setattr(fer.web.sources.camera, "camera_view", view)
    return camera


@pytest.fixture
def new_page(camera):
    """Opens the first page of the app, which is the live page; each call is a visit of its own."""
    pages = []

    def new_page():
        page = AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60).run()
        pages.append(page)
        return page

    yield new_page
    # The end of a visit closes its stream. A test of the page has no such end, so that the engine's
    # thread would go on.
    for page in pages:
        if "live" in page.session_state:
            page.session_state.live.close()


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture
def camera_setting(request, monkeypatch):
    """Sets `FER_CAMERA` to the parameter; name it before the page."""
    monkeypatch.setenv("FER_CAMERA", request.param)
    settings.clear()
    yield
    settings.clear()
