"""Tests of reading sound: every format becomes 16 kHz mono blocks and log-mel frames."""

from __future__ import annotations

import contextlib

import av
import numpy as np
import pytest

from fer.errors import CutOffError, ModelError, RecordingError
from fer.media.audio import RATE, read_sound
from fer.speech.log_mel import LogMel
from tests.footage import make_video
from tests.sounds import CODECS, tone, write_sound

SETTINGS = {
    "rate": RATE,
    "frame_ms": 25,
    "step_ms": 10,
    "window": "hanning",
    "bands": 64,
    "low_hz": 50,
    "high_hz": 7600,
}


def whole(path) -> np.ndarray:
    return np.concatenate(list(read_sound(path)))


def strongest(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


@pytest.mark.parametrize("ending", CODECS)
@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (8_000, 1)])
def test_every_format_keeps_length_and_pitch(tmp_path, ending, rate, channels):
    wave = np.stack([tone(2.0, 440, rate)] * channels)
    samples = whole(write_sound(tmp_path / f"tone é{ending}", wave, rate))
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(2.0 * RATE, abs=0.1 * RATE)
    assert strongest(samples) == pytest.approx(440, abs=1)
    assert np.abs(samples[4000:-4000]).max() == pytest.approx(0.3, abs=0.05)


def test_blocks_are_about_a_second_long(tmp_path):
    path = write_sound(tmp_path / "a.mp3", tone(5.5))
    lengths = [len(block) for block in read_sound(path)]
    assert len(lengths) == 6
    assert max(lengths) < 1.2 * RATE


def test_values_out_of_range_are_clipped(tmp_path):
    path = tmp_path / "loud.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE, layout="mono")
        loud = np.full((1, RATE), 300.0, np.float32)
        loud[0, 10] = np.nan
        frame = av.AudioFrame.from_ndarray(loud, "flt", "mono")
        frame.rate = RATE
        container.mux(stream.encode(frame))
    samples = whole(path)
    assert np.isfinite(samples).all()
    assert samples.max() == 1.0


@pytest.mark.parametrize("gain", [-1.0, -0.8])
def test_channels_that_cancel_are_heard(tmp_path, gain):
    """A cable with swapped poles turns one channel upside down."""
    wave = tone(3.0)
    samples = whole(write_sound(tmp_path / "a.wav", np.stack([wave, gain * wave])))
    assert np.abs(samples[RATE:-RATE]).max() == pytest.approx(0.3 * (1 - gain) / 2, abs=0.01)


def test_stereo_is_averaged_as_before(tmp_path):
    rng = np.random.default_rng(3)
    wave = 0.1 * rng.standard_normal((2, 2 * RATE)).astype(np.float32)
    samples = whole(write_sound(tmp_path / "wide.wav", wave))
    assert np.abs(samples - wave.mean(axis=0)).max() < 1e-3


def write_floats(path, samples):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE, layout="mono")
        for at in range(0, len(samples), 4000):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + 4000], "flt", "mono")
            frame.rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
    return path


@pytest.mark.parametrize("scale", [1.5, 32768.0, 2.0**31])
def test_floats_beyond_one_are_made_softer(tmp_path, scale):
    """Some programs write floating-point samples on the scale of 16-bit ones."""
    wave = np.concatenate([0.01 * tone(1.0), tone(1.0) / 0.3]).astype(np.float32)
    samples = whole(write_floats(tmp_path / "a.wav", wave * np.float32(scale)))
    assert samples == pytest.approx(wave, abs=1e-3)


def test_one_damaged_float_does_not_silence_the_rest(tmp_path):
    wave = tone(20.0)
    wave[5] = 1e30
    samples = whole(write_floats(tmp_path / "a.wav", wave))
    assert np.abs(samples[RATE:]).max() == pytest.approx(0.3, abs=0.01)


def test_a_gap_in_the_timestamps_becomes_silence(tmp_path):
    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for second in (0, 3):
            block = (tone(1.0) * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
            frame.rate, frame.pts = RATE, second * RATE
            container.mux(stream.encode(frame))
    samples = whole(path)
    assert len(samples) == pytest.approx(4 * RATE, abs=0.1 * RATE)
    assert np.abs(samples[int(1.1 * RATE) : int(2.9 * RATE)]).max() < 1e-3
    assert np.abs(samples[int(3.1 * RATE) :]).max() > 0.2


def test_loud_stereo_is_not_clipped(tmp_path):
    wave = np.stack([tone(1.0), tone(1.0)]) * 3
    assert np.abs(whole(write_sound(tmp_path / "a.wav", wave))).max() == pytest.approx(
        0.9, abs=0.01
    )


def test_the_sound_track_of_a_video(media):
    path = media / "lecture_1080p.mp4"
    assert len(whole(path)) / RATE == pytest.approx(8.0, abs=0.2)


def test_a_video_without_sound(media):
    path = media / "phone_596x336.mp4"
    with pytest.raises(RecordingError, match="no sound track"):
        whole(path)


def test_progress_rises_to_the_end_and_may_cancel(tmp_path):
    path = write_sound(tmp_path / "a.flac", tone(10))
    seen: list[float] = []
    for _ in read_sound(path, seen.append):
        pass
    assert seen == sorted(seen)
    assert 0 <= seen[0] < 0.3
    assert 0.8 < seen[-1] <= 1

    class Cancelled(Exception):
        pass

    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        list(read_sound(path, cancel))


def cut_short(path, share):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return path


@pytest.mark.parametrize(
    "ending", [".wav", ".m4a", ".flac", ".mkv", ".webm", ".avi", ".flv", ".mka", ".wma"]
)
def test_a_file_that_was_cut_off(tmp_path, ending):
    rate = 44_100 if ending == ".flv" else RATE
    path = write_sound(tmp_path / f"a{ending}", tone(20, rate=rate), rate)
    assert len(whole(path)) == pytest.approx(20 * RATE, abs=0.2 * RATE)
    # The header of an .m4a stands at its end.
    with pytest.raises(RecordingError if ending == ".m4a" else CutOffError, match="cut off"):
        whole(cut_short(path, 0.5))


@pytest.mark.parametrize(("ending", "sound"), [(".mkv", "aac"), (".avi", "mp3")])
def test_the_sound_of_a_video_that_was_cut_off(tmp_path, ending, sound):
    path = make_video(tmp_path / f"a{ending}", frames=500, codec="mpeg4", sound=sound)
    assert len(whole(path)) == pytest.approx(20 * RATE, abs=0.2 * RATE)
    with pytest.raises(CutOffError, match=r"should last 20 s|announces"):
        whole(cut_short(path, 0.5))


@pytest.mark.parametrize("unknown", [0, 0x7FFFF000, 0x7FFFFF00, 0x7FFFFFDB, 0xFFFFFFDB])
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_a_wav_that_was_written_to_a_pipe(tmp_path, unknown, rate):
    path = write_sound(tmp_path / "a.wav", tone(5, rate=rate), rate)
    content = bytearray(path.read_bytes())
    data = content.index(b"data") + 4
    content[4:8] = (unknown and unknown + 36).to_bytes(4, "little")
    content[data : data + 4] = unknown.to_bytes(4, "little")
    path.write_bytes(content)
    assert len(whole(path)) == pytest.approx(5 * RATE, abs=0.1 * RATE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"these are only words, no sound\n" * 50, "cannot be read|no sound"),
        (bytes(5000), "cannot be read|no sound"),
        (b"PK\x03\x04" + bytes(100), "zip archive"),
        (np.random.default_rng(0).bytes(20_000), "cannot be read|no sound|damaged"),
    ],
    ids=["empty", "text", "zeros", "zip", "random"],
)
def test_what_is_no_sound(tmp_path, content, message):
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        whole(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(RecordingError, match="does not exist"):
        whole(tmp_path / "none.wav")


def test_a_header_that_claims_one_sample_a_second(tmp_path):
    path = write_sound(tmp_path / "slow.wav", tone(2.0))
    content = bytearray(path.read_bytes())
    at = content.index(b"fmt ") + 12
    content[at : at + 4] = (1).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="1 Hz"):
        whole(path)


def test_sound_with_most_packets_broken(tmp_path):
    path = write_sound(tmp_path / "a.flac", np.random.default_rng(0).normal(size=64_000) * 0.1)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(len(content) // 4, len(content), 400):
        content[at] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        whole(path)


@pytest.mark.parametrize("ending", [".wav", ".mp3", ".flac", ".m4a", ".opus"])
def test_flipped_bytes_raise_nothing_else(tmp_path, ending):
    rng = np.random.default_rng(7)
    whole_file = write_sound(tmp_path / f"a{ending}", rng.normal(size=12_000) * 0.1).read_bytes()
    read = 0
    for number in range(30):
        content = bytearray(whole_file)
        # Half of the files are hit in the header, where a byte means most.
        end = 200 if number % 2 else len(content)
        for at in rng.integers(0, min(end, len(content)), int(rng.integers(1, 12))):
            content[at] = int(rng.integers(256))
        if number % 5 == 0:
            content = content[: int(rng.integers(1, len(content)))]
        path = tmp_path / f"{number}{ending}"
        path.write_bytes(content)
        with contextlib.suppress(RecordingError):
            read += len(whole(path)) > 0
    # An Ogg page with a wrong checksum is dropped as a whole, and this file has few pages.
    assert read > 0 or ending == ".opus"


def test_frames_do_not_depend_on_the_blocks():
    samples = np.random.default_rng(0).normal(size=20_000).astype(np.float32) * 0.1
    one = LogMel(SETTINGS).push(samples)
    stream = LogMel(SETTINGS)
    many = np.concatenate([stream.push(part) for part in np.array_split(samples, 37)])
    assert one.shape == ((20_000 - 400) // 160 + 1, 64)
    np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("hz", [200, 1000, 4000])
def test_a_tone_lies_in_its_band(hz):
    def mel(f):
        return 1127 * np.log(1 + f / 700)

    frames = LogMel(SETTINGS).push(tone(1.0, hz))
    expected = (mel(hz) - mel(50)) / (mel(7600) - mel(50)) * 65 - 1
    assert frames.mean(axis=0).argmax() == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("change", [{"bands": "many"}, {"rate": 8000}, {"bands": None}])
def test_wrong_settings_are_refused(change):
    with pytest.raises(ModelError):
        LogMel(SETTINGS | change)
    with pytest.raises(ModelError, match="bands"):
        LogMel({key: value for key, value in SETTINGS.items() if key != "bands"})
