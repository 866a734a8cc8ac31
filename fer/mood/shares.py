"""The largest of the shares of the emotions among some faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer.emotions import EMOTIONS


def dominant(shares: Sequence[float] | np.ndarray | None) -> str | None:
    """The emotion with the largest share.

    Args:
        shares: one value for each of `EMOTIONS`, in their order. None where nothing was read.

    Returns:
        A name of `EMOTIONS`, the first of equals; None where all values are 0, NaN or missing.
    """
    if shares is None:
        return None
    values = np.nan_to_num(np.asarray(shares, float))
    return EMOTIONS[int(np.argmax(values))] if values.sum() > 0 else None
