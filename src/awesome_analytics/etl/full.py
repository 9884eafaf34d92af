"""The full run: everything into shadow tables, published at once; the watermark travels with them."""

from collections.abc import Iterator
from typing import Any

from awesome_analytics.etl import control, history
from awesome_analytics.etl.calendar import calendar_blocks, unknown_day, years
from awesome_analytics.etl.work import Step, Work, counted, mark_source, quarantine, refusals, watermark
from awesome_analytics.warehouse import summing
from awesome_analytics.warehouse.engine import SHADOW, Blocks
from awesome_analytics.warehouse.merge import Merged
from awesome_analytics.warehouse.star import DIM_DATE, DIMENSIONS, FACTS, STAR
from awesome_analytics.warehouse.summaries import CONTROL, SUMMARIES

_SUMMARIES = tuple(summary.name for summary in SUMMARIES)

PUBLISHED = (
    *(table.name for table in STAR),
    *_SUMMARIES,
    CONTROL,
    "etl_quarantine",
    "etl_watermark",
)
"""What a full load replaces, all at once."""


def _create_shadows(work: Work) -> None:
    work.engine.create_shadows(PUBLISHED)


def _count_books(work: Work) -> None:
    work.extracted = {name: count for name, count in work.source.counts().items() if count}


def _load_members(work: Work) -> None:
    days = work.source.days()
    calendar = [unknown_day(), *(calendar_blocks(years(*days)) if days else ())]
    loaded = work.engine.load(DIM_DATE.name + SHADOW, DIM_DATE.names, calendar)
    work.merged[DIM_DATE.name] = Merged(inserted=loaded - 1)
    for table in DIMENSIONS.values():
        _load(work, table.name, table.names, work.source.whole(table), first=_unknown_member(table))


def _load_facts(work: Work) -> None:
    for table in FACTS:
        _load(work, table.name, table.names, work.source.whole(table))


def _index_shadows(work: Work) -> None:
    work.engine.index_shadows([name for name in PUBLISHED if name not in _SUMMARIES])


def _summarise(work: Work) -> None:
    work.merged |= summing.build(work.engine)
    work.engine.index_shadows(_SUMMARIES)
    summing.note_orders_of_several_days(work.engine, work.source.orders_of_several_days(), suffix=SHADOW)


def _load(work: Work, name: str, columns: tuple[str, ...], blocks: Blocks, *, first: bytes = b"") -> None:
    def all_blocks() -> Iterator[bytes]:
        if first:
            yield first
        yield from counted(work, name, blocks)

    loaded = work.engine.load(name + SHADOW, columns, all_blocks())
    work.arrived[name] = loaded - bool(first)
    work.merged[name] = Merged(inserted=work.arrived[name])


def _unknown_member(table: Any) -> bytes:
    cells = ["0", "", *["Unknown"] * (len(table.columns) - 2)]
    return ("\t".join(cells) + "\n").encode()


def _reconcile_whole(work: Work) -> None:
    loaded = control.check_totals(work.source, work.engine, work.refused)
    work.records = control.count_changed(work.engine, loaded)


def _publish(work: Work) -> None:
    history.write_watermark(work.engine, watermark(work), shadow=True)
    work.engine.publish(PUBLISHED)


FULL: tuple[tuple[str, str, Step], ...] = (
    ("extract", "Count the books", _count_books),
    ("shadow", "Create the shadow tables", _create_shadows),
    ("members", "Load the dimensions", _load_members),
    ("facts", "Load the facts", _load_facts),
    ("refuse", "Set aside what can't be loaded", refusals),
    ("index", "Build the indexes", _index_shadows),
    ("summarise", "Build the summaries", _summarise),
    ("quarantine", "Write the quarantine", quarantine),
    ("reconcile", "Reconcile all", _reconcile_whole),
    ("mark", "Mark the books", mark_source),
    ("publish", "Publish all tables at once", _publish),
)
