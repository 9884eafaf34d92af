"""The incremental run: seconds inside the process after scattered changes, in a large and a small shop."""

import time
from datetime import UTC, datetime

import psycopg

from awesome_analytics.bench.figures import Figure, Samples
from awesome_analytics.bench.ground import BENCH, Note
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import OperationError
from awesome_analytics.etl import pipeline
from awesome_analytics.etl.runner import Ends

SECONDS_TARGET = 0.5
FLAT_TARGET = 1.3


def measure(shops: dict[int, Shop], *, changes: int, rounds: int, note: Note) -> tuple[Figure, ...]:
    """`shops` by their number of lines, the large one first; both get the same number of changes."""
    samples = Samples()
    for lines, shop in shops.items():
        note(f"Bringing the warehouse of {lines:,} lines up to date")
        pipeline.run(_ends(shop))
    for each in range(1, rounds + 1):
        note(f"Round {each} of {rounds}: {changes:,} scattered changes, then an incremental run")
        for lines, shop in shops.items():
            samples.add(f"{lines}", _run_after_changes(shop, changes))
    return _figures(tuple(shops), samples, changes)


def _run_after_changes(shop: Shop, changes: int) -> float:
    with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as books:
        written = books.execute(BENCH["change_lines"], {"changes": changes}).rowcount
    begun = time.perf_counter()
    done = pipeline.run(_ends(shop))
    seconds = time.perf_counter() - begun
    if (done.outcome.mode, done.outcome.records) != ("incremental", written):
        raise OperationError(
            f"the run was {done.outcome.mode} and brought {done.outcome.records} of {written} changes"
        )
    return seconds


def _ends(shop: Shop) -> Ends:
    return Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=lambda: datetime.now(UTC))


def _figures(sizes: tuple[int, ...], samples: Samples, changes: int) -> tuple[Figure, ...]:
    large, small = sizes[0], sizes[-1]
    seconds = samples.median(f"{large}")
    ratio = seconds / samples.median(f"{small}")
    return (
        Figure(
            name=f"incremental run, {changes:,} changes",
            unit="s",
            ours=seconds,
            target=f"< {SECONDS_TARGET} s",
            met=seconds < SECONDS_TARGET,
            samples=samples.of(f"{large}"),
        ),
        Figure(
            name="incremental run beside a smaller shop",
            unit="s",
            ours=seconds,
            against=f"ours at {small:,} lines",
            theirs=samples.median(f"{small}"),
            ratio=ratio,
            target=f"<= {FLAT_TARGET} times",
            met=ratio <= FLAT_TARGET,
            samples=samples.of(f"{small}"),
        ),
    )
