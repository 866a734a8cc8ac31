"""The code that students type in to join a class: short, readable aloud, with a check letter."""

from __future__ import annotations

import secrets

LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
"""No letter looks like another one of these: no B (8), I, L and 1, O and 0, S (5), Z (2)."""

LENGTH = 7
"""Six random letters, 244 million codes, and one that checks them."""

_LOOK_ALIKE = str.maketrans("O0", "QQ")


def new_code() -> str:
    """A random code."""
    body = "".join(secrets.choice(LETTERS) for _ in range(LENGTH - 1))
    return body + _check(body)


def tidy_code(text: str) -> str:
    """What somebody typed in as a code: capitals, without spaces, hyphens and dots.

    O and 0, which no code has, stand for Q.
    """
    kept = "".join(sign for sign in text.upper() if sign.isalnum() and sign.isascii())
    return kept.translate(_LOOK_ALIKE)


def is_code(text: str) -> bool:
    """Whether a tidied text could be a code, by its length, letters and check letter."""
    if len(text) != LENGTH or not set(text) <= set(LETTERS):
        return False
    return _check(text[:-1]) == text[-1]


def shown(code: str) -> str:
    """A code as people read it, such as "ACD-4F7K"."""
    return f"{code[:3]}-{code[3:]}"


def _check(body: str) -> str:
    """The letter that changes with any single letter, and when two neighbours are swapped.

    The weights, and the differences between neighbouring ones, have no factor in common with the
    25 letters.
    """
    weights = (1, 2, 3, 4, 6, 7)
    total = sum(w * LETTERS.index(sign) for w, sign in zip(weights, body, strict=True))
    return LETTERS[total % len(LETTERS)]
