"""The app runs without pyarrow until a table is shown."""

from __future__ import annotations

import subprocess
import sys

from fer.settings import ROOT

CODE = """
import sys
import app
import pandas
import streamlit as st
from streamlit.components.v1.custom_component import CustomComponent
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df as back
from streamlit.dataframe_util import convert_pandas_df_to_arrow_bytes as there
from fer.web import compat
print("pyarrow" in sys.modules)
compat.leave_tables_out()
st.components.v2.component("new", js="export default () => {}")(data={"list": [1]}, key="a")
old = CustomComponent("old", url="http://localhost:1")
print(old(argument={"list": [1]}, default=7))
print("pyarrow" in sys.modules)
# This is what Streamlit does with a table that a page shows.
table = pandas.DataFrame({"text": ["a", None], "number": [1.5, 2.5]})
print(back(there(table)).equals(table))
print("pyarrow" in sys.modules)
"""


def test_neither_the_app_nor_components_load_it_and_a_table_does():
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["False", "7", "False", "True", "True"]
