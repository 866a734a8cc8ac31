import io
from dataclasses import replace

import numpy as np
import pypdf
import pytest

from fer.charts import timeline as charts
from fer.charts.style import HATCH
from fer.emotions import EMOTIONS
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.report.contents import contents
from fer.report.pdf import to_pdf
from fer.report.pdf_axis import axis_of
from fer.report.pdf_charts import vector_drawing
from tests import tables
from tests.tables import HOSTILE


def test_pdf_writes_letters_of_many_scripts(told):
    pdf = pypdf.PdfReader(io.BytesIO(to_pdf(told)))
    first = pdf.pages[0].extract_text()
    assert "Лекция" in first
    assert "講義" in first
    assert pdf.metadata.title == HOSTILE


def test_pdf_of_the_same_report_has_the_same_bytes(told):
    assert to_pdf(told) == to_pdf(told)


def test_a_trace_that_cannot_be_drawn_is_refused():
    import plotly.graph_objects as go

    with pytest.raises(ValueError, match="heatmap"):
        vector_drawing(go.Figure(go.Heatmap(z=[[1]])), 100, 100, "Helvetica")


def test_the_first_page_has_the_date_and_the_summary(whole):
    told = contents(whole, date="2026-11-26 14:30")
    first = pypdf.PdfReader(io.BytesIO(to_pdf(told))).pages[0].extract_text()
    text = " ".join(first.split())
    assert "2026-11-26 14:30" in text
    assert told.highlights
    for sentence in told.highlights:
        assert sentence in text


def shapes_in(group):
    for shape in getattr(group, "contents", ()):
        yield shape
        yield from shapes_in(shape)


@pytest.mark.parametrize("key", ["shares", "donut"])
def test_areas_keep_their_hatching(whole, key):
    (figure,) = (c.figure for c in contents(whole).chapters if c.key == key)
    drawing = vector_drawing(figure, 500, 150, "Helvetica")
    clips = [shape for shape in shapes_in(drawing) if getattr(shape, "isClipPath", 0)]
    hatched = sum(bool(HATCH[name]) for name in EMOTIONS)
    # The legend shows them, too.
    assert len(clips) >= hatched * (2 if key == "shares" else 1)


def test_events_and_marks_keep_their_rows(whole):
    events = [Event("laughter", 5, 30, 0.7, "."), Event("mood rise", 10, 40, 0.5, ".")]
    report = replace(whole, events=events, marks=[Mark(20.0, "new topic")])
    (figure,) = (c.figure for c in contents(report).chapters if c.key == "valence")
    drawing = vector_drawing(figure, 500, 150, "Helvetica")
    words = {s.text: s.y for s in shapes_in(drawing) if hasattr(s, "text")}
    rows = [words["⚑ new topic"], words["☺ laughter"], words["▲ mood rise"]]
    assert rows == sorted(set(rows))
    assert max(rows) < drawing.height


def test_a_mark_that_is_longer_than_a_page_goes_on_on_the_next(whole):
    told = contents(replace(whole, marks=[Mark(5.0, "exercise " * 2000 + "the end")]))
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(to_pdf(told))).pages)
    assert text.count("exercise") >= 2000  # the charts have its beginning, too
    assert "the end" in " ".join(text.split())


def test_an_axis_of_more_than_a_day_tells_its_days():
    times = tables.timeline(rows=100, step=1000.0)
    axis = axis_of(charts.faces_line(times).layout.xaxis, [], None)
    assert axis.ticks[0][1] == "day 1, 00:00:00"
    assert axis.ticks[-1][1].startswith("day 2, 0")


@pytest.mark.parametrize("hours", [24, 31, 48, 95, 191, 270])
def test_the_days_of_an_axis_do_not_touch_each_other(hours):
    times = tables.timeline(rows=100, step=hours * 3600 / 99)
    ticks = axis_of(charts.faces_line(times).layout.xaxis, [], None).ticks
    assert len(ticks) >= 3
    # Each takes 13 hundredths of the width of a page.
    assert np.diff([place for place, _ in ticks]).min() > 0.15
