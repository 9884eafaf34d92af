"""Hand-written SQL in named blocks: a line `-- name: what` begins a block of a `.sql` file."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_HEADER = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@cache
def blocks(package: str, file: str) -> Mapping[str, LiteralString]:
    """The blocks of `file` inside `package`, by name; a name given twice is refused."""
    pieces = _HEADER.split(files(package).joinpath(file).read_text(encoding="utf-8"))
    names, bodies = pieces[1::2], pieces[2::2]
    found = dict(zip(names, (body.strip().rstrip(";") for body in bodies), strict=True))
    if len(found) != len(names):
        raise ValueError(f"{package}/{file} names a block twice")
    return cast("Mapping[str, LiteralString]", found)
