"""Measure the emotion network: `python evaluate.py --data PATH [--model …] [--json]`."""

import argparse
import sys

from fer.training.command import carry_out
from fer.training.emotion.evaluation_arguments import add_arguments


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="evaluate.py")
    add_arguments(parser)
    return carry_out("fer.training.emotion.evaluation", parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
