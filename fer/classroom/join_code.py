"""The code that students type to join a class: short, easy to read aloud, with a check letter."""

from __future__ import annotations

import secrets

LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
"""The letters of codes. None looks like another: B (8), I, L, 1, O, 0, S (5), Z (2) are missing."""

LENGTH = 7
"""Six random letters, which make 244 million codes, and one that checks them."""

_LOOK_ALIKE = str.maketrans("O0", "QQ")


def new_code() -> str:
    """Returns a random code."""
    body = "".join(secrets.choice(LETTERS) for _ in range(LENGTH - 1))
    return body + _check(body)


def tidy_code(text: str) -> str:
    """Returns what somebody typed in as a code: in capitals, without spaces, hyphens and dots.

    O and 0, which no code has, are read as Q.
    """
    kept = "".join(sign for sign in text.upper() if sign.isalnum() and sign.isascii())
    return kept.translate(_LOOK_ALIKE)


def is_code(text: str) -> bool:
    """Returns whether a tidied text could be a code, by its length, letters and check letter."""
    if len(text) != LENGTH or not set(text) <= set(LETTERS):
        return False
    return _check(text[:-1]) == text[-1]


def shown(code: str) -> str:
    """Returns a code as people read it, for example "ACD-4F7K"."""
    return f"{code[:3]}-{code[3:]}"


def _check(body: str) -> str:
    """Returns the check letter, which changes with any one letter, or when two neighbours swap.

    That holds because the weights, and the differences between neighbouring weights, have no factor
    in common with 25, the number of letters.
    """
    weights = (1, 2, 3, 4, 6, 7)
    total = sum(w * LETTERS.index(sign) for w, sign in zip(weights, body, strict=True))
    return LETTERS[total % len(LETTERS)]
