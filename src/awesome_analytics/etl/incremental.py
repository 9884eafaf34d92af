"""The incremental run: what changed since the watermark, merged in one transaction of the warehouse."""

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import control, history
from awesome_analytics.etl.calendar import calendar_blocks
from awesome_analytics.etl.work import (
    FROM_BOOKS,
    Step,
    Work,
    counted,
    mark_source,
    quarantine,
    refusals,
    watermark,
)
from awesome_analytics.warehouse import delta, summing
from awesome_analytics.warehouse.engine import cell, scope_name, stage_name
from awesome_analytics.warehouse.merge import Merged, merge_facts, merge_members, resolve
from awesome_analytics.warehouse.star import (
    DIM_DATE,
    DIMENSIONS,
    FACT_SALES,
    LONGEST_ID,
    STAR,
    Column,
    Kind,
    Table,
)


def _fence(work: Work) -> None:
    """Two runs can't be here at once; a run that believes it holds a lost lock finds out here."""
    assert work.standing is not None
    rows = work.engine.query(history.block("watermark_for_update"))
    if not rows or int(rows[0][0]) != work.standing.run_id:
        raise PipelineError("another run moved the watermark meanwhile")


def _extract(work: Work) -> None:
    assert work.standing is not None
    retry = history.retry(work.engine)
    work.changes = work.source.changes(work.standing.watermark, retry)
    for table in DIMENSIONS.values():
        scope = work.changes.scope(table)
        work.refused[table] = work.source.refused(table, scope) if scope else []
    if any(work.refused.values()):
        # Their facts must turn to the unknown member in this run, not in the next.
        refused = {table.name: [row[1] for row in rows] for table, rows in work.refused.items()}
        work.changes = work.source.changes(work.standing.watermark, retry.with_members(refused))
    work.extracted = {name: count for name, count in work.changes.counts.items() if count}


def _stage(work: Work) -> None:
    assert work.changes is not None
    for scope, table in {table.scope: table for table in _touched(work)}.items():
        # A longer key is refused, so nothing of it can be in the star.
        keys = "".join(f"{cell(key)}\n" for key in work.changes.scope(table) if len(key) <= LONGEST_ID)
        column = Column(name=scope, kind=Kind.ID)
        work.engine.stage(scope_name(table), [column], [keys.encode()], key=[scope])
    for table in _touched(work):
        blocks = counted(work, table.name, work.source.staged(table, work.changes.scope(table)))
        staged = work.engine.stage(stage_name(table), table.staged, blocks, key=table.key)
        work.arrived[table.name] = staged


def _touched(work: Work) -> list[Table]:
    """The tables in whose scope anything changed, dimensions first."""
    assert work.changes is not None
    return [table for table in FROM_BOOKS if work.changes.scope(table)]


def _remember(work: Work) -> None:
    work.engine.execute(work.engine.statement("enter_by_key"))
    work.noting = delta.remember(work.engine, _touched(work))


def _merge(work: Work) -> None:
    work.merged = {table.name: Merged() for table in STAR}
    work.merged[DIM_DATE.name] = _extend_calendar(work)
    facts = [table for table in _touched(work) if table.is_fact]
    for table in _touched(work):
        if not table.is_fact:
            work.merged[table.name] = merge_members(work.engine, table)
    for table in facts:
        resolve(work.engine, table)
    if work.noting is delta.Noting.CHANGED:
        work.noting = delta.note_changes(work.engine)
    for table in facts:
        in_place = work.noting is delta.Noting.IN_PLACE
        work.merged[table.name] = merge_facts(work.engine, table, in_place=in_place)
    work.records = work.merged[FACT_SALES.name].changed


def _extend_calendar(work: Work) -> Merged:
    """Whole years without a gap, from the first day named to the last."""
    staged = work.engine.query(history.block("staged_days")) if work.orders else []
    named = [int(key) // 10_000 for row in staged for key in row if key]
    if not named:
        return Merged()
    held = [day.year for day in work.engine.query(history.block("calendar_ends"))[0] if day]
    missing = [
        year
        for year in range(min(named + held), max(named + held) + 1)
        if not held or not held[0] <= year <= held[1]
    ]
    return Merged(inserted=work.engine.load(DIM_DATE.name, DIM_DATE.names, calendar_blocks(missing)))


def _summarise(work: Work) -> None:
    work.merged |= delta.apply(work.engine, work.noting)
    summing.note_orders_of_several_days(work.engine, work.source.orders_of_several_days())


def _reconcile(work: Work) -> None:
    assert work.changes is not None
    if work.changes.orders:
        control.check_orders(work.source, work.engine, work.changes.orders, work.refused)


def _move_watermark(work: Work) -> None:
    history.write_watermark(work.engine, watermark(work), shadow=False)


INCREMENTAL: tuple[tuple[str, str, Step], ...] = (
    ("fence", "Hold the watermark", _fence),
    ("extract", "Find what changed", _extract),
    ("stage", "Stage the changed rows", _stage),
    ("refuse", "Set aside what can't be loaded", refusals),
    ("remember", "Remember what the touched orders were", _remember),
    ("merge", "Merge into the star", _merge),
    ("summarise", "Bring the summaries from what they were to what they are", _summarise),
    ("quarantine", "Write the quarantine", quarantine),
    ("reconcile", "Reconcile what changed", _reconcile),
    ("watermark", "Move the watermark", _move_watermark),
    ("mark", "Mark the books", mark_source),
)
