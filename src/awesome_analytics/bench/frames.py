"""pandas asked the same as the semantic layer, in the environment that the bench alone installs."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any, Self, cast

from awesome_analytics.bench import rivals
from awesome_analytics.bench.asked import Asked, ad_hoc, tiles
from awesome_analytics.bench.ground import Note
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.sql import blocks

SQL = blocks("awesome_analytics.bench", "query.sql")
_PATIENCE = 1800.0
"""Seconds after which pandas is stopped."""


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What pandas took for each question, by its name."""

    milliseconds: Mapping[str, float]
    notes: tuple[str, ...]

    @classmethod
    def none(cls) -> Self:
        """Nobody asked."""
        return cls(milliseconds={}, notes=())


def measure(shop: Shop, values: Mapping[str, int], *, rounds: int, note: Note) -> Frames:
    """Ask pandas the same, in the environment that the bench alone installs."""
    questions = (*tiles(), *ad_hoc())
    note("pandas: reading the tables and asking the same of them")
    try:
        python = rivals.environment(note)
        found = _run_script(str(python), _job(shop, questions, values, rounds))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Frames(milliseconds={}, notes=(f"pandas did not run: {rivals.told(error)}",))
    asked = {each.name: taken for each, taken in zip(questions, found["milliseconds"], strict=True)}
    told = (
        f"pandas read the tables into memory in {found['loaded']:.1f} s before the first answer, as floats."
    )
    return Frames(milliseconds=asked, notes=(told,))


def _job(shop: Shop, questions: Sequence[Asked], values: Mapping[str, int], rounds: int) -> dict[str, Any]:
    return {
        "target": rivals.with_driver(shop.olap),
        "tables": {name: SQL[f"peer_{name}"] for name in ("sales", "returns", "products", "customers")},
        "asked": [(asked.block, asked.stretch) for asked in questions],
        "rounds": rounds,
        **values,
    }


def _run_script(python: str, job: Mapping[str, Any]) -> dict[str, Any]:
    with as_file(files("awesome_analytics.bench") / "peers" / "query_with_pandas.py") as script:
        done = subprocess.run(
            [python, str(script)],
            env={**os.environ, "BENCH_PEER": json.dumps(job)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    if done.returncode:
        raise ValueError(done.stderr)
    return cast("dict[str, Any]", json.loads(done.stdout))
