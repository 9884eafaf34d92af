"""The products of an order: as many lines as were bought, with total and profit as one types."""

import html
import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError, InvalidInput
from awesome_analytics.sales import choices, fields, finding, lines, model
from awesome_analytics.sales.answers import LineAdded
from awesome_analytics.web import shop
from awesome_analytics.web.access import guard
from awesome_analytics.web.choice_lists import Lists
from awesome_analytics.web.drafts import Draft, complain, draft, drop
from awesome_analytics.web.order_form import remember_order
from awesome_analytics.web.shop import plain

FORM = "product"
_DOLLAR = ":material/attach_money:"
_FIELDS = (
    "product_name",
    "category",
    "quantity",
    "sales",
    "discount_percent",
    "subcategory",
    "shipping_cost",
    "ship_mode",
    "ship_date",
)


def show(lists: Lists) -> None:
    """Draw the form and do what its buttons ask."""
    form = draft(FORM)
    form.begin()
    if form.done:
        _told(form.done)
    numbers: list[str] = form.values.setdefault("lines", ["1"])
    with st.container(border=True, key="product-form"):
        st.subheader("Add product to order")
        order_id = st.text_input("Order ID", key=form.place("order_id", ""), placeholder="ORD-001")
        form.keep("order_id", order_id)
        drafts = [_line(form, number, lists, of=numbers) for number in numbers]
        _totals(drafts)
        for each in drafts:
            complain(each)
        with st.container(horizontal=True):
            if st.button("Add Product to Order", type="primary", key="product-submit"):
                _add(form, drafts)
            if st.button("Another product", key="product-more", icon=":material/add:"):
                numbers.append(uuid.uuid4().hex[:6])
                st.rerun()


def _line(form: Draft, number: str, lists: Lists, *, of: list[str]) -> Draft:
    """One product's fields."""
    line = draft(f"line-{number}")
    line.begin()
    if len(of) > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Product {of.index(number) + 1}**")
            if st.button("Remove", key=f"remove-{number}", type="tertiary", icon=":material/close:"):
                _forget(form, number)
                st.rerun()
    _product(line, lists)
    _money(line, lists)
    return line


def _product(line: Draft, lists: Lists) -> None:
    left, middle, right = st.columns([2, 1, 1])
    with left:
        key = line.place("product_name", "")
        name = line.keep("product_name", st.text_input("Product Name", key=key, live="200ms"))
        _suggest(line, name)
    with middle:
        key = line.place("category", None)
        options = lists[choices.CATEGORY]
        category = line.keep("category", st.selectbox("Category", options, key=key, placeholder="Choose"))
    with right:
        under = list(lists.subcategories.get(category or "", ()))
        key = line.place("subcategory", None)
        chosen = st.selectbox(
            "Subcategory", under, key=key, accept_new_options=True, placeholder="Choose or add"
        )
        line.keep("subcategory", chosen)


def _money(line: Draft, lists: Lists) -> None:
    first, second, third, fourth = st.columns(4)
    with first:
        key = line.place("quantity", 1)
        line.keep("quantity", st.number_input("Quantity", min_value=1, step=1, key=key))
    with second:
        key = line.place("sales", "")
        line.keep(
            "sales", st.text_input("Sales Amount", key=key, placeholder="0.00", icon=_DOLLAR, live="300ms")
        )
    with third:
        key = line.place("discount_percent", 0.0)
        percent = st.number_input(
            "Discount (%)", min_value=0.0, max_value=100.0, step=1.0, format="%g", key=key
        )
        line.keep("discount_percent", percent)
    with fourth:
        key = line.place("shipping_cost", "0.00")
        line.keep("shipping_cost", st.text_input("Shipping Cost", key=key, icon=_DOLLAR, live="300ms"))
    first, second, third, fourth = st.columns(4)
    with first:
        modes = lists[choices.SHIP_MODE]
        key = line.place("ship_mode", modes[0] if modes else None)
        line.keep("ship_mode", st.selectbox("Ship Mode", modes, key=key))
    with second:
        key = line.place("ship_date", None)
        shown = st.date_input(
            "Ship Date", value=None, key=key, format="MM/DD/YYYY", help="Empty: not shipped yet"
        )
        line.keep("ship_date", shown)
    money = _figures(line)
    with third:
        st.metric("Discount", "–" if money is None else f"${money[1].discount:,.2f}")
    with fourth:
        st.metric("Profit", "–" if money is None else _dollars(money[1].profit))


def _suggest(line: Draft, name: str) -> None:
    """Known products, a click each; the one taken is named by its ID when the form is sent."""
    if line.values.get("taken") == name:
        return
    with shop.told(), shop.books() as connection:
        for each in finding.products(connection, name, limit=4):
            st.button(
                plain(f"{each.product_name} · {each.subcategory} · {each.product_id}"),
                key=f"{line.form}-{each.product_id}",
                type="tertiary",
                on_click=_take,
                args=(line, each),
            )


def _take(line: Draft, each: finding.Product) -> None:
    line.set(product_name=each.product_name, category=each.category, subcategory=each.subcategory)
    line.values |= {"taken": each.product_name, "product_id": each.product_id}


def _figures(line: Draft) -> tuple[Decimal, model.LineMoney] | None:
    """The amount with its discount and profit; None while a figure can't be read."""
    try:
        sales = fields.money(line.values.get("sales"), model.SALES)
        rate = fields.percent(line.values.get("discount_percent"), model.DISCOUNT) / 100
        cost = fields.money(line.values.get("shipping_cost"), model.SHIPPING_COST)
    except InvalidInput:
        return None
    return sales, model.LineMoney.of(sales=sales, rate=rate, shipping_cost=cost)


def _totals(drafts: list[Draft]) -> None:
    found = [figures for each in drafts if (figures := _figures(each)) is not None]
    total = sum((sales for sales, _ in found), Decimal(0))
    profit = sum((money.profit for _, money in found), Decimal(0))
    st.html(
        f'<p class="awesome-total"><span>Total <b>{_dollars(total)}</b></span>'
        f"<span>Profit <b>{_dollars(profit)}</b></span></p>"
    )


def _dollars(amount: Decimal) -> str:
    return f"−${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _commands(form: Draft, drafts: list[Draft]) -> list[model.AddLine] | None:
    """Every line as a command, or None when any field needs another look."""
    made = []
    for line in drafts:
        values: dict[str, Any] = {name: line.values.get(name) for name in _FIELDS}
        values["order_id"] = form.values.get("order_id")
        if line.values.get("taken") == values["product_name"]:
            values |= {"product_id": line.values["product_id"], "category": None, "subcategory": None}
        made.append(line.command(model.AddLine, values))
        if "order_id" in line.errors:
            form.errors["order_id"] = line.errors.pop("order_id")
    return None if None in made else [command for command in made if command is not None]


def _add(form: Draft, drafts: list[Draft]) -> None:
    actor = guard(roles.SALES_ASSOCIATE).username
    form.errors.pop("order_id", None)
    commands = _commands(form, drafts)
    if commands is None:
        st.rerun()
    added: list[LineAdded] = []
    for line, command in zip(drafts, commands, strict=True):
        try:
            with shop.books() as connection:
                added.append(lines.add_line(connection, command, actor=actor, today=shop.today()))
        except InvalidInput as error:
            if not line.blame(error, model.AddLine):
                shop.say(error)
            break
        except (AwesomeError, *shop.LOST) as error:
            shop.say(error)
            break
        _forget(form, line.form.removeprefix("line-"))
    if added:
        form.done = added
        remember_order(added[0].order_id)
    if len(added) == len(commands) or drafts[len(added)].errors:
        st.rerun()


def _forget(form: Draft, number: str) -> None:
    """Take a line off the form; there is always one to fill in."""
    numbers: list[str] = form.values["lines"]
    numbers.remove(number)
    drop(f"line-{number}")
    if not numbers:
        numbers.append(uuid.uuid4().hex[:6])


def _told(added: list[LineAdded]) -> None:
    rows = [
        f"Order: {plain(each.order_id)} | Product: {plain(each.product_name)} | Qty: {each.quantity} | "
        f"Amount: \\${each.sales:,.2f}{' (recorded before)' if each.repeated else ''}"
        for each in added
    ]
    st.success("**Product added to order!**  \n" + "  \n".join(rows), icon=":material/check_circle:")
    order_id = added[0].order_id
    st.html(
        f'<a class="awesome-link" href="/receipt?order={quote(order_id, safe="")}" target="_blank">'
        f"Receipt of {html.escape(order_id)} to print</a>"
    )
