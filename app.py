"""The app that `streamlit run app.py` serves: its pages, with security headers and limits."""

import streamlit as st
from starlette.middleware import Middleware

import fer.web.arrow  # noqa: F401  # it has to come before whatever loads pandas
from fer.web import faults
from fer.web.access import sign_in
from fer.web.departures import Departures
from fer.web.guard import Guard
from fer.web.hosts import Hosts
from fer.web.join import routes as join
from fer.web.lifespan import lifespan
from fer.web.operations import routes as operations
from fer.web.requests import Requests
from fer.web.security_headers import SecurityHeaders
from fer.web.uploads.receive import Uploads

app = st.App(
    "fer/web/main.py",
    routes=[*sign_in.routes(), *operations.routes(), *join.routes()],
    lifespan=lifespan,
    middleware=[
        Middleware(Requests),
        Middleware(Departures),
        Middleware(SecurityHeaders),
        Middleware(Hosts),
        Middleware(Guard),
        Middleware(Uploads),
    ],
    on_script_error=faults.report,
)
