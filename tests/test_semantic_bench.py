"""The query bench measures what it says, and leaves nothing behind."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from awesome_analytics.bench.asked import ad_hoc, tiles
from awesome_analytics.cli.main import main


@pytest.fixture
def own_temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def test_a_small_shop_yields_every_figure_of_the_queries(
    own_temp: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "query", "--lines", "2000", "--rounds", "1", "--no-peers", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert stopped.value.code == 0
    names = [figure["name"] for figure in found["figures"]]
    assert names == [
        *(f"tile: {asked.name}" for asked in tiles()),
        "all tiles beside a smaller shop",
        *(f"ad hoc: {asked.name}" for asked in ad_hoc()),
        "compiling a Query",
        *(f"beside: {asked.name}" for asked in ad_hoc()),
    ]
    assert all(figure["ours"] > 0 for figure in found["figures"])
    assert list(own_temp.iterdir()) == []
