import numpy as np
import pytest

from fer.mood.shares import SHARES, dominant


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        pytest.param([0.1, 0, 0, 0.5, 0.2, 0, 0.2, 0], "happy", id="largest"),
        pytest.param([0, 0, 0, 0.1, 0, 0, 0, 0.9], "happy", id="unsure is no emotion"),
        pytest.param([0, 0, 0, 2.0, 2.0, 0, 0], "happy", id="sums, and the first of equals"),
        pytest.param([np.nan] * 7, None, id="nothing measured"),
        pytest.param([0.0] * 7 + [1.0], None, id="all unsure"),
        pytest.param(None, None, id="nothing read"),
    ],
)
def test_the_dominant_emotion(shares, name):
    assert dominant(shares) == name


def test_shares_end_with_unsure():
    assert len(SHARES) == 8
    assert SHARES[-1] == "unsure"
