"""`awesome report`: the dashboard's figures as text, as a page, by mail."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from awesome_analytics.cli.context import Context, command
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.telling import PERIODS, addresses
from awesome_analytics.scheduler import post, report_page
from awesome_analytics.scheduler.report import Report, make
from awesome_analytics.semantic.catalog import load_catalog


@command(name="report")
@click.option("--to", help="Send it to these addresses, with commas between.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as an HTML page.")
@click.option("--period", help="yesterday, last_week, last_month, 2014-Q3, all … [default: last_week]")
def report(context: Context, *, to: str | None, out: Path | None, period: str | None) -> None:
    """The dashboard's four figures and its charts: as text, as a page, or by mail."""
    receivers = addresses(to, field="--to") if to else ()
    mail, wanted = context.settings.telling.mail, context.settings.telling.report
    if receivers and mail is None:
        raise InvalidInput("AWESOME_SMTP_URL", "set it to send mail, like smtp://mail.example:587")
    days = period or (wanted.period if wanted else PERIODS["weekly"])
    catalog = load_catalog(context.settings.home)
    with context.shop() as shop, closing(shop.reader()) as reader:
        made = make(reader, catalog, period=days, today=context.today(), zone=context.settings.timezone)
    page, text = report_page.page(made), report_page.text(made)
    if out:
        _write(out, page)
        context.note(f"written to {out}")
    if receivers and mail:
        letter = post.mail(receivers, made.title, text, page=page, sender=mail.sender, now=context.now())
        refused = post.hand_in(mail, letter)
        context.note(f"sent to {len(receivers) - refused} of {len(receivers)} addresses")
    context.answer(_data(made), text=lambda: text.rstrip("\n"))


def _write(out: Path, page: str) -> None:
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput("--out", f"{out} can't be written: {error.strerror or error}") from error


def _data(made: Report) -> dict[str, Any]:
    return {
        "days": made.days,
        "fresh": made.fresh,
        "warning": made.warning,
        "tiles": [
            {
                "title": tile.title,
                "value": tile.reading.value,
                "note": tile.reading.note,
                "delta": tile.reading.delta,
                "beside": tile.reading.beside,
            }
            for tile in made.tiles
        ],
        "charts": [
            {"title": chart.title, "columns": chart.columns, "rows": chart.rows} for chart in made.charts
        ],
    }
