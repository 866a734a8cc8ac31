"""A word that the browser's tab keeps while its page is loaded again."""

from __future__ import annotations

from fer.web.widgets.component import component

_component = component(__file__)


def tab_memory(key: str, word: str) -> str | None:
    """Keep a word in the browser's tab; nothing is visible on the page.

    Args:
        key: the key of the component.
        word: what to keep; "" leaves the memory as it is.

    Returns:
        What the tab had kept when this page was loaded, or "". None until the browser has said it.
    """
    result = _component(
        key=key,
        data={"word": word},
        default={"earlier": None},
        on_earlier_change=lambda: None,  # Streamlit asks for a callback with each default
        height=1,
    )
    return result.earlier if isinstance(result.earlier, str | None) else ""
