"""`python -m fer password`: make a hash of a password for FER_PASSWORD."""

from __future__ import annotations

import argparse
import getpass
import sys

from fer.console import fail, say

SHORTEST = 8
"""Fewest characters of a password. NIST SP 800-63B asks for eight."""


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("password", help="make a hash of a password for FER_PASSWORD")
    parser.set_defaults(run=_run, stopped="No hash was made.")


def _run(options: argparse.Namespace) -> int:
    from fer.access.password import hashed

    # The password may also come through a pipe: `pass show mood | python -m fer password`.
    # Only the end of the line is no part of it.
    piped = not sys.stdin.isatty()
    ask = (lambda prompt: sys.stdin.readline().rstrip("\r\n")) if piped else getpass.getpass
    password = ask("Password: ")
    if len(password) < SHORTEST:
        return fail(f"A password needs at least {SHORTEST} characters.")
    if not piped and ask("Type it again: ") != password:
        return fail("The two passwords differ.")
    say(f"FER_PASSWORD='{hashed(password)}'")
    return 0
