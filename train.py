"""Train a network: `python train.py --data PATH` trains the one that reads emotions in faces.

To train something else, name it first: `python train.py speech …`. `--help` after any of them
explains its options.
"""

import argparse
import importlib
import sys

from fer.training.command import carry_out

TASKS = {
    "emotion": ("fer.training.emotion.arguments", "fer.training.emotion.train"),
    "speech": ("fer.training.speech.arguments", "fer.training.speech.train"),
    "detector": ("fer.training.detector.arguments", "fer.training.detector.train"),
    "affectnet": ("fer.training.emotion.affectnet", "fer.training.emotion.affectnet"),
}
"""The modules of each task: the one with its options, and the one that does it."""


def parse(words: list[str]) -> tuple[str, argparse.Namespace]:
    """Read a task and its options.

    Raises:
        SystemExit: an option is wrong, or help was asked for.
    """
    task = words[0] if words and words[0] in TASKS else "emotion"
    words = words[1:] if words and words[0] in TASKS else words
    parser = argparse.ArgumentParser(
        prog=f"train.py {task}", epilog=f"Tasks: {', '.join(TASKS)} (default: emotion)."
    )
    importlib.import_module(TASKS[task][0]).add_arguments(parser)
    return task, parser.parse_args(words)


def main(arguments: list[str]) -> int:
    task, options = parse(arguments)
    return carry_out(TASKS[task][1], options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
