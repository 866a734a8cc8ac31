"""Sends what Streamlit and uvicorn log to the log of the app (`fer.logs`)."""

from __future__ import annotations

import asyncio
import logging

import streamlit.logger

_CONTEXT = "streamlit.runtime.scriptrunner_utils.script_run_context"
_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "websockets")


def take_over() -> None:
    """Make the frameworks pass their warnings to the root logger, including loggers made later.

    Both have handlers that write the full addresses of visitors and pages. Streamlit only has a
    setting for the text of its lines, and sets up each logger when it is first used, always with
    `setup_formatter` (checked with Streamlit 1.67).
    """
    streamlit.logger.setup_formatter = _pass_on
    streamlit.logger.update_formatter()
    for name in _SERVER:
        _pass_on(logging.getLogger(name))
    logging.getLogger("uvicorn.error").addFilter(_is_not_cancelled)
    logging.getLogger("streamlit.error_util").addFilter(_is_not_reported)
    logging.getLogger(_CONTEXT).addFilter(_is_no_advice)


def _pass_on(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)


def _is_not_reported(record: logging.LogRecord) -> bool:
    """Returns whether `fer.web.faults`, which logs every error of a page, does not log this too."""
    return record.msg != "Uncaught app execution"


def _is_no_advice(record: logging.LogRecord) -> bool:
    """Returns whether a record is more than Streamlit's advice about code outside of a page.

    Values that all pages share, such as the networks, are also used while the app starts and by
    its health check. Each use would be a warning in the log.
    """
    return "missing ScriptRunContext" not in str(record.msg)


def _is_not_cancelled(record: logging.LogRecord) -> bool:
    """Returns whether a record is about anything but a request that the end of the app cut off.

    uvicorn says in one line how many it cuts off, and then logs a traceback for each.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
