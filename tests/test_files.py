import pytest

from fer.errors import RecordingError
from fer.files import name_of, readable, result_folder, write_whole


def test_names_that_cannot_be_shown():
    assert readable("caf\udce9") == "caf\ufffd"
    assert name_of("a/b\udce9.mp4") == "b\ufffd.mp4"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.json"
    assert write_whole(path, b"old") == path
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("letter", ["n", "é", "課", "🙂"])
def test_the_longest_name_leaves_room_for_a_draft(tmp_path, letter):
    longest = letter * (255 // len(letter.encode()))
    assert write_whole(tmp_path / longest, b"x").read_bytes() == b"x"


def test_a_private_file_is_for_the_app_alone(tmp_path):
    assert write_whole(tmp_path / "a", b"x", private=True).stat().st_mode & 0o777 == 0o600


def test_a_folder_for_results_that_cannot_be_reached_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="cannot be reached: File name too long"):
        result_folder(tmp_path / ("x" * 300) / "results", "lecture.mp4")
