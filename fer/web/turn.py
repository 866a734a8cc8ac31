"""What pages say while another process works on the folder of results."""

from __future__ import annotations

import streamlit as st

from fer.jobs.problems import ELSEWHERE
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.resources import job_board

LOOK_S = 2.0
"""Seconds between two looks whether the other process has ended."""


def wait_for_our_turn() -> bool:
    """Say that another process works on the results, if one does; returns whether one does.

    The whole page runs again once that process has ended.
    """
    if job_board().begun:
        return False

    def say() -> None:
        if job_board().begun:
            st.rerun()
        st.warning(in_markdown(ELSEWHERE))

    fragment(say, LOOK_S)()
    return True
