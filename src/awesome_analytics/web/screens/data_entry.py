"""Data Entry: orders, their products, and what comes back."""

import streamlit as st

from awesome_analytics.web import order_form, product_form, return_form, shop
from awesome_analytics.web.choice_lists import lists


def show() -> None:
    """Draw the page; each form asks who is there when its button is pressed."""
    st.title("Data Entry")
    with shop.told():
        offered = lists()
        order, product, back = st.tabs(["Order Entry", "Product Entry", "Return Entry"], key="entry-tabs")
        with order:
            order_form.show(offered)
        with product:
            product_form.show(offered)
        with back:
            return_form.show(offered)
