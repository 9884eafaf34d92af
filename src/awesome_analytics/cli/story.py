"""`awesome demo --terminal`: a shop in a throw-away folder, played by the same commands a person types."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

from rich.rule import Rule

from awesome_analytics.cli.context import Context, make_context
from awesome_analytics.cli.main import cli
from awesome_analytics.core.sql import blocks
from awesome_analytics.warehouse.engine import Engine, Row

_BAR = 40

MONDAY = """\
order record --name 'Alice Johnson' --email alice.johnson@company.com --segment Corporate --market US \
--region East --priority High --date 2024-12-05
order-line add ORD-001 --product 'MacBook Pro 14"' --category Technology --subcategory Laptops --quantity 2 \
--sales 4800 --discount 5 --shipping-cost 150 --ship-mode 'First Class' --ship-date 2024-12-07
order-line add ORD-001 --product 'Ergonomic Office Chair' --category Furniture --subcategory Chairs \
--quantity 4 --sales 1200 --discount 10 --shipping-cost 80 --ship-mode 'Standard Class' --ship-date 2024-12-07
return record ORD-001 --product 'Ergonomic Office Chair' --quantity 1 --reason Defective --region East \
--date 2024-12-06
order show ORD-001
etl run
etl run
etl reconcile
"""


def tell(context: Context, *, orders: int) -> None:
    """One sale by hand, then a sample shop, each reconciled; the folders are gone afterwards."""
    with throw_away_home(today="2024-12-07"):
        context.out.print(Rule("One sale, from entry to warehouse"))
        _play(context, MONDAY.splitlines())
    with throw_away_home(today=context.today().isoformat()):
        context.out.print(Rule(f"A shop with {orders:,} orders"))
        _play(context, [f"sample --orders {orders}", "etl run", "etl reconcile"])
        with make_context(as_json=False, actor=None).shop() as shop, closing(shop.reader()) as star:
            _draw(context, star)
    context.out.print(Rule())
    context.note("The demo's folders are gone. For a shop that stays: `awesome up`, then `awesome --help`.")


_THE_REAL_SHOPS = (
    "AWESOME_OLTP_URL",
    "AWESOME_WAREHOUSE_URL",
    "AWESOME_ALERT_EMAIL",
    "AWESOME_ALERT_WEBHOOK",
    "AWESOME_REPORT",
)
"""Settings that a play must not touch: its servers, and the people it would tell."""


@contextmanager
def throw_away_home(*, today: str | None = None, home: Path | None = None) -> Iterator[Path]:
    """A home on the embedded server, whatever shop the environment names; gone afterwards unless given."""
    folder = home or Path(tempfile.mkdtemp(prefix="awesome-demo-"))
    before = dict(os.environ)
    for name in _THE_REAL_SHOPS:
        os.environ.pop(name, None)
    os.environ["AWESOME_HOME"] = str(folder)
    if today:
        os.environ["AWESOME_TODAY"] = today
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        if home is None:
            _remove(folder)


def _remove(home: Path) -> None:
    # Where the server's user can't enter the home, its data stand elsewhere behind a link.
    data = home / "postgres"
    if data.is_symlink():
        shutil.rmtree(data.resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _play(context: Context, lines: Sequence[str]) -> None:
    # The shop stays open meanwhile, so that the server starts once and not for each command.
    with make_context(as_json=False, actor=None).shop():
        for line in lines:
            context.out.print(f"\n[bold cyan]$ awesome {line}[/]", highlight=False, soft_wrap=True)
            cli.main(shlex.split(line), prog_name="awesome", standalone_mode=False)


def _draw(context: Context, star: Engine) -> None:
    """Pictures first: a person sees a shape sooner than a figure."""
    statements = blocks("awesome_analytics.cli", "story.sql")
    context.out.print("\n[bold]Sales by category[/] (profit)", highlight=False)
    categories = star.query(statements["by_category"])
    _bars(context, [(name, sales, f"{sales:>15,.2f}  ({profit:,.2f})") for name, sales, profit in categories])
    context.out.print("\n[bold]Sales of the last months[/]", highlight=False)
    months = list(reversed(star.query(statements["by_month"])))
    _bars(context, [(f"{year}-{month:02}", sales, f"{sales:>15,.2f}") for year, month, sales in months])
    context.out.print("\n[bold]Orders by weekday[/]", highlight=False)
    _bars(context, [(day, count, f"{count:>15,}") for day, count, _ in star.query(statements["by_weekday"])])
    context.out.print("\n[bold]Why goods come back[/] (value)", highlight=False)
    _bars(context, [_reason(row) for row in star.query(statements["returned"])])


def _reason(row: Row) -> tuple[str, Decimal, str]:
    reason, count, value = row
    return reason, count, f"{count:>15,}  ({value:,.2f})"


def _bars(context: Context, rows: Sequence[tuple[str, Decimal, str]]) -> None:
    if not rows:
        return
    widest = max(len(name) for name, _, _ in rows)
    largest = max(value for _, value, _ in rows) or 1
    for name, value, told in rows:
        bar = "█" * round(_BAR * float(value / largest))
        context.out.print(f"  {name:<{widest}} [green]{bar:<{_BAR}}[/] {told}", highlight=False)
