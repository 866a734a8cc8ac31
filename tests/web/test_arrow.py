"""The app runs without pyarrow until a table is shown. Each case runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from fer.settings import ROOT


def printed(code: str) -> list[str]:
    """Runs code in a new process, in the project's folder; returns the lines that it prints."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split("\n")[:-1]


def test_the_app_loads_without_pyarrow():
    assert printed("import app, pandas, sys; print('pyarrow' in sys.modules)") == ["False"]


def test_a_table_of_pandas_still_becomes_one_of_pyarrow():
    """This is what Streamlit does with a table that a page shows."""
    code = """
import fer.web.arrow, pandas, sys
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df as back
from streamlit.dataframe_util import convert_pandas_df_to_arrow_bytes as there
table = pandas.DataFrame({"text": ["a", None], "number": [1.5, 2.5]})
print("pyarrow" in sys.modules)
print(back(there(table)).equals(table))
print("pyarrow" in sys.modules)
"""
    assert printed(code) == ["False", "True", "True"]


def test_components_do_not_load_it():
    code = """
import sys
import app
import streamlit as st
from streamlit.components.v1.custom_component import CustomComponent
from fer.web import compat
compat.leave_tables_out()
st.components.v2.component("new", js="export default () => {}")(data={"list": [1]}, key="a")
old = CustomComponent("old", url="http://localhost:1")
print(old(argument={"list": [1]}, default=7))
print("pyarrow" in sys.modules)
"""
    assert printed(code) == ["7", "False"]
