"""`awesome bench`: speed on this machine, beside the physical limit and what one would run instead."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table

from awesome_analytics.bench import ask as ask_bench
from awesome_analytics.bench import entry as entry_bench
from awesome_analytics.bench import etl as etl_bench
from awesome_analytics.bench import query as query_bench
from awesome_analytics.bench.figures import Figure, Report
from awesome_analytics.bench.ground import open_ground
from awesome_analytics.bench.web_place import MANY_CUSTOMERS, SUPERSTORE_LINES
from awesome_analytics.cli.context import Context, command
from awesome_analytics.semantic.catalog import load_catalog


@click.group()
def bench() -> None:
    """Measure speed beside the physical limit and other tools, in throw-away shops."""


@click.option("--lines", type=click.IntRange(10, 100_000_000), default=1_000_000, show_default=True)
@click.option(
    "--warehouse",
    default="embedded",
    show_default=True,
    help="embedded, mariadb (one of its own is started), or the mysql:// address of an administrator.",
)
@click.option("--changes", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@click.option(
    "--rounds", type=click.IntRange(1, 99), default=3, show_default=True, help="Of which the median counts."
)
@click.option(
    "--peers/--no-peers", default=True, show_default=True, help="Other tools, installed by the bench."
)
@click.option("--peer-lines", type=click.IntRange(1, 100_000_000), default=100_000, show_default=True)
@command(bench, "etl")
def etl(
    context: Context,
    *,
    lines: int,
    warehouse: str,
    changes: int,
    rounds: int,
    peers: bool,
    peer_lines: int,
) -> None:
    """The full load beside the pipe's limit and other tools, the incremental run, the memory."""
    with open_ground(warehouse, note=context.note) as ground:
        report = etl_bench.measure(
            ground, lines=lines, changes=changes, rounds=rounds, peer_lines=peer_lines if peers else 0
        )
    _answer(context, report)


@click.option(
    "--seconds", type=click.FloatRange(0.1, 3600), default=10, show_default=True, help="For each measurement."
)
@click.option("--rounds", type=click.IntRange(1, 99), default=2, show_default=True)
@command(bench, "entry")
def entry(context: Context, *, seconds: float, rounds: int) -> None:
    """Order entry by one client, beside pgbench on the same server."""
    with open_ground("embedded", note=context.note) as ground:
        report = entry_bench.measure(ground, seconds=seconds, rounds=rounds)
    _answer(context, report)


@click.option("--lines", type=click.IntRange(100, 100_000_000), default=1_000_000, show_default=True)
@click.option(
    "--warehouse",
    default="embedded",
    show_default=True,
    help="embedded, mariadb (one of its own is started), or the mysql:// address of an administrator.",
)
@click.option(
    "--rounds", type=click.IntRange(1, 99), default=5, show_default=True, help="Of which the median counts."
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="pandas, installed by the bench.")
@command(bench, "query")
def query(context: Context, *, lines: int, warehouse: str, rounds: int, peers: bool) -> None:
    """The dashboard's tiles and ad-hoc questions beside SQL by hand and pandas, and the compiling."""
    with open_ground(warehouse, note=context.note) as ground:
        report = query_bench.measure(ground, lines=lines, rounds=rounds, peers=peers)
    _answer(context, report)


@click.option(
    "--questions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON lines with question, context and today; else the catalog's examples.",
)
@click.option("--rounds", type=click.IntRange(1, 99), default=5, show_default=True)
@command(bench, "ask")
def ask(context: Context, *, questions: Path | None, rounds: int) -> None:
    """Questions in plain words, on the warehouse of the shop in AWESOME_HOME as it stands."""
    catalog = load_catalog(context.settings.home)
    asked = ask_bench.from_file(questions) if questions else ask_bench.from_catalog(catalog)
    with context.shop() as shop, closing(shop.reader()) as reader:
        report = ask_bench.measure(
            reader, catalog, asked, today=context.today(), rounds=rounds, note=context.note
        )
    _answer(context, report)


def _crowds(_context: click.Context, parameter: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        crowds = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        crowds = (0,)
    if not all(1 <= count <= 1000 for count in crowds):
        raise click.BadParameter(f"'{text}' names no crowds; write 25 or 25,50", param=parameter)
    return crowds


@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A filled shop's folder: two people of the bench may log in meanwhile, nothing else is written.",
)
@click.option(
    "--lines",
    type=click.IntRange(100, 10_000_000),
    default=SUPERSTORE_LINES,
    show_default=True,
    help="Of the sample shop that is made without --home.",
)
@click.option(
    "--users", callback=_crowds, default="25,50", show_default=True, help="How many at once, in turn."
)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60, show_default=True, help="For each.")
@click.option(
    "--think", type=click.FloatRange(0.1, 600), default=5, show_default=True, help="Seconds between clicks."
)
@click.option(
    "--customers",
    type=click.IntRange(0, 1_000_000),
    default=MANY_CUSTOMERS,
    show_default=True,
    help="Among whom names are looked up, in a shop of their own; 0 leaves this out.",
)
@click.option("--browser/--no-browser", default=True, show_default=True, help="What Chromium measures.")
@command(bench, "web")
def web(
    context: Context,
    *,
    home: Path | None,
    lines: int,
    users: tuple[int, ...],
    seconds: float,
    think: float,
    customers: int,
    browser: bool,
) -> None:
    """The pages: cold start, later pages, narrowing, typeahead, and a crowd that clicks."""
    # The pages' own library takes a second to import, which the other measurements need not wait for.
    from awesome_analytics.bench import web as web_bench

    report = web_bench.measure(
        replace(context.settings, home=home.absolute()) if home else None,
        lines=lines,
        users=users,
        seconds=seconds,
        think=think,
        customers=customers,
        browser=browser,
        note=context.note,
    )
    _answer(context, report)


# ---------------------------------------------------------------- what they say


def _answer(context: Context, report: Report) -> None:
    if context.json:
        context.answer(report.data())
    else:
        context.out.print(_table(report))
        for note in report.notes:
            context.out.print(note, highlight=False, markup=False)
    if report.missed:
        context.note(f"Missed: {'; '.join(report.missed)}.")


def _table(report: Report) -> Table:
    setting = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in report.setting.items())
    table = Table(title=f"bench {report.what}: {setting}", header_style="bold", title_justify="left")
    table.add_column("figure")
    table.add_column("ours", justify="right")
    table.add_column("beside")
    table.add_column("theirs", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("target")
    table.add_column("met")
    for figure in report.figures:
        table.add_row(*_row(figure))
    return table


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each:.2f}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        _amount(figure.ours, figure.unit),
        figure.against,
        "" if figure.theirs is None else _amount(figure.theirs, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.target,
        {True: "yes", False: "NO", None: ""}[figure.met],
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
