"""The commands of `python -m fer`, a module each: its options and what it prints.

What a command does lives in the other rooms; nothing imports this one but `fer/__main__.py`.
"""
