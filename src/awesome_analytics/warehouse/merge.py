"""Bring staged rows into the star: what is new, what differs, and what is gone from its scope."""

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
    values = [name for name in columns if name not in table.key]
    on = equal("t", "s", table.key)
    deleted = engine.execute(
        engine.statement(
            "delete_gone",
            target=table.name,
            stage=stage,
            scope=scope_name(table),
            scope_column=table.scope,
            on=on,
            first_key=table.key[0],
        )
    )
    updated = engine.execute(
        engine.statement(
            "update_changed",
            target=table.name,
            stage=stage,
            assignments=", ".join(engine.statement("assignment", column=name) for name in values),
            on=on,
            same=engine.same("t", "s", values),
        )
    )
    inserted = engine.execute(
        engine.statement(
            "insert_members",
            target=table.name,
            stage=stage,
            surrogate=table.surrogate,
            columns=listed(columns),
            staged=listed(columns, of="s"),
            ordered=listed(table.key, of="s"),
            on=on,
        )
    )
    return Merged(inserted=inserted, updated=updated, deleted=deleted)


def merge_facts(engine: Engine, table: Table) -> Merged:
    """Merge a fact table from its stage; the dimensions must be merged before."""
    resolved = resolve(engine, table)
    on = equal("t", "s", table.key)
    values = [name for name in table.names if name not in table.key]
    same = engine.same("t", "s", values)
    shared = {"target": table.name, "resolved": resolved, "on": on, "first_key": table.key[0]}
    updated = int(engine.query(engine.statement("count_updated", same=same, **shared))[0][0])
    removed = engine.execute(
        engine.statement(
            "delete_changed", same=same, scope=scope_name(table), scope_column=table.scope, **shared
        )
    )
    inserted = engine.execute(
        engine.statement(
            "insert_missing", columns=listed(table.names), staged=listed(table.names, of="s"), **shared
        )
    )
    return Merged(inserted=inserted - updated, updated=updated, deleted=removed - updated)


def resolve(engine: Engine, table: Table) -> str:
    """Put the staged rows into the table's final columns, natural keys exchanged for surrogate ones."""
    name = f"new_{table.name}"
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
    return name


def _join(dimension: Table) -> str:
    return f"left join {dimension.name} on {equal(dimension.name, 's', dimension.key)}"


def _resolved(column: Column) -> str:
    if column.finds is None:
        return f"s.{column.name}"
    surrogate = DIMENSIONS[column.finds].surrogate
    return f"coalesce({column.finds}.{surrogate}, {UNKNOWN_KEY})"
