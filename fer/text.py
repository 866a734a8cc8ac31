"""Texts that people read: times, and texts made harmless for where they are shown.

HTML needs no function here: Jinja2 escapes whatever goes into a template.
"""

from __future__ import annotations

import math
import re


def clock(seconds: float) -> str:
    """A time as "min:s", or "h:min:s" from one hour on; negative times count as 0."""
    whole = max(0, math.floor(seconds + 1e-6))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def markdown(text: str) -> str:
    """A text that Markdown, with Streamlit's extensions, shows letter by letter."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>~:$" else sign for sign in text)


def inert_cell(text: str) -> str:
    """A text for a cell or a heading of a table that no spreadsheet takes for a formula.

    A leading apostrophe makes a spreadsheet show the rest as text. Where the list separator is a
    semicolon, as in much of Europe, a spreadsheet also splits our cells at semicolons, tabs and
    line ends, so what follows one of those is guarded too. See OWASP, "CSV Injection".
    """
    return _FORMULA.sub(r"\1'\2", text)


def from_inert_cell(text: str) -> str:
    """The text that `inert_cell` was given; what holds no formula stays as it is."""
    return _GUARDED.sub(r"\1\2", text)


# The start of a cell, white space and quotation marks that importers drop, then a sign that begins
# a formula. Excel takes the full-width forms, too. A tab or line end that begins a cell is one of
# the separators.
_FORMULA = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)([=+\\-@＝＋－＠])")
_GUARDED = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)'([=+\\-@＝＋－＠])")
