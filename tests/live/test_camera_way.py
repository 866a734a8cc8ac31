import pytest

from fer.live.camera_way import PATIENCE_S, CameraWay, falls_back
from fer.settings import CAMERA_WAYS


@pytest.mark.parametrize(
    ("way", "connecting_s", "connected_before", "falls"),
    [
        (CameraWay.AUTO, None, False, False),
        (CameraWay.AUTO, PATIENCE_S - 1, False, False),
        (CameraWay.AUTO, PATIENCE_S + 1, False, True),
        (CameraWay.AUTO, PATIENCE_S + 100, True, False),
        (CameraWay.VIDEO, PATIENCE_S + 100, False, False),
    ],
)
def test_only_a_connection_that_never_comes_about_is_given_up(
    way, connecting_s, connected_before, falls
):
    assert falls_back(way, connecting_s, connected_before) == falls


def test_the_settings_know_the_ways():
    assert tuple(CameraWay) == CAMERA_WAYS
