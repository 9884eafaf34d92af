"""Running the named SQL of an import, and the ids it gives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from awesome_analytics.core.errors import Conflict
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales.importer.report import Difference, FileFacts, Split
from awesome_analytics.sales.importer.staging import Connection

_PACKAGE = "awesome_analytics.sales.importer"


class Books:
    """The books in the transaction of one file; `files` hold the SQL its steps are named in."""

    def __init__(self, connection: Connection, *files: str) -> None:
        self.connection = connection
        self.sql = {name: block for file in files for name, block in blocks(_PACKAGE, file).items()}
        self._ids = blocks(_PACKAGE, "ids.sql")

    def run(self, *steps: str) -> None:
        """Execute the named steps in order."""
        for step in steps:
            self.connection.execute(self.sql[step])

    def rows(self, step: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(self.sql[step]).fetchall()

    def row(self, step: str) -> tuple[Any, ...]:
        """The one row of a query."""
        (found,) = self.rows(step)
        return found

    @contextmanager
    def stream(self, step: str) -> Iterator[Iterator[tuple[Any, ...]]]:
        """The rows of a query, read in portions."""
        with self.connection.cursor(name="import_rows") as cursor:
            cursor.itersize = 2000
            cursor.execute(self.sql[step])
            yield iter(cursor)

    def differences(self, step: str) -> tuple[Difference, ...]:
        """The rows (id, what) of a query."""
        return tuple(Difference(id=id_, what=what) for id_, what in self.rows(step))

    def splits(self, step: str) -> tuple[Split, ...]:
        """The rows (id in the file, id in the books, of what) of a query."""
        return tuple(Split(source_id=source, id=id_, of=of) for source, id_, of in self.rows(step))

    def added(self, choices: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Add the choices the file names and the books lack; those added, by kind."""
        found = {choice: tuple(sorted(name for (name,) in self.rows(f"add_{choice}"))) for choice in choices}
        return {choice: names for choice, names in found.items() if names}

    def give_ids(self, things: str) -> None:
        """Give each new thing an id: its own if it is free, else the next free suffix."""
        for step in ("drop_wishes", "create_wishes", "create_taken"):
            self.connection.execute(self._ids[step])
        self.run(f"wish_{things}", f"taken_{things}")
        for step in ("index_taken", "analyze_ids", "grant_own_ids", "grant_suffixes"):
            self.connection.execute(self._ids[step])
        self.run(f"name_{things}")

    def log(
        self, actor: str, facts: FileFacts, options: Mapping[str, Any], result: Mapping[str, Any]
    ) -> None:
        """Keep who imported which file and what came of it."""
        payload = {"file": facts.file, "sha256": facts.sha256, **options}
        self.connection.execute(
            blocks(_PACKAGE, "common.sql")["log"],
            {"actor": actor, "payload": json.dumps(payload), "result": json.dumps(result)},
        )


@contextmanager
def one_transaction(connection: Connection, actor: str) -> Iterator[None]:
    """One file's transaction: one import at a time, the actor known to the history of corrected rows."""
    try:
        with connection.transaction():
            common = blocks(_PACKAGE, "common.sql")
            if connection.execute(common["one_at_a_time"]).fetchone() != (True,):
                raise Conflict("another import is running; run this one when it is done")
            connection.execute(common["memory"])
            connection.execute(common["actor"], {"actor": actor})
            yield
    except (psycopg.errors.IntegrityError, psycopg.errors.TransactionRollback) as error:
        raise Conflict(
            "somebody else changed the books in the midst of the import; nothing of this file was taken, "
            f"run it again ({error.diag.message_primary})"
        ) from error
