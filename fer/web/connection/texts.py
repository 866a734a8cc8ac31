"""Texts of the page that tests the connection, in one place for whoever translates them."""

from __future__ import annotations

TITLE = "Test my connection"
ABOUT = (
    "This takes ten seconds. The camera is switched on for a moment, and nothing that it sees is "
    "sent or kept."
)
START = "Test now"
RUNNING = "Testing …"
