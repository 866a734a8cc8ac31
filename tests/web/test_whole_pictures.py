"""Lost packets never turn into pictures that no camera made."""

from fractions import Fraction
from types import SimpleNamespace

import aiortc.rtcrtpreceiver
import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Decoder, H264Encoder, h264_depayload
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder, vp8_depayload
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from benchmarks.parts import stage
from fer.web.sources import compat
from fer.web.sources.key_frames import is_key_frame

CODECS = {
    "VP8": (Vp8Encoder, vp8_depayload, Vp8Decoder),
    "H264": (H264Encoder, h264_depayload, H264Decoder),
}
PICTURES_PER_S = 15
FIRST = 65_400
"""The number of the first packet; numbers begin anew after 65,535."""


@pytest.fixture(scope="module")
def pictures():
    """Twelve seconds of a camera that moves, uint8 (H, W, 3) BGR."""
    view = stage.pan(stage.portrait(), 4, share=0.6)
    return [stage.fit(picture, (320, 240)) for picture in view][:60] * 3


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(compat, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def never(_):
    return False


def send(pictures, buffer, clock, lost=never, late=never, codec="VP8"):
    """Send pictures as a browser does, which answers a request with a key frame.

    Args:
        lost: called with the number of a packet, whether it never comes.
        late: the same, whether it comes after the ten packets that follow it.

    Returns:
        (index, mean difference from what was sent, in grey levels) of each picture that is decoded.
    """
    make, depayload, make_decoder = CODECS[codec]
    encoder, decoder = make(), make_decoder()
    sequence, asked, held, seen = FIRST, False, [], []
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = index * 90_000 // PICTURES_PER_S, Fraction(1, 90_000)
        payloads, timestamp = encoder.encode(frame, force_keyframe=asked)
        asked = False
        for payload in payloads:
            sequence += 1
            if lost(sequence):
                continue
            packet = RtpPacket(sequence_number=sequence & 0xFFFF, timestamp=timestamp)
            packet._data = depayload(payload)
            held.append((sequence + 10.5 * late(sequence), packet))
            for item in sorted((item for item in held if item[0] <= sequence), key=lambda i: i[0]):
                held.remove(item)
                ask, whole = buffer.add(item[1])
                asked = asked or ask
                for decoded in [] if whole is None else decoder.decode(whole):
                    number = round(decoded.pts * PICTURES_PER_S / 90_000)
                    image = decoded.to_ndarray(format="bgr24")
                    difference = np.abs(image.astype(int) - pictures[number]).mean()
                    seen.append((number, float(difference)))
        clock.now += 1 / PICTURES_PER_S
    return seen


def buffer():
    return compat.WholePictures(capacity=512, is_video=True)


@pytest.mark.parametrize("codec", CODECS)
def test_without_loss_every_picture_comes(pictures, clock, codec):
    seen = send(pictures[:60], buffer(), clock, codec=codec)
    # The last one waits for the first packet of the next.
    assert [number for number, _ in seen] == list(range(59))
    assert max(difference for _, difference in seen) < 12


@pytest.mark.parametrize("codec", CODECS)
def test_after_a_loss_come_whole_pictures_only_and_soon(pictures, clock, codec):
    rng = np.random.default_rng(3)
    losses = set(FIRST + np.flatnonzero(rng.random(5000) < 0.01))
    seen = send(pictures, buffer(), clock, losses.__contains__, codec=codec)
    assert max(difference for _, difference in seen) < 12
    numbers = [number for number, _ in seen]
    assert max(np.diff([0, *numbers, len(pictures)])) <= 3 * PICTURES_PER_S
    assert len(numbers) > len(pictures) / 4


def test_aiortc_alone_shows_what_no_camera_made(pictures, clock):
    """Fails when aiortc does this itself, and `WholePictures` can go."""
    plain = JitterBuffer(capacity=16, is_video=True)
    seen = send(pictures, plain, clock, {65_450, 65_600}.__contains__)
    assert max(difference for _, difference in seen) > 15


def test_a_key_frame_that_gets_lost_is_asked_for_again(pictures, clock):
    began = clock.now
    seen = send(pictures, buffer(), clock, lambda _: clock.now < began + 3)
    assert seen
    assert seen[0][0] <= (3 + compat.ASK_S) * PICTURES_PER_S + 2
    assert max(difference for _, difference in seen) < 12


def test_a_packet_that_comes_late_loses_nothing(pictures, clock):
    """As when a browser sends again what was lost."""
    seen = send(pictures[:100], buffer(), clock, late=lambda number: number % 40 == 0)
    assert [number for number, _ in seen] == list(range(len(seen)))
    assert len(seen) >= 90
    assert max(difference for _, difference in seen) < 12


def test_sound_passes_as_before():
    sound = compat.WholePictures(capacity=16, prefetch=4)
    frames = []
    for number in range(20):
        packet = RtpPacket(sequence_number=number, timestamp=number * 960)
        packet._data = b"sound"
        frames.append(sound.add(packet)[1])
    assert sum(frame is not None for frame in frames) >= 15


def test_a_key_frame_is_recognised():
    assert is_key_frame(bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A, 64, 1, 240, 0, 0]))
    assert not is_key_frame(bytes([0x11, 0, 0, 0x9D, 0x01, 0x2A, 64, 1, 240, 0, 0]))
    assert is_key_frame(b"\0\0\0\1\x09\x10\0\0\0\1\x67\x42\0\0\0\1\x68\xce\0\0\0\1\x65\x88")
    assert not is_key_frame(b"\0\0\0\1\x41\x9a\x00\x20")
    assert not is_key_frame(b"")


def test_new_connections_use_it(monkeypatch):
    monkeypatch.setattr(aiortc.rtcrtpreceiver, "JitterBuffer", JitterBuffer)
    compat.hand_on_whole_pictures_only()
    receiver = aiortc.rtcrtpreceiver.RTCRtpReceiver("video", SimpleNamespace(state="new"))
    assert any(isinstance(value, compat.WholePictures) for value in vars(receiver).values())
