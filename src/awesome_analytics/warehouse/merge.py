"""Bring staged rows into the star: what is new, what differs, and what is gone from its scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from awesome_analytics.warehouse.engine import Engine, equal, listed, scope_name, stage_name
from awesome_analytics.warehouse.star import DIMENSIONS, UNKNOWN_KEY, Column, Table


@dataclass(frozen=True, kw_only=True)
class Merged:
    """How many rows a merge changed; rows that were equal already count nowhere."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        """All of them."""
        return self.inserted + self.updated + self.deleted


def merge_members(engine: Engine, table: Table) -> Merged:
    """Merge a dimension from its stage; members keep the surrogate key they have."""
    assert table.surrogate is not None
    stage = stage_name(table)
    columns = [column.name for column in table.staged]
    deleted = _delete_gone(engine, table, stage)
    updated = _update_changed(engine, table, stage, columns)
    inserted = engine.execute(
        engine.statement(
            "insert_members",
            target=table.name,
            stage=stage,
            surrogate=table.surrogate,
            columns=listed(columns),
            staged=listed(columns, of="s"),
            ordered=listed(table.key, of="s"),
            on=equal("t", "s", table.key),
        )
    )
    return Merged(inserted=inserted, updated=updated, deleted=deleted)


def merge_facts(engine: Engine, table: Table, *, in_place: bool = False) -> Merged:
    """Merge a fact table from its resolved stage; `in_place` says that no row comes or goes.

    Changed rows are updated in place: where no key of an index changes, no index is written.
    """
    resolved = resolved_name(table)
    if in_place:
        return Merged(updated=_update_changed(engine, table, resolved, table.names))
    deleted = _delete_gone(engine, table, resolved)
    updated = _update_changed(engine, table, resolved, table.names)
    inserted = engine.execute(
        engine.statement(
            "insert_missing",
            target=table.name,
            resolved=resolved,
            columns=listed(table.names),
            staged=listed(table.names, of="s"),
            on=equal("t", "s", table.key),
            first_key=table.key[0],
        )
    )
    return Merged(inserted=inserted, updated=updated, deleted=deleted)


def _delete_gone(engine: Engine, table: Table, stage: str) -> int:
    return engine.execute(
        engine.statement(
            "delete_gone",
            target=table.name,
            stage=stage,
            scope=scope_name(table),
            scope_column=table.scope,
            on=equal("t", "s", table.key),
            first_key=table.key[0],
        )
    )


def _update_changed(engine: Engine, table: Table, stage: str, columns: Sequence[str]) -> int:
    values = [name for name in columns if name not in table.key]
    return engine.execute(
        engine.statement(
            "update_changed",
            target=table.name,
            stage=stage,
            assignments=", ".join(engine.statement("assignment", column=name) for name in values),
            on=equal("t", "s", table.key),
            same=engine.same("t", "s", values),
        )
    )


def resolved_name(table: Table) -> str:
    """The temporary table that a fact's staged rows stand in with their surrogate keys."""
    return f"new_{table.name}"


def resolve(engine: Engine, table: Table) -> None:
    """Put a fact's staged rows into their final columns; the dimensions must be merged before."""
    name = resolved_name(table)
    found = [column.finds for column in table.columns if column.finds]
    engine.create_stage(name, table.columns, key=table.key)
    engine.execute(
        engine.statement(
            "resolve",
            name=name,
            stage=stage_name(table),
            columns=", ".join(_resolved(column) for column in table.columns),
            joins=" ".join(_join(DIMENSIONS[dimension]) for dimension in found),
        )
    )


def _join(dimension: Table) -> str:
    return f"left join {dimension.name} on {equal(dimension.name, 's', dimension.key)}"


def _resolved(column: Column) -> str:
    if column.finds is None:
        return f"s.{column.name}"
    surrogate = DIMENSIONS[column.finds].surrogate
    return f"coalesce({column.finds}.{surrogate}, {UNKNOWN_KEY})"
