"""The command line of training: each mistake is answered by one line, whatever is trained."""

from __future__ import annotations

import pytest

pytest.importorskip("keras", reason="training needs requirements-train.txt")

import train


@pytest.mark.parametrize("task", [[], ["speech"], ["detector"], ["affectnet", "--out", "there"]])
def test_data_that_are_not_there(tmp_path, capsys, task):
    assert train.main([*task, "--data", str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr().err
    assert "nowhere" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("--epochs 0", "0 is below 1"),
        ("--epochs -1", "-1 is below 1"),
        ("--epochs many", "'many' is not a whole number"),
        ("--batch 0", "0 is below 1"),
        ("--rate 0", "0 is not above 0"),
        ("--rate nan", "'nan' is not a number"),
        ("--mixup -1", "-1 is below 0"),
        ("--smoothing 1.5", "1.5 is above 1"),
        ("--hours -1", "-1 is below 0"),
        ("--seed -3", "-3 is below 0"),
        ("--seed 4294967296", "4294967296 is not below 2^32"),
        ("--precision foo", "invalid choice: 'foo'"),
        ("detector --epochs 0", "0 is below 1"),
        ("detector --rate 0", "0 is not above 0"),
        ("detector --precision foo", "invalid choice: 'foo'"),
        ("speech --steps 0", "0 is below 1"),
        ("speech --folds 5", "invalid choice: 5"),
        ("speech --precision foo", "invalid choice: 'foo'"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(capsys, command, said):
    with pytest.raises(SystemExit, match="2"):
        train.main([*command.split(), "--data", "nowhere"])
    assert said in capsys.readouterr().err
