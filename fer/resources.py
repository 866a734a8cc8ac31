"""What all pages of one process share, each made once and on first need."""

from __future__ import annotations

import streamlit as st

from fer.core import MoodCore
from fer.engine import MoodEngine
from fer.ice import IceServers, ice_servers
from fer.settings import Settings


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The process's settings.

    Raises:
        ValueError: an environment variable holds something wrong.
    """
    return Settings.from_environment()


@st.cache_resource(show_spinner="Loading the emotion model")
def core() -> MoodCore:
    """The process's detector and classifier.

    Raises:
        ModelError, ValueError: see `MoodCore.load`.
    """
    return MoodCore.load(settings=settings())


@st.cache_resource(show_spinner=False)
def engine() -> MoodEngine:
    """The process's one engine: it shares the processor fairly between all visitors.

    Raises:
        ModelError, ValueError: see `MoodCore.load`.
    """
    return MoodEngine(core())


# A provider's passwords last for an hour or more; a provider that is down is asked again after
# ten minutes, and not at every run of a page.
@st.cache_data(ttl=600, show_spinner=False)
def ice(host: str) -> IceServers:
    """ICE servers for a browser that opened the app at `host`."""
    return ice_servers(settings(), host)
