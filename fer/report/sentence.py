"""The sentence with which a report begins."""

from __future__ import annotations

import numpy as np

from fer.mood.groups import exact_groups, group_shares
from fer.mood.headline import headline
from fer.report.report import Report


def sentence(report: Report) -> str:
    """Says in one sentence how the class looked; "" for sound without a picture."""
    timeline = report.timeline
    if not len(timeline):
        return ""
    frames = np.nan_to_num(timeline["frames"].to_numpy(float))
    faces = np.nan_to_num(timeline["faces"].to_numpy(float))
    unread = np.nan_to_num(timeline["unread"].to_numpy(float))
    # Pictures without any face say nothing about the size of the class.
    weights = np.where(faces > 0, frames, 0.0)
    pictures = weights.sum() or 1.0
    shares = report.shares()
    if shares is not None:
        groups = group_shares(shares)
    else:
        values = report.mean_shares()
        groups = [] if values is None else exact_groups(values)
    return headline(
        groups,
        seen=float(weights @ faces / pictures),
        readable=float(weights @ (faces - unread) / pictures),
    )
