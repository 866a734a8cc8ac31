"""The packages of the app as Heroku and the container have them, made from those of this Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

from benchmarks.parts.stage import ROOT


def installed() -> dict[str, Path]:
    """Returns the files of the packages in requirements.txt, where this Python has them.

    What it has compiled is among them, whether or not pip did it. The keys are paths relative to
    the folder of packages; those of programs begin with "..".
    """
    text = (ROOT / "requirements.txt").read_text("utf-8")
    files: dict[str, Path] = {}
    for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE):
        try:
            package = distribution(name)
        except PackageNotFoundError:  # another system's
            continue
        for path in package.files or []:
            files[str(path)] = Path(path.locate())
            if path.suffix == ".py":
                files[cache_from_source(str(path))] = Path(cache_from_source(path.locate()))
    return {name: path for name, path in files.items() if path.is_file()}


def deploy(folder: Path) -> Path:
    """Make an environment with the packages of requirements.txt, trimmed by `bin/post_compile`.

    The files are links to those of this Python's packages where the disk allows it, so this takes
    two seconds and hardly any space.

    Args:
        folder: where the environment goes.

    Returns:
        The path of its Python, which has no other packages.
    """
    venv.create(folder, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for name, source in installed().items():
        target = Path(os.path.normpath(packages / name))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another disk
            shutil.copy2(source, target)
    programs = folder / "bin"
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "bin" / "post_compile"], env=environment, check=True)
    return programs / "python"
