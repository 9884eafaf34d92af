"""What comes back: picked from the order's own lines, never more than is left to return."""

from typing import Any

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError, InvalidInput, NotFound
from awesome_analytics.sales import choices, model, reading, returns
from awesome_analytics.sales.answers import ReturnRecorded
from awesome_analytics.web import shop
from awesome_analytics.web.access import guard
from awesome_analytics.web.choice_lists import Lists
from awesome_analytics.web.drafts import Draft, complain, draft
from awesome_analytics.web.shop import plain

FORM = "return"
WHOLE = "The whole order"


def show(lists: Lists) -> None:
    """Draw the form and do what its button asks."""
    form = draft(FORM)
    form.begin()
    if form.done is not None:
        _told(form.done)
    with st.container(border=True, key="return-form"):
        st.subheader("Record return")
        key = form.place("order_id", "")
        typed = st.text_input("Order ID / Sale ID", key=key, placeholder="ORD-001", live="300ms")
        form.keep("order_id", typed)
        order = _order(typed)
        _goods(form, order)
        _why(form, order, lists)
        complain(form)
        if st.button("Record Return", type="primary", key="return-submit"):
            _record(form, order)


def _order(typed: str) -> reading.Order | None:
    if not typed.strip():
        return None
    with shop.told():
        try:
            with shop.books() as connection:
                found = reading.show_order(connection, typed)
        except NotFound:
            st.caption(plain(f"There is no order '{typed.strip()}' yet."))
            return None
        st.caption(plain(f"{found.customer_name}, ordered on {found.order_date}"))
        return found
    return None


def _label(each: reading.Returnable) -> str:
    return f"{each.product_name} ({each.bought} bought, {each.left} left to return)"


def _goods(form: Draft, order: reading.Order | None) -> None:
    """Which product and how many pieces, of what the order has left."""
    left = [each for each in order.returnable if each.left > 0] if order else []
    if order is not None and not left:
        st.info(
            "Nothing of this order is left to return." if order.lines else "This order has no products yet."
        )
    labels = {each.product_id: _label(each) for each in left}
    product, count = st.columns([3, 1])
    with product:
        key = form.place("product_id", None)
        if st.session_state[key] not in ("", *labels):
            st.session_state[key] = None
        options = [*labels, ""] if labels else []
        chosen = st.selectbox(
            "Returned Product",
            options,
            key=key,
            index=None,
            format_func=lambda each: labels.get(each, WHOLE),
            placeholder="Choose what comes back",
        )
        form.keep("product_id", chosen)
    with count:
        most = next((each.left for each in left if each.product_id == chosen), None)
        key = form.place("quantity", 1)
        if most is not None and st.session_state[key] > most:
            st.session_state[key] = most
        quantity = st.number_input(
            "Quantity", min_value=1, max_value=most, step=1, key=key, disabled=not chosen
        )
        form.keep("quantity", quantity)


def _why(form: Draft, order: reading.Order | None, lists: Lists) -> None:
    first, second = st.columns(2)
    third, fourth = st.columns(2)
    with first:
        key = form.place("reason", None)
        reasons = lists[choices.REASON]
        form.keep("reason", st.selectbox("Return Reason", reasons, key=key, index=None, placeholder="Choose"))
    with third:
        key = form.place("region", None)
        if order is not None and st.session_state[key] is None:
            st.session_state[key] = order.region
        regions = lists[choices.REGION]
        form.keep("region", st.selectbox("Return Region", regions, key=key, index=None, placeholder="Choose"))
    with second:
        key = form.place("status", model.STATUSES[0])
        form.keep("status", st.selectbox("Return Status", model.STATUSES, key=key))
    with fourth:
        key = form.place("return_date", shop.today())
        form.keep("return_date", st.date_input("Return Date", key=key, format="MM/DD/YYYY"))


def _record(form: Draft, order: reading.Order | None) -> None:
    actor = guard(roles.SALES_ASSOCIATE).username
    asked = ("order_id", "reason", "status", "region", "return_date")
    values: dict[str, Any] = {name: form.values.get(name) for name in asked}
    chosen = form.values.get("product_id")
    if chosen:
        values |= {"product_id": chosen, "quantity": form.values.get("quantity")}
    command = form.command(model.RecordReturn, values)
    if chosen is None and order is not None:
        form.errors["product_id"] = "choose what comes back"
    if command is None or form.errors:
        st.rerun()
    try:
        with shop.books() as connection:
            done = returns.record_return(connection, command, actor=actor, today=shop.today())
    except InvalidInput as error:
        if form.blame(error, model.RecordReturn):
            st.rerun()
        shop.say(error)
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
    else:
        form.clear(order_id=done.order_id, product_id=None, quantity=1, reason=None, status=model.STATUSES[0])
        form.done = done
        st.rerun()


def _told(done: ReturnRecorded) -> None:
    what = WHOLE if done.product_id is None else f"{done.quantity} × {done.product_name}"
    again = " It was recorded before; nothing was recorded twice." if done.repeated else ""
    st.success(
        f"**Return recorded!**{again}  \n"
        f"Return ID: **{plain(done.return_id)}**  \n"
        f"Order ID: {plain(done.order_id)}  \n"
        f"Returned: {plain(what)}  \n"
        f"Reason: {plain(done.reason)}  \n"
        f"Status: {plain(done.status)}",
        icon=":material/check_circle:",
    )
