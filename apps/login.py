"""Who may see the pages: everybody who reaches the server, or those whom a provider of log-ins has named to it.

The log-in itself is Streamlit's (OpenID Connect, st.login); docs/serving.md says how to set it up.
"""

from __future__ import annotations

import os

import streamlit as st
from streamlit.errors import StreamlitAuthError

from apps.components.words import plain

LOGIN, USERS = "GALD_LOGIN", "GALD_USERS"


def may_enter() -> bool:
    """Whether the reader may see the pages; draws the way to the log-in, or out again, where there is one."""
    if os.environ.get(LOGIN) != "1":
        return True
    # Without a provider in secrets.toml nobody is logged in, and nobody enters.
    if not getattr(st.user, "is_logged_in", False):
        st.markdown("### GALD explorer")
        if st.button("Log in", key="login", type="primary"):
            _log_in()
        return False
    address = str(st.user.get("email") or "")
    known = is_known(address, os.environ.get(USERS, "")) and st.user.get("email_verified") is not False
    with st.sidebar:
        st.button("Log out", key="logout", on_click=st.logout, help=plain(address) or None)
    if not known:
        st.error(plain(f"{address or 'This account'} is not among the users of this server; ask who runs it."))
    return known


def is_known(address: str, users: str) -> bool:
    """Whether an e-mail address is among the users.

    Args:
        address: of who has logged in.
        users: addresses, and @domain for all of a domain, separated by commas; empty for everybody.
    """
    listed = {user.strip().lower() for user in users.split(",") if user.strip()}
    address = address.lower()
    return not listed or address in listed or ("@" in address and f"@{address.rpartition('@')[2]}" in listed)


def _log_in() -> None:
    try:
        st.login()
    except StreamlitAuthError as error:
        st.error(plain(f"This server asks for a log-in and has none set up: {error} See docs/serving.md."))
