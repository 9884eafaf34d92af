"""The first reading of a file: which columns, how many rows, which date style. Nothing is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from awesome_analytics.sales.importer.columns import Column, Kind, Layout, find_columns
from awesome_analytics.sales.importer.dates import DateStyle, Evidence
from awesome_analytics.sales.importer.report import FileFacts
from awesome_analytics.sales.importer.rows import Reader, Tally
from awesome_analytics.sales.importer.source import Source

OnProgress = Callable[[str, int, int | None], None]
"""Called now and then with what is done, how many rows are done, and of how many if known."""

_EVERY = 1 << 12


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A file ready to be taken."""

    source: Source
    layout: Layout
    style: DateStyle
    rows: int

    def reader(self) -> Reader:
        """A reader of the file's rows with a tally of its own."""
        return Reader(layout=self.layout, style=self.style)

    def facts(self, tally: Tally) -> FileFacts:
        """What to tell about the file."""
        return FileFacts(
            file=self.source.path.name,
            sha256=self.source.sha256,
            encoding={"utf-8-sig": "UTF-8", "latin-1": "Windows-1252"}.get(self.source.encoding, "UTF-16"),
            date_style=self.style.value,
            mended_accents=tally.mended,
            plain_spaces=tally.respaced,
            rounded_numbers=tally.rounded,
            missing_columns=tuple(self.layout.defaults),
        )


def prepare(
    path: Path,
    *,
    field: str,
    columns: Sequence[Column],
    defaults: Mapping[str, str],
    style: DateStyle,
    on_progress: OnProgress,
) -> Prepared:
    """Read the whole file once; raises InvalidInput for one that can't be taken as a whole."""
    source = Source.open(path, field=field)
    layout = find_columns(source.header, columns, defaults, field=field, file=path.name)
    rows, evidence = _scan(source, layout, on_progress)
    if style is DateStyle.AUTO:
        style = evidence.style(file=path.name)
    return Prepared(source=source, layout=layout, style=style, rows=rows)


def _scan(source: Source, layout: Layout, on_progress: OnProgress) -> tuple[int, Evidence]:
    dates = [index for column, index in layout.columns if column.kind is Kind.DATE]
    evidence, count = Evidence(), 0
    for row in source.rows():
        count += 1
        if len(row.cells) == layout.width:
            for index in dates:
                evidence.add(row.cells[index], row.line)
        if count % _EVERY == 0:
            on_progress(f"reading {source.path.name}", count, None)
    return count, evidence
