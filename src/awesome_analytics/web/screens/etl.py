"""ETL Management: how the pipeline stands, Run ETL Now, its history, changes, reconciliation, quarantine."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from awesome_analytics.app import people, roles, schedule
from awesome_analytics.scheduler import overview, words
from awesome_analytics.scheduler.overview import Capture, Desk, Log
from awesome_analytics.web import shop
from awesome_analytics.web.access import asked, enter, guard
from awesome_analytics.web.screens import etl_parts as parts
from awesome_analytics.web.screens import etl_proof as proof
from awesome_analytics.web.screens.etl_parts import Tile
from awesome_analytics.web.screens.etl_told import clock, history_rows, step_rows

_EVERY = 2.0
_CAUSES = {"schedule": "started by the schedule", "missed": "making up for a run that was missed"}
_SHOWN_AFTER = timedelta(minutes=2)
"""How long a wish that was done stays on the page with its steps."""


def show() -> None:
    """Draw the page."""
    enter(roles.STORE_MANAGER)
    st.html(parts.STYLE)
    st.title("ETL Pipeline Management")
    _live()


@st.fragment(run_every=_EVERY)
def _live() -> None:
    """All of it, drawn again every two seconds: what runs is followed, and the countdown goes on."""
    guard(roles.STORE_MANAGER)
    desk, log, capture = _desk(), _log(), None
    if log is not None:
        capture = _capture(log)
    _overview(desk, log, capture)
    if desk is not None:
        _run_now(desk)
    if log is not None:
        _history(log)
    if capture is not None:
        proof.changes(capture)
    if desk is not None:
        proof.reconciliation(desk, ask)
        proof.quarantine(desk, ask)


def _desk() -> Desk | None:
    with shop.told(), shop.app() as connection:
        return overview.desk(connection, now=shop.now())
    return None


def _log() -> Log | None:
    limit = st.session_state.get("etl_history", 10)
    with shop.told(), shop.reader() as engine:
        return overview.log(engine, limit=limit)
    return None


def _capture(log: Log) -> Capture | None:
    with shop.told(), shop.source() as connection:
        return overview.capture(connection, log.standing, now=shop.now())
    return None


def ask(kind: schedule.Kind) -> None:
    """Ask the scheduler; the page itself never runs anything."""
    visitor = asked(roles.STORE_MANAGER, tell=shop.toast)
    if visitor is None:
        return
    with shop.told(), shop.app() as connection:
        now = shop.now()
        request = schedule.ask(connection, kind, asked_by=visitor.username, now=now)
        detail = {"kind": kind, "request": request}
        people.note(connection, now=now, actor=visitor.username, what="pipeline asked", detail=detail)


# ---------------------------------------------------------------- overview


def _overview(desk: Desk | None, log: Log | None, capture: Capture | None) -> None:
    st.subheader("Overview")
    last = log.runs[0] if log and log.runs else None
    found = [
        _status(desk, log, capture),
        Tile(label="Successful Runs", value=f"{log.successes:,}" if log else "unknown"),
        Tile(
            label="Last Run",
            value=clock(last.etl_run_time) if last else "none yet",
            note=f"run {last.run_id}, {last.status}" if last else "",
        ),
        _next_run(desk),
    ]
    st.html(parts.tiles("Overview", found))
    st.caption(f"Times are the shop's own: {shop.plain(shop.settings().timezone.key)}.")
    if desk is not None:
        _scheduler_told(desk)
    with st.expander("How ETL works", expanded=not (log and log.successes > 1)):
        _how_it_works()


def _status(desk: Desk | None, log: Log | None, capture: Capture | None) -> Tile:
    def tile(mood: parts.Mood, value: str, note: str) -> Tile:
        return Tile(label="Pipeline Status", value=value, note=note, mood=mood)

    if (capture and capture.running) or (desk and desk.run and desk.run.status == "RUNNING"):
        return tile("busy", "Running", "a run is under way")
    if desk is None or log is None:
        return tile("bad", "Unknown", "a database can't be reached")
    if desk.run and desk.run.status == "WAITING" and desk.run.error:
        return tile("bad", "Waiting", "the last attempt failed; it is tried again")
    if not log.runs:
        return tile("", "Never run", "Run ETL Now makes the first load")
    if log.runs[0].status == "FAILED":
        return tile("bad", "Failed", "the cause stands in the history")
    return tile("good", "Ready", f"data as of {clock(log.standing.as_of)}" if log.standing else "")


def _next_run(desk: Desk | None) -> Tile:
    if desk is None:
        return Tile(label="Next Run", value="unknown")
    if desk.plan is None or desk.plan.next_due is None:
        return Tile(label="Next Run", value="by hand", note="no schedule is set")
    left = desk.plan.next_due - shop.now()
    note = f"in {words.span(left)}" if left > timedelta() else "due now"
    return Tile(label="Next Run", value=clock(desk.plan.next_due), note=note)


def _scheduler_told(desk: Desk) -> None:
    if not desk.alive:
        seen = f" It was last seen at {clock(desk.heartbeat.beat_at)}." if desk.heartbeat else ""
        st.warning(
            f"The scheduler is not running.{seen} What you ask for starts as soon as it is back; "
            "`awesome up` starts it.",
            icon=":material/schedule:",
        )
    elif desk.heartbeat and desk.heartbeat.trouble:
        st.warning(
            f"The scheduler reports: {shop.plain(desk.heartbeat.trouble)}", icon=":material/cloud_off:"
        )


def _how_it_works() -> None:
    warehouse = overview.warehouse_name(shop.settings())
    st.html(parts.journey(warehouse))
    st.markdown(
        "1. **EXTRACT**: reads the changed records from the PostgreSQL OLTP database, in one snapshot. "
        "Change capture goes by the transaction that wrote each row (beside `TBL_LAST_DT`), so no late "
        "commit is missed.\n"
        "2. **TRANSFORM**: denormalises the data to a star schema: facts of sales and returns around "
        "customers, products, returns and dates.\n"
        f"3. **LOAD**: merges it into the {warehouse} data warehouse. Sums are compared with the books "
        "before anything is committed; readers never see half a load."
    )


# ---------------------------------------------------------------- run now


def _run_now(desk: Desk) -> None:
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        st.button(
            "Run ETL Now",
            type="primary",
            key="run_etl",
            icon=":material/play_arrow:",
            disabled=desk.run is not None and desk.run.status == "RUNNING",
            on_click=ask,
            args=("run",),
            width="stretch",
        )
    with right, st.popover("More", icon=":material/more_horiz:"):
        st.markdown("Normally only what changed is loaded. This reads all of the books again.")
        st.button("Load everything anew", key="run_full", on_click=ask, args=("full",))
    if desk.run is not None:
        _wish(desk.run, desk.run_progress)


def _wish(request: schedule.Request, progress: schedule.Progress | None) -> None:
    now = shop.now()
    if not request.open and (request.finished_at is None or now - request.finished_at > _SHOWN_AFTER):
        return
    with st.container(border=True, key="etl_wish"):
        _WISHES[request.status](request, now)
        if request.status in ("RUNNING", "DONE"):
            share = overview.done_share(request, progress)
            st.progress(share, text=f"{share:.0%}")
        if progress is not None and progress.attempt == request.attempt:
            st.html(parts.steps(step_rows(progress, now, running=request.status == "RUNNING")))
            for warning in progress.warnings:
                st.caption(shop.plain(f"! {warning}"))


def _waiting(request: schedule.Request, now: datetime) -> None:
    if request.error is None:
        st.markdown("**Asked for.** The scheduler starts it in a moment.")
        return
    found = words.cause(request.error)
    left = words.span(request.not_before - now)
    st.warning(
        f"**{found.what}** It is tried again by itself in {left}; Run ETL Now tries at once.",
        icon=":material/history:",
    )
    st.caption(f"{found.help} " + shop.plain(f"Attempt {request.attempt} said: {request.error}"))


def _running(request: schedule.Request, _now: datetime) -> None:
    told = _CAUSES.get(request.cause, f"asked for by {request.asked_by}")
    st.markdown(f"**The pipeline runs**, {shop.plain(told)}.")


def _done(request: schedule.Request, _now: datetime) -> None:
    outcome = request.outcome or {}
    records = int(outcome.get("records", 0))
    lines = "sales line" if records == 1 else "sales lines"
    st.success(
        f"Run {outcome.get('run_id')} succeeded: {records:,} {lines} processed.", icon=":material/check:"
    )


def _failed(request: schedule.Request, _now: datetime) -> None:
    found = words.cause(request.error or "")
    st.error(f"**{found.what}** {found.help}", icon=":material/error:")
    st.caption(shop.plain(request.error))


_WISHES: dict[str, Callable[[schedule.Request, datetime], None]] = {
    "WAITING": _waiting,
    "RUNNING": _running,
    "DONE": _done,
    "FAILED": _failed,
}


# ---------------------------------------------------------------- history


def _history(log: Log) -> None:
    st.subheader("ETL Run History")
    if not log.runs:
        st.caption("No run yet. Run ETL Now makes the first load.")
        return
    columns = ("Run ID", "Timestamp", "Status", "Records Processed", "Mode", "Duration", "Rows by table")
    numbers = ("Records Processed", "Duration")
    st.html(parts.table("ETL Run History", columns, history_rows(log.runs), numbers=numbers))
    st.segmented_control(
        "Runs shown",
        (10, 50, 200),
        default=10,
        key="etl_history",
        required=True,
        label_visibility="collapsed",
    )
    failed = [run for run in log.runs if run.status == "FAILED"][:5]
    for run in failed:
        with st.expander(f"Run {run.run_id} failed at {clock(run.etl_run_time)}", icon=":material/error:"):
            found = words.cause(run.error or "")
            st.markdown(f"**{found.what}** {found.help}")
            st.code(run.error or "no message was left", language=None, wrap_lines=True)
            st.button("Try again", key=f"retry_{run.run_id}", on_click=ask, args=("run",))
