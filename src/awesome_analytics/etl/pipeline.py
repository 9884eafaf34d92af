"""One run: what changed in the books, merged into the star, reconciled and committed with its watermark.

A run is one tuple of steps that one loop applies. The incremental run is one transaction of the warehouse.
The full run fills shadow tables, which the engine publishes at once; the watermark travels with them.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from awesome_analytics.core.errors import AwesomeError, PipelineError
from awesome_analytics.etl import history
from awesome_analytics.etl.full import FULL, PUBLISHED
from awesome_analytics.etl.incremental import INCREMENTAL
from awesome_analytics.etl.runner import Ends, only_runner, only_writer, opened
from awesome_analytics.etl.source import Connection, Position, Source, block
from awesome_analytics.etl.status import held_back
from awesome_analytics.etl.work import Quiet, Watcher, Work, watermark
from awesome_analytics.warehouse.engine import Engine

__all__ = ["FULL", "INCREMENTAL", "PUBLISHED", "STEPS", "Ends", "Quiet", "Watcher", "Work", "run", "why_full"]

_HELD_BACK_AFTER = 300.0
"""Seconds after which a write transaction left open in the source is worth a warning."""

STEPS = tuple(
    dict.fromkeys(("lock", "snapshot", *(s[0] for s in INCREMENTAL), *(s[0] for s in FULL), "commit", "end"))
)
"""The name of every step, in order."""


def run(ends: Ends, *, full: bool = False, watch: Watcher | None = None) -> history.Watermark:
    """Bring the warehouse up to the books' newest snapshot.

    Raises AlreadyRunning when another run holds the lock, PipelineError when the run could not finish;
    the warehouse then stands as before.
    """
    watch = watch or Quiet()
    watch.step("lock", "Take the lock")
    with (
        _in_words(),
        only_runner(ends) as lock,
        only_writer(ends) as engine,
        ends.open_source() as connection,
    ):
        history.mend_log(engine, now=ends.now())
        run_id = history.begin_run(engine, mode="full" if full else "incremental", now=ends.now())
        try:
            watch.began(run_id)
            return _run(ends, lock, Source(connection), engine, watch, run_id, full=full)
        except BaseException as error:
            published = _record_failure(ends, run_id, error)
            if isinstance(error, AwesomeError) or not isinstance(error, Exception):
                raise
            raise PipelineError(f"run {run_id} {_ENDED[published]}: {_reason(error)}") from error


def _run(
    ends: Ends,
    lock: Connection,
    source: Source,
    engine: Engine,
    watch: Watcher,
    run_id: int,
    *,
    full: bool,
) -> history.Watermark:
    watch.step("snapshot", "Take one snapshot of the books")
    with source.snapshot() as position:
        standing = history.read_watermark(engine)
        reason = why_full(source, position, standing, asked=full)
        _warn_if_held_back(lock, watch)
        if reason and standing and not full:
            watch.warn(f"{reason}: everything is loaded anew")
        work = Work(
            ends=ends,
            lock=lock,
            source=source,
            engine=engine,
            watch=watch,
            run_id=run_id,
            position=position,
            standing=standing,
            warehouse_id=standing.warehouse_id if standing else history.new_warehouse_id(),
            mode="full" if reason else "incremental",
            reason=reason,
        )
        with engine.transaction():
            for name, text, step in FULL if reason else INCREMENTAL:
                watch.step(name, text)
                step(work)
            outcome = watermark(work)
            if work.mode == "incremental":
                history.finish_run(engine, outcome, now=ends.now())
            watch.step("commit", "Commit")
        if work.mode == "full":
            # A rename commits by itself on some engines: the log follows it, and is mended if killed between.
            history.finish_run(engine, outcome, now=ends.now())
    watch.step("end", "Done")
    return outcome


def why_full(
    source: Source, position: Position, standing: history.Watermark | None, *, asked: bool
) -> str | None:
    """The reason for loading everything; None when the changes since the watermark are enough."""
    if standing is None:
        return "first load"
    mark = source.query(block("mark_of"), {"warehouse_id": standing.warehouse_id})
    wrong = standing.mismatch(position, int(mark[0][0]) if mark else None) or standing.summaries_lack
    return wrong or ("asked for" if asked else None)


# ---------------------------------------------------------------- around a run


_ENDED = {
    True: "published all and then failed",
    False: "failed and changed nothing",
    None: "failed; the next one finds out how far it came",
}


@contextmanager
def _in_words() -> Iterator[None]:
    """What a driver raises before and after the run proper is a failure of the pipeline, too."""
    try:
        yield
    except AwesomeError:
        raise
    except Exception as error:
        raise PipelineError(f"the run could not be done: {_reason(error)}") from error


def _record_failure(ends: Ends, run_id: int, error: BaseException) -> bool | None:
    """Whether it had published all the same; None when the warehouse doesn't say.

    On a connection of its own: the run's may be what failed.
    """
    with suppress(Exception), opened(ends) as engine:
        return history.settle_run(engine, run_id, error=_reason(error), now=ends.now())
    return None


def _reason(error: BaseException) -> str:
    """An error's own words, without the drivers' numbers and positions."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped by hand"
    said = [getattr(getattr(error, "diag", None), "message_primary", None), *reversed(error.args)]
    words = next((text for text in said if isinstance(text, str) and text.strip()), str(error))
    return " ".join(words.split()) or type(error).__name__


def _warn_if_held_back(lock: Connection, watch: Watcher) -> None:
    told = held_back(lock, longer_than=_HELD_BACK_AFTER)
    if told:
        watch.warn(f"{told}: until it ends, every run reads again what was written since")
