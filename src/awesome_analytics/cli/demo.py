"""`awesome demo`: a throw-away shop in the browser, filled, run through the pipeline and ready to log in."""

import secrets
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from awesome_analytics.app import people, roles
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli import story, up
from awesome_analytics.cli.context import Context, command, make_context
from awesome_analytics.cli.sample import years_before
from awesome_analytics.core.errors import Conflict
from awesome_analytics.etl import pipeline
from awesome_analytics.etl.runner import Ends
from awesome_analytics.sales.sample import SamplePlan, load_sample

_YEARS = 3
_SEED = 7
_QUESTION = "What were our total sales by category last month?"
_PEOPLE = {
    "john_sales": roles.SALES_ASSOCIATE,
    "sarah_manager": roles.STORE_MANAGER,
    "admin": roles.ADMINISTRATOR,
}


@click.option("--orders", type=click.IntRange(1, 1_000_000), default=20_000, show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=up.PORT, show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="Keep the shop in this folder.")
@click.option("--terminal", is_flag=True, help="A story told in the terminal instead.")
@command(name="demo")
def demo(context: Context, *, orders: int, port: int, home: Path | None, terminal: bool) -> None:
    """Open a throw-away shop in the browser: sample orders up to yesterday, the pipeline run, log-ins."""
    if terminal:
        story.tell(context, orders=orders)
        return
    place = up.Place(address=up.ADDRESS, port=port)
    up.refuse_taken(place)
    with up.stopped_by_signals(), story.throw_away_home(home=home and home.absolute()):
        _play(make_context(as_json=context.json, actor="demo"), place, orders=orders, kept=home is not None)


def _play(context: Context, place: up.Place, *, orders: int, kept: bool) -> None:
    context.note("Setting up a shop …")
    # The pages take as long to start as the shop to fill: so both at once.
    with (
        context.shop() as shop,
        (context.settings.home / "demo.log").open("ab") as log,
        up.running(place, context.settings, note=context.note, output=log) as children,
    ):
        _fill(context, shop, orders)
        passwords = _let_in(context, shop)
        up.wait_until_ready(place, children, context.note)
        _welcome(context, place, passwords, kept=kept)
        up.watch(children, context.note)


def _fill(context: Context, shop: Shop, orders: int) -> None:
    yesterday = context.today() - timedelta(days=1)
    plan = SamplePlan(
        first_day=years_before(yesterday, _YEARS), last_day=yesterday, seed=_SEED, orders=orders
    )
    try:
        with shop.entry() as connection:
            report = load_sample(connection, plan, actor=context.actor)
        context.note(f"{report.orders:,} orders of {report.customers:,} customers; the pipeline runs …")
    except Conflict:
        context.note("This folder holds a shop already: it is opened as it stands.")
    pipeline.run(Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=context.now))


def _let_in(context: Context, shop: Shop) -> Mapping[str, str]:
    """New passwords for the three people of the story; made at random, shown once."""
    chosen = {name: secrets.token_urlsafe(9) for name in _PEOPLE}
    with shop.app() as connection:
        known = {person.username for person in people.everyone(connection)}
        for name, role in _PEOPLE.items():
            let_in = people.set_password if name in known else partial(people.add, roles_given=[role])
            let_in(connection, username=name, password=chosen[name], actor=context.actor, now=context.now())
    return chosen


def _welcome(context: Context, place: up.Place, passwords: Mapping[str, str], *, kept: bool) -> None:
    log_ins = [
        {"username": name, "password": passwords[name], "role": roles.LABELS[role]}
        for name, role in _PEOPLE.items()
    ]
    data = {"url": place.url, "log_ins": log_ins, "try": _QUESTION}
    lines = [
        "",
        f"Open {place.url}",
        "",
        *(f"  {each['username']:<14} {each['password']:<14} {each['role']}" for each in log_ins),
        "",
        f"As sarah_manager, ask the chat: {_QUESTION}",
        "As john_sales, record an order; then Sarah presses Run ETL Now.",
        "Ctrl-C stops it" + (" and keeps the folder." if kept else " and throws the shop away."),
    ]
    context.answer(data, text=lambda: "\n".join(lines))
    sys.stdout.flush()
