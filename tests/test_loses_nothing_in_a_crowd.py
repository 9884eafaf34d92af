"""Six writers at once and a run after the other: at the end the warehouse is what the books say."""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import pipeline
from naive import NaiveSource
from stands import Stand, spare_warehouse, standing, wrong
from test_pipeline import ends
from writers import MANY, OPERATIONS, WORK, Writer, open_shop

PAUSES = (0.0, 0.0, 0.005, 0.02, 0.1, 0.3)
SEED = 20241205


@pytest.fixture
def stand(shop: Shop, books_admin: DatabaseUrl, books_url: DatabaseUrl) -> Iterator[Stand]:
    with standing(shop, {books_url: 4, books_admin: 2}, patience_ms=100) as stand:
        for writer in stand.writers:
            writer.choices = MANY
        yield stand


def test_six_writers_lose_nothing(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    _prove(stand, capsys, runs=15, seconds=8)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_six_writers_lose_nothing_in_the_long_run(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    done = _prove(stand, capsys, runs=100, seconds=180)
    # In the crowd a truncate may never get its lock. Now that all returns are compared, it may take them.
    truncate, chance = "truncate the returns", random.Random(SEED)
    assert any(writer.perform(truncate, chance.choice) for writer in stand.writers)
    assert stand.run().outcome.mode == "incremental"
    assert stand.differences() == []
    assert set(OPERATIONS) == {truncate, *done}


def _prove(stand: Stand, capsys: pytest.CaptureFixture[str], *, runs: int, seconds: float) -> Counter[str]:
    open_shop(stand.admin)
    with spare_warehouse(stand.shop) as naive:
        begun, done, failed = time.monotonic(), 0, 0
        with at_work(stand.writers):
            while done < runs or time.monotonic() < begun + seconds:
                stand.run()
                failed += not _run_naively(naive)
                done += 1
        assert stand.run().outcome.mode == "incremental"
        _run_naively(naive)
        lost = len(wrong(naive, stand.admin))
    performed = sum((writer.done for writer in stand.writers), Counter[str]())
    refused = sum(writer.refused for writer in stand.writers)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{stand.shop.olap.scheme}: {done} runs in {time.monotonic() - begun:.0f} s, "
            f"{performed.total()} operations, {refused} refused; "
            f"a naive watermark ended with {lost} wrong rows and {failed} failed runs\n"
        )
    assert stand.differences() == []
    assert stand.differences_from_rebuild() == []
    assert performed.total() > 5 * done
    return performed


def _run_naively(shop: Shop) -> bool:
    """Whether the naive run came to its end; a lost tombstone can leave it with sums that don't fit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "Source", NaiveSource)
        try:
            pipeline.run(ends(shop))
        except PipelineError:
            return False
    return True


@contextmanager
def at_work(crew: Sequence[Writer]) -> Iterator[None]:
    """The writers write all the while; after the block nothing of theirs is left open."""
    stop = threading.Event()
    broken: list[BaseException] = []

    def work(number: int, writer: Writer) -> None:
        chance = random.Random(SEED + number)
        try:
            while not stop.is_set():
                _write_something(writer, chance)
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(crew)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert broken == []
    for writer in crew:
        writer.leave()


def _write_something(writer: Writer, chance: random.Random) -> None:
    """One transaction, which may be ended late, or left with the server to be ended later still."""
    writer.begin()
    for _ in range(chance.randint(1, 5)):
        behind_a_savepoint = chance.random() < 0.3
        if behind_a_savepoint:
            writer.savepoint()
        writer.perform(chance.choice(WORK), chance.choice)
        if behind_a_savepoint and chance.random() < 0.5:
            writer.roll_back_to_savepoint()
        time.sleep(chance.choice(PAUSES))
    if chance.random() < 0.3:
        writer.prepare()
    else:
        writer.end(keep=chance.random() < 0.85)
    while writer.prepared and (len(writer.prepared) > 1 or chance.random() < 0.5):
        time.sleep(chance.choice(PAUSES))
        writer.end_prepared(keep=chance.random() < 0.8)
