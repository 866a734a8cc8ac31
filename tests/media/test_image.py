import io

import numpy as np
import pytest
from PIL import Image

from fer.media.image import PictureError, decode_picture


def encoded(kind="PNG", size=(20, 10), **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, (255, 0, 0)).save(buffer, kind, **options)
    return buffer.getvalue()


def test_colours_come_as_bgr():
    picture = decode_picture(encoded())
    assert picture.shape == (10, 20, 3)
    assert (picture == np.array([0, 0, 255], np.uint8)).all()


@pytest.mark.parametrize(
    ("data", "options", "named"),
    [
        pytest.param(encoded(size=(300, 10)), {"longest": 200}, "300 × 10", id="too large"),
        pytest.param(encoded("BMP"), {}, "not JPEG or PNG", id="another kind"),
        pytest.param(encoded()[:40], {}, "damaged", id="cut off"),
        pytest.param(b"", {}, "not JPEG or PNG", id="empty"),
        pytest.param(
            encoded("JPEG", progressive=True), {"progressive": False}, "progressive", id="passes"
        ),
    ],
)
def test_what_is_refused(data, options, named):
    with pytest.raises(PictureError, match=named):
        decode_picture(data, **options)


def test_a_bomb_is_refused_before_it_is_decoded():
    bomb = bytearray(encoded(size=(8, 8)))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(PictureError):
        decode_picture(bytes(bomb))
