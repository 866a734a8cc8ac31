"""Declares a Streamlit component (of the kind `v2`) from the files beside its module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st


def component(module: str, **options: Any) -> Any:
    """Returns the function that draws a component.

    Its `.html`, `.css` and `.js` are those of the files beside the module that have its name.

    Args:
        module: the module's `__file__`.
        options: further ones of `st.components.v2.component`.
    """
    files = {kind: Path(module).with_suffix(f".{kind}") for kind in ("html", "css", "js")}
    options |= {kind: file.read_text("utf-8") for kind, file in files.items() if file.is_file()}
    return st.components.v2.component(f"fer_{Path(module).stem}", **options)
