"""How long something that was thrown away can be taken back."""

UNDO_S = 60.0
"""Seconds after which a result or a class that was thrown away is deleted for good."""
