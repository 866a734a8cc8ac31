"""A download button that works while pages and fragments run.

Streamlit's download button makes its file when it is clicked and drops it after two more runs of
any script or fragment, of any visitor. One live page makes six runs a second, so the file is mostly
gone (404) before the browser has asked for it. Here the file is sent together with the page.
"""

from __future__ import annotations

import base64
import gzip
import itertools
from collections.abc import Callable

import streamlit as st

from fer.web.widgets.component import component

_numbers = itertools.count(1)

_component = component(__file__)


def download_button(
    label: str, make: Callable[[], str | bytes], name: str, type_: str, key: str
) -> None:
    """Show the button; call it in a fragment, which then runs for each click.

    Args:
        label: the text on the button.
        make: called at each click; returns the content of the file.
        name: the name of the file.
        type_: the MIME type of the file.
        key: the key of the widget.
    """
    asked = f"{key}-asked"

    # If a click reaches the server while another part runs, only its callback hears of it.
    def ask() -> None:
        st.session_state[asked] = True

    _component(
        key=key,
        data={
            "label": label,
            "name": name,
            "type": type_,
            "number": next(_numbers),
            "content": _packed(make()) if st.session_state.pop(asked, False) else None,
        },
        on_wanted_change=ask,
    )


def _packed(file: str | bytes) -> str:
    """Compress a file, as 150 MB would be too long a message, and write it as text."""
    data = file.encode() if isinstance(file, str) else file
    return base64.b64encode(gzip.compress(data, compresslevel=1)).decode()
