"""Measure the emotion network: `python evaluate.py --data PATH [--model …] [--json]`."""

import argparse
import sys

from fer.training.command import carry_out
from fer.training.emotion.evaluation_arguments import add_arguments


def parse(words: list[str]) -> argparse.Namespace:
    """Read the options.

    Raises:
        SystemExit: an option is wrong, or help was asked for.
    """
    parser = argparse.ArgumentParser(prog="evaluate.py")
    add_arguments(parser)
    options = parser.parse_args(words)
    if options.people and (options.shares or not options.photographs):
        parser.error("--people needs --photographs, and measures nothing with --shares")
    return options


def main(arguments: list[str]) -> int:
    return carry_out("fer.training.emotion.evaluation", parse(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
