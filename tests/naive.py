"""The change detection that most pipelines have, to show that the proofs catch it: `changed since last run`.

Only the watermark differs: it is the time of the last run's snapshot, compared with the time each row was
stamped. Rows, tombstones, the join closure and the snapshot are the product's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, LiteralString

from awesome_analytics.etl.source import Position, Source

BY_XID = "tbl_last_xid >= %(watermark)s::text::xid8"
BY_TIME = "tbl_last_dt > timestamptz 'epoch' + %(watermark)s::text::numeric * interval '1 microsecond'"


class NaiveSource(Source):
    """Its positions are microseconds since 1970 in place of transaction ids."""

    @contextmanager
    def snapshot(self) -> Iterator[Position]:
        with super().snapshot() as position:
            now = round(position.as_of.timestamp() * 1_000_000)
            yield replace(position, watermark=now, horizon=now)

    def query(self, statement: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return super().query(statement.replace(BY_XID, BY_TIME), values)
