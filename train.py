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


def main(arguments: list[str]) -> int:
    task = arguments[0] if arguments and arguments[0] in TASKS else "emotion"
    words = arguments[1:] if arguments and arguments[0] in TASKS else arguments
    options, module = TASKS[task]
    parser = argparse.ArgumentParser(
        prog=f"train.py {task}", epilog=f"Tasks: {', '.join(TASKS)} (default: emotion)."
    )
    importlib.import_module(options).add_arguments(parser)
    return carry_out(module, parser.parse_args(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
