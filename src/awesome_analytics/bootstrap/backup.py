"""A shop kept in one file, and a shop made from that file.

The file holds the books and the schema `app` as of one snapshot, and the log of runs. The star is left out:
a full run derives it anew, row for row the same, on any engine, and its watermark then belongs to the books
as they were restored; a star of its own backup could never be trusted to be of the same moment.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from awesome_analytics.bootstrap import archive
from awesome_analytics.bootstrap.server_files import pg_bin
from awesome_analytics.bootstrap.shop import Connection, Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import AwesomeError, Conflict, NotInitialised, OperationError
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl import history

MANIFEST, BOOKS, RUNS = "manifest.json", "books.dump", "runs.jsonl"
MEMBERS = (MANIFEST, BOOKS, RUNS)
FORMAT = 1

NOT_KEPT = ("app.session", "app.one_time_link")
"""Tables kept empty: a restore must not let anybody in whose log-in had ended."""

_MOST_RUNS = 1_000_000


def block(name: str) -> LiteralString:
    """A named statement of `backup.sql`."""
    return blocks("awesome_analytics.bootstrap", "backup.sql")[name]


def named(name: str, **identifiers: str | tuple[str, ...]) -> sql.Composed:
    """A statement with identifiers filled in; a pair is a schema and its table."""
    parts = {k: sql.Identifier(*([v] if isinstance(v, str) else v)) for k, v in identifiers.items()}
    return sql.SQL(block(name)).format(**parts)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    `tables` has rows and fingerprint of each table, `revisions` the schemas' versions.
    """

    format: int
    made_at: datetime
    version: str
    revisions: Mapping[str, str]
    tables: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(count for count, _ in self.tables.values())

    def text(self) -> str:
        """The manifest's JSON."""
        return json.dumps({**vars(self), "made_at": self.made_at.isoformat()}, indent=1)

    @classmethod
    def parse(cls, text: str) -> "Manifest":
        """Read what `text` wrote."""
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise OperationError(
                f"the backup is of format {found['format']}, made by version {found['version']}; this "
                f"version reads format {FORMAT}. Restore it with the version that made it."
            )
        tables = {name: (count, print_) for name, (count, print_) in found["tables"].items()}
        return cls(
            **{**found, "made_at": datetime.fromisoformat(found["made_at"]), "tables": tables},
        )


def backup(shop: Shop, file: Path, *, now: datetime) -> Manifest:
    """Keep the shop in `file`, which must not exist yet, while everybody works on."""
    if file.exists():
        raise Conflict(f"{file} is there already; choose another name, or remove it first")
    if not file.parent.is_dir():
        raise OperationError(f"there is no folder {file.parent} to write the backup into")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".awesome-backup-") as name:
            folder = Path(name)
            manifest = _dump(shop, folder / BOOKS, now=now)
            (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
            _keep_runs(shop, folder / RUNS)
            archive.pack(file, folder, MEMBERS)
    except OSError as error:
        raise OperationError(f"{file} can't be written: {error.strerror or error}") from error
    return manifest


def _dump(shop: Shop, into: Path, *, now: datetime) -> Manifest:
    try:
        with connect(shop.oltp) as connection:
            connection.execute(block("one_snapshot"))
            snapshot = str(connection.execute(block("export_snapshot")).fetchall()[0][0])
            leave_out = [f"--exclude-table-data={table}" for table in NOT_KEPT]
            run_tool(
                "pg_dump",
                shop.oltp,
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={into}",
                *leave_out,
            )
            return Manifest(
                format=FORMAT,
                made_at=now,
                version=version("awesome-analytics"),
                revisions=revisions(connection),
                tables=fingerprints(connection),
            )
    except (psycopg.errors.InvalidCatalogName, psycopg.errors.UndefinedTable) as error:
        raise NotInitialised(f"there is no shop at {shop.oltp} to keep; `awesome init` makes one") from error


def revisions(connection: Connection) -> dict[str, str]:
    """The schema's version of the books and of `app`."""
    places = {"sales": ("public", "alembic_version"), "app": ("app", "alembic_version")}
    return {
        name: str(connection.execute(named("revision", table=table)).fetchall()[0][0])
        for name, table in places.items()
    }


def fingerprints(connection: Connection) -> dict[str, tuple[int, str]]:
    """Rows and fingerprint of each table that is kept; the order of rows makes no difference."""
    connection.execute(block("plain_text"))
    found = {}
    for table in connection.execute(block("tables")).fetchall():
        name = ".".join(table)
        if name not in NOT_KEPT:
            count, summed = connection.execute(named("fingerprint", table=table)).fetchall()[0]
            found[name] = (int(count), str(summed))
    return found


def _keep_runs(shop: Shop, into: Path) -> None:
    """The log of runs; books can be kept whatever the warehouse is doing."""
    lines: list[str] = []
    try:
        with closing(shop.warehouse()) as engine:
            lines = [_line(run) for run in history.runs(engine, limit=_MOST_RUNS)]
    except Exception as error:
        told = str(error) if isinstance(error, AwesomeError) else type(error).__name__
        shop.on_note(f"the warehouse's log of runs is not in the backup: {told}")
    into.write_text("".join(lines), encoding="utf-8")


def _line(run: history.Run) -> str:
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in vars(run).items()}
    return json.dumps(plain) + "\n"


# ---------------------------------------------------------------- PostgreSQL's own tools


def connect(url: DatabaseUrl) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection as the administrator, autocommit."""
    try:
        return psycopg.connect(**url.parameters(), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            raise NotInitialised(f"there is no shop at {url}; `awesome init` makes one") from error
        raise OperationError(f"PostgreSQL at {url} can't be reached: {error}") from error


def run_tool(program: str, url: DatabaseUrl, *options: str) -> None:
    """Run pg_dump or pg_restore on a database; raises OperationError with what it complains of."""
    address = url.login(url.user, None).text()  # a password in the arguments is seen by every process
    done = subprocess.run(  # noqa: S603 - our own program and options
        [pg_bin(program), f"--dbname={address}", *options],
        env={**os.environ, "PGPASSWORD": url.password or "", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stderr.splitlines() if ": error:" in line and not _harmless(line)]
    if wrong or (done.returncode != 0 and not done.stderr.strip()):
        told = " ".join(wrong[0].split()) if wrong else f"it ended with {done.returncode}"
        raise OperationError(f"{program} on {url} failed: {told}")


def _harmless(line: str) -> bool:
    # Version 18's tools name a setting that servers before 17 don't have.
    return 'unrecognized configuration parameter "transaction_timeout"' in line
