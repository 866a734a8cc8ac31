import pytest

from fer.report.contents import contents
from tests.tables import lecture


@pytest.fixture(scope="module")
def whole():
    return lecture()


@pytest.fixture(scope="module")
def told(whole):
    return contents(whole)
