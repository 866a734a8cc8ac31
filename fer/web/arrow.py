"""Keeps pyarrow out of memory until something needs it: it takes 36 MB.

In this app only the operators' page, for its table, and kept results, which are Parquet files, need
it. But pandas loads pyarrow, if it is installed, to store texts in it. Import this module before
anything else loads pandas, as `app.py` does: pandas then stores texts as Python's own.
`fer.web.compat.leave_tables_out` sees to Streamlit, which loads pyarrow for its components. Checked
with pandas 3.1.
"""

from __future__ import annotations

import importlib
import sys

if not {"pandas", "pyarrow"} & sys.modules.keys():
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # Python takes it for not installed
    try:
        importlib.import_module("pandas")
    finally:
        del sys.modules["pyarrow"]
