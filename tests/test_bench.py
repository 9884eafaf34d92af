"""The bench measures what it says; how fast this machine is, is no test's business."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from awesome_analytics.bench import entry, etl, ground
from awesome_analytics.bench.figures import Figure, Report, Samples
from awesome_analytics.cli.main import main


@pytest.fixture
def own_temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a measurement's folders would be left behind, if any were."""
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def _notes(_text: str) -> None:
    pass


def _one(report: Report, name: str) -> Figure:
    return next(figure for figure in report.figures if figure.name == name)


def test_a_small_shop_yields_every_figure_of_the_pipeline_and_leaves_nothing_behind(own_temp: Path) -> None:
    with ground.open_ground("embedded", note=_notes) as place:
        report = etl.measure(place, lines=2_000, changes=50, rounds=1, peer_lines=0)
    assert [figure.name for figure in report.figures] == [
        "full load, fresh process",
        "full load less its summaries",
        "limit: psql COPY | psql COPY",
        "full load, inside the process",
        "peak memory of a full load",
        "incremental run, 50 changes",
        "incremental run beside a smaller shop",
    ]
    load = _one(report, "full load, fresh process")
    assert load.theirs is not None
    assert load.ratio == load.theirs / load.ours
    assert all(figure.ours > 0 for figure in report.figures)
    assert list(own_temp.iterdir()) == []


def test_order_entry_is_held_against_pgbench(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "entry", "--seconds", "1", "--rounds", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    (figure,) = found["figures"]
    assert stopped.value.code == 0
    assert figure["unit"] == "orders/s"
    assert figure["ratio"] == pytest.approx(figure["ours"] / figure["theirs"])
    assert figure["met"] == (figure["ratio"] >= entry.TARGET)


def test_a_figure_is_the_median_and_the_limit_the_fastest_of_its_kind() -> None:
    samples = Samples()
    for seconds in (9.0, 2.0, 3.0):
        samples.add("slow", seconds)
    for seconds in (1.0, 8.0, 1.5):
        samples.add("fast", seconds)
    assert samples.median("slow") == 3.0
    assert samples.least(("slow", "fast")) == "fast"


def test_an_address_that_is_no_mysql_is_refused_before_anything_is_filled(
    own_temp: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "etl", "--warehouse", "postgresql://somewhere/x"])
    assert stopped.value.code == 2
    assert "--warehouse" in capsys.readouterr().err
    assert list(own_temp.iterdir()) == []
