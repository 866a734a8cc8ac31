"""Objects that all pages of one process share; each is made once, when it is first needed."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path
from weakref import WeakSet

import streamlit as st

from fer.classroom.classrooms import Classrooms
from fer.emotions import classes_for
from fer.errors import StoreError
from fer.faces.core import MoodCore
from fer.jobs.bin import Bin, empty_at_exit
from fer.jobs.board import JobBoard
from fer.jobs.shared import board
from fer.live.engine import MoodEngine
from fer.mood.prevalence import Prevalence
from fer.network import read_card
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from fer.web.one_try import OneTry
from fer.web.shutdown import before_the_end
from fer.web.sources.ice import IceServers, ice_servers
from fer.web.uploads.stored import FOLDER as UPLOADS
from fer.web.uploads.stored import delete_leftovers

engines: WeakSet[MoodEngine] = WeakSet()
"""All engines of this process, for its metrics."""


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Returns the process's settings.

    Raises:
        SettingsError: an environment variable holds something wrong.
    """
    return Settings.from_environment()


def chosen_model() -> Path:
    """Returns the path of the emotion model that this visitor uses.

    It is the model chosen on the model page, or else the one in the settings.
    """
    return st.session_state.get("model") or settings().model


def use_model(path: Path) -> None:
    """Use a model on this visitor's pages.

    Raises:
        ModelError: it cannot be used; the choice stays as it was.
    """
    _core(path)
    st.session_state.model = path


def core(model: Path | None = None) -> MoodCore:
    """Returns the detector and classifier for a model, by default the chosen one.

    Raises:
        ModelError, SettingsError: see `MoodCore.load`.
    """
    return _core(model or chosen_model())


def core_of(model: str) -> MoodCore:
    """Returns the core for `fer.jobs.job.Options.model`.

    It may be called from any thread, because it does not ask who the visitor is.

    Raises:
        ModelError, SettingsError: see `MoodCore.load`.
    """
    return _core(Path(model) if model else settings().model)


def job_board() -> JobBoard:
    """Returns the board of everybody's analyses of recordings, with their results.

    Raises:
        SettingsError: see `settings`.
    """
    return _board(settings().results)


def _board(folder: Path) -> JobBoard:
    return board(folder, core_of, lambda: delete_leftovers(folder / UPLOADS))


@st.cache_resource(show_spinner=False)
def _bin(folder: Path) -> Bin:
    return empty_at_exit(Bin(_board(folder)))


def bin_() -> Bin:
    """Returns the bin, which holds the results that were thrown away less than a minute ago.

    Raises:
        SettingsError: see `settings`.
    """
    return _bin(settings().results)


def engine() -> MoodEngine:
    """Returns the engine of the chosen model.

    All visitors who use a model share one engine, which divides the processor fairly between them.

    Raises:
        ModelError, SettingsError: see `MoodCore.load`.
    """
    return _engine(chosen_model())


def common_engine() -> MoodEngine:
    """Returns the engine of the model in the settings, for those who have no page to choose one.

    It may be called from any thread.

    Raises:
        ModelError, SettingsError: see `MoodCore.load`.
    """
    return _engine(settings().model)


@st.cache_resource(show_spinner="Loading the emotion model", max_entries=4)
def _core(model: Path) -> MoodCore:
    return MoodCore.load(model=model, settings=settings())


@st.cache_resource(show_spinner=False, max_entries=4)
def _engine(model: Path) -> MoodEngine:
    engine = MoodEngine(_core(model))
    engines.add(engine)
    return engine


# A provider's passwords last for an hour or more. A provider that is down is asked again after ten
# minutes, and not at every run of a page. The host name comes from the browser, which may invent
# many, so only a limited number of answers is kept.
@st.cache_resource(ttl=600, max_entries=32, show_spinner=False)
def ice(host: str) -> IceServers:
    """Returns the ICE servers for a browser that opened the app at `host`."""
    return ice_servers(settings(), host)


def classes() -> tuple[str, ...]:
    """Returns what the model of the settings reads faces as, see `fer.emotions.classes_for`.

    Raises:
        ModelError, SettingsError: the settings or the card of their model are wrong.
    """
    return _classes(settings().model)


# Streamlit's cache takes 80 µs for each question, and every connection of a student asks.
@cache
def _classes(model: Path) -> tuple[str, ...]:
    return classes_for(read_card(model).get("labels", ()))


def classrooms() -> Classrooms:
    """Returns the classes of this process.

    Raises:
        ModelError, SettingsError: the settings or the card of their model are wrong.
        StoreError: the database cannot be reached.
    """
    return _classrooms()


def _open_classrooms() -> Classrooms:
    classes = Classrooms(
        Store(Database(database_url(settings()))),
        Prevalence.of_network(read_card(settings().model)),
        half_life_s=settings().pulse_half_life,
        keep_days=settings().keep_days,
    )
    classes.start()
    before_the_end(classes.stop)
    atexit.register(classes.stop)
    return classes


_classrooms = OneTry(_open_classrooms, StoreError)
