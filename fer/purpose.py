"""What this app is for, what it must not be used for, and the law: one text for all who show it.

`README.md` says the same for people who do not open the app; a test holds the two together.
"""

from __future__ import annotations

PRODUCT = "Classroom mood monitor"
"""The name on every page and in every report."""

NOT_FOR = "grading, discipline, attendance, or any decision about a person"
"""Completes "It must not be used for ..."."""

NOT_A_FEELING = (
    "An expression is not a feeling. People smile out of politeness and frown while they think, "
    "and the model makes mistakes."
)
"""Says why the numbers are a hint at best."""

LAW = (
    "In the European Union, Article 5(1)(f) of the AI Act (Regulation 2024/1689) forbids systems "
    "that infer emotions in education and at the workplace, except for medical or safety reasons."
)
"""The law that forbids the main use of this app in a whole region."""

CONSENT = "Elsewhere, ask everyone in the picture first."
"""What to do where the law allows it."""
