"""Who asks: the session's cookie, looked up on the server in every run, fragment and action."""

from typing import NoReturn

import streamlit as st

from awesome_analytics.app import sessions
from awesome_analytics.app.sessions import Visitor
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.web import shop

COOKIE = "awesome_session"


def token() -> str:
    """The secret of this browser's session; empty when there is none."""
    return st.context.cookies.get(COOKIE, "")


def visitor() -> Visitor | None:
    """Whose session the page belongs to; None when it has ended."""
    secret = token()
    if not secret:
        return None
    with shop.app() as connection:
        return sessions.who(connection, token=secret, now=shop.now())


def guard(*roles: str) -> Visitor:
    """The visitor, who must be in one of the roles right now; else the page stops with a message.

    Call it first in every fragment and every action: a session may have ended since the page was drawn.
    """
    try:
        found = visitor()
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
        st.stop()
    if found is None or found.role not in roles:
        ended()
    return found


def ended() -> NoReturn:
    """Say that the session is over and stop."""
    st.warning("Your session has ended. Nothing was saved since. Log in again to go on.")
    st.html('<a class="awesome-link" href="/login" target="_self">Log in</a>')
    st.stop()
