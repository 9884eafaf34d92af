"""A shop with writers at its books and a second warehouse to rebuild into."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.etl import history, pipeline
from conftest import drop_warehouse, make_warehouse
from star_rows import calendar, expected, star, wrong_rows
from summary_rows import wrong_cells
from test_pipeline import ends
from writers import Writer, writers


@dataclass(frozen=True, kw_only=True)
class Stand:
    """`admin` reads and writes the books as it likes; `spare` are the same books with another warehouse."""

    shop: Shop
    spare: Shop
    admin: psycopg.Connection[tuple[Any, ...]]
    writers: Sequence[Writer]

    def run(self) -> history.Watermark:
        """One run."""
        return pipeline.run(ends(self.shop))

    def differences(self) -> list[str]:
        """What the warehouse has wrong, by the books as they are committed."""
        return wrong(self.shop, self.admin)

    def differences_from_rebuild(self) -> list[str]:
        """What the warehouse has other than a full load into the spare one."""
        pipeline.run(ends(self.spare), full=True)
        with closing(self.shop.warehouse()) as grown, closing(self.spare.warehouse()) as rebuilt:
            missing = sorted(f"dim_date: lacks {day}" for day in calendar(rebuilt) - calendar(grown))
            return missing + wrong_rows(star(grown), star(rebuilt))


def wrong(shop: Shop, books: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """What a shop's warehouse has wrong, by the books as they are committed."""
    with closing(shop.warehouse()) as engine:
        return wrong_rows(star(engine), expected(books)) + wrong_cells(engine)


@contextmanager
def spare_warehouse(shop: Shop) -> Iterator[Shop]:
    """The same books with a second, empty warehouse."""
    server = shop.olap.at("mysql" if shop.olap.scheme == "mysql" else "postgres")
    olap = make_warehouse(server, shop.passwords)
    try:
        yield replace(shop, olap=olap)
    finally:
        drop_warehouse(olap)


@contextmanager
def standing(shop: Shop, users: Mapping[DatabaseUrl, int], *, patience_ms: int) -> Iterator[Stand]:
    """A stand with so many writers for each address; the shop's own address is the administrator's."""
    urls = [url for url, count in users.items() for _ in range(count)]
    with (
        spare_warehouse(shop) as spare,
        psycopg.connect(**shop.oltp.parameters(), autocommit=True) as admin,
        writers(urls, admin=shop.oltp, patience_ms=patience_ms) as crew,
    ):
        yield Stand(shop=shop, spare=spare, admin=admin, writers=crew)
