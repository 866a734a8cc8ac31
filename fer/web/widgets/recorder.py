"""The recorder: a clip from the visitor's camera or microphone, recorded by the browser."""

from __future__ import annotations

from fer.web.widgets.component import component

_component = component(__file__)


def recorder(key: str, uploader: str) -> None:
    """Show the recorder.

    Nothing leaves the browser while it records. A finished clip appears in the file uploader as
    if it had been chosen there.

    Args:
        key: the key of the component.
        uploader: the key of an `st.file_uploader` on the same page that takes videos and sound.
    """
    _component(key=key, data={"uploader": uploader})
