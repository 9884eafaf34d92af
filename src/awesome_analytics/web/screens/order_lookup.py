"""Order Look-up."""

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.web.access import guard


def show() -> None:
    """Draw the page."""
    guard(roles.SALES_ASSOCIATE)
    st.title("Order Look-up")
    st.info("This page is on its way.")
