"""A report as a PDF with vector charts, made by ReportLab without a browser.

DejaVu Sans, which lies beside this module, covers Latin, Greek, Cyrillic and many signs. Chinese,
Japanese and Korean letters use a font of the reader's computer. Other letters show as a box.
"""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from fer.report.contents import Contents
from fer.report.pdf_charts import vector_drawing

_FONT_FILE = Path(__file__).resolve().parent / "fonts" / "DejaVuSans.ttf"
_FONT, _ASIAN = "DejaVuSans", "STSong-Light"
_GREY = HexColor("#5A6068")
_RULE = HexColor("#C9CDD2")
_MARGIN = 16 * mm
# ReportLab's frames have a padding of 6 pt on both sides.
_WIDTH = A4[0] - 2 * _MARGIN - 12
_CHART_HEIGHT = 150.0

# ReportLab's tables of fonts belong to the process and change while it builds a document.
_lock = threading.Lock()

_BODY = ParagraphStyle("body", fontName=_FONT, fontSize=9, leading=12.5)
_SMALL = ParagraphStyle("small", _BODY, fontSize=7.5, leading=10, textColor=_GREY)
_TITLE = ParagraphStyle("title", _BODY, fontSize=17, leading=22, spaceAfter=2)
_SUMMARY = ParagraphStyle("summary", _BODY, fontSize=10.5, leading=14.5, spaceAfter=2)
_HEADING = ParagraphStyle(
    "heading", _BODY, fontSize=11.5, leading=15, spaceBefore=8, keepWithNext=1
)


def to_pdf(contents: Contents) -> bytes:
    """Returns the PDF of the contents of a report."""
    with _lock:
        _fonts()
        story: list = [
            _text(contents.name, _TITLE),
            _text(contents.subtitle, _SMALL),
            Spacer(0, 4),
            *(_text(sentence, _SUMMARY) for sentence in contents.highlights),
            *(_text(remark, _BODY) for remark in contents.remarks),
            Spacer(0, 6),
            _numbers(contents),
            Spacer(0, 6),
            _text(contents.notice, _SMALL),
        ]
        for chapter in contents.chapters:
            story.append(
                KeepTogether(
                    [
                        _text(chapter.title, _HEADING),
                        vector_drawing(chapter.figure, _WIDTH, _CHART_HEIGHT, _FONT),
                        *([_text(chapter.note, _SMALL)] if chapter.note else []),
                    ]
                )
            )
        story += [_text("Events and marks", _HEADING), _events(contents)]
        if contents.cues:
            heading = _text("What the cues mean, and what they are not for", _HEADING)
            story.append(KeepTogether([heading, _cues(contents)]))
        buffer = io.BytesIO()
        document = SimpleDocTemplate(
            buffer,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=14 * mm,
            bottomMargin=16 * mm,
            title=contents.name,
            author="Classroom mood monitor",
            # Equal reports give equal bytes.
            invariant=1,
        )
        document.build(story, onFirstPage=_foot, onLaterPages=_foot)
        return buffer.getvalue()


@lru_cache(maxsize=1)
def _fonts() -> TTFont:
    font = TTFont(_FONT, str(_FONT_FILE))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=_FONT, italic=_FONT, boldItalic=_FONT)
    pdfmetrics.registerFont(UnicodeCIDFont(_ASIAN))
    return font


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    """Returns a paragraph that shows a text as it is, each letter in a font that has it."""
    known = _fonts().face.charToGlyph
    marked = []
    for name, letters in groupby(text, lambda letter: _font_of(letter, known)):
        part = escape("".join(letters))
        marked.append(part if name == _FONT else f'<font name="{name}">{part}</font>')
    return Paragraph("".join(marked), style)


def _font_of(letter: str, known: dict[int, int]) -> str:
    # From the CJK radicals to the half-width forms, all letters that DejaVu lacks are East Asian.
    return _ASIAN if ord(letter) not in known and 0x2E80 <= ord(letter) <= 0xFFEF else _FONT


def _table(rows: list[list], widths: list[float]) -> Table:
    # A row that is higher than a page goes on on the next one: an imported mark may be that long.
    table = Table(rows, colWidths=widths, repeatRows=0, splitInRow=1, hAlign="LEFT")
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def _numbers(contents: Contents) -> Table:
    cells: list = [
        [_text(number.name, _SMALL), _text(number.value, _BODY)] for number in contents.numbers
    ]
    columns = 4
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    rows[-1] += [""] * (columns - len(rows[-1]))
    return _table(rows, [_WIDTH / columns] * columns)


def _events(contents: Contents) -> Table | Paragraph:
    if not contents.events:
        return _text("There are none.", _BODY)
    rows = [
        [_text(event.when, _BODY), _text(event.kind, _BODY), _text(event.text, _BODY)]
        for event in contents.events
    ]
    return _table(rows, [0.19 * _WIDTH, 0.21 * _WIDTH, 0.60 * _WIDTH])


def _cues(contents: Contents) -> Table:
    rows = [
        [
            _text(cue.name, _BODY),
            _text(cue.label, _BODY),
            [_text(cue.meaning, _BODY), _text(cue.not_for, _SMALL)],
        ]
        for cue in contents.cues
    ]
    return _table(rows, [0.15 * _WIDTH, 0.17 * _WIDTH, 0.68 * _WIDTH])


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(_FONT, 7)
    canvas.setFillColor(_GREY)
    canvas.drawString(_MARGIN + 6, 9 * mm, "Classroom mood monitor")
    canvas.drawRightString(A4[0] - _MARGIN - 6, 9 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()
