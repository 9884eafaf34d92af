"""The three entry forms for scripts: orders, their products, and returns."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import click

from awesome_analytics.cli.context import Context, command
from awesome_analytics.cli.forms import submit, takes, tell
from awesome_analytics.sales import fields, lines, model, orders, reading
from awesome_analytics.sales import returns as goods_back

_LINE_COLUMNS = (
    "line_no",
    "product_id",
    "product_name",
    "quantity",
    "sales",
    "discount",
    "profit",
    "shipping_cost",
    "ship_mode",
    "ship_date",
)
_RETURN_COLUMNS = ("return_id", "product_id", "quantity", "reason", "status", "region", "return_date")
_LEFT_COLUMNS = ("product_id", "product_name", "bought", "returned", "left")


@click.group()
def order() -> None:
    """Record, find, correct or void orders."""


@command(order)
@takes(
    model.RecordOrder,
    email="customer_email",
    name="customer_name",
    customer_id="customer_id",
    segment="segment",
    market="market",
    region="region",
    priority="priority",
    date="order_date",
)
def record(ctx: Context, **form: Any) -> None:
    """Record an order; its customer is found by e-mail, or created."""
    form["order_date"] = form["order_date"] or ctx.today()
    done = submit(ctx, model.RecordOrder, orders.record_order, form)
    new = "new customer" if done.new_customer else "customer"
    told = [f"Order recorded. Order ID: {done.order_id}"]
    told.append(f"Customer: {done.customer_name} ({new} {done.customer_id})")
    told.append(f"Date: {done.order_date}")
    if done.differs:
        told.append(
            f"Typed otherwise than the customer's record, which stays: {', '.join(done.differs)} "
            f"(on record: {done.customer_name}, {done.customer_email or 'no e-mail'}, {done.segment})"
        )
    tell(ctx, done, *told)


@command(order)
@click.argument("order_id")
def show(ctx: Context, order_id: str) -> None:
    """Show an order with its lines, its returns and what can still come back."""
    with ctx.shop() as shop, shop.entry() as connection:
        found = reading.show_order(connection, order_id)
    if ctx.json:
        ctx.answer(asdict(found))
        return
    email = found.customer_email or "no e-mail"
    click.echo(f"Order ID: {found.order_id}\nDate: {found.order_date}")
    click.echo(f"Customer: {found.customer_name} ({found.customer_id}, {email}, {found.segment})")
    click.echo(f"Priority: {found.priority}   Market: {found.market}   Region: {found.region}")
    own_days = ("order_date",) if any(line.order_date for line in found.lines) else ()
    _table(
        ctx,
        (*_LINE_COLUMNS, *own_days),
        found.lines,
        empty="No products yet: add one with awesome order-line add.",
    )
    if found.returns:
        _table(ctx, _RETURN_COLUMNS, found.returns, empty="")
        _table(ctx, _LEFT_COLUMNS, found.returnable, empty="")


def _table(ctx: Context, columns: tuple[str, ...], rows: tuple[Any, ...], *, empty: str) -> None:
    ctx.table(columns, [[_money(getattr(row, column)) for column in columns] for row in rows], empty=empty)


def _money(value: Any) -> Any:
    """Amounts to the cent: on display alone."""
    return round(value, 2) if isinstance(value, Decimal) else value


@command(order)
@click.option("--customer", help="A customer ID, or a part of a name or e-mail.")
@click.option("--since", help="The first order date.")
@click.option("--until", help="The last order date.")
@click.option("--limit", type=click.IntRange(1, reading.MOST_FOUND), default=50, show_default=True)
def find(ctx: Context, customer: str | None, since: str | None, until: str | None, limit: int) -> None:
    """List orders, the newest first."""
    day = fields.optional(fields.day)
    first, last = day(since, "Since (--since)"), day(until, "Until (--until)")
    with ctx.shop() as shop, shop.entry() as connection:
        found = reading.find_orders(connection, customer=customer, since=first, until=last, limit=limit)
    columns = ("order_id", "order_date", "customer_id", "customer_name", "customer_email", "priority")
    _table(ctx, (*columns, "market", "region", "lines", "sales"), found, empty="No order fits.")


@command(order)
@click.argument("order_id")
@takes(
    model.CorrectOrder,
    customer_id="customer_id",
    market="market",
    region="region",
    priority="priority",
    date="order_date",
)
def correct(ctx: Context, **form: Any) -> None:
    """Correct what is wrong with an order."""
    done = submit(ctx, model.CorrectOrder, orders.correct_order, form)
    tell(ctx, done, f"Order corrected. Order ID: {done.order_id}", f"Changed: {_listed(done.changed)}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing; it stood like that already"


@command(order)
@click.argument("order_id")
@takes(model.VoidOrder)
def void(ctx: Context, **form: Any) -> None:
    """Take an order and its lines out of the books; the audit keeps them."""
    done = submit(ctx, model.VoidOrder, orders.void_order, form)
    tell(ctx, done, f"Order voided. Order ID: {done.order_id} ({done.lines} lines)")


@command(order)
@click.argument("order_id")
def history(ctx: Context, order_id: str) -> None:
    """Show who did what to an order."""
    with ctx.shop() as shop, shop.entry() as connection:
        found = reading.order_history(connection, order_id)
    _table(ctx, ("at", "actor", "what", "detail"), found, empty="")


@click.group(name="order-line")
def order_line() -> None:
    """Add, correct or void the products of an order."""


@command(order_line)
@click.argument("order_id", metavar="ORDER")
@takes(
    model.AddLine,
    product="product_name",
    product_id="product_id",
    new_product="new_product",
    category="category",
    subcategory="subcategory",
    quantity="quantity",
    sales="sales",
    discount="discount_percent",
    shipping_cost="shipping_cost",
    ship_mode="ship_mode",
    ship_date="ship_date",
)
def add(ctx: Context, **form: Any) -> None:
    """Add a product to an order; without --ship-date it is not shipped yet."""
    done = submit(ctx, model.AddLine, lines.add_line, form)
    new = "new product" if done.new_product else "product"
    tell(
        ctx,
        done,
        "Product added to order.",
        f"Order: {done.order_id} | Line: {done.line_no} | Product: {done.product_name} | "
        f"Qty: {done.quantity} | Amount: ${done.sales:,.2f}",
        f"{new.capitalize()} {done.product_id} ({done.category} / {done.subcategory}); "
        f"discount ${done.discount:,.2f}, profit ${done.profit:,.2f}",
    )


@command(order_line, "correct")
@click.argument("order_id", metavar="ORDER")
@click.argument("line_no", metavar="LINE")
@takes(
    model.CorrectLine,
    quantity="quantity",
    sales="sales",
    discount="discount_percent",
    shipping_cost="shipping_cost",
    ship_mode="ship_mode",
    ship_date="ship_date",
    not_shipped="not_shipped",
)
def correct_line(ctx: Context, **form: Any) -> None:
    """Correct a line; discount and profit follow when the money or the quantity changes."""
    done = submit(ctx, model.CorrectLine, lines.correct_line, form)
    told = [
        f"Line corrected. Order: {done.order_id} | Line: {done.line_no}",
        f"Changed: {_listed(done.changed)}",
    ]
    if done.money_computed:
        told.append(f"Computed anew: discount ${done.discount:,.2f}, profit ${done.profit:,.2f}")
    tell(ctx, done, *told)


@command(order_line, "void")
@click.argument("order_id", metavar="ORDER")
@click.argument("line_no", metavar="LINE")
@takes(model.VoidLine)
def void_line(ctx: Context, **form: Any) -> None:
    """Take a line out of its order; the audit keeps it."""
    done = submit(ctx, model.VoidLine, lines.void_line, form)
    tell(
        ctx,
        done,
        f"Line voided. Order: {done.order_id} | Line: {done.line_no} | Product: {done.product_name}",
    )


@click.group(name="return")
def returns() -> None:
    """Record returns and change their status."""


@command(returns, "record")
@click.argument("order_id", metavar="ORDER")
@takes(
    model.RecordReturn,
    reason="reason",
    status="status",
    region="region",
    date="return_date",
    product="product_name",
    product_id="product_id",
    line="line_no",
    quantity="quantity",
)
def record_return(ctx: Context, **form: Any) -> None:
    """Record a return: of a product with --product and --quantity, else of the whole order."""
    form["return_date"] = form["return_date"] or ctx.today()
    done = submit(ctx, model.RecordReturn, goods_back.record_return, form)
    what = "the whole order" if done.product_id is None else f"{done.quantity} x {done.product_name}"
    tell(
        ctx,
        done,
        f"Return recorded. Return ID: {done.return_id}",
        f"Order ID: {done.order_id}",
        f"Returned: {what}",
        f"Reason: {done.reason}",
        f"Status: {done.status}",
    )


@command(returns)
@click.argument("return_id", metavar="RETURN")
@click.argument("status", metavar="STATUS")
@takes(model.SetReturnStatus)
def status(ctx: Context, **form: Any) -> None:
    """Set a return to Pending, Approved, Rejected or Completed."""
    done = submit(ctx, model.SetReturnStatus, goods_back.set_return_status, form)
    tell(ctx, done, f"Return {done.return_id}: {done.before} -> {done.status}")


@command(returns, "void")
@click.argument("return_id", metavar="RETURN")
@takes(model.VoidReturn)
def void_return(ctx: Context, **form: Any) -> None:
    """Take a return out of the books; the audit keeps it."""
    done = submit(ctx, model.VoidReturn, goods_back.void_return, form)
    tell(ctx, done, f"Return voided. Return ID: {done.return_id} (order {done.order_id})")


@command(returns, "show")
@click.argument("return_id", metavar="RETURN")
def show_return(ctx: Context, return_id: str) -> None:
    """Show a return."""
    with ctx.shop() as shop, shop.entry() as connection:
        found = reading.show_return(connection, return_id)
    if ctx.json:
        ctx.answer(asdict(found))
        return
    _table(ctx, ("return_id", "order_id", *_RETURN_COLUMNS[1:]), (found,), empty="")
