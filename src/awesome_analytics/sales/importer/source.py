"""A CSV file as it stands: plain or gzipped, its encoding, separator, header and rows."""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from awesome_analytics.core.errors import InvalidInput

_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 17
_MOST_LINES_OF_A_ROW = 50
_SEPARATORS = ",;\t"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: the line of the file it begins on, and its cells; `broken` when its quotes don't close."""

    line: int
    cells: Sequence[str]
    broken: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that can be read again and again from the start."""

    path: Path
    field: str
    sha256: str
    encoding: str
    separator: str
    header: tuple[str, ...]

    @classmethod
    def open(cls, path: Path, *, field: str) -> "Source":
        """Learn what the file is; `field` names it in errors. Raises InvalidInput."""
        with _told(path, field):
            encoding = _encoding(path)
            with _text(path, encoding) as lines:
                top = lines.readline(_LONGEST_LINE)
            separator = max(_SEPARATORS, key=top.count)
            header = next(csv.reader([top], delimiter=separator), [])
            with path.open("rb") as raw:
                digest = hashlib.file_digest(raw, "sha256").hexdigest()
        if not any(cell.strip() for cell in header):
            raise InvalidInput(field, f"{path.name} is empty: its first line must name the columns")
        return cls(
            path=path,
            field=field,
            sha256=digest,
            encoding=encoding,
            separator=separator,
            header=tuple(header),
        )

    def rows(self) -> Iterator[Row]:
        """Every record after the header, blank ones left out; memory stays bounded."""
        with _told(self.path, self.field), _text(self.path, self.encoding) as lines:
            records = _records(lines, self.separator, len(self.header))
            next(records, None)
            for row in records:
                if any(row.cells):
                    yield row


@contextmanager
def _told(path: Path, field: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(field, f"{path.name} is a damaged gzip file: {error}") from error
    except UnicodeError as error:
        raise InvalidInput(field, f"{path.name} changed while it was read: {error}") from error
    except OSError as error:
        raise InvalidInput(field, f"{path} can't be read: {error.strerror or error}") from error


@contextmanager
def _bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.open(raw) as unpacked:
            yield cast("BinaryIO", unpacked)


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[TextIO]:
    with _bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as lines:
        yield lines


def _encoding(path: Path) -> str:
    """UTF-8 when every byte agrees, else Latin-1, whose bytes 80 to 9F are read as Windows-1252 later."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(path) as raw:
        chunk = raw.read(_CHUNK)
        if chunk[:2] in _UTF16:
            return "utf-16"
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = raw.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


class _Lines:
    """Lines that remember what one record took, so that an unclosed quote costs one line, not the rest."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.wanted_more = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = "" if len(self.taken) >= _MOST_LINES_OF_A_ROW else self._following()
        if not line:
            self.wanted_more = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        return line

    def _following(self) -> str:
        return self._waiting.popleft() if self._waiting else self._source.readline(_LONGEST_LINE)

    def begin_record(self) -> None:
        """Forget what the record before took."""
        self.taken.clear()
        self.wanted_more = False

    def give_back_all_but_first(self) -> None:
        """Let the lines after the first be read again, as records of their own."""
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _records(source: TextIO, separator: str, width: int) -> Iterator[Row]:
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=separator)
    number = 1
    while True:
        lines.begin_record()
        cells = _next_cells(reader)
        if not lines.taken:
            return
        broken = cells is None or lines.wanted_more or _swallowed(lines.taken, cells, separator, width)
        if broken:
            lines.give_back_all_but_first()
            reader = csv.reader(lines, delimiter=separator)
            cells = [lines.taken[0].rstrip("\r\n")]
        yield Row(line=number, cells=cells or (), broken=broken)
        number += len(lines.taken)


def _swallowed(taken: Sequence[str], cells: Sequence[str], separator: str, width: int) -> bool:
    """Whether a record of several lines is more likely an unclosed quote that took whole rows after it."""
    if len(taken) == 1:
        return False
    return len(cells) != width or any(
        line.count('"') % 2 == 0 and line.count(separator) >= width - 1 for line in taken[1:]
    )


def _next_cells(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, [])
    except csv.Error:
        return None
