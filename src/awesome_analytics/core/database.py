"""Addresses of databases, with the password kept out of every repr, log and error."""

from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from awesome_analytics.core.errors import InvalidInput

_SCHEMES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}


@dataclass(frozen=True, kw_only=True)
class DatabaseUrl:
    """Where a database is and who connects.

    `host` may be a folder that holds a PostgreSQL socket. `options` are the URL's own query parameters.
    """

    scheme: str
    host: str
    port: int | None
    user: str
    password: str | None
    database: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str, *, field: str) -> Self:
        """Read `scheme://user:password@host:port/database?option=value`; `field` names it in errors."""
        parts = urlsplit(text)
        scheme = _SCHEMES.get(parts.scheme)
        if scheme is None:
            raise InvalidInput(
                field,
                "the address must begin with postgresql:// or mysql:// "
                f"(it begins with '{parts.scheme or 'nothing of the kind'}')",
            )
        options = dict(parse_qsl(parts.query))
        try:
            port = parts.port or (int(options.pop("port")) if "port" in options else None)
        except ValueError as error:
            raise InvalidInput(field, "the port must be a number from 1 to 65535") from error
        return cls(
            scheme=scheme,
            host=unquote(parts.hostname or options.pop("host", "localhost")),
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password) if parts.password is not None else None,
            database=unquote(parts.path.lstrip("/")),
            options=tuple(sorted(options.items())),
        )

    def login(self, user: str, password: str | None) -> Self:
        """The same database as another user."""
        return replace(self, user=user, password=password)

    def at(self, database: str) -> Self:
        """Another database of the same server, as the same user."""
        return replace(self, database=database)

    def text(self) -> str:
        """The whole address, password included: for drivers, never for people."""
        return self._render(quote(self.password, safe="") if self.password is not None else None)

    def _render(self, password: str | None) -> str:
        login = quote(self.user, safe="") + (f":{password}" if password is not None else "")
        folder = self.host.startswith("/")
        port = f":{self.port}" if self.port and not folder else ""
        options = (("host", self.host), *self.options) if folder else self.options
        if folder and self.port:
            options = (*options, ("port", str(self.port)))
        where = "" if folder else quote(self.host, safe=":[]")
        query = f"?{urlencode(options, safe='/')}" if options else ""
        return f"{self.scheme}://{login}@{where}{port}/{quote(self.database)}{query}"

    def __str__(self) -> str:
        return self._render("***" if self.password is not None else None)

    __repr__ = __str__

    def parameters(self) -> dict[str, Any]:
        """Keyword arguments as psycopg takes them."""
        found: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            **dict(self.options),
        }
        return {name: value for name, value in found.items() if value not in (None, "")}
