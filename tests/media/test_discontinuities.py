"""Recordings with clocks that restart, jump or wrap, with still pictures, or with a missing end."""

from __future__ import annotations

import av
import numpy as np
import pytest

from fer.media.audio import RATE, read_sound
from fer.media.matroska import PatchedFile, joined_segments
from fer.media.probe import probe, probe_sound
from fer.media.video import samples
from tests.footage import make_video, number_of, tone
from tests.sounds import write_sound

FORMATS = {
    "ts": {},
    "mpg": {"codec": "mpeg2video", "format": "vob"},
    "mkv": {},
    # As browsers record: without a length in the header.
    "webm": {
        "codec": "libvpx",
        "options": {"deadline": "realtime", "g": "25"},
        "container": {"live": "1"},
    },
}


def joined(tmp_path, ending, *starts, sound=None, frames=75, fps=25):
    """Join files of three seconds each byte by byte, and return the path of the joined file.

    Args:
        starts: timestamp at which each file begins, in seconds. Their frames are numbered
            continuously.
    """
    parts = []
    for place, start in enumerate(starts):
        part = make_video(
            tmp_path / f"part{place}.{ending}",
            frames=frames,
            times=[start + number / fps for number in range(frames)] if start else None,
            first=place * frames,
            sound=sound,
            sound_start=start,
            **FORMATS[ending],
        )
        parts.append(part.read_bytes())
    path = tmp_path / f"joined.{ending}"
    path.write_bytes(b"".join(parts))
    return path


def read(path, rate=2.0, *cells, **options):
    return [(s.t, number_of(s.image)) for s in samples(path, rate, *cells, **options)]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_clock_that_restarts_continues_the_time(tmp_path, ending):
    path = joined(tmp_path, ending, 0, 0, 0)
    facts = probe(path)
    assert facts.parts == 3
    assert facts.duration_s == pytest.approx(9.0, abs=0.2)
    found = read(path)
    assert [t for t, _ in found] == pytest.approx(np.arange(18) / 2, abs=0.1)
    assert [n for _, n in found] == pytest.approx(np.arange(18) * 12.5, abs=2.6)
    assert "3 parts" in " ".join(facts.remarks)


@pytest.mark.parametrize("parts", [2, 5])
def test_joined_webm_with_lengths_is_read_to_its_end(tmp_path, parts):
    """FFmpeg stops after the second part, unless the lengths of the parts are hidden from it."""
    part = make_video(
        tmp_path / "part.webm", codec="libvpx", options={"deadline": "realtime"}, sound="libopus"
    )
    assert probe(part).remarks == []
    path = tmp_path / "joined.webm"
    path.write_bytes(part.read_bytes() * parts)
    facts = probe(path)
    assert facts.parts == parts
    assert facts.duration_s == pytest.approx(3.0 * parts, abs=0.2)
    assert len([t for s in samples(path, 2.0) for t in s.times]) in (6 * parts, 6 * parts + 1)
    assert sum(map(len, read_sound(path))) / RATE == pytest.approx(3.0 * parts, abs=0.2)
    assert not any("cannot be read" in remark for remark in facts.remarks)


def test_the_report_says_which_part_of_a_joined_recording_cannot_be_read(tmp_path):
    """The end of a part without a length is not known, so nothing behind it is found."""
    options = {"codec": "libvpx", "options": {"deadline": "realtime"}}
    live = make_video(tmp_path / "live.webm", container={"live": "1"}, **options)
    part = make_video(tmp_path / "part.webm", **options)
    path = tmp_path / "joined.webm"
    path.write_bytes(live.read_bytes() + 3 * part.read_bytes())
    assert any("75% of the file cannot be read" in remark for remark in probe(path).remarks)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1a",
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x00" + bytes(20),
        b"\x1a\x45\xdf\xa3\x81\x00" + b"\x18\x53\x80\x67\x01",
        b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" + bytes(20),
        b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + 7 * b"\x7f",
        b"\x18\x53\x80\x67\x82ab",
    ],
)
def test_a_damaged_head_is_no_joined_recording(tmp_path, content):
    path = tmp_path / "a.mkv"
    path.write_bytes(content)
    assert joined_segments(path) == {}


def test_replaced_bytes_are_those_of_the_whole_file_however_it_is_read(tmp_path):
    path = tmp_path / "a.mkv"
    path.write_bytes(bytes(range(200)))
    patches = {10: b"\xff" * 8, 50: b"\xfe", 198: b"\xfd" * 2}
    expected = bytearray(range(200))
    for position, patch in patches.items():
        expected[position : position + len(patch)] = patch
    with PatchedFile(path, patches) as file:
        assert file.read() == expected
        for length in (1, 3, 8, 64):
            file.seek(0)
            assert b"".join(iter(lambda n=length: file.read(n), b"")) == expected
        file.seek(15)
        assert file.read(5) == expected[15:20]


def test_parts_of_a_joined_recording_give_what_the_whole_gives(tmp_path):
    path = joined(tmp_path, "ts", 0, 0)
    whole = read(path)
    assert [s for first in range(0, 12, 4) for s in read(path, 2.0, first, first + 4)] == whole


@pytest.mark.parametrize(
    ("starts", "sound"),
    [
        ((10, 5010), None),
        ((10, 5010), "aac"),
        ((5010, 10), "aac"),
    ],
)
def test_a_clock_that_jumps_continues_the_time(tmp_path, starts, sound):
    path = joined(tmp_path, "ts", *starts, sound=sound)
    facts = probe(path)
    assert facts.parts == 2
    assert facts.duration_s == pytest.approx(6.0, abs=0.3)
    times = [t for sample in samples(path, 2.0) for t in sample.times]
    assert times[:12] == pytest.approx(np.arange(12) / 2, abs=0.15)
    assert len(times) <= 13
    if sound:
        length = sum(len(block) for block in read_sound(path)) / RATE
        assert length == pytest.approx(6.0, abs=0.3)


def test_a_counter_that_is_full_begins_anew(tmp_path):
    # 33 bits of 90 kHz are full after 95,443.7 s.
    path = joined(tmp_path, "ts", 95_440, 0)
    facts = probe(path)
    assert facts.parts == 1
    assert facts.duration_s == pytest.approx(6.8, abs=0.2)
    assert len([t for s in samples(path, 2.0) for t in s.times]) == 14


def test_a_picture_that_is_held_while_the_sound_goes_on_is_no_jump(tmp_path):
    times = [number / 25 for number in range(25)] + [60 + number / 25 for number in range(25)]
    path = make_video(
        tmp_path / "slides.ts", frames=50, times=times, sound="aac", sound_seconds=61.0
    )
    facts = probe(path)
    assert facts.parts == 1
    assert facts.duration_s == pytest.approx(61.0, abs=0.2)
    shown = [t for sample in samples(path, 2.0) for t in sample.times]
    assert shown[:122] == pytest.approx(np.arange(122) / 2, abs=0.1)


def test_a_film_of_few_pictures_is_the_same_film(tmp_path):
    """With a variable frame rate, pictures that do not change are left out."""

    def slide(number):
        return np.full((96, 160, 3), 40 if number < 20 else 200, np.uint8)

    steady = make_video(tmp_path / "steady.mkv", frames=120, fps=10, draw=slide)
    few = [number for number in range(120) if number < 3 or number >= 117 or number == 20]
    sparse = make_video(
        tmp_path / "sparse.mkv",
        frames=len(few),
        fps=10,
        times=[number / 10 for number in few],
        draw=lambda place: slide(few[place]),
    )

    def story(path):
        return [
            (round(t * 2), sample.image.mean() > 120)
            for sample in samples(path, 2.0)
            for t in sample.times
        ]

    assert story(sparse) == story(steady)
    for first in range(0, 24, 6):
        part = [t for s in samples(sparse, 2.0, first, first + 6) for t in s.times]
        assert [int(t * 2 + 1e-4) for t in part] == list(range(first, first + 6))


def test_a_rolling_refresh_loses_no_picture(tmp_path):
    """OBS and cameras refresh a picture column by column instead of sending key frames."""
    path = make_video(
        tmp_path / "refresh.mkv",
        frames=250,
        draw=lambda n: np.random.default_rng(n // 10).integers(0, 255, (96, 160, 3), np.uint8),
        options={"x264-params": "intra-refresh=1:keyint=25:bframes=0:scenecut=0", "crf": "1"},
    )
    assert not probe(path).clean
    whole = list(samples(path, 2.0))
    assert [s.t for s in whole] == pytest.approx(np.arange(20) / 2, abs=0.021)
    for first in range(0, 20, 5):
        part = list(samples(path, 2.0, first, first + 5))
        assert [s.t for s in part] == [s.t for s in whole[first : first + 5]]
        for one, other in zip(part, whole[first : first + 5], strict=True):
            assert np.abs(one.image.astype(int) - other.image).mean() < 1.0


def test_closed_groups_are_clean(tmp_path):
    path = make_video(tmp_path / "a.mp4", frames=150, options={"x264-params": "keyint=25"})
    assert probe(path).clean


CUT = {
    "mp4": {"sound": "aac", "container": {"movflags": "faststart"}},
    "mkv": {"sound": "aac"},
    "avi": {"codec": "mpeg4", "sound": "mp3"},
    "silent.avi": {"codec": "mpeg4", "size": (320, 192)},
    "flv": {"codec": "flv1"},
    "mxf": {"codec": "mpeg2video"},
    "wmv": {"codec": "wmv2"},
}


@pytest.mark.parametrize("ending", CUT)
def test_a_file_that_was_cut_off_says_so(tmp_path, ending):
    path = make_video(tmp_path / f"a.{ending}", frames=500, **CUT[ending])
    assert probe(path).remarks == []
    data = path.read_bytes()
    path.write_bytes(data[: int(0.4 * len(data))])
    facts = probe(path)
    assert facts.stated_s == pytest.approx(20.0, abs=0.2)
    assert 3.0 < facts.duration_s < 12.0
    assert "cut off" in facts.remarks[0]
    assert "0:20" in facts.remarks[0]


@pytest.mark.parametrize("ending", ["mkv", "wmv"])
def test_a_whole_file_whose_clock_begins_late_is_not_cut_off(tmp_path, ending):
    """As pieces of a longer recording, whose headers state when they end by the same clock."""
    times = [10 + number / 25 for number in range(250)]
    path = make_video(
        tmp_path / f"a.{ending}", frames=250, times=times, sound_start=10.0, **CUT[ending]
    )
    assert not probe(path).is_cut_off
    data = path.read_bytes()
    path.write_bytes(data[: int(0.4 * len(data))])
    assert probe(path).is_cut_off


def test_a_header_without_a_length_announces_nothing(tmp_path):
    """Programs that send a file while they write it mark its length as not known."""
    path = make_video(tmp_path / "a.wmv", frames=100, **CUT["wmv"])
    data = bytearray(path.read_bytes())
    data[data.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")) + 88] |= 1
    path.write_bytes(data[: len(data) // 2])
    assert not probe(path).is_cut_off


@pytest.mark.parametrize("ending", ["m4a", "mka", "flv", "wma"])
def test_a_sound_that_was_cut_off_says_so(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "m4a":
        with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
            tone(out, out.add_stream("aac", rate=16000), 20.0)
    else:
        write_sound(path, 0.3 * np.sin(np.arange(20 * 44_100) / 16), 44_100)
    for look in (probe, probe_sound):
        assert look(path).remarks == []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    for look in (probe, probe_sound):
        (remark,) = look(path).remarks
        assert remark.startswith("The file is cut off: it ends after 0:")
        assert "0:20" in remark


def test_a_sound_whose_clock_restarts_says_so(tmp_path):
    part = tmp_path / "part.ts"
    with av.open(str(part), "w") as out:
        tone(out, out.add_stream("aac", rate=16000), 3.0)
    path = tmp_path / "joined.ts"
    path.write_bytes(2 * part.read_bytes())
    for look in (probe, probe_sound):
        assert "joined from 2 parts" in " ".join(look(path).remarks)


def test_a_single_picture_before_the_video_is_no_video(tmp_path):
    path = tmp_path / "cover.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream(codec, rate=25) for codec in ("mjpeg", "libx264")]
        for stream, pixels in zip(streams, ("yuvj420p", "yuv420p"), strict=True):
            stream.width, stream.height, stream.pix_fmt = 160, 96, pixels
        for stream, count in zip(streams, (1, 50), strict=True):
            for number in range(count):
                grey = np.full((96, 160, 3), 255 if count == 1 else 60, np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format=stream.pix_fmt)
                frame.pts = number
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    facts = probe(path)
    assert (facts.picture, facts.pictures, facts.codec) == (1, (1,), "h264")
    assert next(samples(path, 2.0)).image.mean() < 100


def test_the_time_between_key_frames_is_known_without_an_index(tmp_path):
    """If not, every segment of a film with one key frame would be decoded from the beginning."""
    options = {"x264-params": "keyint=1000:scenecut=0"}
    for name in ("a.ts", "a.mkv", "a.mp4"):
        facts = probe(make_video(tmp_path / name, frames=150, options=options))
        assert facts.key_gap_s == pytest.approx(6.0, abs=0.1), name
