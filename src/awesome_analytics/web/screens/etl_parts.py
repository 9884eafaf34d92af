"""The ETL page's pieces of HTML: tiles, the picture of the journey, tables. Every value is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

STYLE = """<style>
.etl-tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.2rem, 1fr)); gap: 0.75rem; }
.etl-tile { border: 1px solid rgb(128 128 128 / 35%); border-radius: 0.6rem; padding: 0.7rem 0.75rem; }
.etl-tile p { margin: 0; font-size: 0.85rem; opacity: 0.85; }
.etl-tile p.etl-value { font-size: 1.05rem; font-weight: 600; opacity: 1;
  font-variant-numeric: tabular-nums; }
.etl-good::before, .etl-bad::before, .etl-busy::before { content: ""; display: inline-block; width: 0.6em;
  height: 0.6em; margin-right: 0.45em; border-radius: 50%; background: #2e9e5b; }
.etl-bad::before { background: #d64545; border-radius: 0; }
.etl-busy::before { background: #d99a1b; }
.etl-way { display: flex; align-items: stretch; gap: 0.4rem; }
.etl-way div { flex: 1 1 0; border-radius: 0.6rem; padding: 0.5rem 0.6rem; font-size: 0.82rem;
  border: 1px solid rgb(128 128 128 / 35%); }
.etl-way div.etl-end { background: rgb(128 128 128 / 14%); }
.etl-way b { display: block; font-size: 0.95rem; }
.etl-way span { align-self: center; opacity: 0.6; font-size: 1.2rem; }
.etl-scroll { overflow-x: auto; }
.etl-scroll table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
.etl-scroll th { text-align: left; font-weight: 600; white-space: nowrap; }
.etl-scroll th, .etl-scroll td { padding: 0.35rem 0.9rem 0.35rem 0; vertical-align: top;
  border-bottom: 1px solid rgb(128 128 128 / 25%); }
.etl-scroll td:last-child { min-width: 12rem; }
.etl-scroll td:nth-last-child(3) { min-width: 7rem; }
.etl-scroll .etl-number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  min-width: 0; }
.etl-scroll .etl-moment { white-space: nowrap; font-variant-numeric: tabular-nums; }
.etl-steps { font-size: 0.9rem; }
.etl-steps div { display: flex; gap: 0.6rem; padding: 0.12rem 0; }
.etl-steps div span:last-child { margin-left: auto; text-align: right; opacity: 0.85;
  font-variant-numeric: tabular-nums; }
@media (max-width: 45rem) {
  .etl-way { flex-direction: column; }
  .etl-way span { transform: rotate(90deg); line-height: 1; }
}
</style>"""

_ONE_LINE = ("Timestamp", "Table", "Key")

Mood = Literal["", "good", "bad", "busy"]
"""The mark before a value: green and round, red and square, amber; none."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure with its label and a note below."""

    label: str
    value: str
    note: str = ""
    mood: Mood = ""


def tiles(name: str, found: Sequence[Tile]) -> str:
    """A row of tiles that wraps on a narrow screen."""
    shown = "".join(
        f'<div class="etl-tile"><p>{escape(tile.label)}</p>'
        f'<p class="etl-value{_marked(tile.mood)}">{escape(tile.value)}</p><p>{escape(tile.note)}</p></div>'
        for tile in found
    )
    return f'<div class="etl-tiles" role="group" aria-label="{escape(name)}">{shown}</div>'


def _marked(mood: Mood) -> str:
    return f" etl-{mood}" if mood else ""


def journey(warehouse: str) -> str:
    """The way of a sale from the books to the warehouse, as boxes and arrows."""
    boxes = (
        ("etl-end", "Books", "PostgreSQL, where orders and returns are entered"),
        ("", "1 Extract", "the rows that changed, in one snapshot"),
        ("", "2 Transform", "shaped into a star: facts and dimensions"),
        ("", "3 Load", "merged, reconciled and committed at once"),
        ("etl-end", "Warehouse", f"{warehouse}, where every number is read"),
    )
    shown = '<span aria-hidden="true">→</span>'.join(
        f'<div class="{kind}"><b>{escape(title)}</b>{escape(text)}</div>' for kind, title, text in boxes
    )
    return f'<div class="etl-way" role="img" aria-label="From the books to the warehouse">{shown}</div>'


def steps(found: Sequence[tuple[Mood, str, str]]) -> str:
    """A run's steps: how it is, what is done, its rows and seconds."""
    shown = "".join(
        f'<div role="listitem"><span class="{_marked(mood).strip()}">{escape(text)}</span>'
        f"<span>{escape(told)}</span></div>"
        for mood, text, told in found
    )
    return f'<div class="etl-steps" role="list" aria-label="Steps">{shown}</div>'


def table(
    name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[str] = ()
) -> str:
    """A real table, which a screen reader reads and a phone scrolls; `numbers` are columns set right."""
    head = "".join(f'<th scope="col"{_set(each, numbers)}>{escape(each)}</th>' for each in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_set(column, numbers)}>{escape(value)}</td>"
            for column, value in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="etl-scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _set(column: str, numbers: Sequence[str]) -> str:
    if column in numbers:
        return ' class="etl-number"'
    return ' class="etl-moment"' if column in _ONE_LINE else ""
