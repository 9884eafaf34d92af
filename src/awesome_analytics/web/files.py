"""Answers as files to take away."""

import io
import re
from decimal import Decimal
from typing import Any

from awesome_analytics.core.spreadsheet import safe
from awesome_analytics.semantic import formats
from awesome_analytics.semantic.model import Format
from awesome_analytics.semantic.run import Cell, Result
from awesome_analytics.semantic.written import written

_NUMBER_FORMATS: dict[Format, str] = {
    "money": "$#,##0.00;-$#,##0.00",
    "number": "#,##0",
    "decimal": "#,##0.00",
    "days": "#,##0.00",
    "percent": "0.0%",
    "day": "yyyy-mm-dd",
    "week": "yyyy-mm-dd",
}
_WIDEST = 50


def to_xlsx(result: Result, *, sentence: str) -> bytes:
    """The answer as an Excel workbook: typed cells, and a second sheet that tells what was asked."""
    import xlsxwriter  # type: ignore[import-untyped]  # a fifth of a second that only who exports needs to wait for

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Answer")
        bold = book.add_format({"bold": True, "bottom": 1})
        rows = [*result.rows, *([_total(result)] if result.totals else [])]
        for place, column in enumerate(result.columns):
            shape = book.add_format({"num_format": _NUMBER_FORMATS.get(column.format, "@")})
            texts = [written(row[place], column.format) for row in rows[:500]]
            sheet.set_column(place, place, min(_WIDEST, max(map(len, [column.label, *texts])) + 2))
            sheet.write_string(0, place, safe(column.label), bold)
            for line, row in enumerate(rows, start=1):
                _write(sheet, line, place, row[place], shape)
        sheet.freeze_panes(1, 0)
        about = book.add_worksheet("Question")
        about.set_column(0, 0, 100)
        as_of = f"As of {result.as_of:%Y-%m-%d %H:%M} UTC" if result.as_of else "Before the first load"
        for line, text in enumerate((sentence, as_of)):
            about.write_string(line, 0, safe(text))
    return made.getvalue()


def _total(result: Result) -> tuple[Cell, ...]:
    assert result.totals is not None
    return ("Total", *result.totals[1:])


def _write(sheet: Any, line: int, place: int, value: Cell, shape: Any) -> None:
    plain = formats.plain_cell(value)
    if isinstance(plain, Decimal | int):
        sheet.write_number(line, place, float(plain), shape)
    elif isinstance(plain, str):
        sheet.write_string(line, place, plain)
    else:
        sheet.write_datetime(line, place, plain, shape)


def file_name(title: str) -> str:
    """A title as the beginning of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "answer"
