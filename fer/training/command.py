"""How `train.py` and `evaluate.py` do what their options say."""

from __future__ import annotations

import argparse
import importlib

from fer.console import fail, prepare
from fer.errors import ModelError
from fer.training.files import DataError
from fer.training.quiet import without_notices


def carry_out(module: str, options: argparse.Namespace) -> int:
    """Import a module, which may take seconds and needs the packages of training, and run it.

    Args:
        module: name of a module with a function `run`.
        options: what the command line says.

    Returns:
        The exit status: what `run` returns, or 1 where it failed for a reason that is printed.
    """
    prepare()
    try:
        with without_notices():
            task = importlib.import_module(module)
        return task.run(options)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "fer":
            raise
        return fail(f"this needs {error.name}: python -m pip install -r requirements-train.txt")
    except (DataError, ModelError) as error:
        return fail(str(error))
