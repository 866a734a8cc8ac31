"""The networks that come with the app."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from fer.checks import models
from fer.checks.check import Outcome
from fer.checks.models import CHECKSUMS, check_checksums, check_models
from fer.settings import Settings


def test_the_networks_that_come_with_the_app_work(monkeypatch):
    monkeypatch.setattr(models, "SLOW_S", 60.0)  # how busy this machine is does not matter here
    checks = check_models(Settings())
    assert [check.outcome for check in checks] == [Outcome.GOOD] * 3
    assert {path.name for path in CHECKSUMS.parent.glob("*.onnx")} == {
        line.split()[1] for line in CHECKSUMS.read_text().splitlines()
    }


def test_a_model_that_is_not_there(tmp_path):
    check = check_models(replace(Settings(), model=tmp_path / "mine.onnx"))[0]
    assert check.outcome == Outcome.BAD
    assert "mine.onnx" in check.finding


def test_a_changed_or_missing_network_is_named(tmp_path):
    for name, data in (("a.onnx", b"as it was"), ("b.onnx", b"another")):
        (tmp_path / name).write_bytes(data)
    digest = hashlib.sha256(b"as it was").hexdigest()
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("".join(f"{digest}  {name}.onnx\n" for name in "abc"))
    (check,) = check_checksums(sums)
    assert check.outcome == Outcome.WARNING
    assert "b.onnx, c.onnx" in check.finding
    assert check_checksums(tmp_path / "none")[0].outcome == Outcome.WARNING
