"""What Heroku and the container leave out of the installed packages, and that nobody misses it."""

from __future__ import annotations

import os
import subprocess
import sys

from fer.settings import ROOT

# Imports all that the app has, and prints the files that were loaded from packages' tests.
ALL = """
import importlib, pkgutil, sys
import app, fer
for module in pkgutil.walk_packages(fer.__path__, "fer."):
    if not module.name.startswith(("fer.training", "fer.store.migrations", "fer.__main__")):
        importlib.import_module(module.name)
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
print([file for file in files if "site-packages" in file and "/tests/" in file])
"""


def test_only_the_tests_of_packages_are_left_out(tmp_path):
    packages = tmp_path / "site-packages"
    for file in ("a/tests/test_a.py", "a/b/tests/data.bin", "a/code.py", "a/testing/tools.py"):
        (packages / file).parent.mkdir(parents=True, exist_ok=True)
        (packages / file).touch()
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho {packages}\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "bin" / "post_compile"], env=environment, check=True)
    left = {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()}
    assert left == {"a/code.py", "a/testing/tools.py"}


def test_the_app_loads_nothing_from_the_tests_of_packages():
    done = subprocess.run(
        [sys.executable, "-c", ALL], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr
