"""The app that `streamlit run app.py` serves: its pages, with limits on messages and uploads."""

import streamlit as st
from starlette.middleware import Middleware

from fer.web import faults
from fer.web.guard import Guard
from fer.web.lifespan import lifespan
from fer.web.upload_limit import UploadLimit

app = st.App(
    "fer/web/main.py",
    lifespan=lifespan,
    middleware=[Middleware(Guard), Middleware(UploadLimit)],
    on_script_error=faults.report,
)
