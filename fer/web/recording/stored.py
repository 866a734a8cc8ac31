"""Results that were read from the disk and are kept in memory for the next run of a page.

What is in memory is handed out without asking again whose it is: ask only for results that
`jobs()` has listed for the visitor.
"""

from __future__ import annotations

import streamlit as st

from fer.jobs.owned import OwnedJobs
from fer.report.comparison import Outline
from fer.report.report import Report


# The report of three hours takes 60 MB.
@st.cache_resource(max_entries=4, show_spinner=False)
def stored_report(job_id: str, _jobs: OwnedJobs) -> Report:
    """Returns the result of a finished analysis.

    Raises:
        RecordingError: it is damaged or no longer there.
    """
    return _jobs.report(job_id)


@st.cache_resource(max_entries=10_000, show_spinner=False)
def stored_outline(job_id: str, _jobs: OwnedJobs) -> Outline:
    """Returns the outline of a finished analysis, for comparisons.

    Raises:
        RecordingError: it is damaged or no longer there.
    """
    return _jobs.outline(job_id)


def forget(job_id: str) -> None:
    """Remove a deleted result from memory."""
    stored_report.clear(job_id, None)
    stored_outline.clear(job_id, None)
