"""The semantic layer's speed: the dashboard's tiles and ad-hoc questions, beside SQL by hand and pandas."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import LiteralString

import psycopg

from awesome_analytics.bench import frames
from awesome_analytics.bench.asked import Asked, ad_hoc, tiles
from awesome_analytics.bench.figures import Figure, Report, Samples
from awesome_analytics.bench.ground import BENCH, Ground, Note
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import OperationError
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl import pipeline
from awesome_analytics.sales.sample import SamplePlan, load_sample
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.run import compile_query, run
from awesome_analytics.warehouse.engine import Engine, Row

SQL = blocks("awesome_analytics.bench", "query.sql")
SMALLER = 5
"""How many times smaller the shop is that shows whether the tiles' time is flat."""
TILE_TARGET, GROWTH_TARGET, BEST_TARGET, COMPILE_TARGET = 50.0, 1.5, 1.3, 5.0
_FIRST_DAY, _LAST_DAY, _PRODUCTS = date(2020, 1, 1), date(2024, 12, 31), 10_000
_BETWEEN: LiteralString = "where d.date_key between %(start)s and %(end)s"
_CLOSE = Decimal("0.0001")


def measure(ground: Ground, *, lines: int, rounds: int, peers: bool) -> Report:
    """All figures; `peers` False leaves pandas out."""
    smaller = max(lines // SMALLER, 10)
    small_tiles = _measured(_loaded(ground, smaller), tiles(), rounds, ground.note)
    shop = _loaded(ground, lines)
    samples = _measured(shop, (*tiles(), *ad_hoc()), rounds, ground.note)
    pandas = _pandas(shop, rounds, ground.note) if peers else frames.Frames.none()
    return Report(
        what="query",
        setting={
            "lines": lines,
            "rounds": rounds,
            "products": _products(lines),
            "warehouse": shop.olap.scheme,
        },
        figures=(
            *_tile_figures(samples),
            _growth(samples, small_tiles, smaller),
            *_ad_hoc_figures(samples),
            _compile_figure(samples),
            *_rival_figures(samples, pandas),
        ),
        notes=(*_NOTES, *pandas.notes),
    )


_NOTES = (
    "Medians in milliseconds, each answer compared with the hand-written ones. Ours is the whole of it: "
    "compiling, running, the moment it is true of, the rows as Decimals and dates.",
)


# ---------------------------------------------------------------- the shop


def _loaded(ground: Ground, lines: int) -> Shop:
    """A shop of five years with its warehouse loaded."""
    ground.note(f"Filling a shop with {lines:,} lines and loading its warehouse")
    shop = ground.empty_shop(f"query_{lines}")
    plan = SamplePlan(first_day=_FIRST_DAY, last_day=_LAST_DAY, lines=lines, products=_products(lines))
    with shop.entry() as connection:
        load_sample(connection, plan)
    with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as admin:
        admin.execute(BENCH["settle"])
    ends = pipeline.Ends(
        open_source=shop.source, open_warehouse=shop.warehouse, now=lambda: datetime.now(UTC)
    )
    pipeline.run(ends, full=True)
    return shop


def _products(lines: int) -> int:
    return min(_PRODUCTS, max(lines // 50, 60))


@dataclass(frozen=True, kw_only=True)
class _Calendar:
    """The days that the questions are about: today is the last day on which something was sold."""

    today: date

    def values(self) -> dict[str, int]:
        """Date keys, by the names that the hand-written SQL has for them."""
        back = {"end": 0, "yesterday": 1, "before": 2, "start": 29}
        return {name: int(f"{self.today - timedelta(days=days):%Y%m%d}") for name, days in back.items()}


def _calendar(reader: Engine) -> _Calendar:
    key = reader.query(SQL["last_day"])[0][0]
    return _Calendar(today=datetime.strptime(str(key), "%Y%m%d").replace(tzinfo=UTC).date())


# ---------------------------------------------------------------- measuring


def _measured(shop: Shop, questions: Sequence[Asked], rounds: int, note: Note) -> Samples:
    """Milliseconds of each question's ways, in turn; a first round that nobody counts warms the server."""
    samples = Samples()
    with closing(shop.reader()) as reader:
        calendar = _calendar(reader)
        for asked in questions:
            note(f"{shop.olap.scheme}: {asked.name}")
            ways = _ways(reader, asked, calendar)
            _same(asked, {name: ask() for name, ask in ways.items()})
            for _ in range(rounds):
                for name, ask in ways.items():
                    samples.add(_key(asked, name), _milliseconds(ask))
                samples.add("compile", _milliseconds(lambda: _compiled(reader, asked, calendar)))  # noqa: B023
    return samples


def _ways(reader: Engine, asked: Asked, calendar: _Calendar) -> dict[str, Callable[[], Sequence[Row]]]:
    """Every way there is to answer: ours, and each block that is written."""
    values = calendar.values()

    def ours() -> Sequence[Row]:
        return run(reader, asked.query, builtin_catalog(), today=calendar.today).rows

    def by_hand(sql: LiteralString) -> Callable[[], Sequence[Row]]:
        return lambda: reader.query(sql, values)

    made: dict[str, Callable[[], Sequence[Row]]] = {"ours": ours}
    days: LiteralString = _BETWEEN if asked.stretch == "last 30 days" else ""
    for way in ("naive", "best"):
        name = f"{way}_{asked.block}"
        block = SQL.get(f"{name}_{reader.name}") or SQL.get(name)
        if block is not None:
            made[way] = by_hand(block.format(days=days) if "{days}" in block else block)
    return made


def _compiled(reader: Engine, asked: Asked, calendar: _Calendar) -> None:
    compile_query(asked.query, builtin_catalog(), engine=reader.name, today=calendar.today)


def _key(asked: Asked, way: str) -> str:
    return f"{asked.name} | {way}"


def _milliseconds(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def _same(asked: Asked, answers: Mapping[str, Sequence[Row]]) -> None:
    """A fast answer counts only if it is the same."""
    figures = {way: sorted(Decimal(row[-1] or 0) for row in rows) for way, rows in answers.items()}
    ours = figures["ours"]
    for way, theirs in figures.items():
        near = len(ours) == len(theirs) and all(
            abs(a - b) <= _CLOSE for a, b in zip(ours, theirs, strict=True)
        )
        if not near:
            raise OperationError(f"{asked.name}: ours and the {way} SQL differ: {ours[:3]} and {theirs[:3]}")


def _pandas(shop: Shop, rounds: int, note: Note) -> frames.Frames:
    with closing(shop.reader()) as reader:
        values = _calendar(reader).values()
    return frames.measure(shop, values, rounds=rounds, note=note)


# ---------------------------------------------------------------- figures


def _tile_figures(samples: Samples) -> tuple[Figure, ...]:
    return tuple(_tile(asked, samples) for asked in tiles())


def _tile(asked: Asked, samples: Samples) -> Figure:
    ours = samples.median(_key(asked, "ours"))
    naive = samples.median(_key(asked, "naive"))
    return Figure(
        name=f"tile: {asked.name}",
        unit="ms",
        ours=ours,
        against="naive SQL, joined first",
        theirs=naive,
        ratio=naive / ours,
        target=f"<= {TILE_TARGET:g} ms",
        met=ours <= TILE_TARGET,
        samples=samples.of(_key(asked, "ours")),
    )


def _growth(samples: Samples, small: Samples, lines: int) -> Figure:
    """All tiles together; a single one of a millisecond says nothing."""
    here, there = (sum(each.median(_key(asked, "ours")) for asked in tiles()) for each in (samples, small))
    return Figure(
        name="all tiles beside a smaller shop",
        unit="ms",
        ours=here,
        against=f"ours at {lines:,} lines",
        theirs=there,
        ratio=here / there,
        target=f"<= {GROWTH_TARGET:g} times",
        met=here / there <= GROWTH_TARGET,
    )


def _ad_hoc_figures(samples: Samples) -> tuple[Figure, ...]:
    return tuple(_ad_hoc(asked, samples) for asked in ad_hoc())


def _ad_hoc(asked: Asked, samples: Samples) -> Figure:
    ours, best = (samples.median(_key(asked, way)) for way in ("ours", "best"))
    return Figure(
        name=f"ad hoc: {asked.name}",
        unit="ms",
        ours=ours,
        against="best SQL by hand",
        theirs=best,
        ratio=ours / best,
        target=f"<= {BEST_TARGET:g} times",
        met=ours / best <= BEST_TARGET,
        samples=samples.of(_key(asked, "ours")),
    )


def _compile_figure(samples: Samples) -> Figure:
    median = samples.median("compile")
    return Figure(
        name="compiling a Query",
        unit="ms",
        ours=median,
        target=f"<= {COMPILE_TARGET:g} ms",
        met=median <= COMPILE_TARGET,
    )


def _rival_figures(samples: Samples, pandas: frames.Frames) -> tuple[Figure, ...]:
    """The same answers the naive way and by pandas: how many times their milliseconds are ours."""
    naive = [("naive SQL, joined first", each, samples.median(_key(each, "naive"))) for each in ad_hoc()]
    in_memory = [
        ("pandas, tables in memory", each, pandas.milliseconds[each.name])
        for each in (*tiles(), *ad_hoc())
        if pandas.milliseconds
    ]
    return tuple(_beside(samples, against, asked, theirs) for against, asked, theirs in (*naive, *in_memory))


def _beside(samples: Samples, against: str, asked: Asked, theirs: float) -> Figure:
    ours = samples.median(_key(asked, "ours"))
    return Figure(
        name=f"beside: {asked.name}",
        unit="ms",
        ours=ours,
        against=against,
        theirs=theirs,
        ratio=theirs / ours,
    )
