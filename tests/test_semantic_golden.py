"""The SQL of representative Queries, as it was read and found good.

`AWESOME_REWRITE_GOLDEN=1 pytest tests/test_semantic_golden.py` writes the files anew; read the difference.
"""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest

from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.dialect import DIALECTS
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import compile_query

HERE = Path(__file__).parent
ASKED = json.loads((HERE / "queries" / "golden.json").read_text(encoding="utf-8"))
TODAY = date(2014, 12, 31)


CLAUSE = re.compile(
    r" (?=(?:WITH|SELECT|FROM|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|UNION ALL|LEFT JOIN|CROSS JOIN|JOIN) )"
    r"|(?<=\()(?=SELECT )|(?<=,) (?=t\d+ AS )"
)


def readable(sql: str) -> str:
    """The statement itself, a clause a line."""
    return CLAUSE.sub("\n", sql).replace("LEFT\nJOIN", "LEFT JOIN") + "\n"


@pytest.mark.parametrize("engine", sorted(DIALECTS))
@pytest.mark.parametrize("name", ASKED)
def test_the_sql_is_what_was_read_and_found_good(name: str, engine: str) -> None:
    query = Query.from_dict(ASKED[name])
    compiled = compile_query(query, builtin_catalog(), engine=engine, today=TODAY)
    values = "".join(f"-- {place} = {value}\n" for place, value in compiled.values.items())
    found = f"-- from {', '.join(compiled.sources)}\n{values}{readable(compiled.sql)}"
    golden = HERE / "golden" / engine / f"{name}.sql"
    if os.environ.get("AWESOME_REWRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_no_file_is_left_of_a_query_that_is_gone() -> None:
    kept = {(path.parent.name, path.stem) for path in (HERE / "golden").rglob("*.sql")}
    assert kept == {(engine, name) for engine in DIALECTS for name in ASKED}
