"""What a page does while the warehouse can't be reached: it says so and comes back by itself."""

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError, OperationError, UserError
from awesome_analytics.web import shop
from awesome_analytics.web.access import guard
from awesome_analytics.web.answers import Answers, answers, freshness

_TRY_EVERY = 4


def found() -> Answers | None:
    """Answers as of now; None where a message stands instead."""
    try:
        return answers()
    except UserError as error:
        shop.say(error)
    except (OperationError, *shop.LOST) as error:
        shop.say(error)
        st.caption("The page tries again every few seconds.")
        _try_again()
    return None


@st.fragment(run_every=_TRY_EVERY)
def _try_again() -> None:
    guard(roles.STORE_MANAGER)
    try:
        freshness()
    except (AwesomeError, *shop.LOST):
        return
    st.rerun()
