"""The emotion with the largest share among some faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer.emotions import KNOWN


def dominant(shares: Sequence[float] | np.ndarray | None) -> str | None:
    """The emotion with the largest share.

    Args:
        shares: (7,) or (8,), the share of each emotion in the order of `KNOWN`; None if nothing
            was read.

    Returns:
        One of `KNOWN`, the first if several are equal; None if all values are 0, NaN or missing.
    """
    if shares is None:
        return None
    values = np.nan_to_num(np.asarray(shares, float))
    return KNOWN[int(np.argmax(values))] if values.sum() > 0 else None
