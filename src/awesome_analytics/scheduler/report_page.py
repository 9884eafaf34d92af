"""A report as a page for a mail reader, with styles in place and nothing loaded, and as plain text."""

from collections.abc import Iterator, Sequence
from html import escape

from awesome_analytics.scheduler.report import Chart, Report, Tile

_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif"
_INK, _QUIET, _LINE, _BAR = "#18231f", "#55635d", "#d5dcd9", "#1f6f5c"
_GOOD, _BAD = "#17604f", "#a32218"
_NO_SALES = "No sales in these days."


def page(report: Report) -> str:
    """The report in HTML; every text of the data is escaped."""
    tiles = "".join(_tile(tile) for tile in report.tiles)
    charts = "".join(_chart(chart) for chart in report.charts)
    warning = (
        f'<p style="padding:8px 12px;border:1px solid {_BAD};border-radius:6px;color:{_BAD}">'
        f"{escape(report.warning)}</p>"
        if report.warning
        else ""
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(report.title)}</title></head>\n"
        f'<body style="margin:0;padding:24px;background:#ffffff;color:{_INK};{_FONT}">'
        '<div style="max-width:640px;margin:0 auto">'
        f'<h1 style="font-size:22px;margin:0 0 4px">{escape(report.title)}</h1>'
        f'<p style="margin:0 0 16px;color:{_QUIET}">{escape(report.fresh)}</p>{warning}'
        f"{tiles}{charts}</div></body></html>\n"
    )


def _tile(tile: Tile) -> str:
    reading = tile.reading
    beside = " ".join(part for part in (_change(tile), escape(reading.beside)) if part)
    lines = "<br>".join(part for part in (escape(reading.note), beside) if part)
    # A box that stands beside the next one where there is room, and above it on a phone.
    return (
        '<div style="display:inline-block;vertical-align:top;box-sizing:border-box;width:48%;min-width:240px;'
        f'margin:0 1% 12px 0;padding:12px 14px;border:1px solid {_LINE};border-radius:8px">'
        f'<div style="color:{_QUIET};font-size:14px">{escape(tile.title)}</div>'
        f'<div style="font-size:24px;font-weight:600;margin:4px 0">{escape(reading.value)}</div>'
        f'<div style="color:{_QUIET};font-size:13px">{lines}</div></div>\n'
    )


def _change(tile: Tile) -> str:
    delta = tile.reading.delta
    if delta is None:
        return ""
    grew = not delta.startswith("-")
    colour = _GOOD if grew == (tile.reading.good != "down") else _BAD
    return f'<b style="color:{colour}">{escape(delta)}</b>'


def _chart(chart: Chart) -> str:
    head = "".join(
        f'<th scope="col" style="text-align:{_side(i)};padding:4px 8px;color:{_QUIET};font-weight:500">'
        f"{escape(name)}</th>"
        for i, name in enumerate(chart.columns)
    )
    rows = "".join(_row(row, length) for row, length in zip(chart.rows, chart.lengths, strict=True))
    empty = f'<p style="color:{_QUIET}">{_NO_SALES}</p>'
    style = "border-collapse:collapse;width:100%;font-size:14px"
    table = f'<table style="{style}"><tr>{head}<td></td></tr>\n{rows}</table>' if chart.rows else empty
    return f'<h2 style="font-size:16px;margin:20px 0 6px">{escape(chart.title)}</h2>{table}\n'


def _row(cells: Sequence[str], length: float) -> str:
    told = "".join(
        f'<td style="text-align:{_side(i)};padding:4px 8px;border-top:1px solid {_LINE}">{escape(cell)}</td>'
        for i, cell in enumerate(cells)
    )
    bar = (
        f'<div style="width:{100 * length:.1f}%;height:12px;background:{_BAR};border-radius:2px"></div>'
        if length
        else ""
    )
    return f'<tr>{told}<td style="width:40%;border-top:1px solid {_LINE}">{bar}</td></tr>\n'


def _side(place: int) -> str:
    return "left" if place == 0 else "right"


def text(report: Report) -> str:
    """The report for readers without HTML, and for the terminal."""
    lines = [report.title, report.fresh, *([f"! {report.warning}"] if report.warning else []), ""]
    width = max((len(tile.title) for tile in report.tiles), default=0)
    for tile in report.tiles:
        notes = "; ".join(_notes(tile))
        lines.append(f"{tile.title:<{width}}  {tile.reading.value}" + (f"  ({notes})" if notes else ""))
    for chart in report.charts:
        lines += ["", chart.title, *(_aligned(chart) if chart.rows else [f"  {_NO_SALES}"])]
    return "\n".join(lines) + "\n"


def _notes(tile: Tile) -> Iterator[str]:
    change = " ".join(part for part in (tile.reading.delta, tile.reading.beside) if part)
    yield from (part for part in (tile.reading.note, change) if part)


def _aligned(chart: Chart) -> Iterator[str]:
    rows = [chart.columns, *chart.rows]
    first, *others = (max(len(row[i]) for row in rows) for i in range(len(chart.columns)))
    for row in rows:
        figures = (f"{cell:>{width}}" for cell, width in zip(row[1:], others, strict=True))
        yield "  ".join(("", f"{row[0]:<{first}}", *figures)).rstrip()
