"""Answers kept while the warehouse stands still: the second look at a figure costs nothing."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from awesome_analytics.core.errors import TooSlow
from awesome_analytics.semantic.catalog import OWN_FILE, load_catalog
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result, as_of, run
from awesome_analytics.warehouse.watchdog import watched
from awesome_analytics.web import shop

Stamp = tuple[object, ...]

PATIENCE = 60.0
"""Seconds after which an answer is given up."""


class Kept:
    """Answers by their question and the state of the world they were true in; the longest unused go first.

    `most_cells` bounds the memory: a cell takes about 100 bytes.
    """

    def __init__(self, *, most_cells: int = 500_000) -> None:
        self._most = most_cells
        self._held: OrderedDict[Stamp, Result] = OrderedDict()
        self._cells = 0
        self._lock = threading.Lock()

    def get(self, key: Stamp, ask: Callable[[], Result]) -> Result:
        """The answer kept under the key, else the one that `ask` gives."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        result = ask()
        with self._lock:
            if key not in self._held and _size(result) <= self._most:
                self._held[key] = result
                self._cells += _size(result)
            while self._cells > self._most:
                self._cells -= _size(self._held.popitem(last=False)[1])
        return result

    def __len__(self) -> int:
        return len(self._held)


def _size(result: Result) -> int:
    return 50 + len(result.rows) * len(result.columns)


_kept = Kept()


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one run of a page asks: the same day, catalog and state of the warehouse throughout."""

    catalog: Catalog
    today: date
    as_of: datetime | None
    stamp: Stamp = field(repr=False)

    def __call__(self, query: Query) -> Result:
        """The answer to a Query; raises as `semantic.run.run` does."""
        return _kept.get((query, *self.stamp), lambda: self._ask(query))

    def on(self, day: date) -> "Answers":
        """The same warehouse asked as on another day."""
        if day == self.today:
            return self
        return replace(self, today=day, stamp=(*self.stamp, day))

    def _ask(self, query: Query) -> Result:
        with shop.reader() as reader:
            try:
                with watched(reader, PATIENCE):
                    return run(reader, query, self.catalog, today=self.today)
            except TooSlow:
                reader.close()  # a late cancel could hit the next statement on this connection
                raise


def answers() -> Answers:
    """Answers as of now."""
    home, today, seen = shop.settings().home, shop.today(), freshness()
    stamp = (str(home), _changed(home / OWN_FILE), str(shop.opened().olap), today, seen)
    return Answers(catalog=_catalog(home), today=today, as_of=seen, stamp=stamp)


def freshness() -> datetime | None:
    """The moment up to which the warehouse is true; None before its first load."""
    with shop.reader() as reader:
        return as_of(reader)


_catalogs: dict[tuple[Path, int], Catalog] = {}


def _catalog(home: Path) -> Catalog:
    """The shop's catalog, read again when its own file changes."""
    key = (home, _changed(home / OWN_FILE))
    if key not in _catalogs:
        _catalogs.clear()
        _catalogs[key] = load_catalog(home)
    return _catalogs[key]


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
