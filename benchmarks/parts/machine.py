"""Facts about the machine of a benchmark, without which figures cannot be compared."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2
import psutil

from fer.settings import Settings

PACKAGES = ("numpy", "onnxruntime", "opencv-python-headless", "av", "pandas", "streamlit", "keras")
"""Packages whose version may change a figure."""

_EXTENSIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


def machine() -> dict:
    """Returns facts about the processor, its threads and load, and the versions of libraries.

    Returns:
        `processor`, its name; `extensions` of its instruction set that networks use; `cores`,
        physical ones; `processors`, those that this process may use, which may be two threads
        of one core; `fer_threads` and `opencv_threads`, how many the classifier and OpenCV take;
        `memory_gb`; `load_average` over the last minute; `system`; `python`; `packages`, name to
        version or None.
    """
    facts = _processor()
    return {
        "processor": facts.get("model name", platform.processor() or platform.machine()),
        "extensions": [name for name in _EXTENSIONS if name in facts.get("flags", "").split()],
        "cores": psutil.cpu_count(logical=False),
        "processors": len(os.sched_getaffinity(0)),
        "fer_threads": Settings.from_environment().threads,
        "opencv_threads": cv2.getNumThreads(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_average": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _processor() -> dict[str, str]:
    """What Linux says about the first processor; empty on other systems."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return {}
    first = path.read_text("utf-8").partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
