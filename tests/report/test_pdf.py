import io

import pypdf
import pytest

from fer.report.pdf import to_pdf
from fer.report.pdf_charts import draw
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
        draw(go.Figure(go.Heatmap(z=[[1]])), 100, 100, "Helvetica")
