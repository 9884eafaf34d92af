"""`awesome sample`."""

import calendar
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from awesome_analytics.cli.context import Context, command
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.sample import SamplePlan, SampleReport, load_sample
from awesome_analytics.sales.sample.load import OnProgress

_ORDERS = 20_000


@command(name="sample")
@click.option(
    "--orders", type=click.IntRange(1), metavar="N", help=f"How many orders; {_ORDERS:,} if not said."
)
@click.option("--lines", type=click.IntRange(1), metavar="N", help="How many order lines, instead.")
@click.option("--customers", type=click.IntRange(1), metavar="N", help="How many customers ever order.")
@click.option("--products", type=click.IntRange(1), metavar="N", help="How many products are ever sold.")
@click.option(
    "--years", type=click.IntRange(1, 50), default=3, show_default=True, help="How long the shop is open."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The shop's last day; today if not said.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same shop.")
def sample(
    context: Context,
    *,
    orders: int | None,
    lines: int | None,
    customers: int | None,
    products: int | None,
    years: int,
    until: datetime | None,
    seed: int,
) -> None:
    """Fill empty books with a believable shop: seasons, best-sellers, loyal customers, losses, returns."""
    if orders is not None and lines is not None:
        raise InvalidInput("--lines", "give either --orders or --lines; the other follows from it")
    last_day = until.date() if until else context.today()
    plan = SamplePlan(
        first_day=years_before(last_day, years),
        last_day=last_day,
        seed=seed,
        orders=orders or (0 if lines else _ORDERS),
        lines=lines,
        customers=customers or 0,
        products=products or 0,
    )
    with context.shop() as shop, shop.entry() as connection, _progress(context) as on_progress:
        report = load_sample(connection, plan, actor=context.actor, on_progress=on_progress)
    context.answer(asdict(report), text=lambda: _told(report))


def years_before(day: date, years: int) -> date:
    """The day after the same date that many years ago, so that the period is whole years."""
    year = day.year - years
    if year < 1:
        raise InvalidInput("--until", f"{years} years before {day} is no date")
    in_month = calendar.monthrange(year, day.month)[1]
    return day.replace(year=year, day=min(day.day, in_month)) + timedelta(days=1)


@contextmanager
def _progress(context: Context) -> Iterator[OnProgress]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} orders"),
        TimeElapsedColumn(),
        console=context.err,
        transient=True,
        disable=not context.err.is_terminal,
    ) as bar:
        task = bar.add_task("sample shop", total=1)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _told(report: SampleReport) -> str:
    return "\n".join(
        (
            f"A sample shop from {report.first_day} to {report.last_day}:",
            f"  {report.customers:,} customers, {report.products:,} products",
            f"  {report.orders:,} orders of {report.lines:,} lines and {report.units:,} units",
            f"  {report.returns:,} returns",
            f"  sales {report.sales:,.2f}, discounts {report.discount:,.2f}, "
            f"shipping {report.shipping_cost:,.2f}, profit {report.profit:,.2f}",
        )
    )
