"""The command line of training: what is wrong is one line, whatever is trained."""

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
