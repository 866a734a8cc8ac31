"""A download button for a page whose fragments run by themselves.

Streamlit's own button makes its file when it is clicked and drops it after two more runs of any
script or fragment. On the live page those come within half a second, mostly before the browser
has asked for the file, which then is gone (404).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FRONTEND = Path(__file__).resolve().parent / "frontend"
_numbers = itertools.count(1)

_component = st.components.v2.component(
    "fer_download",
    html=(_FRONTEND / "download.html").read_text("utf-8"),
    css=(_FRONTEND / "download.css").read_text("utf-8"),
    js=(_FRONTEND / "download.js").read_text("utf-8"),
)


def download_button(label: str, make: Callable[[], str], name: str, type_: str, key: str) -> None:
    """Show the button; call it in a fragment, which then runs for each click.

    Args:
        label: on the button.
        make: called at each click; returns the file's text.
        name: of the file.
        type_: its MIME type.
        key: of the widget.
    """
    asked = f"{key}-asked"

    # A click that reaches the server in another part's run is known to its callback alone.
    def ask() -> None:
        st.session_state[asked] = True

    _component(
        key=key,
        data={
            "label": label,
            "name": name,
            "type": type_,
            "number": next(_numbers),
            "text": make() if st.session_state.pop(asked, False) else None,
        },
        on_wanted_change=ask,
    )
