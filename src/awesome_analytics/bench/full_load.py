"""The full load in a fresh process, beside the limit: the same rows between the servers' own clients."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import LiteralString, cast

from awesome_analytics.bench.figures import Figure, Samples
from awesome_analytics.bench.ground import BENCH, Note
from awesome_analytics.bootstrap.embedded import pg_bin
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import OperationError
from awesome_analytics.etl.source import Source
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.mysql import MysqlEngine
from awesome_analytics.warehouse.postgresql import PostgresqlEngine
from awesome_analytics.warehouse.star import FACT_SALES, STAR

LOAD_TARGET = 0.85
LOAD_AIM = 0.95
MEMORY_TARGET_MB = 150.0


@dataclass(frozen=True, kw_only=True)
class FullLoad:
    """What repeated full loads and limits took."""

    lines: int
    samples: Samples
    limits: tuple[str, ...]
    steps: Mapping[str, float]

    @property
    def rows_a_second(self) -> float:
        """Of our whole run, in its process."""
        return self.lines / self.samples.median("ours")

    def figures(self) -> tuple[Figure, ...]:
        """Beside the limit, without what the limit does not build, inside the process, and in memory."""
        target = f">= {LOAD_TARGET:.2f} of the limit"
        return (
            self._beside_limit("ours", "full load, fresh process", target=f"{target} (aim {LOAD_AIM:.2f})"),
            self._beside_limit("star", "full load less its summaries", target=f"{target}, which has none"),
            *(
                Figure(
                    name=f"limit: {name}",
                    unit="s",
                    ours=self.samples.median(name),
                    samples=self.samples.of(name),
                )
                for name in self.limits
            ),
            self._beside_limit("inside", "full load, inside the process"),
            self._memory(),
        )

    def _beside_limit(self, sample: str, name: str, *, target: str = "") -> Figure:
        limit = self.samples.least(self.limits)
        ratio = self.samples.median(limit) / self.samples.median(sample)
        return Figure(
            name=name,
            unit="s",
            ours=self.samples.median(sample),
            against=f"limit: {limit}",
            theirs=self.samples.median(limit),
            ratio=ratio,
            target=target,
            met=ratio >= LOAD_TARGET if target else None,
            samples=self.samples.of(sample),
        )

    def _memory(self) -> Figure:
        peak = max(self.samples.taken["peak_mb"])
        return Figure(
            name="peak memory of a full load",
            unit="MB",
            ours=peak,
            target=f"< {MEMORY_TARGET_MB:.0f} MB",
            met=peak < MEMORY_TARGET_MB,
            samples=self.samples.of("peak_mb"),
        )


def measure(shop: Shop, *, lines: int, rounds: int, note: Note) -> FullLoad:
    """Ours and the limits in turn, each round into empty tables."""
    note("Writing the finished fact rows into a flat table, for the limit to read")
    make_flat(shop)
    limits = _limits(shop)
    samples = Samples()
    steps: Mapping[str, float] = {}
    for each in range(1, rounds + 1):
        note(f"Round {each} of {rounds}: full load in a fresh process")
        steps = _ours(shop, samples, lines)
        for name, pipe in limits.items():
            note(f"Round {each} of {rounds}: the limit, {name}")
            samples.add(name, _timed(shop, pipe, lines))
    return FullLoad(lines=lines, samples=samples, limits=tuple(limits), steps=steps)


def make_flat(shop: Shop) -> None:
    """The rows our load would write, side by side in one table of the source: nothing is left to join."""
    with closing(PostgresqlEngine(shop.oltp)) as books, shop.source() as connection:
        books.execute(BENCH["drop_flat"])
        books.execute(BENCH["create_flat"])
        source = Source(connection)
        with source.snapshot():
            books.load("bench_flat", FACT_SALES.names, source.whole(FACT_SALES))
        books.execute(BENCH["settle_flat"])


# ---------------------------------------------------------------- ours


def _ours(shop: Shop, samples: Samples, lines: int) -> Mapping[str, float]:
    empty_warehouse(shop)
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "awesome_analytics.bench.one_run"],
        env={**os.environ, **_shop_environment(shop)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise OperationError(f"the full load failed:\n{done.stderr}")
    found = json.loads(done.stdout)
    if found["records"] != lines:
        raise OperationError(f"the full load brought {found['records']} of {lines} lines")
    samples.add("ours", seconds)
    samples.add("inside", found["seconds"])
    samples.add("star", seconds - found["steps"]["summarise"])
    samples.add("peak_mb", found["peak_mb"])
    return cast("Mapping[str, float]", found["steps"])


def _shop_environment(shop: Shop) -> dict[str, str]:
    return {
        "AWESOME_HOME": str(shop.settings.home),
        "AWESOME_OLTP_URL": shop.oltp.text(),
        "AWESOME_WAREHOUSE_URL": shop.olap.text(),
    }


def empty_warehouse(shop: Shop) -> None:
    """As after set-up: the next run is a first load."""
    with closing(shop.warehouse()) as engine:
        for table in STAR:
            engine.execute(BENCH["empty_table"].format(table=table.name))
        engine.execute(BENCH["forget_watermark"])


# ---------------------------------------------------------------- the limit


@dataclass(frozen=True, kw_only=True)
class Pipe:
    """How rows get into the table `bench_limit`: the program that loads what psql writes."""

    create: LiteralString
    loader: tuple[str, ...]
    environment: Mapping[str, str]


def _limits(shop: Shop) -> dict[str, Pipe]:
    if shop.olap.scheme == "postgresql":
        return {"psql COPY | psql COPY": _psql_pipe(shop.olap)}
    client = shutil.which("mariadb") or shutil.which("mysql")
    if client is None:
        raise OperationError(
            "the limit needs the server's own client, mariadb or mysql, on PATH "
            "(Debian: apt-get install mariadb-client)"
        )
    return {
        "psql COPY | LOAD DATA": _mysql_pipe(client, shop.olap, before=""),
        "psql COPY | LOAD DATA, checks off": _mysql_pipe(
            client, shop.olap, before=f"{BENCH['checks_off']}; "
        ),
    }


def _psql_pipe(url: DatabaseUrl) -> Pipe:
    # One transaction, as in our load: the server then need not log the rows of a table it may drop again.
    create = BENCH["create_limit_postgresql"]
    commands = ("-c", create, "-c", BENCH["copy_limit_in"])
    return Pipe(create="", loader=(*_PSQL, "-1", *commands), environment=psql_environment(url))


def _mysql_pipe(client: str, url: DatabaseUrl, *, before: str) -> Pipe:
    where = ("-h", url.host, "-P", str(url.port or 3306), "-u", url.user)
    load = f"{before}{BENCH['load_limit_mysql']}"
    return Pipe(
        create=BENCH["create_limit_mysql"],
        loader=(client, "--no-defaults", *where, "--local-infile=1", "-e", load, url.database),
        environment={"MYSQL_PWD": url.password or ""},
    )


_PSQL = (str(pg_bin("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1")


def psql_environment(url: DatabaseUrl) -> dict[str, str]:
    """How PostgreSQL's own programs are told an address, the password kept off the command line."""
    return {
        "PGHOST": url.host,
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.user,
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database,
    }


def _timed(shop: Shop, pipe: Pipe, lines: int) -> float:
    """Seconds from the start of both programs to the end of the last; the rows must all be there."""
    with closing(administrator(shop)) as engine:
        engine.execute(BENCH["drop_limit"])
        if pipe.create:
            engine.execute(pipe.create)
        begun = time.perf_counter()
        _flow(shop.oltp, pipe)
        seconds = time.perf_counter() - begun
        arrived = int(engine.query(BENCH["count_limit"])[0][0])
        engine.execute(BENCH["drop_limit"])
    if arrived != lines:
        raise OperationError(f"the limit brought {arrived} of {lines} lines")
    return seconds


def administrator(shop: Shop) -> Engine:
    """The warehouse as its administrator."""
    if shop.olap.scheme == "mysql":
        return MysqlEngine(shop.olap, on_note=shop.on_note)
    return PostgresqlEngine(shop.olap)


def _flow(books: DatabaseUrl, pipe: Pipe) -> None:
    reader = subprocess.Popen(
        [*_PSQL, "-c", BENCH["copy_flat_out"]],
        env={**os.environ, **psql_environment(books)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    with reader:
        loader = subprocess.run(
            pipe.loader,
            env={**os.environ, **pipe.environment},
            stdin=reader.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if reader.returncode or loader.returncode:
        raise OperationError(f"the limit's pipe failed: {loader.stderr}")
