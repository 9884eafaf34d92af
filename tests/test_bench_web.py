"""The bench of the pages measures what it says and counts what goes wrong; no test says how fast they are."""

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from awesome_analytics.app import people
from awesome_analytics.bench import web_crowd, web_place
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli.main import main
from awesome_analytics.core.settings import Settings
from browser import let_in


@pytest.fixture
def own_temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a measurement's folders would be left behind, if any were."""
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def _notes(_text: str) -> None:
    pass


def test_a_small_shop_yields_every_figure_of_the_pages(
    own_temp: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--lines", "300", "--users", "2", "--seconds", "4", "--think", "1", "--customers", "100"]
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "web", *sizes, "--json"])
    found = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in found["figures"]}
    assert stopped.value.code == 0
    names = [name.partition(" (")[0] for name in figures]
    assert [name for name in names if not name.startswith("2 users: p95 of")] == [
        "start of the pages until they answer",
        "first page of a server just started",
        "later pages, the slowest",
        "later pages, median",
        "dashboard narrowed, not asked before, slowest",
        "dashboard narrowed, asked before, slowest",
        "2 users: p50",
        "2 users: p95",
        "2 users: p99",
        "2 users: answers a second",
        "2 users: errors",
        "typeahead, looked up: median",
        "typeahead, looked up: 95th of 100",
        "typeahead, last key to the list on screen: median",
        "typeahead, last key to the list on screen: 95th of 100",
    ]
    errors = figures.pop("2 users: errors")
    assert (errors["ours"], errors["met"]) == (0, True), found["notes"]
    assert all(figure["ours"] > 0 for figure in figures.values())
    assert figures["2 users: p50"]["ours"] <= figures["2 users: p99"]["ours"]
    assert list(own_temp.iterdir()) == []


@pytest.mark.soak
def test_a_server_that_dies_under_the_crowd_is_counted_as_errors(own_temp: Path) -> None:
    with (
        web_place.sample_place(lines=200, note=_notes) as place,
        web_place.open_site(place, note=_notes) as site,
    ):
        crowd = web_crowd.Crowd(users=3, seconds=20)

        def kill() -> None:
            end = time.monotonic() + 18
            while not crowd.all and time.monotonic() < end:
                time.sleep(0.05)
            site.process.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        web_crowd.fill(crowd, site, think=0.5)
        killer.join()
    assert crowd.all, "before it died it answered"
    assert crowd.errors
    assert set(crowd.errors) <= {"the connection was lost", "the pages could not be reached"}
    failed = crowd.figures()[-1]
    assert (failed.name, failed.ours, failed.met) == ("3 users: errors", crowd.errors.total(), False)
    assert crowd.notes()


def test_a_crowd_that_is_not_let_in_is_counted(own_temp: Path) -> None:
    with (
        web_place.sample_place(lines=200, note=_notes) as place,
        web_place.open_site(place, note=_notes) as site,
    ):
        wrong = {role: "not the password" for role in site.passwords}
        crowd = web_crowd.measure(replace(site, passwords=wrong), users=2, seconds=1, think=0.5)
    assert not crowd.all
    assert crowd.errors == {"log-in: the bench could not log in as store_manager: the form answered 401": 2}


def test_a_shop_of_ones_own_is_left_with_its_people(own_temp: Path) -> None:
    home = own_temp / "shop"
    home.mkdir()
    with Shop.open(Settings(home=home), on_note=_notes) as shop:
        let_in(shop, sarah="store_manager")
        with web_place.place_of(shop.settings, note=_notes), shop.app() as app:
            during = {person.username for person in people.everyone(app)}
        with shop.app() as app:
            after = {person.username for person in people.everyone(app)}
    assert during == {"sarah", "bench-manager", "bench-clerk"}
    assert after == {"sarah"}


@pytest.mark.parametrize("users", ["many", "0", "25,-1", "5000"])
def test_a_crowd_that_is_none_is_refused(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "web", "--users", users])
    assert stopped.value.code == 2
    assert "25 or 25,50" in capsys.readouterr().err


def test_a_percentile_is_a_value_that_was_measured() -> None:
    taken = [float(value) for value in range(1, 201)]
    assert [web_crowd.percentile(taken, part) for part in (50, 95, 99)] == [100, 190, 198]
    assert web_crowd.percentile([7.0], 95) == 7.0
