"""`awesome etl`: the pipeline from the books to the warehouse."""

import signal
import threading
from datetime import datetime
from typing import Any

import click

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli.context import Context, command
from awesome_analytics.cli.watching import TerminalWatcher
from awesome_analytics.etl import following, history, pipeline, reconcile, status
from awesome_analytics.etl.runner import Ends, opened
from awesome_analytics.scheduler import work


@click.group()
def etl() -> None:
    """Run and watch the pipeline from the books to the warehouse."""


def ends(context: Context, shop: Shop) -> Ends:
    """Both ends of the shop's pipeline."""
    return Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=context.now)


@click.option("--full", is_flag=True, help="Load everything anew, not only what changed.")
def run(context: Context, *, full: bool) -> None:
    """Bring the warehouse up to the books; prints each step with its rows and seconds."""
    with context.shop() as shop:
        done = pipeline.run(ends(context, shop), full=full, watch=TerminalWatcher(context.err))
        context.answer(run_data(done), text=lambda: run_text(done))


@click.option("--every", type=click.FloatRange(0.1, 3600), default=1.0, show_default=True, help="Seconds.")
def watch(context: Context, *, every: float) -> None:
    """Keep the warehouse seconds-fresh until stopped with Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with context.shop() as shop:
        context.note(f"Looking for changes every {every:g} s. Ctrl-C stops.")
        following.follow(
            ends(context, shop),
            every=every,
            pause=lambda seconds: not stop.wait(seconds),
            on_run=lambda done: context.answer(run_data(done), text=lambda: run_line(done)),
            on_trouble=lambda text: context.note(f"{text}; trying again"),
        )


def show_status(context: Context) -> None:
    """How the pipeline stands: last run, changes waiting, lag, quarantine."""
    with context.shop() as shop:
        found = status.status(ends(context, shop))
        context.answer(_status_data(found), text=lambda: _status_text(found))


@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many runs.")
def show_history(context: Context, *, limit: int) -> None:
    """The newest runs with duration, rows and errors."""
    with context.shop() as shop, opened(ends(context, shop)) as engine:
        runs = history.runs(engine, limit=limit)
        context.table(
            ("run_id", "etl_run_time", "status", "records_processed", "mode", "seconds", "told"),
            [_history_row(each) for each in runs],
            empty="No run yet: `awesome etl run` makes the first.",
        )


def show_reconcile(context: Context) -> None:
    """Compare books and warehouse row by row; exits with 1 when they differ."""
    began = context.now()
    with context.shop() as shop:
        bar = TerminalWatcher(context.err)
        bar.step("reconcile", "Compare books and warehouse")
        found = reconcile.reconcile(
            ends(context, shop), progress=lambda table, rows: bar.rows(table, rows, None)
        )
        bar.step("end", "")
        # The page, the metrics and the alerts go by the newest comparison, whoever made it.
        with shop.app() as connection:
            schedule.record(
                connection,
                "reconcile",
                work.reconciled(found),
                asked_by=context.actor,
                began=began,
                now=context.now(),
            )
        context.answer(_reconcile_data(found), text=lambda: _reconcile_text(found))
    if not found.agrees:
        raise click.exceptions.Exit(1)


def quarantine(context: Context) -> None:
    """Rows of the books that the warehouse can't take, with the reason."""
    with context.shop() as shop, opened(ends(context, shop)) as engine:
        rows = history.quarantined(engine)
        context.table(
            ("table_name", "row_key", "reason", "first_run_id", "last_run_id"),
            [(r.table_name, r.row_key, r.reason, r.first_run_id, r.last_run_id) for r in rows],
            empty="The quarantine is empty: every row of the books is in the warehouse.",
        )


command(etl, "run")(run)
command(etl, "watch")(watch)
command(etl, "status")(show_status)
command(etl, "history")(show_history)
command(etl, "reconcile")(show_reconcile)
command(etl, "quarantine")(quarantine)


# ---------------------------------------------------------------- what they say


def run_data(done: history.Watermark) -> dict[str, Any]:
    """A finished run as JSON."""
    return {
        "run_id": done.run_id,
        "status": "SUCCESS",
        "records_processed": done.outcome.records,
        "mode": done.outcome.mode,
        "reason": done.outcome.reason,
        "as_of": done.as_of,
        "watermark": done.watermark,
        "rows": dict(done.outcome.rows),
    }


def run_line(done: history.Watermark) -> str:
    """A finished run in a line."""
    outcome = done.outcome
    why = f", {outcome.reason}" if outcome.reason else ""
    held = outcome.rows["quarantined"]
    told = f"; {held} rows in quarantine" if held else ""
    return (
        f"Run {done.run_id} SUCCESS ({outcome.mode}{why}): {outcome.records:,} sales lines processed, "
        f"as of {_moment(done.as_of)}{told}"
    )


def run_text(done: history.Watermark) -> str:
    """A finished run with what it read and wrote."""
    rows = done.outcome.rows
    read = ", ".join(f"{count:,} {table}" for table, count in rows["extracted"].items())
    wrote = ", ".join(
        f"{table} {_changes(merged)}" for table, merged in rows.items() if table.startswith(("dim_", "fact_"))
    )
    return f"{run_line(done)}\n  read:  {read or 'nothing changed'}\n  wrote: {wrote}"


def _changes(merged: dict[str, int]) -> str:
    signs = (("+", merged["inserted"]), ("~", merged["updated"]), ("-", merged["deleted"]))
    return " ".join(f"{sign}{count:,}" for sign, count in signs if count) or "="


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def _history_row(each: history.Run) -> tuple[Any, ...]:
    seconds = round(each.seconds, 3) if each.seconds is not None else None
    told = each.error or each.reason
    return (
        each.run_id,
        _moment(each.etl_run_time),
        each.status,
        each.records_processed,
        each.mode,
        seconds,
        told,
    )


def _status_data(found: status.Status) -> dict[str, Any]:
    data = dict(vars(found))
    data["last_run"] = dict(vars(found.last_run)) if found.last_run else None
    return data


def _status_text(found: status.Status) -> str:
    last = found.last_run
    waiting = ", ".join(f"{count:,} {table}" for table, count in found.waiting.items())
    lag = f" ({found.lag_seconds:,.0f} s ago)" if found.lag_seconds is not None else ""
    lines = [
        f"Pipeline status:  {found.state}",
        f"Successful runs:  {found.successful_runs}",
        f"Last run:         {_run_line(last)}",
        f"Data as of:       {_moment(found.as_of)}{lag}",
        f"Changes waiting:  {waiting or 'none'}",
        f"Quarantine:       {found.quarantined} rows",
    ]
    if last and last.error:
        lines.append(f"Last error:       {last.error}")
    if found.held_back_by:
        lines.append(f"Held back:        {found.held_back_by}")
    if found.state == "never run":
        lines.append("Next: `awesome etl run` makes the first load.")
    return "\n".join(lines)


def _run_line(last: history.Run | None) -> str:
    return f"{last.run_id}, {last.status}, {_moment(last.etl_run_time)}" if last else "none"


def _reconcile_data(found: reconcile.Reconciliation) -> dict[str, Any]:
    data = dict(vars(found))
    data["differences"] = [{**vars(each), "text": each.text} for each in found.differences]
    return data


def _reconcile_text(found: reconcile.Reconciliation) -> str:
    lines = [f"Reconciled as of {_moment(found.as_of)} (run {found.run_id})"]
    for side, sums in found.totals.items():
        lines.append(
            f"  {side:<10} {sums['lines']:>10,} lines {sums['units']:>10,} units   "
            f"sales {sums['sales']:>18,.2f}   profit {sums['profit']:>18,.2f}"
        )
    lines.append("  compared   " + ", ".join(f"{rows:,} {table}" for table, rows in found.compared.items()))
    lines.append(f"  {found.count} differences, {found.waiting} waiting, {found.quarantined} in quarantine")
    lines += [f"  ! {each.text}" for each in found.differences[:20]]
    wrong = sum(found.wrong_cells.values())
    lines.append(
        f"  {wrong:,} cells of the summary tables differ from their facts"
        + ("; `awesome etl run --full` builds them anew" if wrong else "")
    )
    lines += [f"  ! {each}" for each in found.cells[:20]]
    return "\n".join(lines)
