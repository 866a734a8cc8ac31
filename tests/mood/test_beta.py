import numpy as np
import pytest
from scipy.special import betaincinv

from fer.mood.beta import beta_quantiles

MEANS = np.array([1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.8, 0.99, 0.999, 1 - 1e-9])
SIZES = np.array([0.12, 0.5, 1, 3, 10, 100, 1e3, 1e5, 1e8, 1e11])


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_quantiles_are_those_of_scipy(part):
    means, sizes = np.meshgrid(MEANS, SIZES)
    a, b = means * sizes, (1 - means) * sizes
    (found,) = beta_quantiles(a, b, [part])
    assert found.shape == a.shape
    assert np.abs(found - betaincinv(a, b, part)).max() < 6e-4


def test_many_and_none_are_worked_on():
    random = np.random.default_rng(1)
    a, b = random.gamma(1.0, 20.0, (2, 9000)) + 0.05
    low, high = beta_quantiles(a, b, (0.05, 0.95))
    assert np.abs(low - betaincinv(a, b, 0.05)).max() < 6e-4
    assert np.abs(high - betaincinv(a, b, 0.95)).max() < 6e-4
    assert beta_quantiles(np.empty((0, 7)), np.empty((0, 7)), [0.5])[0].shape == (0, 7)
