"""The commands of `python -m fer`, one module for each: its options and what it prints.

The work itself is done in the other rooms. Only `fer/__main__.py` imports this one.
"""
