"""What happens once for the whole process: before the first page is served and after the last."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st

from fer.purpose import PRODUCT
from fer.web.loop_lag import loop_lag
from fer.web.resources import jobs


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Clear up what an earlier process left behind, and say where the app is."""
    with contextlib.suppress(ValueError):  # wrong settings, which every page explains
        jobs()
    watching = asyncio.create_task(loop_lag.watch())
    print(f"\n  {PRODUCT}: {address()}\n", flush=True)
    try:
        yield
    finally:
        watching.cancel()


def address() -> str:
    """The address for a browser on this machine.

    Streamlit would print addresses for other machines, too, and ask hosts on the internet for
    them, so its message is turned off in `.streamlit/config.toml`.
    """
    host = st.get_option("server.address") or "localhost"
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    secure = st.get_option("server.sslCertFile")
    port = st.get_option("server.port")
    return f"http{'s' if secure else ''}://{host}:{port}/{path}"
