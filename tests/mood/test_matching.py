import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from fer.mood.matching import best_pairs


def tables():
    """Overlaps as frames have them, from crowds where each face touches many to lone faces."""
    random = np.random.default_rng(3)
    for _ in range(300):
        shape = random.integers(1, 12, 2)
        gains = random.random(shape)
        gains[random.random(shape) < random.random()] = 0.0
        yield gains
    yield random.random((60, 55))
    yield np.ones((5, 4))
    yield np.zeros((3, 2))
    yield np.eye(9)


@pytest.mark.parametrize("gains", [*tables()], ids=lambda gains: f"{gains.shape}")
def test_the_pairs_have_the_largest_sum(gains):
    pairs = best_pairs(gains)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    assert sum(gains[pair] for pair in pairs) == pytest.approx(gains[rows, columns].sum())
    assert all(gains[pair] > 0 for pair in pairs)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
