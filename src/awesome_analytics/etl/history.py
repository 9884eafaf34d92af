"""What the warehouse remembers of its runs: the log, the watermark, the rows in quarantine."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from awesome_analytics.core.sql import blocks
from awesome_analytics.etl.source import Position, Retry
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.star import LONGEST_ID, Table
from awesome_analytics.warehouse.summaries import VERSION


def block(name: str) -> LiteralString:
    """A named statement of `history.sql`."""
    return blocks(__package__, "history.sql")[name]


_LONGEST_ROW_KEY = 160
_KILLED = "the run was killed before it finished; nothing of it stayed"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run did. It travels with the watermark, so that a log row lost to a kill can be mended.

    `rows` holds for each table of the star how many rows were inserted, updated and deleted, under
    `extracted` how many rows of the books had changed, and under `quarantined` how many were refused.
    """

    mode: str
    reason: str | None
    records: int
    rows: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """How far the books are durably in the warehouse, and which books they are.

    `summaries` is the version of the summary tables that stand with it; 0 before they were ever built.
    """

    warehouse_id: str
    run_id: int
    watermark: int
    as_of: datetime
    system_identifier: str
    timeline: int
    database_oid: int
    epoch: str
    outcome: "Outcome"
    summaries: int = VERSION

    @classmethod
    def after(cls, position: Position, *, warehouse_id: str, run_id: int, outcome: "Outcome") -> "Watermark":
        """The watermark that a run at this position leaves."""
        return cls(
            warehouse_id=warehouse_id,
            run_id=run_id,
            outcome=outcome,
            watermark=position.watermark,
            as_of=position.as_of,
            system_identifier=position.system_identifier,
            timeline=position.timeline,
            database_oid=position.database_oid,
            epoch=position.epoch,
        )

    def mismatch(self, position: Position, mark: int | None) -> str | None:
        """Why the source can't be the one this watermark speaks of, in words; None when it is.

        A run writes its mark into the source before it commits in the warehouse, so a mark below the
        watermark's run means that the source went back in time.
        """
        for what, mine, its in (
            ("another server", self.system_identifier, position.system_identifier),
            ("another timeline of the server", self.timeline, position.timeline),
            ("another database", self.database_oid, position.database_oid),
            ("a restored copy", self.epoch, position.epoch),
        ):
            if mine != its:
                return f"the books are {what} (it was {mine}, it is {its})"
        if self.watermark > position.horizon:
            return (
                f"the watermark {self.watermark} is ahead of the source, which stands at {position.horizon}"
            )
        if mark is None or mark < self.run_id:
            return f"the books went back to before run {self.run_id} (their own mark is {mark or 'none'})"
        return None

    @property
    def summaries_lack(self) -> str | None:
        """Why the summary tables must be built anew, in words; None when they stand as they are declared."""
        stand = f"are of version {self.summaries}" if self.summaries else "were never built"
        return (
            None if self.summaries == VERSION else f"the summary tables {stand}; version {VERSION} is wanted"
        )


@dataclass(frozen=True, kw_only=True)
class Run:
    """A row of the log."""

    run_id: int
    etl_run_time: datetime
    status: str
    records_processed: int
    mode: str
    reason: str | None
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    watermark: int | None
    rows_by_table: Mapping[str, Any]
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A row of the books that the warehouse can't take, with the reason."""

    table_name: str
    row_key: str
    scope: str
    reason: str
    row_json: str
    first_run_id: int
    last_run_id: int


def read_watermark(engine: Engine) -> Watermark | None:
    """The warehouse's watermark; None before the first run."""
    rows = engine.query(block("watermark"))
    if not rows:
        return None
    row = rows[0]
    return Watermark(
        warehouse_id=row[0],
        run_id=int(row[1]),
        watermark=int(row[2]),
        as_of=_utc(row[3]),
        system_identifier=row[4],
        timeline=int(row[5]),
        database_oid=int(row[6]),
        epoch=row[7],
        outcome=Outcome(**json.loads(row[8])),
        summaries=int(row[9]),
    )


def write_watermark(engine: Engine, watermark: Watermark, *, shadow: bool) -> None:
    """Move the watermark, in the running transaction; or put it with the tables not yet published."""
    if not shadow:
        engine.execute(block("delete_watermark"))
    outcome = json.dumps(vars(watermark.outcome))
    values = {**vars(watermark), "as_of": _naive(watermark.as_of), "outcome": outcome}
    engine.execute(block("insert_shadow_watermark" if shadow else "insert_watermark"), values)


def new_warehouse_id() -> str:
    """A name for a warehouse that was never loaded, by which the books know its mark."""
    return str(uuid.uuid4())


def begin_run(engine: Engine, *, mode: str, now: datetime) -> int:
    """Write the RUNNING row; returns the run's id. Only the holder of the lock comes here."""
    run_id = int(engine.query(block("newest_run"))[0][0]) + 1
    engine.execute(block("begin_run"), {"run_id": run_id, "mode": mode, "now": _naive(now)})
    return run_id


def finish_run(engine: Engine, watermark: Watermark, *, now: datetime) -> None:
    """Write SUCCESS and the outcome over the RUNNING row."""
    outcome = watermark.outcome
    engine.execute(
        block("finish_run"),
        {
            "run_id": watermark.run_id,
            "records": outcome.records,
            "mode": outcome.mode,
            "reason": outcome.reason,
            "now": _naive(now),
            "as_of": _naive(watermark.as_of),
            "watermark": watermark.watermark,
            "rows": json.dumps(outcome.rows),
        },
    )


def fail_run(engine: Engine, run_id: int, *, error: str, now: datetime) -> None:
    """Write FAILED over the RUNNING row."""
    engine.execute(block("fail_run"), {"run_id": run_id, "error": error, "now": _naive(now)})


def settle_run(engine: Engine, run_id: int, *, error: str, now: datetime) -> bool:
    """Write how a run ended that could not say so itself; True when it had published all the same.

    A run that published by rename is a success whatever came after: its watermark stands.
    """
    standing = read_watermark(engine)
    if standing is not None and standing.run_id == run_id:
        finish_run(engine, standing, now=now)
        return True
    fail_run(engine, run_id, error=error, now=now)
    return False


def mend_log(engine: Engine, *, now: datetime) -> list[int]:
    """Settle RUNNING rows whose run is no more; returns their ids."""
    unfinished = [int(row[0]) for row in engine.query(block("unfinished_runs"))]
    for run_id in unfinished:
        settle_run(engine, run_id, error=_KILLED, now=now)
    return unfinished


def runs(engine: Engine, *, limit: int) -> list[Run]:
    """The newest runs, newest first."""
    return [run_of(row) for row in engine.query(block("runs"), {"limit": limit})]


def successes(engine: Engine) -> int:
    """How many runs succeeded."""
    return int(engine.query(block("successes"))[0][0])


def quarantined(engine: Engine) -> list[Refused]:
    """The rows in quarantine."""
    names = ("table_name", "row_key", "scope", "reason", "row_json", "first_run_id", "last_run_id")
    return [Refused(**dict(zip(names, row, strict=True))) for row in engine.query(block("quarantined"))]


def retry(engine: Engine) -> Retry:
    """The keys in quarantine, by the kind of key, and the orders whose member was not known."""
    keys: dict[str, list[str]] = {}
    for table, scope in engine.query(block("quarantine_keys")):
        keys.setdefault(table, []).append(scope)
    return Retry(
        customers=tuple(keys.get("dim_customer", ())),
        products=tuple(keys.get("dim_product", ())),
        returns=tuple(keys.get("dim_return", ())),
        orders=(
            *keys.get("fact_sales", ()),
            *keys.get("fact_return", ()),
            *(str(row[0]) for row in engine.query(block("orders_of_unknown_members"))),
        ),
    )


def write_quarantine(
    engine: Engine,
    refused: Mapping[Table, Sequence[tuple[str, str, str, str]]],
    *,
    run_id: int,
    shadow: bool,
) -> int:
    """Replace the quarantine by what this run refused; every quarantined row was tried again in it."""
    firsts = {(table, key): first for table, key, first in engine.query(block("quarantine_firsts"))}
    if not shadow:
        engine.execute(block("clear_quarantine"))
    insert = block("insert_shadow_quarantine" if shadow else "insert_quarantine")
    for table, rows in refused.items():
        for key, scope, reason, row in rows:
            key = key[:_LONGEST_ROW_KEY]
            values = {"table_name": table.name, "row_key": key, "scope": scope[:LONGEST_ID], "reason": reason}
            first = firsts.get((table.name, key), run_id)
            engine.execute(insert, values | {"row_json": row, "first_run_id": first, "last_run_id": run_id})
    return sum(map(len, refused.values()))


def run_of(row: Sequence[Any]) -> Run:
    """A row of the log as its statements select it."""
    return Run(
        run_id=int(row[0]),
        etl_run_time=_utc(row[1]),
        status=row[2],
        records_processed=int(row[3]),
        mode=row[4],
        reason=row[5],
        started_at=_utc(row[6]),
        finished_at=_utc(row[7]) if row[7] else None,
        as_of=_utc(row[8]) if row[8] else None,
        watermark=int(row[9]) if row[9] is not None else None,
        rows_by_table=json.loads(row[10]) if row[10] else {},
        error=row[11],
    )


def _naive(moment: datetime) -> datetime:
    """The warehouse keeps UTC without saying so: MySQL has no type that says it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
