"""Train a network: `python train.py --data PATH` trains the one that reads emotions in faces.

To train something else, name it first: `python train.py speech …`. `--help` after any of them
explains its options.
"""

import argparse
import importlib
import sys

from fer.errors import ModelError
from fer.training.files import DataError

MODULES = {
    "emotion": "fer.training.emotion.train",
    "speech": "fer.training.speech.train",
    "detector": "fer.training.detector.train",
    "affectnet": "fer.training.emotion.affectnet",
}


def main(arguments: list[str]) -> int:
    task = arguments.pop(0) if arguments and arguments[0] in MODULES else "emotion"
    # Imported only now: each needs its own packages.
    module = importlib.import_module(MODULES[task])
    parser = argparse.ArgumentParser(
        prog=f"train.py {task}", epilog=f"Tasks: {', '.join(MODULES)} (default: emotion)."
    )
    module.add_arguments(parser)
    try:
        return module.run(parser.parse_args(arguments))
    except (DataError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
