"""Users."""

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.web.access import guard


def show() -> None:
    """Draw the page."""
    guard(roles.ADMINISTRATOR)
    st.title("Users")
    st.info("This page is on its way.")
