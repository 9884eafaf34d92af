"""Schema migrations of any of the databases, by alembic.

Each database's own package holds an alembic folder (`env.py`, `versions/`); a revision is a Python file
and, where the SQL is written by hand, a `.sql` file of the same name.
"""

from pathlib import Path

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import NotInitialised

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


def _engine_url(url: DatabaseUrl) -> URL:
    options = dict(url.options)
    host: str | None = url.host
    if url.host.startswith("/"):
        options["host"], host = url.host, None
    return URL.create(
        _DRIVERS[url.scheme],
        username=url.user,
        password=url.password,
        host=host,
        port=url.port,
        database=url.database,
        query=options,
    )


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(
    folder: Path, url: DatabaseUrl, *, revision: str = "head", schema: str | None = None
) -> tuple[str | None, str | None]:
    """Bring the database to `revision`; returns the revision before and after.

    `schema` is where the folder's own `env.py` keeps its version; None is the connection's own. Raises
    NotInitialised where a newer version was here, or the database refuses a statement.
    """
    engine = create_engine(_engine_url(url))
    try:
        with engine.begin() as connection:
            before = current(connection, schema=schema)
            _refuse_newer(folder, url, before)
            config = _config(folder)
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, revision)
            except DBAPIError as error:
                raise NotInitialised(
                    f"the schema of {url} can't be brought from revision {before or 'none'} to {revision}: "
                    f"{error.orig}. If an upgrade was killed before, docs/upgrade.md tells the way on."
                ) from error
            return before, current(connection, schema=schema)
    finally:
        engine.dispose()


def _refuse_newer(folder: Path, url: DatabaseUrl, before: str | None) -> None:
    known = [each.revision for each in ScriptDirectory.from_config(_config(folder)).walk_revisions()]
    if before is not None and before not in known:
        raise NotInitialised(
            f"the schema of {url} stands at revision {before} and this version knows none after {known[0]}: "
            "a newer version was here. Install that one, or restore a backup made before it."
        )


def current(connection: Connection, *, schema: str | None = None) -> str | None:
    """The revision the database stands at; None when it has none."""
    options = {"version_table_schema": schema}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def head(folder: Path) -> str | None:
    """The newest revision the code knows."""
    return ScriptDirectory.from_config(_config(folder)).get_current_head()


def run_sql_beside(revision_file: str) -> None:
    """Execute the `.sql` file of the same name as it stands, in the migration's transaction."""
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(sql)
