"""Texts that people read: times and numbers, and texts made harmless for where they are shown.

HTML needs no function here: Jinja2 escapes whatever goes into a template.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, tzinfo


def clock(seconds: float) -> str:
    """Writes a time in s as "min:s", or as "h:min:s" from one hour on; less than 0 counts as 0."""
    whole = max(0, math.floor(seconds + 1e-6))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def signed(value: float) -> str:
    """Writes a number with two decimals and its sign, such as "+0.36" or "−0.04"; zero has none."""
    text = f"{value:+.2f}"
    return text.replace("-", "−") if float(text) else "0.00"


def unused(name: str, used: set[str]) -> str:
    """Returns a name, with a number if it is used already, and adds it to the used ones.

    Args:
        name: the name.
        used: the names that are used, as `folded` returns them.
    """
    number, free = 1, name
    while folded(free) in used:
        number += 1
        free = f"{name} ({number})"
    used.add(folded(free))
    return free


def folded(name: str) -> str:
    """Returns what names have in common that are the same file on macOS or Windows.

    Such names differ only in capitals, or in whether an accent is a character of its own.
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def counted(number: int, one: str, more: str = "") -> str:
    """Writes a number of things, such as "1 face" or "2 faces".

    Args:
        number: how many.
        one: the noun for one of them.
        more: the noun for several; "" adds an s.
    """
    return f"{number} {one if number == 1 else more or one + 's'}"


def on_clock(since_1970: float, zone: tzinfo | None = None) -> datetime:
    """Returns a moment, given in seconds since 1970, as a clock in a time zone shows it.

    Args:
        since_1970: the moment.
        zone: the time zone; None for that of this machine.
    """
    return datetime.fromtimestamp(since_1970, UTC).astimezone(zone)


def date_time(since_1970: float, zone: tzinfo | None = None) -> str:
    """Writes a moment as date and time, such as "2026-11-27 09:00"; the arguments are those of
    `on_clock`."""
    return f"{on_clock(since_1970, zone):%Y-%m-%d %H:%M}"


def date_time_with_zone(since_1970: float, zone: tzinfo | None = None) -> str:
    """Like `date_time`, but with the time zone's name, for times that other people read, too."""
    return f"{on_clock(since_1970, zone):%Y-%m-%d %H:%M %Z}"


def markdown(text: str) -> str:
    """Escapes a text, so that Streamlit's Markdown shows it letter by letter.

    Streamlit looks through a text once more when the escapes are gone already, and makes links of
    addresses, pictures of the names of icons, and typographic signs of arrows. Whatever it looks
    for is therefore cut in two by a span without letters, which nobody sees or copies.

    What means nothing in Markdown is left as it is: an underscore or a hyphen within a word, a
    hyphen between words, a full stop before a letter, and parentheses. Screen readers read the
    escapes in the labels of Streamlit's widgets aloud.
    """
    return _CUT.join(_escaped(part) for part in _LOOKED_FOR.split(text))


def _escaped(part: str) -> str:
    return _LISTED.sub(r"\1\\)", _SIGN.sub(r"\\\g<0>", part))


def has_right_to_left(text: str) -> bool:
    """Returns whether a text has letters that run from right to left, as in Arabic and Hebrew."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


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


_SIGN = re.compile(
    r"[\\`*{}\[\]#+!|<>~:$&=]|(?<![^\W_])_|[._](?![^\W_])"
    r"|(?<![^\W_])(?<![^\W_] )-|-(?![^\W_]| [^\W_])"
)
_LISTED = re.compile(r"^(\s*\d+)\)", re.MULTILINE)  # the number of an item in a list: 1)
_CUT = ":small[]"
# Matches within an address for e-mail, of a web page, the name of an icon, and an arrow (1.67).
_LOOKED_FOR = re.compile(
    r"(?<=[-.+\w])(?=@[-\w])"
    r"|(?<=http)(?=://)|(?<=https)(?=://)|(?<=www)(?=\.)"
    r"|(?<=:)(?=material[_/]|streamlit:)"
    r"|(?<=[-<>~])(?=[->=])",
    re.IGNORECASE,
)

# Matches the start of a cell, white space and quotation marks that importers drop, and then a sign
# that begins a formula. Excel takes the full-width forms, too. Tabs and line ends count as
# separators, so one at the beginning of a cell matches as well.
_FORMULA = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)([=+\\-@＝＋－＠])")
_GUARDED = re.compile("((?:^|[;\t\r\n])[\\s\"'\ufeff]*)'([=+\\-@＝＋－＠])")
