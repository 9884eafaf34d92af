"""How a file's bytes become rows, texts and days."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.importer.dates import DateStyle, Evidence, read_date
from awesome_analytics.sales.importer.refusal import RefusedCell
from awesome_analytics.sales.importer.source import Source
from awesome_analytics.sales.importer.text import clean


def read(path: Path, data: bytes) -> list[tuple[int, list[str], bool]]:
    path.write_bytes(data)
    return [(row.line, list(row.cells), row.broken) for row in Source.open(path, field="ORDERS").rows()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MedellÃ­n", "Medellín"),
        ("Anna HÃ¤berlin", "Anna Häberlin"),
        ("Ã\x81lava", "Álava"),
        ("Eldon ImÃ\u00a0ge", "Eldon Imàge"),
        ("Bretford Â“Just In TimeÂ”", "Bretford “Just In Time”"),
        ("5 Â¾Â” x 11Â”", "5 ¾” x 11”"),
    ],
)
def test_double_encoded_text_is_mended_and_said_so(written: str, meant: str) -> None:
    assert (clean(written).text, clean(written).mended) == (meant, True)


@pytest.mark.parametrize("text", ["Medellín", "Köln", "Ã", "Ãß 100 €", "日本", "naïve Â"])
def test_text_that_only_looks_double_encoded_stays(text: str) -> None:
    assert (clean(text).text, clean(text).mended) == (text, False)


@given(st.text(st.characters(min_codepoint=0xA1, max_codepoint=0x2FFF), min_size=1).map(str.strip))
def test_double_encoding_is_undone_whatever_the_text(text: str) -> None:
    spoilt = text.encode().decode("latin-1")
    if clean(text).mended or "\u00a0" in text:  # a text that reads as double-encoded itself
        return
    assert clean(spoilt).text == text


def test_no_break_spaces_become_plain_and_are_counted() -> None:
    cleaned = clean("\u00a0Imation\u00a0Clip ")
    assert (cleaned.text, cleaned.respaced, cleaned.mended) == ("Imation Clip", True, False)


@pytest.mark.parametrize(
    ("text", "style", "day"),
    [
        ("2014-10-02", DateStyle.ISO, date(2014, 10, 2)),
        ("2014/10/02", DateStyle.DAY_FIRST, date(2014, 10, 2)),
        ("2014-10-02 00:00:00", DateStyle.ISO, date(2014, 10, 2)),
        ("31/07/2012", DateStyle.DAY_FIRST, date(2012, 7, 31)),
        ("05-02-13", DateStyle.DAY_FIRST, date(2013, 2, 5)),
        ("5.2.13", DateStyle.DAY_FIRST, date(2013, 2, 5)),
        ("7/31/2012", DateStyle.MONTH_FIRST, date(2012, 7, 31)),
        ("02-05-13", DateStyle.MONTH_FIRST, date(2013, 2, 5)),
        ("1/1/99", DateStyle.DAY_FIRST, date(1999, 1, 1)),
    ],
)
def test_each_way_to_write_a_day(text: str, style: DateStyle, day: date) -> None:
    assert read_date("Order Date", text, style) == day


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("31/07/2012", DateStyle.MONTH_FIRST),
        ("31/07/2012", DateStyle.ISO),
        ("2014-02-30", DateStyle.ISO),
        ("31/07-2012", DateStyle.DAY_FIRST),
        ("1/2/345", DateStyle.DAY_FIRST),
        ("2014-10-02 13:00", DateStyle.ISO),
        ("0000-01-01", DateStyle.ISO),
        ("1899-12-31", DateStyle.ISO),
        ("2200-01-01", DateStyle.ISO),
        ("٢٠١٤-01-01", DateStyle.ISO),
        ("41275", DateStyle.ISO),
        ("", DateStyle.ISO),
    ],
)
def test_what_is_no_day_is_refused(text: str, style: DateStyle) -> None:
    with pytest.raises(RefusedCell):
        read_date("Order Date", text, style)


def style_of(*dates: str) -> DateStyle:
    evidence = Evidence()
    for number, text in enumerate(dates, 2):
        evidence.add(text, number)
    return evidence.style(file="f.csv")


def test_the_style_is_found_by_the_one_date_that_decides() -> None:
    assert style_of("05/02/2013", "06-02-13", "31/07/2012") is DateStyle.DAY_FIRST
    assert style_of("05/02/2013", "07/31/2012") is DateStyle.MONTH_FIRST
    assert style_of("2013-02-05", "2014-12-31") is DateStyle.ISO
    assert style_of("05/05/2013", "2014-12-31") is DateStyle.DAY_FIRST  # either style reads it alike


def test_dates_that_fit_both_styles_ask_for_one() -> None:
    with pytest.raises(InvalidInput, match="--date-style day-first or month-first"):
        style_of("05/02/2013", "2014-12-31", "99/99/2014", "nonsense")


def test_dates_that_contradict_each_other_ask_for_a_style() -> None:
    with pytest.raises(InvalidInput, match="the day first in line 2 and the month first in line 3"):
        style_of("31/07/2012", "07/31/2012")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("A,B\r\nMedellín,2\r\n".encode(), "Medellín"),
        ("\ufeffA,B\nMedellín,2\n".encode(), "Medellín"),
        ("A,B\nMedellín,2\n".encode("latin-1"), "Medellín"),
        ("A;B\nMedellín;2\n".encode("utf-16"), "Medellín"),
        (gzip.compress("A,B\n“x”,2".encode("cp1252"), mtime=0), "“x”"),
    ],
)
def test_encodings_separators_and_packing_are_found(tmp_path: Path, data: bytes, name: str) -> None:
    ((number, cells, broken),) = read(tmp_path / "f.csv", data)
    assert (number, clean(cells[0]).text, cells[1], broken) == (2, name, "2", False)


def test_a_row_counts_from_the_line_it_begins_on(tmp_path: Path) -> None:
    rows = read(tmp_path / "f.csv", b'A,B\n1,"two\nlines"\n\n3,4\n')
    assert rows == [(2, ["1", "two\nlines"], False), (5, ["3", "4"], False)]


def test_an_unclosed_quote_costs_one_row_and_no_more(tmp_path: Path) -> None:
    after = [b"%d,x\n" % number for number in range(200)]
    rows = read(tmp_path / "f.csv", b'A,B\n1,"open\n' + b"".join(after))
    assert rows[0] == (2, ['1,"open'], True)
    assert rows[1:] == [(number + 3, [str(number), "x"], False) for number in range(200)]
    assert len(read(tmp_path / "g.csv", b'A,B\n1,"open\n' + b"".join(after[:3]))) == 4


def test_an_unclosed_quote_that_a_later_one_closes_costs_its_row_and_that_one(tmp_path: Path) -> None:
    rows = read(tmp_path / "f.csv", b'A,B\n1,"open\n2,x\n3,y"\n4,z\n')
    assert rows == [
        (2, ['1,"open'], True),
        (3, ["2", "x"], False),
        (4, ["3", 'y"'], False),
        (5, ["4", "z"], False),
    ]


def test_a_file_cut_short_is_refused_as_a_whole(tmp_path: Path) -> None:
    packed = gzip.compress(b"A,B\n" + bytes(range(32, 127)) * 2000)
    with pytest.raises(InvalidInput, match="damaged gzip"):
        read(tmp_path / "f.csv.gz", packed[:-200])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        read(tmp_path / "f.csv", b"")
