"""What the process does once: before it serves the first page, and after it served the last."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import streamlit as st

from fer.errors import ModelError, SettingsError, StoreError
from fer.jobs.problems import ELSEWHERE
from fer.jobs.retention import delete_old
from fer.logs.set_up import set_up
from fer.machine import give_back_large_pieces
from fer.purpose import PRODUCT
from fer.settings import Settings
from fer.web import compat, runs
from fer.web.addresses import base_path
from fer.web.join.hub import hub
from fer.web.loggers import take_over
from fer.web.loop_lag import loop_lag
from fer.web.resources import classrooms, core_of, job_board, settings
from fer.web.shutdown import (
    REQUESTS_S,
    WITHIN_S,
    before_the_end,
    end_for_certain,
    limit_open_requests,
    write_everything,
)
from fer.web.silent_clients import allow_many_connections, close_silent_connections

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0
"""Seconds between two searches for visits whose browser has gone for good."""

LOOK_FOR_OLD_EVERY_S = 3600.0
"""Seconds between two searches for results that are too old to be kept."""

LOOK_FOR_OUR_TURN_S = 1.0
"""Seconds between two looks whether another process still works on the folder of results."""


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Clear up what an earlier process left behind, say where the app is, and end in good order."""
    give_back_large_pieces()
    alone = limit_open_requests()
    form = _begin_log() if alone else "text"
    allow_many_connections()
    close_silent_connections()
    compat.leave_tables_out()
    compat.keep_unsent_messages()
    runs.keep_requests()
    with contextlib.suppress(SettingsError):  # every page says what is wrong
        if not job_board().begun:
            log.warning("%s", ELSEWHERE)
        before_the_end(job_board().hand_over)
    watched = [loop_lag.watch(), _end_left_visits(), hub.watch(), _open_classes(), _load_ahead()]
    watched += [_keep_days(), _begin_to_analyse()]
    watching = [asyncio.create_task(task) for task in watched]
    if form == "text":
        print(f"\n  {PRODUCT}: {address()}\n", flush=True)
    log.info("the app starts at %s", address())
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
        if alone:
            # Half a second is left for what the event loop and uvicorn do meanwhile.
            end_for_certain(WITHIN_S - REQUESTS_S - 0.5)
        await anyio.to_thread.run_sync(write_everything)
        log.info("the app ends, and everything has been written")


def _begin_log() -> str:
    """Returns the form of the log, see `fer.settings.Settings.log`."""
    take_over()
    try:
        chosen = settings()
    except SettingsError as problem:
        chosen = Settings()
        set_up(chosen)
        log.error("the settings are wrong: %s", problem)
        return chosen.log
    set_up(chosen)
    return chosen.log


async def _open_classes() -> None:
    """Open the database, so that no student waits for its migrations."""
    try:
        await anyio.to_thread.run_sync(classrooms)
    except (ModelError, StoreError, SettingsError) as problem:
        log.error("classes cannot be opened: %s", problem)


AHEAD = ("aiortc", "fer.charts.timeline", "fer.charts.shares", "fer.live.numbers")
"""What the first page needs and is loaded ahead of it. Streamlit serves the files of a component of
the older kind only if it was declared by a page, so no module that declares one may be among these:
neither ours with charts nor streamlit-webrtc."""


async def _load_ahead() -> None:
    """Load what the first page needs while the browser fetches its scripts, then the models."""

    def load() -> None:
        for name in AHEAD:
            importlib.import_module(name)
        core_of("")

    try:
        await anyio.to_thread.run_sync(load)
    except (ModelError, SettingsError) as problem:
        log.error("the models cannot be loaded: %s", problem)


async def _begin_to_analyse() -> None:
    """Begin with what another process works on now, as soon as that one has ended."""
    with contextlib.suppress(SettingsError):  # every page says what is wrong
        while not job_board().begun:
            await asyncio.sleep(LOOK_FOR_OUR_TURN_S)


async def _keep_days() -> None:
    """Delete results that are too old. Classes see to that themselves."""
    while True:
        with contextlib.suppress(SettingsError):  # every page says what is wrong
            days = settings().keep_days
            await anyio.to_thread.run_sync(delete_old, job_board(), days, time.time())
        await asyncio.sleep(LOOK_FOR_OLD_EVERY_S)


async def _end_left_visits() -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            compat.end_left_visits()
        except Exception:
            # A new version of Streamlit may cause this, for example. The data then go later.
            log.exception("cannot end the visits that were left")


def address() -> str:
    """The address for a browser on this machine.

    Streamlit would print addresses for other machines, too, and ask hosts on the internet for
    them, so its message is turned off in `.streamlit/config.toml`.
    """
    host = st.get_option("server.address") or "localhost"
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    secure = st.get_option("server.sslCertFile")
    port = st.get_option("server.port")
    return f"http{'s' if secure else ''}://{host}:{port}{base_path() or '/'}"
