"""The check of installed packages for known weaknesses, fed with what pip-audit writes."""

import json
import subprocess
import sys

import pytest

from fer.settings import ROOT


def package(name, *weaknesses):
    vulns = [{"id": id_, "fix_versions": versions, "aliases": []} for id_, versions in weaknesses]
    return {"name": name, "version": "1.0", "vulns": vulns}


UNKNOWN = {"name": "fer", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("", 0, "no package index could be asked"),
        ("Connection refused", 0, "no package index could be asked"),
        ([], 0, "knows nothing"),
        ([UNKNOWN], 0, "knows nothing"),
        ([UNKNOWN, package("numpy")], 0, "1 of 2 packages looked up"),
        ([package("numpy", ("GHSA-1", []))], 0, "numpy 1.0 has GHSA-1, mended in no version yet"),
        ([package("numpy", ("GHSA-1", ["1.1", "2"]))], 1, "has GHSA-1, mended in 1.1, 2"),
    ],
    ids=["nothing", "no JSON", "empty", "unknown", "sound", "no remedy", "remedy"],
)
def test_only_a_weakness_with_a_remedy_fails(written, code, said):
    text = written if isinstance(written, str) else json.dumps({"dependencies": written})
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py"], input=text, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
