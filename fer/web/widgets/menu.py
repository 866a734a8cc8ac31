"""The menu of pages on a phone, which closes once a page is chosen."""

from __future__ import annotations

from fer.web.widgets.component import component

_component = component(__file__)


def close_menu_after_a_tap() -> None:
    """Make the sidebar of narrow screens close when a page is chosen; nothing is visible."""
    _component(key="menu", height=1)
