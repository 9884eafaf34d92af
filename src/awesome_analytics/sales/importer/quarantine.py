"""The file of rows that did not get into the books, each with its line, the reason and its own cells."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.importer.source import Source


def write_quarantine(source: Source, verdicts: Iterator[tuple[Any, ...]], target: Path) -> Path | None:
    """Write the rows that `verdicts` (line, outcome, reason; by line) name; None when there are none.

    The source is read once more, so that neither it nor the verdicts need be held in memory.
    """
    verdict = next(verdicts, None)
    if verdict is None:
        return None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Line", "Outcome", "Reason", *source.header])
            for row in source.rows():
                if verdict is not None and row.line == verdict[0]:
                    writer.writerow([*verdict, *row.cells])
                    verdict = next(verdicts, None)
        part.replace(target)
    except OSError as error:
        raise InvalidInput("--refused", f"{target} can't be written: {error.strerror or error}") from error
    return target
