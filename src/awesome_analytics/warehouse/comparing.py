"""Compare each summary with the GROUP BY of its facts, cell by cell."""

from dataclasses import dataclass
from typing import Any

from awesome_analytics.warehouse.engine import Engine, equal, listed
from awesome_analytics.warehouse.star import FACT_SALES
from awesome_analytics.warehouse.summaries import CONTROL, Summary
from awesome_analytics.warehouse.summing import block, sum_facts


@dataclass(frozen=True, kw_only=True)
class CellDifference:
    """A cell that is not what its facts are; None is a cell that is not there."""

    summary: Summary
    facts: tuple[Any, ...] | None
    kept: tuple[Any, ...] | None

    @property
    def text(self) -> str:
        """The difference in a sentence."""
        row = self.facts or self.kept
        assert row is not None
        cell = f"{self.summary.name} {'/'.join(str(part) for part in row[: len(self.summary.key)])}"
        if self.facts is None:
            return f"{cell}: in the summary, not in the facts"
        if self.kept is None:
            return f"{cell}: in the facts, not in the summary"
        told = [
            f"{name} is {right} in the facts and {wrong} in the summary"
            for name, right, wrong in zip(self.summary.names, self.facts, self.kept, strict=True)
            if right != wrong
        ]
        return f"{cell}: {'; '.join(told)}"


def orders_unnoted(engine: Engine) -> str | None:
    """What `agg_control` conceals; None where it notes as many orders of several days as there are."""
    stand, noted = engine.query(block("orders_of_several_days", control=CONTROL, sales=FACT_SALES.name))[0]
    if stand <= noted:
        return None
    return f"{CONTROL}: {stand} orders with lines of several days in the facts, {noted} noted"


def differences(engine: Engine, summary: Summary, *, most: int) -> tuple[int, list[CellDifference]]:
    """How many cells differ from the GROUP BY of the facts, and the first of them, by key.

    A coarser summary is compared with the facts too, not with the finer one it came from.
    """
    expected = f"expected_{summary.name}"
    engine.create_stage(expected, summary.columns, key=summary.key)
    sum_facts(engine, summary, expected, suffix="")
    parts = {"target": summary.name, "expected": expected, "on": equal("t", "s", summary.key)}
    parts |= {"first_key": summary.key[0], "limit": str(most)}
    kept, facts = listed(summary.names, of="t"), listed(summary.names, of="s")
    same = engine.same("t", "s", summary.names)
    wrong = engine.query(
        block(
            "cells_wrong",
            **parts,
            columns=f"{kept}, {facts}",
            same=same,
            ordered=listed(summary.key, of="t"),
        )
    )
    missing = engine.query(
        block("cells_missing", **parts, columns=facts, ordered=listed(summary.key, of="s"))
    )
    width = len(summary.names)
    found = [
        CellDifference(
            summary=summary,
            kept=row[1 : 1 + width],
            facts=row[1 + width :] if row[1 + width] is not None else None,
        )
        for row in wrong
    ]
    found += [CellDifference(summary=summary, kept=None, facts=row[1:]) for row in missing]
    return sum(int(rows[0][0]) for rows in (wrong, missing) if rows), found[:most]
