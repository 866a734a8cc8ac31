"""Takes personal data out of a text before it is logged.

The app itself logs no names. But error messages contain paths of files, which are named after
lessons and people, and libraries log complete network and page addresses. So every line of the log
passes through here, including tracebacks.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

GONE = "…"

_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{2,39}(?:%\w+)?(?![\w:]|\.\d)")
_CODE = re.compile(r"(/join/)(?!files\b|\w+\.py\b)[^/\s\"'?]+")
_QUERY = re.compile(r"(?<=[\w/])\?[\w%.~-]+=[^\s\"']*")
# PostgreSQL quotes the row that it refuses.
_ROW = re.compile(r"(\bDETAIL: ).*")
# Tickets, invitations, ids of visits, keys and hashes. Names in code have only one kind of letters.
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{32,}(?![\w-])")
_HEX = re.compile(r"(?<![\w-])(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?!\w)")


class Scrubber:
    """Takes personal data out of texts."""

    def __init__(
        self,
        folders: Iterable[Path] = (),
        results: Iterable[Path] = (),
        secrets: Iterable[str] = (),
    ) -> None:
        """Args:
        folders: folders whose files have names that people gave them; these names are removed.
        results: folders for results. Their entries have random names, which are kept; files below
            an entry may be named after a recording.
        secrets: texts that are removed wherever they occur, such as passwords.
        """
        self._secrets = sorted({text for text in secrets if len(text) >= 4}, key=len, reverse=True)
        roots = [*_places(folders, ""), *_places(results, r"/[^/\s'\"]+")]
        place = "|".join(sorted(roots, key=len, reverse=True))
        # A name in quotes ends with the quote; any other ends with the line.
        self._below = roots and re.compile(
            rf"(?P<quote>['\"])(?P<one>{place})/(?:\\.|(?!(?P=quote)).)+(?P=quote)"
            rf"|(?P<other>{place})/.+"
        )

    def scrub(self, text: str) -> str:
        """Returns a text without personal data."""
        for secret in self._secrets:
            text = text.replace(secret, GONE)
        if self._below:
            text = self._below.sub(_shorter, text)
        text = _E_MAIL.sub(f"{GONE}@{GONE}", text)
        text = _CODE.sub(rf"\1{GONE}", text)
        text = _QUERY.sub(f"?{GONE}", text)
        text = _ROW.sub(rf"\1{GONE}", text)
        text = _HEX.sub(GONE, _TOKEN.sub(GONE, text))
        return _IPV6.sub(_network6, _IPV4.sub(_network4, text))


def _places(folders: Iterable[Path], entry: str) -> list[str]:
    """Returns patterns for the paths of folders, as given and as absolute paths."""
    places = {str(place) for path in folders for place in (path, path.absolute())}
    return [re.escape(place.rstrip("/")) + entry for place in places - {"."}]


def _shorter(match: re.Match[str]) -> str:
    quote = match["quote"]
    if quote:
        return f"{quote}{match['one']}/{GONE}{quote}"
    return f"{match['other']}/{GONE}"


def _network4(match: re.Match[str]) -> str:
    """Returns an address without its last part: it shows the network, but no computer in it."""
    here = match[1].startswith(("127.", "0."))
    return match[0] if here else f"{match[1]}.{GONE}"


def _network6(match: re.Match[str]) -> str:
    text = match[0].partition("%")[0]
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:  # a time of day, for example
        return match[0]
    if address.is_loopback or address.is_unspecified:
        return match[0]
    return ":".join(address.exploded.split(":")[:3]) + f":{GONE}"
