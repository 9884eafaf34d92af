"""Order entry by one client through the real handler, beside pgbench on the same server."""

import os
import random
import re
import subprocess
import time
import uuid
from datetime import date
from statistics import median

from awesome_analytics.bench.figures import Figure, Report, Samples
from awesome_analytics.bench.full_load import psql_environment
from awesome_analytics.bench.ground import BENCH, Ground
from awesome_analytics.bootstrap.embedded import pg_bin
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import OperationError
from awesome_analytics.sales.model import RecordOrder
from awesome_analytics.sales.orders import record_order

TARGET = 0.8
SHOP_LINES = 20_000
SCALE = 10
_DAY = date(2025, 1, 2)
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_PROTOCOL = ("-N", "-M", "prepared", "-c", "1")


def measure(
    ground: Ground, *, seconds: float, rounds: int, lines: int = SHOP_LINES, scale: int = SCALE
) -> Report:
    """Orders a second and pgbench's transactions a second, in turn."""
    shop = ground.shop(lines)
    bench = ground.database("awesome_bench_pgbench")
    ground.note(f"Filling pgbench's tables at scale {scale}")
    _pgbench(bench, "-i", "-q", "-s", str(scale))
    samples = Samples()
    for each in range(1, rounds + 1):
        ground.note(f"Round {each} of {rounds}: orders, {seconds:g} s, then pgbench, {seconds:g} s")
        samples.add("ours", _orders_a_second(shop, seconds))
        samples.add("pgbench", _transactions_a_second(bench, seconds))
    return Report(
        what="entry",
        setting={"shop_lines": lines, "seconds": seconds, "rounds": rounds, "pgbench_scale": scale},
        figures=(_figure(samples),),
        notes=(
            "Each order looks its customer up, is logged with its actor and commits by itself; fsync is on.",
            f"pgbench {' '.join(_PROTOCOL)} on a database of the same server.",
        ),
    )


def _figure(samples: Samples) -> Figure:
    ratio = median(a / b for a, b in zip(samples.taken["ours"], samples.taken["pgbench"], strict=True))
    return Figure(
        name="order entry, one client",
        unit="orders/s",
        ours=samples.median("ours"),
        against="pgbench -N -M prepared, transactions/s",
        theirs=samples.median("pgbench"),
        ratio=ratio,
        target=f">= {TARGET} of pgbench",
        met=ratio >= TARGET,
        samples=samples.of("ours"),
    )


def _orders_a_second(shop: Shop, seconds: float) -> float:
    with shop.entry() as books:
        customers = books.execute(BENCH["customers"]).fetchall()
        chance = random.Random(7)  # noqa: S311 a choice of customers, no secret
        recorded, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds:
            email, market, region = chance.choice(customers)
            record_order(books, _order(email, market, region), actor="bench", today=_DAY)
            recorded += 1
    return recorded / spent


def _order(email: str, market: str, region: str) -> RecordOrder:
    return RecordOrder(
        customer_email=email,
        market=market,
        region=region,
        priority="High",
        order_date=_DAY,
        idempotency_key=uuid.uuid4().hex,
    )


def _transactions_a_second(url: DatabaseUrl, seconds: float) -> float:
    told = _pgbench(url, *_PROTOCOL, "-T", str(max(1, round(seconds))))
    rate = _RATE.search(told)
    if rate is None:
        raise OperationError(f"pgbench told no rate:\n{told}")
    return float(rate[1])


def _pgbench(url: DatabaseUrl, *arguments: str) -> str:
    done = subprocess.run(
        [str(pg_bin("pgbench")), *arguments],
        env={**os.environ, **psql_environment(url)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OperationError(f"pgbench failed:\n{done.stderr}")
    return done.stdout
