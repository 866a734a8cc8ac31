"""What `python -m benchmarks` tells whoever called it."""

import sys

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import drill


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_drill_that_did_not_hold_fails(monkeypatch, capsys, form):
    monkeypatch.setattr(drill, "run", lambda: {"held": False})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "drill", *form])
    with pytest.raises(SystemExit) as ended:
        benchmarks.main()
    assert ended.value.code == 1
    assert "held" in capsys.readouterr().out


def test_a_drill_that_held_succeeds(monkeypatch, capsys):
    monkeypatch.setattr(drill, "run", lambda: {"held": True})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "drill"])
    benchmarks.main()
    assert "held" in capsys.readouterr().out
