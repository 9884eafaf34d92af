"""The tests' own hand-written SQL, in blocks as the product's."""

import re
from pathlib import Path

_HEADER = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def sql_blocks(name: str) -> dict[str, str]:
    """The blocks of a file under `naive_sql`, by name."""
    text = (Path(__file__).parent / "naive_sql" / name).read_text(encoding="utf-8")
    pieces = _HEADER.split(text)
    return dict(zip(pieces[1::2], (body.strip() for body in pieces[2::2]), strict=True))
