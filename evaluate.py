"""Measure the emotion network: `python evaluate.py --data PATH [--model …] [--json]`."""

import argparse
import sys

from fer.training.emotion import evaluation


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="evaluate.py")
    evaluation.add_arguments(parser)
    return evaluation.run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
