"""Runs one benchmark: `python -m benchmarks NAME [--json]`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys

import benchmarks
from benchmarks.parts.machine import machine


def parse(words: list[str]) -> argparse.Namespace:
    """Read the options.

    Raises:
        SystemExit: there is no such benchmark, or help was asked for.
    """
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if not module.ispkg and module.name != "__main__"
    )
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(benchmarks.__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("name", choices=names, help="what to measure")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    return parser.parse_args(words)


def main() -> None:
    """Run a benchmark and print its figures. The exit status is 1 if the app did not hold."""
    arguments = parse(sys.argv[1:])
    # The load is read before the benchmark, which adds to it.
    surroundings = machine()
    figures = importlib.import_module(f"benchmarks.{arguments.name}").run()
    figures["machine"] = surroundings
    if arguments.json:
        print(json.dumps(figures))
    else:
        width = max(map(len, figures))
        for key, value in figures.items():
            print(f"{key:{width}}  {value}")
    if figures.get("held") is False:
        sys.exit(1)


if __name__ == "__main__":
    main()
