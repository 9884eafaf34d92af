"""The pipeline's speed: full load beside the pipe's limit and other tools, incremental run, memory."""

from awesome_analytics.bench import full_load, incremental, rivals
from awesome_analytics.bench.figures import Report
from awesome_analytics.bench.ground import Ground

SMALLER = 10
"""How many times smaller the shop is that shows whether an incremental run's time is flat."""


def measure(ground: Ground, *, lines: int, changes: int, rounds: int, peer_lines: int) -> Report:
    """All figures; `peer_lines` 0 leaves the other tools out."""
    large, smaller = ground.shop(lines), max(lines // SMALLER, 1)
    load = full_load.measure(large, lines=lines, rounds=rounds, note=ground.note)
    peer_lines = min(peer_lines, lines)
    race = rivals.measure(large, lines=peer_lines, note=ground.note) if peer_lines else rivals.Race.none()
    shops = {lines: large, smaller: ground.shop(smaller)}
    runs = incremental.measure(shops, changes=changes, rounds=2 * rounds - 1, note=ground.note)
    return Report(
        what="etl",
        setting={
            "lines": lines,
            "changes": changes,
            "rounds": rounds,
            "peer_lines": peer_lines,
            "warehouse": large.olap.scheme,
            "seconds_by_step": dict(load.steps),
        },
        figures=(*load.figures(), *race.figures(load.rows_a_second), *runs),
        notes=(*_NOTES, *(_PEER_NOTES if race.rates else ()), *race.notes),
    )


_NOTES = (
    "Medians of alternating rounds. Ours counts the whole run: every table, the checks, the sums compared, "
    "the publishing. The limit moves the finished rows of fact_sales alone, from a flat table into one with "
    "the same key and indexes.",
)
_PEER_NOTES = (
    "The peers read finished rows, with nothing to join, map or check, and fewer of them than we do, which "
    "favours them; dlt's table has none of our indexes. Ours is the whole run from process start to end.",
)
