"""The HTML of the students' page and of the page for the projector."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from fer import purpose
from fer.classroom.consent import LONGEST_NICKNAME
from fer.web.join import texts

FOLDER = Path(__file__).resolve().parent

SCRIPTS = ("connection.js", "camera.js", "on_device.js", "presses.js", "taps.js", "page.js")
"""What `page.js` is made of: one file, because each one more is a kilobyte of headers."""

FILES = {
    "page.js": "text/javascript",
    "page.css": "text/css",
    "projector.css": "text/css",
    "icon.svg": "image/svg+xml",
}
"""The files that the pages load, and their media types."""

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


@cache
def file(name: str) -> bytes:
    """Returns the content of one of `FILES`."""
    if name == "page.js":
        return b"\n".join((FOLDER / script).read_bytes() for script in SCRIPTS)
    folder = FOLDER.parent if name == "icon.svg" else FOLDER
    return (folder / name).read_bytes()


@cache
def version() -> str:
    """Returns a text that changes when one of `FILES` does.

    It stands in their addresses, so that browsers may keep them for good.
    """
    return hashlib.sha256(b"".join(map(file, FILES))).hexdigest()[:12]


def code_page(*, files: str, join: str, code: str = "", problem: str = "") -> str:
    """Returns the page with a field for the code of the class.

    Args:
        files, join: addresses of the folder of `FILES` and of this page, relative to the page.
        code: the code that the field shows at first.
        problem: a sentence about what went wrong before.
    """
    return _render(
        "page.html",
        heading=texts.HEADING,
        ask_code=True,
        code=code,
        problem=problem,
        files=files,
        join=join,
        facts={},
    )


def class_page(
    *,
    title: str,
    code: str,
    pictures: bool,
    individual: bool,
    files: str,
    join: str,
    device: Mapping[str, str] | None = None,
) -> str:
    """Returns the page of one class.

    Args:
        title: the title of the class.
        code: the code of the class, as `fer.classroom.join_code.tidy_code` returns it.
        pictures: whether the class uses cameras.
        individual: whether students may let the instructor see their own reading.
        files, join: as for `code_page`.
        device: addresses, relative to the page, of what a student's own device needs to read
            faces: `runtime`, `wasm`, `recipe`, `detector`, `classifier`, and each script by its
            name. None where the server cannot give it; the page then sends pictures.
    """
    facts = {
        "code": code,
        "socket": f"{code}/socket",
        "pictures": pictures,
        "device": device,
        "texts": texts.SCRIPT,
        "emotions": texts.EMOTIONS,
    }
    return _render(
        "page.html",
        heading=title,
        ask_code=False,
        problem="",
        pictures=pictures,
        individual=pictures and individual,
        device=device,
        longest_nickname=LONGEST_NICKNAME,
        files=files,
        join=join,
        facts=facts,
    )


def projector_page(*, title: str, code: str, link: str, short_link: str, files: str) -> str:
    """Returns the page for the projector: code, address and QR code, as large as fits.

    Args:
        title: the title of the class.
        code: the code of the class, as `fer.classroom.join_code.shown` returns it.
        link: address of the page of the class, for the QR code.
        short_link: address of the page that asks for the code, as people type it.
        files: as for `code_page`.
    """
    import segno  # only the projector shows a code

    picture = segno.make(link, error="m", micro=False)
    drawing = picture.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None)
    return _render(
        "projector.html",
        title=title,
        code=code,
        short_link=short_link,
        drawing=Markup(drawing),
        files=files,
    )


def _render(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(
        texts=texts,
        product=purpose.PRODUCT,
        law=f"{purpose.LAW} {purpose.CONSENT}",
        not_a_feeling=purpose.NOT_A_FEELING,
        version=version(),
        **values,
    )
