"""The order's form: a customer known or new, and when, where and how urgent."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError, InvalidInput
from awesome_analytics.sales import choices, finding, model, orders
from awesome_analytics.sales.answers import OrderRecorded
from awesome_analytics.web import shop
from awesome_analytics.web.access import guard
from awesome_analytics.web.choice_lists import Lists
from awesome_analytics.web.drafts import Draft, complain, draft
from awesome_analytics.web.shop import plain

FORM = "order"
_NEEDED = "this is needed, or choose a known customer"
_LAST_ORDER = "awesome last order"


def last_order() -> str:
    """The order this session recorded or added to last; empty when there is none."""
    return str(st.session_state.get(_LAST_ORDER, ""))


def remember_order(order_id: str) -> None:
    """Put an order first in the other forms."""
    st.session_state[_LAST_ORDER] = order_id
    for form in ("product", "return"):
        draft(form).set(order_id=order_id)


def show(lists: Lists) -> None:
    """Draw the form and do what its button asks."""
    form = draft(FORM)
    form.begin()
    if form.done is not None:
        _told(form.done)
    with st.container(border=True, key="order-form"):
        st.subheader("Record new order")
        _customer(form, lists)
        _order(form, lists)
        complain(form)
        if st.button("Record Order", type="primary", key="order-submit"):
            _record(form)


def _customer(form: Draft, lists: Lists) -> None:
    left, right = st.columns(2)
    with left:
        name = form.keep(
            "customer_name",
            st.text_input("Customer Name", key=form.place("customer_name", ""), live="200ms"),
        )
    with right:
        email = form.keep(
            "customer_email",
            st.text_input("Customer Email", key=form.place("customer_email", ""), live="200ms"),
        )
    _suggest(form, name, email)
    left, right = st.columns(2)
    with left:
        _choose(form, "segment", "Segment", lists[choices.SEGMENT])
    with right:
        _choose(form, "market", "Market", lists[choices.MARKET], first="US")


def _order(form: Draft, lists: Lists) -> None:
    left, middle, right = st.columns(3)
    with left:
        _choose(form, "region", "Region", lists[choices.REGION])
    with middle:
        _choose(form, "priority", "Order Priority", lists[choices.PRIORITY], first="Medium")
    with right:
        key = form.place("order_date", shop.today())
        form.keep("order_date", st.date_input("Order Date", key=key, format="MM/DD/YYYY"))


def _choose(form: Draft, name: str, label: str, options: Sequence[str], *, first: str | None = None) -> None:
    key = form.place(name, first if first in options else None)
    form.keep(name, st.selectbox(label, options, key=key, index=None, placeholder="Choose"))


def _suggest(form: Draft, name: str, email: str) -> None:
    """Known customers under the fields, a click each to take one."""
    typed = f"{name} {email}".strip()
    if form.values.get("taken") == typed:
        return
    with shop.told(), shop.books() as connection:
        found = finding.customers(connection, email if email and not name else name)
        if not found:
            return
        st.caption("Known customers: choose one, or go on for a new one.")
        with st.container(horizontal=True, key="order-known"):
            for each in found:
                _offer(form, each)


def _offer(form: Draft, each: finding.Customer) -> None:
    email = each.customer_email or ""
    label = f"{each.customer_name} · {email or each.customer_id} · {each.segment}"
    st.button(
        plain(label),
        key=f"known-{each.customer_id}",
        on_click=lambda: form.set(
            customer_name=each.customer_name,
            customer_email=email,
            customer_id=None if email else each.customer_id,
            segment=each.segment,
            market=each.market,
            region=each.region,
            taken=f"{each.customer_name} {email}".strip(),
        ),
    )


def _record(form: Draft) -> None:
    actor = guard(roles.SALES_ASSOCIATE).username
    asked = ("customer_name", "customer_email", "segment", "market", "region", "priority", "order_date")
    values: dict[str, Any] = {name: form.values.get(name) for name in asked}
    if form.values.get("customer_id") and form.values.get("taken") == values["customer_name"]:
        values["customer_id"] = form.values["customer_id"]
    command = form.command(model.RecordOrder, values)
    if not (values["customer_name"] or values["customer_email"]):
        form.errors |= {"customer_name": _NEEDED, "customer_email": _NEEDED}
    if command is None:
        st.rerun()
    try:
        with shop.books() as connection:
            done = orders.record_order(connection, command, actor=actor, today=shop.today())
    except InvalidInput as error:
        if form.blame(error, model.RecordOrder):
            st.rerun()
        shop.say(error)
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
    else:
        form.clear(market=done.market, region=done.region, order_date=command.order_date)
        form.done = done
        remember_order(done.order_id)
        st.rerun()


def _told(done: OrderRecorded) -> None:
    again = " It was recorded before; nothing was recorded twice." if done.repeated else ""
    new = "new customer" if done.new_customer else "customer"
    st.success(
        f"**Order recorded successfully!**{again}  \n"
        f"Order ID: **{plain(done.order_id)}**  \n"
        f"Customer: {plain(done.customer_name)} ({new} {plain(done.customer_id)})  \n"
        f"Date: {done.order_date}",
        icon=":material/check_circle:",
    )
    if done.differs:
        st.info(
            f"Typed otherwise than on the customer's record, which stays: {plain(', '.join(done.differs))} "
            f"(on record: {plain(done.customer_name)}, {plain(done.segment)})."
        )
    st.caption("Next: add its products under Product Entry; the order is filled in there.")
