"""The addresses of this app, as its settings and the visitor's browser give them."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st


def base_path() -> str:
    """Returns the path below which a proxy serves the app, for example "/mood"; "" without one."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def join_path() -> str:
    """Returns the path of the page that asks students for the code of their class."""
    return f"{base_path()}/join"


def browser_host() -> str:
    """Returns the host name in the address of the page that runs now; "" if there is none."""
    return urlsplit(st.context.url or "").hostname or ""


def as_browser_sees(path: str) -> str:
    """Returns the whole address of a path on this server, for the page that runs now."""
    here = urlsplit(st.context.url or "http://localhost")
    return f"{here.scheme}://{here.netloc}{path}"
