"""Brings what Streamlit and uvicorn log together with what the app logs (see `fer.logs`)."""

from __future__ import annotations

import logging

import streamlit.logger

_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "websockets")


def take_over() -> None:
    """Let the frameworks pass their warnings on to the root logger, also those of loggers to come.

    Both have handlers of their own, which write addresses of visitors and of pages in full.
    Streamlit has a setting for the text of its lines only, and makes its loggers one by one: each
    goes through `setup_formatter` (checked with Streamlit 1.67).
    """
    streamlit.logger.setup_formatter = _pass_on
    streamlit.logger.update_formatter()
    for name in _SERVER:
        _pass_on(logging.getLogger(name))
    logging.getLogger("streamlit.error_util").addFilter(_is_not_reported)


def _pass_on(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)


def _is_not_reported(record: logging.LogRecord) -> bool:
    """Whether `fer.web.faults`, which hears of every error of a page, does not log this as well."""
    return record.msg != "Uncaught app execution"
