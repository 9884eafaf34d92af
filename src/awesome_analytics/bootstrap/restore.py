"""A shop made from a backup: beside the one that stands, proved, then put in its place at once.

Whatever fails before that moment leaves the old books as they were. The restored books begin a new life
(a new epoch), so that no pipeline takes them for the ones it knew.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from awesome_analytics.bootstrap import archive, setup
from awesome_analytics.bootstrap.backup import (
    BOOKS,
    MANIFEST,
    MEMBERS,
    RUNS,
    Manifest,
    block,
    connect,
    fingerprints,
    named,
    run_tool,
)
from awesome_analytics.bootstrap.shop import Connection, Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import AwesomeError, Conflict, NotInitialised, OperationError
from awesome_analytics.etl import history, pipeline, reconcile
from awesome_analytics.etl.runner import Ends

_TRIES = 5
_PAUSE = 0.5
_MOMENTS = ("etl_run_time", "started_at", "finished_at", "as_of")


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was restored, and how the warehouse stands to it after the full run."""

    manifest: Manifest
    run: history.Watermark
    proof: reconcile.Reconciliation


def restore(
    shop: Shop,
    file: Path,
    *,
    replace: bool,
    now: Callable[[], datetime],
    watch: pipeline.Watcher | None = None,
) -> Restored:
    """Put the backup's shop in place and bring the warehouse up to it.

    Raises Conflict when a shop with anything in it stands there and `replace` is not given. The shop's
    servers run; nothing need be set up on them.
    """
    with tempfile.TemporaryDirectory(prefix="awesome-restore-") as name:
        folder = Path(name)
        archive.unpack(file, folder, MEMBERS)
        manifest = Manifest.parse((folder / MANIFEST).read_text(encoding="utf-8"))
        _refuse_newer(manifest)
        with connect(shop.oltp.at("postgres")) as server, _only_restore(server, shop.oltp):
            _refuse_full(shop, server, replace=replace)
            draft = shop.oltp.at(f"{shop.oltp.database}_restoring")
            try:
                _fill(server, draft, folder, manifest, shop.on_note)
                setup.prepare_oltp(draft, shop.passwords)
                setup.prepare_app(draft, shop.passwords)
                _put_in_place(server, shop.oltp.database, draft.database)
            except BaseException:
                _drop(server, draft.database)
                raise
        return _follow_up(shop, manifest, folder / RUNS, now=now, watch=watch)


def _refuse_newer(manifest: Manifest) -> None:
    folders = {"sales": setup.SALES_MIGRATIONS, "app": setup.APP_MIGRATIONS}
    for name, folder in folders.items():
        # Revisions are files named by number: what is not there was added later.
        if not list(folder.glob(f"versions/{manifest.revisions[name]}_*.py")):
            raise OperationError(
                f"the backup was made by version {manifest.version}, whose schema of '{name}' "
                f"({manifest.revisions[name]}) this version does not know; install a newer one"
            )


@contextmanager
def _only_restore(server: Connection, url: DatabaseUrl) -> Iterator[None]:
    """The lock goes with the connection."""
    if server.execute(block("try_lock"), {"database": url.database}).fetchall() != [(True,)]:
        raise Conflict(f"another restore of {url} is at work; this one did nothing")
    yield


def _refuse_full(shop: Shop, server: Connection, *, replace: bool) -> None:
    if replace or shop.oltp.database not in _databases(server):
        return
    with connect(shop.oltp) as books:
        if not _is_empty(books):
            raise Conflict(
                f"the shop at {shop.oltp} is not empty; nothing was changed. Restore into another "
                "AWESOME_HOME, or say --replace to put the backup in its place"
            )


def _databases(server: Connection) -> set[str]:
    return {str(name) for (name,) in server.execute(block("databases")).fetchall()}


def _is_empty(books: Connection) -> bool:
    """No table at all, or a shop that nobody wrote into yet."""
    if not books.execute(block("tables")).fetchall():
        return True
    try:
        return books.execute(block("is_empty")).fetchall() == [(True,)]
    except psycopg.errors.UndefinedTable:
        return False  # somebody else's tables, or a set-up that was broken off


def _fill(
    server: Connection, draft: DatabaseUrl, folder: Path, manifest: Manifest, note: Callable[[str], None]
) -> None:
    """Load the dump, prove it, and begin its new life before the triggers and indexes stand."""
    _drop(server, draft.database)
    try:
        server.execute(named("create_database", database=draft.database))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotInitialised(
            f"the user of {draft} may not create databases; give an address whose user may"
        ) from error
    options = ("--no-owner", "--no-privileges", str(folder / BOOKS))
    note(f"reading {manifest.rows:,} rows")
    for section in ("pre-data", "data"):
        run_tool("pg_restore", draft, f"--section={section}", *options)
    with connect(draft) as books:
        _prove(fingerprints(books), manifest)
        with books.transaction():
            books.execute(block("new_life"))
            for table in books.execute(block("stamped_tables")).fetchall():
                books.execute(named("restamp", table=table))
    note("building indexes and rules")
    run_tool("pg_restore", draft, "--section=post-data", *options)


def _prove(found: Mapping[str, tuple[int, str]], manifest: Manifest) -> None:
    names = sorted(found.keys() | manifest.tables.keys())
    wrong = [name for name in names if found.get(name) != manifest.tables.get(name)]
    if wrong:
        raise OperationError(
            f"the restored tables are not those of the backup ({', '.join(wrong)}); nothing was changed"
        )


def _put_in_place(server: Connection, database: str, draft: str) -> None:
    """Swap in one transaction; the old books are dropped only when the new ones stand."""
    aside = f"{database}_replaced"
    _drop(server, aside)
    for attempt in range(_TRIES):
        try:
            _swap(server, database, draft, aside)
            break
        except psycopg.errors.ObjectInUse as error:
            if attempt == _TRIES - 1:
                raise OperationError(
                    f"others are at work in {database} and could not be sent away; nothing was changed. "
                    "Stop `awesome up` and try again."
                ) from error
            time.sleep(_PAUSE)
    _drop(server, aside)


def _swap(server: Connection, database: str, draft: str, aside: str) -> None:
    if database in _databases(server):
        with suppress(psycopg.errors.InsufficientPrivilege):
            server.execute(block("end_sessions"), {"database": database})
    with server.transaction():
        if database in _databases(server):
            server.execute(named("rename_database", database=database, new_name=aside))
        server.execute(named("rename_database", database=draft, new_name=database))


def _drop(server: Connection, database: str) -> None:
    server.execute(named("drop_database", database=database))


# ---------------------------------------------------------------- once the books are in place


def _follow_up(
    shop: Shop,
    manifest: Manifest,
    runs: Path,
    *,
    now: Callable[[], datetime],
    watch: pipeline.Watcher | None,
) -> Restored:
    ends = Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=now)
    try:
        shop.prepare()
        _bring_back_runs(shop, runs)
        run = pipeline.run(ends, watch=watch)
        return Restored(manifest=manifest, run=run, proof=reconcile.reconcile(ends))
    except AwesomeError as error:
        raise OperationError(
            f"the books are restored, but the warehouse does not follow yet: {error} "
            "Mend that and give `awesome init` and `awesome etl run`."
        ) from error


def _bring_back_runs(shop: Shop, file: Path) -> None:
    """The log of runs, into a warehouse that has none; one that worked on keeps its own."""
    with closing(shop.warehouse()) as engine:
        if engine.query(block("runs_are_kept"))[0][0]:
            return
        with engine.transaction():
            for line in file.read_text(encoding="utf-8").splitlines():
                engine.execute(block("insert_run"), _row(json.loads(line)))


def _row(run: dict[str, object]) -> dict[str, object]:
    moments = {name: datetime.fromisoformat(str(run[name])) for name in _MOMENTS if run[name]}
    naive = {name: moment.astimezone(UTC).replace(tzinfo=None) for name, moment in moments.items()}
    return {**run, **naive, "rows_by_table": json.dumps(run["rows_by_table"])}
