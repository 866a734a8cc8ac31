"""What visitors see on a page for instructors that they may not open."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import streamlit as st

from fer.access.policy import Door
from fer.errors import SettingsError
from fer.text import markdown
from fer.web.access import texts, visit
from fer.web.access.sign_in import PATH, render
from fer.web.addresses import base_path
from fer.web.faults import in_markdown
from fer.web.resources import settings


def let_in() -> bool:
    """Returns whether the visitor may open pages for instructors; if not, draws how to sign in."""
    try:
        settings()
    except SettingsError:
        return True  # Nothing works without settings, and each page says why.
    try:
        teaches, door = visit.person().may_teach, visit.door()
    except SettingsError as problem:
        st.error(in_markdown(problem))
        return False
    if door == Door.SHUT:
        st.title(texts.SHUT_TITLE)
        st.markdown(texts.SHUT)
        return False
    if not teaches:
        _sign_in()
    elif door == Door.SIGN_IN:
        _sign_out()
    return teaches


def _sign_in() -> None:
    st.title(texts.SIGN_IN)
    st.markdown(texts.FOR_INSTRUCTORS)
    if name := visit.account():
        st.error(texts.NOT_ON_LIST.format(account=markdown(name)))
        st.button(texts.SIGN_OUT, on_click=st.logout, key="sign-out")
    policy = visit.policy()
    if policy.takes_password:
        _link(texts.WITH_PASSWORD, _address())
    if policy.takes_accounts and not visit.provider_is_set():
        st.error(texts.NO_PROVIDER)
    elif policy.takes_accounts and not visit.account():
        st.button(texts.WITH_ACCOUNT, on_click=st.login, key="sign-in-account", type="primary")


def _sign_out() -> None:
    with st.sidebar:
        if name := visit.account():
            st.caption(markdown(name))
            st.button(texts.SIGN_OUT, on_click=st.logout, key="sign-out", type="tertiary")
        else:
            _link(texts.SIGN_OUT, f"{base_path()}{PATH}?out")


def _link(text: str, address: str) -> None:
    """Draw a link that opens in the same tab, unlike Streamlit's own links."""
    st.html(render("link.html", address=address, text=text))


def _address() -> str:
    """Returns the address of the page for the password, which leads back to this page."""
    here = urlsplit(st.context.url or "")
    path = here.path.removeprefix(base_path()).lstrip("/")
    back = f"{path}?{here.query}" if here.query else path
    return f"{base_path()}{PATH}?next={quote(back, safe='')}"
