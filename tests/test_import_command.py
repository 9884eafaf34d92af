"""`awesome import` as a person and a script meet it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from awesome_analytics.cli.context import Context
from awesome_analytics.cli.main import main
from awesome_analytics.core.database import DatabaseUrl
from import_sheets import Connection, all_rows, line, refused_rows, write

Run = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """As much of a shop as an import needs."""

    url: DatabaseUrl

    def entry(self) -> Connection:
        return psycopg.connect(**self.url.parameters(), autocommit=True)


@pytest.fixture
def run(
    books_url: DatabaseUrl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Give the command; its exit code, stdout and stderr."""

    @contextmanager
    def shop(_context: Context) -> Iterator[Shop]:
        yield Shop(url=books_url)

    monkeypatch.setattr(Context, "shop", shop)
    monkeypatch.setenv("AWESOME_HOME", str(tmp_path / "home"))

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["import", *map(str, arguments)])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return command


def test_a_person_reads_what_was_taken_and_where_the_rest_is(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv.gz", [line(1), line(2, customer_id="C-2"), line(3, sales="x")])
    code, out, err = run(file)
    quarantine = tmp_path / "home" / "imports" / "o-refused.csv"
    assert (code, err) == (0, "")
    assert "3 read: 2 inserted, 0 updated, 0 unchanged, 0 differing, 1 refused" in out
    assert "1 x Sales is no number" in out
    assert "1 id shared by several customers: 1 order with a suffix (A-1-2)" in out
    assert "sales 201.00, profit -6.28, 4 units" in out
    assert str(quarantine) in out
    assert [row["Line"] for row in refused_rows(quarantine)] == ["4"]


def test_a_person_reads_of_days_that_share_an_order_and_of_markets_without_one(
    run: Run, tmp_path: Path
) -> None:
    rows = [line(1), line(2, product_id="P-2", order_date="2014-03-02")]
    _, several, _ = run(write(tmp_path / "o.csv", rows))
    assert "1 order with lines of several days: the order has the earliest, a later line its own" in several
    assert "(A-1 of 2014-03-01, 2014-03-02)" in several
    returns = write(tmp_path / "r.csv", [{"Order ID": "A-1", "Market": "Moon"}])
    _, told, _ = run("--returns", returns)
    assert "1 row with a market where the Order ID has no order: every order of the id was taken" in told
    assert "returns   1, of these new 1" in told


def test_a_script_reads_the_same_as_json(run: Run, tmp_path: Path) -> None:
    orders, returns = write(tmp_path / "o.csv", [line()]), write(tmp_path / "r.csv", [{"Order ID": "A-1"}])
    code, out, _ = run(orders, "--returns", returns, "--json", "--actor", "bo")
    report = json.loads(out)
    assert code == 0
    assert report["orders"]["rows"]["inserted"] == 1
    assert report["orders"]["sales"] == "100.5"
    assert report["returns"]["returns_new"] == 1


def test_a_file_of_which_every_row_is_refused_fails(run: Run, books: Connection, tmp_path: Path) -> None:
    before = all_rows(books)
    code, out, _ = run(write(tmp_path / "o.csv", [line(quantity="0")]), "--refused", tmp_path / "no.csv")
    assert code == 1
    assert "0 inserted" in out
    assert refused_rows(tmp_path / "no.csv")[0]["Reason"] == "Quantity lies outside 1 to 1,000,000: 0"
    assert all_rows(books) == before


def test_a_file_again_succeeds_and_says_unchanged(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv", [line()])
    run(file)
    code, out, _ = run(file, "--dry-run")
    assert code == 0
    assert "1 unchanged" in out
    assert "Dry run: nothing was kept." in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a file of orders, or --returns"),
        (("missing.csv",), "does not exist"),
        (("--date-style", "guess"), "--date-style"),
    ],
)
def test_a_wrong_call_is_told_on_stderr(run: Run, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_bad_file_of_returns_is_noticed_before_the_orders_are_taken(
    run: Run, books: Connection, tmp_path: Path
) -> None:
    before = all_rows(books)
    orders, returns = write(tmp_path / "o.csv", [line()]), write(tmp_path / "r.csv", [{"Market": "US"}])
    code, _, err = run(orders, "--returns", returns)
    assert code == 2
    assert "r.csv has no column Order ID; found: Market" in err
    assert all_rows(books) == before


def test_two_imports_at_once_are_one_and_a_refusal(run: Run, books: Connection, tmp_path: Path) -> None:
    with books.transaction():
        books.execute("select pg_advisory_xact_lock(hashtext('awesome import'), 0)")
        code, _, err = run(write(tmp_path / "o.csv", [line()]))
    assert code == 1
    assert "another import is running" in err
    assert books.execute("select count(*) from tbl_orders").fetchone() == (0,)
