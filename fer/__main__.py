"""The command line: `python -m fer COMMAND ...`. Each command is a module of `fer.commands`."""

from __future__ import annotations

import argparse
import logging
import sys

from fer.commands import (
    backup,
    classes,
    database,
    demo,
    doctor,
    jobs,
    lecture,
    lectures,
    password,
    speech,
)
from fer.console import fail, prepare
from fer.errors import ModelError, RecordingError, StoreError

COMMANDS = (demo, lecture, lectures, speech, jobs, classes, database, backup, doctor, password)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `python -m fer`; None takes those of the process.

    Returns:
        0 when all went well, 1 when something failed, 130 when it was stopped by Ctrl-C.
    """
    prepare()
    options = parse(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return options.run(options) or 0
    except (RecordingError, ModelError, StoreError, ModuleNotFoundError, ValueError) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except KeyboardInterrupt:
        print(f"\nStopped. {options.stopped}", file=sys.stderr)
        return 130


def parse(words: list[str]) -> argparse.Namespace:
    """Read a command and its options; `run` is the function that does it.

    Raises:
        SystemExit: the words are no command, or ask for help, which has been printed.
    """
    parser = argparse.ArgumentParser(prog="python -m fer", description="Classroom mood monitor.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    # The code that converts models is not part of the deployed app and needs further packages.
    convert = commands.add_parser("convert", help="convert an earlier model")
    if words[:1] == ["convert"]:
        from fer.training.convert import arguments

        arguments.add_arguments(convert)
        words = arguments.joined(words)
        convert.set_defaults(run=_convert, stopped="No model was written.")
    return parser.parse_args(words)


def _convert(options: argparse.Namespace) -> int:
    from fer.training.convert.convert import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
