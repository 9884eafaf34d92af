"""The command line as a stranger uses it: the README's own commands, exit codes, answers on stdout."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home whose server stays up between the commands."""
    folder = Path(tempfile.mkdtemp(prefix="awesome-cli-"))
    with EmbeddedPostgres(folder):
        yield folder


def awesome(home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    return subprocess.run(
        [sys.executable, "-m", "awesome_analytics.cli", *arguments],
        env={**kept, "AWESOME_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def tour() -> list[list[str]]:
    """The commands of the README's first tour."""
    block = re.search(r"```\nexport PATH.*?\n(awesome init.*?)```", README, re.DOTALL)
    assert block is not None
    return [shlex.split(line)[1:] for line in block[1].replace("\\\n", "").splitlines()]


def test_the_readmes_tour_ends_in_a_reconciled_warehouse(home: Path) -> None:
    for arguments in tour():
        done = awesome(home, *arguments, AWESOME_TODAY="2024-12-07")
        assert done.returncode == 0, (arguments, done.stderr)
    found = json.loads(awesome(home, "etl", "reconcile", "--json").stdout)
    assert (found["count"], found["waiting"]) == (0, 0)
    assert {name: float(value) for name, value in found["totals"]["warehouse"].items()} == {
        "lines": 2,
        "units": 6,
        "sales": 6000,
        "profit": 5410,
    }
    again = json.loads(awesome(home, "etl", "run", "--json").stdout)
    assert (again["status"], again["records_processed"]) == ("SUCCESS", 0)
    assert [
        run["records_processed"] for run in json.loads(awesome(home, "etl", "history", "--json").stdout)
    ] == [0, 2]


def test_differences_are_exit_code_1(home: Path) -> None:
    awesome(home, "etl", "run")
    awesome(home, "order", "void", "ORD-404")
    missing = awesome(home, "order", "show", "ORD-404", "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout)["kind"] == "not_found"
    assert "Traceback" not in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ordr"], "order"),
        (["etl", "rnu"], "run"),
        (
            [
                "order",
                "record",
                "--email",
                "a@b.c",
                "--market",
                "US",
                "--region",
                "Est",
                "--priority",
                "High",
            ],
            "East",
        ),
    ],
)
def test_a_slip_of_the_hand_is_exit_code_2_and_told_what_exists(
    home: Path, arguments: list[str], told: str
) -> None:
    done = awesome(home, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("AWESOME_OLTP_URL", "mysql://x@y/z", "PostgreSQL"),
        ("AWESOME_OLTP_URL", "oracle://x@y/z", "postgresql://"),
        ("AWESOME_WAREHOUSE_URL", "mysql://ann:s3cret@127.0.0.1:1/star", "can't be reached"),
        ("AWESOME_TIMEZONE", "Mars/Olympus", "Europe/Berlin"),
        ("AWESOME_TODAY", "yesterday", "2024-12-07"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(home: Path, variable: str, value: str, told: str) -> None:
    done = awesome(home, "init", **{variable: value})
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_every_command_and_setting_stands_in_the_readme() -> None:
    core = (ROOT / "src/awesome_analytics/core").glob("*.py")
    settings = "".join(each.read_text(encoding="utf-8") for each in core)
    context = (ROOT / "src/awesome_analytics/cli/context.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r'"(AWESOME_[A-Z_]+)"', settings + context)):
        assert f"`{variable}`" in README, variable
    for name in COMMANDS:
        assert re.search(rf"[`, ]{name}[`, ]", README), name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(home: Path, name: str) -> None:
    done = awesome(home, name, "--help")
    assert done.returncode == 0
    assert "Usage: awesome" in done.stdout
