"""A fragment that is not the last in its container can turn the page white (`fer.web.fragment`)."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

import fer.web.sources.camera
from fer.settings import ROOT


@pytest.fixture
def drawn():
    """A dict from each place on the page to the fragment that draws it; "" means no fragment."""
    places: dict[tuple[int, ...], str] = {}

    def note(message):
        if message.HasField("delta"):
            places[tuple(message.metadata.delta_path)] = message.delta.fragment_id

    ForwardMsgQueue.on_before_enqueue_msg(note)
    yield places
    ForwardMsgQueue.on_before_enqueue_msg(None)


def followed(places):
    """Places where a fragment begins and something else follows in the same container."""
    return [
        place
        for place, fragment in places.items()
        if fragment
        and places.get(place[:-1]) != fragment
        and any(
            other[:-1] == place[:-1] and other[-1] > place[-1] and its != fragment
            for other, its in places.items()
        )
    ]


def script(ours: bool):
    import streamlit as st

    from fer.web.fragment import fragment

    (fragment if ours else st.fragment)(lambda: st.write("again and again"))()
    st.write("after it")


@pytest.mark.parametrize("ours", [True, False])
def test_nothing_comes_after_a_fragment_in_its_container(drawn, ours):
    AppTest.from_function(script, kwargs={"ours": ours}).run()
    assert len(drawn) > 2
    assert bool(followed(drawn)) is not ours


def test_nothing_comes_after_the_fragments_of_the_live_page(drawn, monkeypatch):
    playing = SimpleNamespace(playing=True, signalling=False)
    monkeypatch.setattr(fer.web.sources.camera, "camera_view", lambda *_: playing)
    page = AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60).run()
    drawn.clear()
    page.button("notice-read").click().run()
    assert not page.exception
    assert len({fragment for fragment in drawn.values() if fragment}) >= 6
    assert followed(drawn) == []
