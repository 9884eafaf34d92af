"""The ETL page's proofs: changes waiting, reconciliation with its differences, rows in quarantine."""

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from awesome_analytics.app import schedule
from awesome_analytics.scheduler import words
from awesome_analytics.scheduler.overview import Capture, Desk
from awesome_analytics.web import shop
from awesome_analytics.web.screens import etl_parts as parts
from awesome_analytics.web.screens.etl_told import clock, step_rows

Ask = Callable[[schedule.Kind], None]

_MOST_SHOWN = 200
_MEND = {
    "dim_customer": "Correct the customer's row",
    "dim_product": "Correct the product's row",
    "dim_return": "Correct the return's row",
    "fact_sales": "Correct the order line, or the order it belongs to",
    "fact_return": "Correct the return, or the order it belongs to",
}


def changes(capture: Capture) -> None:
    """Change capture: where the watermark stands, how old the data are, what waits."""
    st.subheader("CDC Status")
    waiting = sum(capture.waiting.values())
    by_table = ", ".join(f"{table} {count:,}" for table, count in capture.waiting.items())
    lag = words.span(capture.lag) if capture.lag is not None else "no load yet"
    found = [
        parts.Tile(
            label="Last load from", value=clock(capture.as_of), note="what was committed by then is loaded"
        ),
        parts.Tile(
            label="Lag",
            value=lag,
            note="the age of what the dashboards show" if waiting else "nothing newer waits",
        ),
        parts.Tile(
            label="Changes waiting", value=f"{waiting:,}", note=by_table or "the warehouse is up to date"
        ),
        parts.Tile(
            label="Watermark",
            value=f"{capture.watermark:,}" if capture.watermark is not None else "none yet",
            note="the transaction number the next run begins at",
        ),
    ]
    st.html(parts.tiles("CDC Status", found))
    if capture.held_back_by:
        st.warning(
            f"The watermark is held back: {shop.plain(capture.held_back_by)}. Nothing is lost; "
            "until it ends, each run reads again what was written since.",
            icon=":material/hourglass_top:",
        )


def reconciliation(desk: Desk, ask: Ask) -> None:
    """Books against warehouse, row by row, on request."""
    st.subheader("Reconciliation")
    st.caption("Each run compares what it changed. This compares everything, row by row on its key.")
    wish = desk.reconcile
    busy = wish is not None and wish.open
    st.button(
        "Reconcile all now",
        key="reconcile",
        icon=":material/balance:",
        disabled=busy,
        on_click=ask,
        args=("reconcile",),
    )
    if wish is not None and (wish.open or wish.status == "FAILED"):
        _under_way(wish, desk.reconcile_progress)
    if desk.last_reconciled is not None:
        _reconciled(desk.last_reconciled)


def _under_way(wish: schedule.Request, progress: schedule.Progress | None) -> None:
    if wish.error:
        found = words.cause(wish.error)
        told = f"**{found.what}** {found.help if wish.status == 'FAILED' else 'It is tried again by itself.'}"
        st.warning(told, icon=":material/error:")
        st.caption(shop.plain(wish.error))
    elif progress is None or wish.status == "WAITING":
        st.markdown("Asked for. The scheduler starts it in a moment.")
    else:
        st.html(parts.steps(step_rows(progress, shop.now(), running=wish.status == "RUNNING")))


def _reconciled(wish: schedule.Request) -> None:
    found = wish.outcome or {}
    compared = sum(found["compared"].values())
    differences = "1 difference" if found["count"] == 1 else f"{found['count']:,} differences"
    told = (
        f"{compared:,} rows compared at {clock(wish.finished_at)}: {differences}, "
        f"{found['waiting']:,} waiting for the next run, {found['quarantined']:,} in quarantine."
    )
    if found["count"]:
        st.error(
            f"{told} **Load everything anew** (under More) puts the warehouse right.", icon=":material/error:"
        )
    else:
        st.success(told, icon=":material/verified:")
    columns = ("Side", "Sales lines", "Units", "Sales", "Profit")
    rows = [
        (
            side.capitalize(),
            f"{int(sums['lines']):,}",
            f"{int(sums['units']):,}",
            f"{Decimal(sums['sales']):,.2f}",
            f"{Decimal(sums['profit']):,.2f}",
        )
        for side, sums in sorted(found["totals"].items())
    ]
    st.html(parts.table("Totals of both sides", columns, rows, numbers=columns[1:]))
    if found["differences"]:
        rows_ = [(each["table"], each["key"], each["text"]) for each in found["differences"][:_MOST_SHOWN]]
        st.html(parts.table("Differences by key", ("Table", "Key", "Difference"), rows_))
        if found["count"] > len(rows_):
            st.caption(f"The first {len(rows_)} of {found['count']:,}; `awesome etl reconcile` lists more.")


def quarantine(desk: Desk, ask: Ask) -> None:
    """Rows the warehouse can't take, why, and another try."""
    st.subheader("Quarantine")
    if not desk.quarantine:
        st.caption("Empty: every row of the books is in the warehouse.")
        return
    st.warning(
        f"{len(desk.quarantine):,} rows of the books can't be loaded. Each is tried again in every run: "
        "mend it in the books, then try again.",
        icon=":material/block:",
    )
    rows = [
        (
            each.table_name,
            each.row_key,
            each.reason,
            _MEND.get(each.table_name, "Correct the row"),
            str(each.first_run_id),
            str(each.last_run_id),
        )
        for each in desk.quarantine[:_MOST_SHOWN]
    ]
    columns = ("Table", "Key", "Reason", "What to do", "Since run", "Last tried in run")
    st.html(parts.table("Quarantine", columns, rows))
    if len(desk.quarantine) > _MOST_SHOWN:
        st.caption(f"The first {_MOST_SHOWN}; `awesome etl quarantine` lists all.")
    st.button("Try them again now", key="retry_quarantine", on_click=ask, args=("run",))
