"""The analyses and results of recordings that this page's visitor may see."""

from __future__ import annotations

from fer.jobs.owned import OwnedJobs
from fer.web.access.visit import person
from fer.web.resources import job_board


def jobs() -> OwnedJobs:
    """Returns the analyses that belong to the visitor, or everybody's for an operator.

    Raises:
        SettingsError: a setting is wrong.
    """
    return OwnedJobs(job_board(), person())
