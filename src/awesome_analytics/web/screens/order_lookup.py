"""Order Look-up: find an order, see all that hangs on it, correct or void it, change a return's status."""

import html
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError, NotFound
from awesome_analytics.sales import choices, lines, model, orders, reading, returns
from awesome_analytics.web import access, shop
from awesome_analytics.web.choice_lists import Lists, lists
from awesome_analytics.web.shop import plain

_DONE = "awesome look-up done"
_OPEN = "awesome look-up open"
_SHOWN = 50


def show() -> None:
    """Draw the page."""
    access.seen(roles.SALES_ASSOCIATE)
    st.title("Order Look-up")
    if _DONE in st.session_state:
        st.success(plain(st.session_state.pop(_DONE)), icon=":material/check_circle:")
    typed = st.text_input(
        "Order ID, customer or e-mail",
        type="search",
        key="look-up",
        live="300ms",
        persist_state="session",
        placeholder="ORD-001, Alice or alice@company.com",
    )
    order = _order(typed)
    if order is not None:
        with shop.told():
            _details(order, lists())


def _order(typed: str) -> reading.Order | None:
    """The order to show; while the books can't be reached, the one shown before, with what was typed."""
    try:
        order = _exact(typed) or _picked(typed)
    except (AwesomeError, *shop.LOST) as error:
        if not shop.is_away():
            shop.say(error)
        before, order = st.session_state.get(_OPEN, ("", None))
        return order if before == typed else None
    st.session_state[_OPEN] = (typed, order)
    return order


def _exact(typed: str) -> reading.Order | None:
    if not typed.strip():
        return None
    try:
        with shop.books() as connection:
            return reading.show_order(connection, typed.strip().upper())
    except NotFound:
        return None


def _picked(typed: str) -> reading.Order | None:
    """The one chosen from the list of orders that fit, newest first."""
    with shop.books() as connection:
        found = reading.find_orders(connection, customer=typed or None, limit=_SHOWN)
    if not found:
        st.info("No order fits. Try a part of the customer's name or e-mail, or a whole order ID.")
        return None
    rows = [
        {
            "Order ID": each.order_id,
            "Date": each.order_date,
            "Customer": each.customer_name,
            "E-mail": each.customer_email or "",
            "Region": each.region,
            "Lines": each.lines,
            "Sales": f"${each.sales:,.2f}",
        }
        for each in found
    ]
    st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 320), column_config=_amounts("Sales"))
    if len(found) == _SHOWN:
        st.caption(f"The newest {_SHOWN} are shown; type more to narrow them.")
    names = {each.order_id: f"{each.order_id} · {each.customer_name} · {each.order_date}" for each in found}
    chosen = st.selectbox(
        "Open an order",
        list(names),
        index=None,
        format_func=names.__getitem__,
        key="open-order",
        placeholder="Choose",
        persist_state="page",
    )
    if chosen is None:
        return None
    with shop.books() as connection:
        return reading.show_order(connection, chosen)


def _details(order: reading.Order, offered: Lists) -> None:
    st.subheader(plain(f"{order.order_id} · {order.customer_name}"))
    st.caption(
        plain(
            f"{order.customer_email or order.customer_id}, {order.segment}; ordered on {order.order_date}, "
            f"{order.priority} priority; {order.market}, {order.region}"
        )
    )
    amounts = _amounts("Sales", "Discount", "Shipping", "Profit")
    own_days = any(each.order_date for each in order.lines)
    rows = [_line_row(each, own_days=own_days) for each in order.lines]
    st.dataframe(rows, hide_index=True, column_config=amounts)
    place = quote(order.order_id, safe="")
    st.html(
        f'<a class="awesome-link" href="/receipt?order={place}" target="_blank">'
        f"Receipt of {html.escape(order.order_id)} to print</a>"
    )
    _returns(order)
    _correct(order, offered)
    _void(order)


def _amounts(*columns: str) -> dict[str, Any]:
    """Amounts are written by us, to the cent, and stand to the right as numbers do."""
    return {column: st.column_config.TextColumn(alignment="right") for column in columns}


def _line_row(each: reading.Line, *, own_days: bool) -> dict[str, Any]:
    """A line; `own_days` where some line of the order was ordered later than the order."""
    ordered = {"Ordered": each.order_date} if own_days else {}
    return {
        "Line": each.line_no,
        "Product": each.product_name,
        "Quantity": each.quantity,
        "Sales": f"${each.sales:,.2f}",
        "Discount": f"${each.discount:,.2f}",
        "Shipping": f"${each.shipping_cost:,.2f}",
        "Profit": f"${each.profit:,.2f}",
        "Ship mode": each.ship_mode,
        **ordered,
        "Shipped": each.ship_date,
    }


def _returns(order: reading.Order) -> None:
    names = {line.product_id: line.product_name for line in order.lines}
    for each in order.returns:
        what = "the whole order" if each.product_id is None else f"{each.quantity} × {names[each.product_id]}"
        with st.container(
            border=True, horizontal=True, vertical_alignment="bottom", key=f"r-{each.return_id}"
        ):
            st.markdown(plain(f"{each.return_id}: {what}, {each.reason}, {each.return_date}"))
            status = st.selectbox(
                f"Status of {each.return_id}",
                model.STATUSES,
                index=model.STATUSES.index(each.status),
                key=f"status-{each.return_id}",
                width=180,
            )
            if st.button("Save status", key=f"save-{each.return_id}", disabled=status == each.status):
                command = {"return_id": each.return_id, "status": status}
                _do(
                    model.SetReturnStatus,
                    returns.set_return_status,
                    command,
                    f"{each.return_id} is {status}.",
                )
            if st.button("Void return", key=f"void-{each.return_id}"):
                gone = f"{each.return_id} is voided."
                _do(model.VoidReturn, returns.void_return, {"return_id": each.return_id}, gone)


def _correct(order: reading.Order, offered: Lists) -> None:
    with st.expander("Correct the order"), st.form(f"correct-{order.order_id}", border=False):
        first, second, third, fourth = st.columns(4)
        given = {
            "order_date": first.date_input("Order Date", order.order_date, format="MM/DD/YYYY"),
            "priority": _pick(second, "Order Priority", offered[choices.PRIORITY], order.priority),
            "market": _pick(third, "Market", offered[choices.MARKET], order.market),
            "region": _pick(fourth, "Region", offered[choices.REGION], order.region),
        }
        if st.form_submit_button("Save correction"):
            changed = {name: value for name, value in given.items() if value != getattr(order, name)}
            command = {"order_id": order.order_id, **changed}
            _do(model.CorrectOrder, orders.correct_order, command, f"{order.order_id} is corrected.")
    for line in order.lines:
        with st.expander(plain(f"Correct line {line.line_no}: {line.product_name}")):
            _correct_line(order, line, offered)


def _correct_line(order: reading.Order, line: reading.Line, offered: Lists) -> None:
    with st.form(f"line-{order.order_id}-{line.line_no}", border=False):
        first, second, third = st.columns(3)
        before = {
            "quantity": line.quantity,
            "sales": f"{line.sales:.2f}",
            "discount_percent": f"{line.discount_rate * 100:.4f}".rstrip("0").rstrip("."),
            "shipping_cost": f"{line.shipping_cost:.2f}",
            "ship_mode": line.ship_mode,
            "ship_date": line.ship_date,
        }
        given = {
            "quantity": first.number_input("Quantity", min_value=1, step=1, value=line.quantity),
            "sales": second.text_input("Sales Amount", before["sales"]),
            "discount_percent": third.text_input("Discount (%)", before["discount_percent"]),
            "shipping_cost": first.text_input("Shipping Cost", before["shipping_cost"]),
            "ship_mode": _pick(second, "Ship Mode", offered[choices.SHIP_MODE], line.ship_mode),
            "ship_date": third.date_input("Ship Date", line.ship_date, format="MM/DD/YYYY"),
        }
        with st.container(horizontal=True):
            save = st.form_submit_button("Save correction")
            void = st.form_submit_button("Void line")
    which = {"order_id": order.order_id, "line_no": line.line_no}
    if save:
        changed: dict[str, Any] = {name: value for name, value in given.items() if value != before[name]}
        if changed.get("ship_date", line) is None:
            changed = {**changed, "ship_date": None, "not_shipped": True}
        _do(model.CorrectLine, lines.correct_line, {**which, **changed}, f"Line {line.line_no} is corrected.")
    if void:
        _do(model.VoidLine, lines.void_line, which, f"Line {line.line_no} is voided.")


def _pick(place: Any, label: str, options: Sequence[str], value: str) -> str:
    offered = [*options] if value in options else [value, *options]
    return str(place.selectbox(label, offered, index=offered.index(value)))


def _void(order: reading.Order) -> None:
    with st.expander("Void the order"):
        sure = st.checkbox(
            f"Take {order.order_id} and its lines out of the books", key=f"sure-{order.order_id}"
        )
        if st.button("Void order", key="void-order", disabled=not sure):
            gone = f"{order.order_id} is voided."
            _do(model.VoidOrder, orders.void_order, {"order_id": order.order_id}, gone)


def _do(kind: type[model.Command], handler: Callable[..., Any], values: Mapping[str, Any], done: str) -> None:
    """Give a command in the visitor's name; the page is drawn anew with what is true then."""
    visitor = access.asked(roles.SALES_ASSOCIATE)
    if visitor is None:
        return
    try:
        command = kind(**values, idempotency_key=str(uuid.uuid4()))
        with shop.books() as connection:
            handler(connection, command, actor=visitor.username, today=shop.today())
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
        return
    st.session_state[_DONE] = done
    st.rerun()
