"""Who looks at a page of the app."""

from __future__ import annotations

import time
from functools import lru_cache
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from fer.access.policy import Door, Policy, Request
from fer.access.roles import Person, Role
from fer.errors import SettingsError
from fer.web.resources import settings

COOKIE = "fer_sign_in"
"""The name of the cookie with the sign-in token."""

_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def policy() -> Policy:
    """Returns the policy that the settings describe.

    Raises:
        SettingsError: a setting is wrong.
    """
    return _policy(settings())


# A new policy hashes the password twice, which takes 0.2 s.
_policy = lru_cache(maxsize=2)(Policy.from_settings)


def person() -> Person:
    """Returns who looks at the page that runs now.

    Raises:
        SettingsError: a setting is wrong.
    """
    return policy().person(_request(), time.time())


def is_operator() -> bool:
    """Returns whether an operator looks at the page that runs now."""
    try:
        return person().role == Role.OPERATOR
    except SettingsError:  # nobody is let in
        return False


def may_teach() -> bool:
    """Returns whether somebody who may open pages for instructors looks at the page that runs."""
    try:
        return person().may_teach
    except SettingsError:  # nobody is let in
        return False


def door() -> Door:
    """Returns how the visitor of the page that runs now gets in.

    Raises:
        SettingsError: a setting is wrong.
    """
    return policy().door(_request())


def account() -> str:
    """Returns the address of the account that the visitor signed in with, or ""."""
    return str(st.user.get("email") or "") if st.user.get("is_logged_in") else ""


def provider_is_set() -> bool:
    """Returns whether Streamlit's secrets name a provider of accounts."""
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def _request() -> Request:
    headers = st.context.headers
    if not headers:
        # `streamlit.testing` runs a page without a connection. Every real one has headers.
        return Request("localhost")
    return Request(
        host=host_name(headers.get("Host") or ""),
        origin=urlsplit(headers.get("Origin") or "").hostname or "",
        peer=st.context.ip_address or "",
        forwarded=any(headers.get(name) for name in _OF_PROXIES),
        token=str(st.context.cookies.get(COOKIE) or ""),
        account=account(),
        verified=st.user.get("email_verified") is not False,
    )


def host_name(host: str) -> str:
    """Returns the name in a `Host` header, without its port and in lower case."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
