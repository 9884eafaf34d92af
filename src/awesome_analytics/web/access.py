"""Who asks: the session's cookie, looked up on the server in every run, fragment and action."""

from collections.abc import Callable
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


_SEEN = "awesome visitor"


def remember(found: Visitor | None) -> None:
    """Note who the frame is drawn for."""
    st.session_state[_SEEN] = found


def remembered() -> Visitor | None:
    """Who the frame was drawn for last."""
    found: Visitor | None = st.session_state.get(_SEEN)
    return found


def seen(*roles: str) -> Visitor:
    """Whom the frame is drawn for, as far as anybody can tell: for a page that keeps what was typed into it.

    Such a page shows what it showed before and asks anew for each action and all that is new.
    """
    found = remembered()
    if found is None or found.role not in roles:
        ended()
    return found


def enter(*roles: str) -> Visitor:
    """The visitor, for a page that shows nothing while nobody can tell who asks; the frame has said why."""
    if shop.is_away():
        st.stop()
    return guard(*roles)


def guard(*roles: str) -> Visitor:
    """The visitor, who must be in one of the roles right now; else the page stops with a message.

    Call it first in every fragment and every action: a session may have ended since the page was drawn.
    """
    found = asked(*roles)
    if found is None:
        st.stop()
    return found


def asked(*roles: str, tell: Callable[[Exception], None] = shop.say) -> Visitor | None:
    """As `guard`, for an action that must not stop the page: None once it is told why.

    A button's callback runs before the page and tells by `shop.toast`: the page itself says the rest.
    """
    try:
        found = visitor()
    except (AwesomeError, *shop.LOST) as error:
        tell(error)
        return None
    if found is None or found.role not in roles:
        ended()
    return found


def ended() -> NoReturn:
    """Say that the session is over and stop."""
    st.warning("Your session has ended. Nothing was saved since. Log in again to go on.")
    st.html('<a class="awesome-link" href="/login" target="_self">Log in</a>')
    st.stop()
