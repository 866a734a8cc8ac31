"""The browser's tab, which shows an alert even while the teacher looks at another window."""

from __future__ import annotations

from collections.abc import Sequence

from fer.web.widgets.component import component

_component = component(__file__)


def tab(key: str, alerts: Sequence[str], *, sound: bool, unsaved: bool) -> None:
    """Mark the tab's title while there are alerts; nothing is visible on the page.

    Args:
        key: the key of the component.
        alerts: one name for each alert that has not ended; a new name is a new alert.
        sound: whether a soft sound is played when an alert begins.
        unsaved: whether the browser asks before the tab is closed or loaded again.
    """
    _component(key=key, data={"alerts": list(alerts), "sound": sound, "unsaved": unsaved}, height=1)
