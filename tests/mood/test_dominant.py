import numpy as np
import pytest

from fer.mood.dominant import dominant


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        pytest.param([0.1, 0, 0, 0.5, 0.2, 0, 0.2], "happy", id="largest"),
        pytest.param([0, 0, 0, 2.0, 2.0, 0, 0], "happy", id="sums, and the first of equals"),
        pytest.param([np.nan] * 7, None, id="nothing measured"),
        pytest.param([0.0] * 7, None, id="no share at all"),
        pytest.param(None, None, id="nothing read"),
    ],
)
def test_the_dominant_emotion(shares, name):
    assert dominant(shares) == name
