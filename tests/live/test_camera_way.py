import pytest

from fer.live.camera_way import PATIENCE_S, CameraWay, falls_back
from fer.settings import CAMERA_WAYS


@pytest.mark.parametrize(
    ("way", "connecting_s", "falls"),
    [
        (CameraWay.AUTO, None, False),
        (CameraWay.AUTO, PATIENCE_S - 1, False),
        (CameraWay.AUTO, PATIENCE_S + 1, True),
        (CameraWay.VIDEO, PATIENCE_S + 100, False),
    ],
)
def test_only_a_connection_that_does_not_come_about_is_given_up(way, connecting_s, falls):
    assert falls_back(way, connecting_s) == falls


def test_the_settings_know_the_ways():
    assert tuple(CameraWay) == CAMERA_WAYS
