import pytest

from fer.report.comparison import comparison, outline
from tests.tables import timeline


def test_comparison_counts_each_recording_once():
    happy = outline(timeline(1200, peak="happy"), {})
    sad = outline(timeline(120, peak="sad"), {})
    shares, curve = comparison([happy, sad])
    assert shares == pytest.approx((happy.shares + sad.shares) / 2)
    assert curve == pytest.approx((happy.valence + sad.valence) / 2, nan_ok=True)
    assert len(curve) == 60
    empty = outline(timeline(0), {})
    assert comparison([empty]) == comparison([]) == (None, None)
    # A recording without a face changes nothing.
    shares, _ = comparison([happy, empty])
    assert shares == pytest.approx(happy.shares)
