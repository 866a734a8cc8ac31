"""What all pages of one process share, each made once and on first need."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.faces.core import MoodCore
from fer.jobs.bin import Bin, empty_at_exit
from fer.jobs.board import JobBoard, board
from fer.live.engine import MoodEngine
from fer.settings import Settings
from fer.web import memory
from fer.web.sources.ice import IceServers, ice_servers


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The process's settings.

    Raises:
        ValueError: an environment variable holds something wrong.
    """
    return Settings.from_environment()


def chosen_model() -> Path:
    """The emotion model that this visitor uses: the one chosen on the model page, else the one in
    the settings."""
    return st.session_state.get("model") or settings().model


def use_model(path: Path) -> None:
    """Use a model on this visitor's pages.

    Raises:
        ModelError: it cannot be used; the choice stays as it was.
    """
    _core(path)
    st.session_state.model = path


def core(model: Path | None = None) -> MoodCore:
    """Detector and classifier for a model, by default the chosen one.

    Raises:
        ModelError, ValueError: see `MoodCore.load`.
    """
    return _core(model or chosen_model())


def core_of(model: str) -> MoodCore:
    """The core of `fer.jobs.board.Options.model`. For any thread, as nothing here asks who visits.

    Raises:
        ModelError, ValueError: see `MoodCore.load`.
    """
    return _core(Path(model) if model else settings().model)


def jobs() -> JobBoard:
    """The analyses of recordings, and their results.

    Raises:
        ValueError: see `settings`.
    """
    return board(settings().results, core_of)


@st.cache_resource(show_spinner=False)
def _bin(folder: Path) -> Bin:
    return empty_at_exit(Bin(board(folder, core_of)))


def bin_() -> Bin:
    """The results that were thrown away less than a minute ago.

    Raises:
        ValueError: see `settings`.
    """
    return _bin(settings().results)


def engine() -> MoodEngine:
    """The engine of the chosen model. All visitors who use a model share one engine, which shares
    the processor fairly between them.

    Raises:
        ModelError, ValueError: see `MoodCore.load`.
    """
    return _engine(chosen_model())


@st.cache_resource(show_spinner="Loading the emotion model", max_entries=4)
def _core(model: Path) -> MoodCore:
    return MoodCore.load(model=model, settings=settings())


@st.cache_resource(show_spinner=False, max_entries=4)
def _engine(model: Path) -> MoodEngine:
    return MoodEngine(_core(model))


# A provider's passwords last for an hour or more; a provider that is down is asked again after
# ten minutes, and not at every run of a page.
# The browser says what its host is called, so the number of answers that are kept is limited.
@st.cache_data(ttl=600, max_entries=32, show_spinner=False)
def ice(host: str) -> IceServers:
    """ICE servers for a browser that opened the app at `host`."""
    return ice_servers(settings(), host)


@st.cache_resource(show_spinner=False)
def spare_the_collector() -> None:
    """Once a process, see `fer.web.memory.spare_the_collector`."""
    memory.spare_the_collector()
