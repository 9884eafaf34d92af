"""The MySQL-like servers that tests talk to: a MariaDB of their own, or one named by URL."""

from dataclasses import dataclass
from typing import Literal

from awesome_analytics.bench.mariadb_server import MariaDbServer, MissingServerError, running_mariadb

__all__ = ["MariaDbServer", "MissingServerError", "MySqlServer", "RealMySql", "running_mariadb"]


@dataclass(frozen=True)
class RealMySql:
    """A server that somebody else runs: tests use it, and neither stop nor kill it."""

    url: str
    can_be_killed: Literal[False] = False


MySqlServer = MariaDbServer | RealMySql
