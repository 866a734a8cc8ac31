"""Texts that people read: times, and texts made harmless for where they are shown.

HTML needs no function here: Jinja2 escapes whatever goes into a template.
"""

from __future__ import annotations

import math
import re


def clock(seconds: float) -> str:
    """Writes a time in s as "min:s", or as "h:min:s" from one hour on; less than 0 counts as 0."""
    whole = max(0, math.floor(seconds + 1e-6))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def markdown(text: str) -> str:
    """Escapes a text, so that Streamlit's Markdown shows it letter by letter."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>~:$" else sign for sign in text)


def inert_cell(text: str) -> str:
    """Guards a text for a cell or heading, so that no spreadsheet takes it for a formula.

    A leading apostrophe makes a spreadsheet show the rest as text. Where the list separator is a
    semicolon, as in much of Europe, a spreadsheet also splits our cells at semicolons, tabs and
    line ends, so what follows one of those is guarded too. See OWASP, "CSV Injection".
    """
    return _FORMULA.sub(r"\1'\2", text)


def from_inert_cell(text: str) -> str:
    """Undoes `inert_cell`; a text that was never guarded stays as it is."""
    return _GUARDED.sub(r"\1\2", text)


# Matches the start of a cell, white space and quotation marks that importers drop, and then a sign
# that begins a formula. Excel takes the full-width forms, too. Tabs and line ends count as
# separators, so one at the beginning of a cell matches as well.
_FORMULA = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)([=+\\-@＝＋－＠])")
_GUARDED = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)'([=+\\-@＝＋－＠])")
