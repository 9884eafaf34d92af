"""Other tools loading the same fact rows, each a script in an environment that the bench alone installs."""

import hashlib
import json
import os
import shutil
import subprocess
import venv
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Self
from urllib.parse import quote

from platformdirs import user_cache_path

from awesome_analytics.bench.figures import Figure
from awesome_analytics.bench.full_load import administrator
from awesome_analytics.bench.ground import BENCH, Note
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import OperationError
from awesome_analytics.warehouse.postgresql import PostgresqlEngine

TARGET = 4.0
TABLE = "bench_peer"
PEERS = {
    "pandas to_sql": "with_pandas.py",
    "polars + connectorx": "with_polars.py",
    "dlt": "with_dlt.py",
}
_FOLDER = files("awesome_analytics.bench") / "peers"
_PATIENCE = 900.0
"""Seconds after which a peer is stopped, and told as too slow."""


@dataclass(frozen=True, kw_only=True)
class Race:
    """Rows a second of each peer that ran, and why the others did not."""

    rates: Mapping[str, float]
    notes: tuple[str, ...]

    @classmethod
    def none(cls) -> Self:
        """Nobody ran."""
        return cls(rates={}, notes=())

    def figures(self, ours: float) -> tuple[Figure, ...]:
        """Ours beside each peer; the target is held to the best of them."""
        best = max(self.rates, key=lambda name: self.rates[name], default=None)
        return tuple(_figure(name, rate, ours, is_best=name == best) for name, rate in self.rates.items())


def _figure(name: str, rate: float, ours: float, *, is_best: bool) -> Figure:
    ratio = ours / rate
    return Figure(
        name="full load beside " + name,
        unit="rows/s",
        ours=ours,
        against=name,
        theirs=rate,
        ratio=ratio,
        target=f">= {TARGET:g} times the best peer" if is_best else "",
        met=ratio >= TARGET if is_best else None,
    )


def measure(shop: Shop, *, lines: int, note: Note) -> Race:
    """Run each peer once on so many of the flat table's rows, into a table with the star's indexes."""
    try:
        python = environment(note)
    except (OSError, subprocess.CalledProcessError) as error:
        return Race(rates={}, notes=(f"the peers could not be installed: {told(error)}",))
    with closing(PostgresqlEngine(shop.oltp)) as books:
        books.execute(BENCH["create_peer_view"].format(lines=int(lines)))
    rates: dict[str, float] = {}
    notes: list[str] = []
    for name, script in PEERS.items():
        note(f"{name}: {lines:,} rows")
        try:
            rates[name] = lines / _seconds(shop, python, script, lines)
        except (OperationError, OSError, ValueError) as error:
            notes.append(f"{name} did not run: {told(error)}")
    return Race(rates=rates, notes=tuple(notes))


def told(error: Exception) -> str:
    """The last line of what went wrong."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]


def environment(note: Note) -> Path:
    """The Python of the peers' venv; made anew when what it holds is no longer what the list says."""
    with as_file(_FOLDER / "peers.txt") as wanted:
        folder = user_cache_path("awesome-analytics") / "bench-peers"
        stamp = folder / "installed"
        digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
        python = folder / "bin" / "python"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
            return python
        note(f"Installing the peers into {folder}, once")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted))
        subprocess.run([str(python), *install], check=True, capture_output=True, text=True)
        stamp.write_text(digest, encoding="utf-8")
        return python


def _seconds(shop: Shop, python: Path, script: str, lines: int) -> float:
    with closing(administrator(shop)) as engine, as_file(_FOLDER / script) as path:
        engine.execute(BENCH["drop_peer"])
        engine.execute(BENCH[f"create_peer_{engine.name}"])
        seconds = _run([str(python), str(path)], _job(shop))
        if not script.endswith("dlt.py"):  # which makes a table of its own, without our indexes
            arrived = int(engine.query(BENCH["count_peer"])[0][0])
            if arrived != lines:
                raise OperationError(f"it brought {arrived} of {lines} rows")
        engine.execute(BENCH["drop_peer"])
    return seconds


def _run(command: list[str], job: Mapping[str, str]) -> float:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "BENCH_PEER": json.dumps(job)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OperationError(f"it took more than {_PATIENCE:.0f} s") from error
    if done.returncode:
        raise OperationError(done.stderr)
    return float(done.stdout.split()[-1])


def _job(shop: Shop) -> dict[str, str]:
    """Everything a peer's script must know, addresses in the forms their libraries want."""
    return {
        "engine": shop.olap.scheme,
        "source": with_driver(shop.oltp),
        "connectorx": _with_host(shop.oltp),
        "target": with_driver(shop.olap),
        "libpq": _with_host(shop.olap),
        "view": "bench_peer_source",
        "select": BENCH["peer_select"],
        "table": TABLE,
        "dataset": "bench_dlt" if shop.olap.scheme == "postgresql" else shop.olap.database,
    }


def with_driver(url: DatabaseUrl) -> str:
    """An address as SQLAlchemy wants it."""
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[url.scheme]
    return url.text().replace(url.scheme, driver, 1)


def _with_host(url: DatabaseUrl) -> str:
    """An address whose host, though it be a socket's folder, stands where connectorx and dlt look."""
    login = f"{quote(url.user, safe='')}:{quote(url.password or '', safe='')}"
    return f"postgresql://{login}@{quote(url.host, safe='')}:{url.port or 5432}/{quote(url.database)}"
