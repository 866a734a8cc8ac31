"""Tests of reading pictures: which are sampled, their times, and files that are not recordings."""

from __future__ import annotations

import inspect
import itertools
import os
import struct
import zipfile
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from fer.errors import RecordingError
from fer.media import video
from fer.media.audio import read_sound
from fer.media.container import check_file
from fer.media.decoder import Decoder
from fer.media.picture import MAX_SIDE
from fer.media.prefetch import ahead
from fer.media.probe import probe, probing
from fer.media.video import samples
from tests.footage import make_sound, make_video, number_of, tone

OPEN_GROUPS = {"x264-params": "keyint=25:min-keyint=25:scenecut=0:open-gop=1:bframes=3:b-pyramid=2"}
CLOSED_GROUPS = {"x264-params": "keyint=25:scenecut=0:bframes=3"}


def read(path, rate=2.0, *cells, **options):
    return [
        (sample.t, number_of(sample.image)) for sample in samples(path, rate, *cells, **options)
    ]


def due(rate, frames=75, fps=25):
    """Return the time and the number of the first frame of each cell."""
    firsts = {}
    for number in range(frames):
        firsts.setdefault(int(number / fps * rate + 1e-4), number)
    return [(pytest.approx(number / fps, abs=0.021), number) for number in firsts.values()]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("h264.mp4", {}),
        ("h264-open-groups.mp4", {"options": OPEN_GROUPS}),
        ("h264-one-key-frame.mkv", {"options": {"g": "1000", "sc_threshold": "0"}}),
        ("h264.mov", {}),
        ("h264.ts", {}),
        ("hevc.mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=25"}}),
        ("vp8.webm", {"codec": "libvpx", "options": {"deadline": "realtime"}}),
        ("vp9.webm", {"codec": "libvpx-vp9", "options": {"deadline": "realtime"}}),
        ("av1.mkv", {"codec": "libsvtav1", "options": {"preset": "12"}}),
        ("mpeg4.avi", {"codec": "mpeg4"}),
        ("mpeg4-b-frames.mkv", {"codec": "mpeg4", "options": {"bf": "2"}}),
        ("mjpeg.avi", {"codec": "mjpeg", "pixels": "yuvj420p"}),
        ("ten-bit.mkv", {"codec": "libx265", "pixels": "yuv420p10le",
                         "options": {"x265-params": "log-level=none"}}),
        ("odd-size.mkv", {"codec": "ffv1", "size": (161, 97), "pixels": "yuv444p"}),
        ("with-sound.mp4", {"sound": "aac"}),
        ("no-length.webm", {"codec": "libvpx", "container": {"live": "1"}}),
    ],
)  # fmt: skip
def test_first_frame_of_each_cell(tmp_path, name, options):
    path = make_video(tmp_path / name, **options)
    assert read(path) == due(2.0)
    facts = probe(path)
    assert facts.duration_s == pytest.approx(3.0, abs=0.1)
    assert (facts.width, facts.height) == options.get("size", (160, 96))
    assert facts.has_audio == ("sound" in options)


@pytest.mark.parametrize("rate", [0.5, 1 / 3, 0.7, 2.0, 7.0, 25.0])
@pytest.mark.parametrize("groups", [OPEN_GROUPS, CLOSED_GROUPS])
def test_parts_give_what_the_whole_gives(tmp_path, rate, groups):
    path = make_video(tmp_path / "a.mp4", frames=150, options=groups)
    whole = list(samples(path, rate))
    assert [number_of(sample.image) for sample in whole] == [n for _, n in due(rate, 150)]
    cells = int(6 * rate) + 1
    cuts = [*range(0, cells, 2), None]
    parts = [
        s for first, last in itertools.pairwise(cuts) for s in samples(path, rate, first, last)
    ]
    assert [part.t for part in parts] == [sample.t for sample in whole]
    for part, sample in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(part.image, sample.image)


@pytest.mark.parametrize(
    ("name", "codec"), [("b-frames.flv", "libx264"), ("b-frames.avi", "mpeg4")]
)
def test_parts_are_found_where_a_file_cannot_be_searched_before_its_beginning(
    tmp_path, name, codec
):
    path = make_video(tmp_path / name, codec=codec, options={"bf": "2", "g": "51"})
    parts = [*read(path, 2.0, 0, 2), *read(path, 2.0, 2, 4), *read(path, 2.0, 4, None)]
    assert parts == read(path)


def test_parts_of_a_file_without_all_times_are_at_the_right_time(tmp_path):
    """In MPEG-PS, a packet in the middle does not say when the first picture in it is shown."""
    options = {"bf": "2", "g": "12"}
    path = make_video(tmp_path / "a.mpg", codec="mpeg2video", frames=200, options=options)
    parts = [s for cell in range(8) for s in read(path, 1.0, cell, cell + 1)]
    assert parts == read(path, 1.0) == due(1.0, 200)


def test_nothing_is_shown_before_the_first_picture(tmp_path):
    """Somebody has switched the camera on after the sound."""
    times = [3 + n / 25 for n in range(50)]
    path = make_video(
        tmp_path / "a.mkv", frames=50, times=times, sound="aac", sound_seconds=5, first=7
    )
    assert [read(path, 2.0, first, first + 2) for first in (0, 2, 4)] == [[], [], []]
    assert [number for _, number in read(path, 2.0, 6, 8)] == [7, 20]


def test_pixels_are_those_of_plain_decoding_but_for_the_loop_filter(media):
    path = media / "student_surprised_640x360.mp4"
    with av.open(str(path)) as container:
        plain = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    for sample in samples(path, 2.0):
        difference = sample.image.astype(int) - plain[round(sample.t * 25)]
        assert np.abs(difference).mean() < 1.0


def test_times_are_presentation_times(tmp_path):
    times = [0.0, 0.1, 0.2, 0.9, 1.0, 1.4, 4.0, 4.01, 9.3, 9.6]
    path = make_video(tmp_path / "variable.mkv", frames=10, times=times)
    shown = [(0.0, 0), (0.9, 3), (1.0, 4), (1.5, 5), (4.0, 6), (4.5, 7), (9.3, 8), (9.6, 9)]
    assert read(path) == [(pytest.approx(t, abs=2e-3), number) for t, number in shown]
    # If no picture begins in a cell, the picture before is still shown.
    stands_for = {sample.t: len(sample.times) for sample in samples(path, 2.0)}
    assert stands_for == {0.0: 1, 0.9: 1, 1.0: 1, 1.5: 5, 4.0: 1, 4.5: 9, 9.3: 1, 9.6: 1}
    held, fresh = samples(path, 2.0, 4, 9)
    assert (held.times, number_of(held.image)) == ((2.0, 2.5, 3.0, 3.5), 5)
    assert (fresh.times, number_of(fresh.image)) == ((4.0,), 6)


def test_a_recording_that_starts_late_starts_at_zero(tmp_path):
    path = make_video(tmp_path / "late.ts", times=[100 + n / 25 for n in range(75)])
    assert read(path) == due(2.0)
    assert read(path, 2.0, 2, 4) == due(2.0)[2:4]


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_pictures_are_upright(tmp_path, rotation):
    path = make_video(tmp_path / "turned.mp4", frames=2, rotation=rotation)
    facts = probe(path)
    assert facts.rotation == rotation
    upright = (160, 96) if rotation == 180 else (96, 160)
    assert (facts.width, facts.height) == upright
    (first,) = samples(path, 2.0)
    assert first.image.shape[1::-1] == upright

    def corner(number):
        picture = np.zeros((96, 160, 3), np.uint8)
        picture[:48, :80] = 255
        return picture

    path = make_video(tmp_path / "corner.mp4", frames=2, rotation=rotation, draw=corner)
    (first,) = samples(path, 2.0)
    half_y, half_x = first.image.shape[0] // 2, first.image.shape[1] // 2
    quarter = first.image[: half_y // 2, : half_x // 2], first.image[-half_y // 2 :, : half_x // 2]
    bright = [part.mean() > 128 for part in quarter]
    # Turned counter-clockwise by 90 degrees, the upper left corner becomes the lower left one.
    assert bright == {90: [False, True], 180: [False, False], -90: [False, False]}[rotation]


# The eight ways to turn and mirror a picture: the matrix that moves a point (x, y), and the place
# of the upper left quarter afterwards (0 upper left, 1 upper right, 2 lower left, 3 lower right).
LAYOUTS = {
    "as it is": ((1, 0, 0, 1), 0),
    "mirrored": ((-1, 0, 0, 1), 1),
    "upside down": ((1, 0, 0, -1), 2),
    "half a turn": ((-1, 0, 0, -1), 3),
    "transposed": ((0, 1, 1, 0), 0),
    "quarter turn clockwise": ((0, 1, -1, 0), 1),
    "quarter turn counter-clockwise": ((0, -1, 1, 0), 2),
    "turned and mirrored": ((0, -1, -1, 0), 3),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_whole_display_matrix_is_applied(tmp_path, name):
    matrix, corner = LAYOUTS[name]

    def draw(number):
        # The upper left quarter is bright. A darker bar in it makes rows differ from columns.
        picture = np.zeros((96, 160, 3), np.uint8)
        picture[:48, :80] = 255
        picture[:24, 40:80] = 100
        return picture

    path = make_video(tmp_path / "laid.mp4", frames=2, matrix=matrix, draw=draw)
    turned = matrix[0] == 0
    assert (probe(path).width, probe(path).height) == ((96, 160) if turned else (160, 96))
    (sample,) = samples(path, 2.0)
    height, width = sample.image.shape[:2]
    y, x = height // 2, width // 2
    quarters = [sample.image[a : a + y, b : b + x].mean() for a in (0, y) for b in (0, x)]
    assert int(np.argmax(quarters)) == corner
    # In the stored picture, the dark bar lies in the upper right of the bright quarter.
    part = sample.image[corner // 2 * y :, corner % 2 * x :][:y, :x].astype(float)
    ys, xs = np.mgrid[0:y, 0:x]
    dark = part.mean(axis=2) < 180
    found = (xs[dark].mean() > x / 2, ys[dark].mean() > y / 2)
    right, down = np.array(matrix).reshape(2, 2).T @ (1, -1) > 0
    assert found == (right, down)


def test_a_size_that_changes_keeps_boxes_in_place(tmp_path):
    """Video calls adapt the size of their pictures to the bandwidth."""
    sizes = [(320, 240), (160, 120), (320, 180)]
    parts = [
        make_video(
            tmp_path / f"{width}x{height}.webm",
            codec="libvpx",
            frames=25,
            size=(width, height),
            draw=lambda n, w=width, h=height: np.pad(
                np.full((h // 2, w // 2, 3), 255, np.uint8),
                ((h // 4, h // 4), (w // 4, w // 4), (0, 0)),
            ),
        )
        for width, height in sizes
    ]
    path = tmp_path / "call.webm"
    with av.open(str(path), "w") as out:
        copy = None
        for place, part in enumerate(parts):
            with av.open(str(part)) as container:
                video = container.streams.video[0]
                copy = copy or out.add_stream_from_template(video)
                for packet in container.demux(video):
                    if packet.size:
                        packet.pts += place * 1000
                        packet.dts = packet.pts
                        packet.stream = copy
                        out.mux(packet)
    facts = probe(path)
    assert (facts.width, facts.height) == (320, 240)
    shown = list(samples(path, 1.0))
    assert [sample.image.shape[1] for sample in shown] == [320, 160, 320]
    boxes = [sample.box((0, 0, *sample.image.shape[1::-1])) for sample in shown]
    # The last picture has another shape: as in a player, it is shown in the middle.
    assert boxes == [(0, 0, 320, 240), (0, 0, 320, 240), (0, 30, 320, 180)]


def test_pixels_are_square(tmp_path):
    path = make_video(tmp_path / "wide.mkv", frames=2, aspect=Fraction(3, 2))
    assert (probe(path).width, probe(path).height) == (240, 96)
    assert next(samples(path, 2.0)).image.shape == (96, 240, 3)


def test_large_pictures_are_handed_out_smaller(tmp_path):
    path = make_video(tmp_path / "8k.avi", codec="mjpeg", pixels="yuvj420p", frames=1,
                      size=(7680, 4320))  # fmt: skip
    (sample,) = samples(path, 2.0)
    assert sample.image.shape == (1080, MAX_SIDE, 3)
    assert sample.scale == 4.0
    assert number_of(sample.image) == 0


def test_quick_look_samples_key_frames(tmp_path):
    path = make_video(tmp_path / "a.mp4", frames=150, options=CLOSED_GROUPS)
    assert [number for _, number in read(path, 2.0, key_frames_only=True)] == list(
        range(0, 150, 25)
    )
    assert [number for _, number in read(path, 0.5, key_frames_only=True)] == [0, 50, 100]


def test_frames_between_samples_are_not_decoded(tmp_path, monkeypatch):
    path = make_video(tmp_path / "a.mp4", frames=150, options=CLOSED_GROUPS)
    made = []
    monkeypatch.setattr(
        video,
        "Decoder",
        lambda *places, **options: made.append(Decoder(*places, **options)) or made[-1],
    )
    # The undecorated function: a child process would not see the stand-in.
    here = inspect.unwrap(video.samples)(path, 0.25)
    assert [(sample.t, number_of(sample.image)) for sample in here] == due(0.25, 150)
    # The samples at 0 s and 4 s are key frames; all others are dropped undecoded.
    assert made[0].decoded == 2


def test_decoding_ahead_keeps_order_and_errors():
    assert list(ahead(iter(range(50)))) == list(range(50))

    def broken():
        yield 1
        raise RecordingError("gone")

    stream = ahead(broken())
    assert next(stream) == 1
    with pytest.raises(RecordingError, match="gone"):
        next(stream)


def test_decoding_ahead_ends_with_its_reader():
    closed = []

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed.append(True)

    items = endless()
    stream = ahead(items)
    next(stream)
    stream.close()
    items.close()
    assert closed == [True]


def test_paths_with_spaces_and_other_letters(tmp_path):
    folder = tmp_path / "Vorlesung öä 数学"
    folder.mkdir()
    path = make_video(folder / "a b & c: d.mp4", frames=5)
    assert read(path) == due(2.0, 5)


def test_one_frame(tmp_path):
    path = make_video(tmp_path / "one.mp4", frames=1)
    assert read(path) == [(0.0, 0)]


def test_damage_in_the_middle_is_skipped(tmp_path):
    path = make_video(tmp_path / "a.mp4", frames=150, options=CLOSED_GROUPS)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    path.write_bytes(data)
    assert read(path)[0] == (0.0, 0)
    assert len(read(path)) >= 9


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj()
    rows = b"".join(packer.compress(bytes(width * 3 + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.mp4", bytes(50_000_000))


def encrypted(path):
    make_video(path, frames=30, container={
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    })  # fmt: skip


def cut_off(path):
    make_video(path)
    path.write_bytes(path.read_bytes()[:800])


NOISE = np.random.default_rng(1).bytes(9999)

BAD = {
    "missing": (lambda path: None, "does not exist"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "one byte": (lambda path: path.write_bytes(b"\0"), "cannot be read"),
    "text": (lambda path: path.write_text("lorem ipsum " * 500), "cannot be read"),
    "noise": (lambda path: path.write_bytes(NOISE), "cannot be read"),
    "cut off": (cut_off, "cannot be read"),
    "zip bomb": (zip_bomb, "zip archive"),
    "picture of 100 megapixels": (lambda path: path.write_bytes(png(10000, 10000)), "picture"),
    "encrypted": (encrypted, "encrypted"),
    "playlist": (lambda path: path.write_text("#EXTM3U\n/etc/passwd\n"), "playlist"),
    "script": (lambda path: path.write_text("ffconcat version 1.0\nfile /a\n"), "playlist"),
    "no timestamps": (lambda path: make_video(path, format="h264"), "timestamps"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_recording_is_named(tmp_path, name):
    make, words = BAD[name]
    path = tmp_path / "a lecture.mp4"
    make(path)
    with pytest.raises(RecordingError, match=words) as caught:
        probe(path)
    assert "a lecture.mp4" in str(caught.value)


def test_sound_only(tmp_path):
    facts = probe(make_sound(tmp_path / "a.wav"))
    assert facts.has_audio
    assert not facts.has_video
    assert facts.duration_s == pytest.approx(2.0)
    with pytest.raises(RecordingError, match="no pictures"):
        next(samples(tmp_path / "a.wav", 2.0))


def test_a_sound_without_a_stated_length_is_as_long_as_it_is(tmp_path):
    """Browsers record such files."""
    path = tmp_path / "a.webm"
    with av.open(str(path), "w", container_options={"live": "1"}) as out:
        tone(out, out.add_stream("libopus", rate=16000), 3.0)
    assert probe(path).duration_s == pytest.approx(3.0, abs=0.1)


def test_a_sound_that_begins_silent_is_as_long_as_it_is(tmp_path):
    """FFmpeg estimates the length of .aac files by their first second, as 56 s of this one."""
    path = tmp_path / "a.aac"
    parts = []
    for seconds, loudness in ((2.0, 0.0), (20.0, 1.0)):
        with av.open(str(path), "w") as out:
            tone(out, out.add_stream("aac", rate=16000), seconds, loudness=loudness)
        parts.append(path.read_bytes())
    path.write_bytes(b"".join(parts))
    assert probe(path).duration_s == pytest.approx(22.0, abs=0.3)
    done: list[float] = []
    assert sum(map(len, read_sound(path, done.append))) == pytest.approx(22 * 16000, rel=0.02)
    assert done[-1] > 0.8


def test_a_cover_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.mka"), "w", format="matroska") as out:
        audio = out.add_stream("flac", rate=16000)
        out.add_attachment("cover.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(100))
        tone(out, audio, 1.0)
    assert not probe(tmp_path / "a.mka").has_video


def test_pictures_beyond_the_limit_are_refused(tmp_path, monkeypatch):
    path = make_video(tmp_path / "a.mp4", frames=2)
    monkeypatch.setattr("fer.media.probe.MAX_PIXELS", 100)
    with pytest.raises(RecordingError, match="160x96"):
        list(inspect.unwrap(probing)(path, None))


def test_a_length_of_days_is_refused(tmp_path):
    path = make_video(tmp_path / "a.mkv", frames=2, times=[0.0, 30 * 3600.0])
    with pytest.raises(RecordingError, match="30 hours"):
        probe(path)


def test_check_file_takes_what_may_be_a_recording(tmp_path):
    check_file(make_video(tmp_path / "a.mp4", frames=2))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(RecordingError, match="pipe"):
        probe(tmp_path / "pipe.mp4")
