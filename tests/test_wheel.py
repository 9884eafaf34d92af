"""The wheel holds all it needs, says who it is, works without the project's folder; and how it is audited."""

import ast
import email
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
INFO = f"awesome_analytics-{PROJECT['version']}.dist-info"
BENCH = SOURCE / "awesome_analytics" / "bench"
"""Measures with a browser of the developers' tools; its `peers` run in an environment that it makes."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheel` makes, by the tools of this environment."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            "make",
            "-o",
            ".venv/requirements-dev.stamp",
            "wheel",
            f"DIST={folder}",
            f"BIN={Path(sys.executable).parent}",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def held(wheel: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(held: Mapping[str, bytes]) -> Message:
    return email.message_from_bytes(held[f"{INFO}/METADATA"])


# ---------------------------------------------------------------- what is in it


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(held: Mapping[str, bytes]) -> None:
    wanted = {
        str(path.relative_to(SOURCE)): path.read_bytes()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name: text for name, text in held.items() if not name.startswith(INFO)} == wanted
    assert {Path(name).suffix for name in wanted} >= {".sql", ".toml", ".css", ".html", ".png", ".typed"}


def test_its_licence_and_types_come_along(held: Mapping[str, bytes], metadata: Message) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert held[f"{INFO}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert "awesome_analytics/py.typed" in held
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_every_library_that_is_imported_is_asked_for_by_the_package_itself() -> None:
    """One that merely comes with another library goes when that one lets go of it."""
    asked = distributions([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["ai"]])
    tools = distributions(line for line in PYPROJECT["dependency-groups"]["dev"] if isinstance(line, str))
    owners = packages_distributions()
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(BENCH / "peers"):
            continue
        named = asked | tools if path.is_relative_to(BENCH) else asked
        for module in imported(path):
            assert named & set(map(canonicalize_name, owners.get(module, []))), f"{path} imports {module}"


def distributions(lines: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(path: Path) -> Iterator[str]:
    """Each top-level module from elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        tops = {name.partition(".")[0] for name in names}
        yield from tops - sys.stdlib_module_names - {"awesome_analytics"}


# ---------------------------------------------------------------- it works by itself


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`awesome` of a fresh environment with the wheel alone; only the libraries are this environment's."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=True)
    libraries = Path(str(pytest.__file__)).parents[1]
    (own,) = place.glob("lib/python*/site-packages")
    # A folder named here is searched, but its own .pth files, which lead to this project, are not read.
    (own / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    subprocess.run(
        [place / "bin" / "pip", "install", "--no-index", "--no-deps", "--ignore-installed", wheel],
        check=True,
        capture_output=True,
    )
    return place / "bin" / "awesome"


def awesome(program: Path, home: Path, *arguments: str) -> str:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWESOME_", "PYTHON", "COV_"))
    }
    done = subprocess.run(
        [program, *arguments],
        env={**kept, "AWESOME_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_wheel_makes_a_shop_and_works_in_it(program: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="awesome-") as folder:
        home = Path(folder)
        where = subprocess.run(
            [program.with_name("python"), "-c", "import awesome_analytics as a; print(a.__file__)"],
            cwd=home,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert where.startswith(str(program.parents[1]))
        assert awesome(program, home, "--version").strip() == f"awesome, version {PROJECT['version']}"
        assert "schema of the books: none" in awesome(program, home, "init")
        awesome(program, home, "sample", "--orders", "20", "--seed", "1")
        assert json.loads(awesome(program, home, "etl", "run", "--json"))["status"] == "SUCCESS"
        found = json.loads(awesome(program, home, "ask", "How many orders are there?", "--json"))
        assert (found["kind"], found["rows"]) == ("rows", [[20]])


# ---------------------------------------------------------------- its versions


def test_the_newest_dated_version_of_the_changelog_is_the_packages() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    dated = [head for head in heads if head != "[Unreleased]"]
    for head in dated:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", head), head
    assert dated[0].startswith(f"[{PROJECT['version']}]")
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= {
        *("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
    }


# ---------------------------------------------------------------- its audit

LOCK = """# by make lock
click==8.1.7 \\
    --hash=sha256:00
    # via awesome-analytics
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:01
PyMySQL==1.1.0 ; python_version >= '3.8' \\
    --hash=sha256:02
"""


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def clean(name: str, version: str) -> dict[str, object]:
    return {"name": name, "version": version, "vulns": []}


def test_an_audit_looks_at_what_the_lock_puts_on_this_machine(audit: ModuleType) -> None:
    assert audit.locked(LOCK) == {"click": "8.1.7", "pymysql": "1.1.0"}
    whole = audit.locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert distributions(PROJECT["dependencies"]) <= set(whole)


def test_an_audit_that_looked_everything_up_and_found_nothing_is_clean(audit: ModuleType) -> None:
    report = {"dependencies": [clean("click", "8.1.7"), clean("PyMySQL", "1.1.0")], "fixes": []}
    assert list(audit.troubles(report, audit.locked(LOCK))) == []


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ([clean("click", "8.1.7")], "pymysql 1.1.0: not looked up"),
        (
            [clean("click", "8.1.7"), {"name": "pymysql", "skip_reason": "not found"}],
            "pymysql 1.1.0: not looked up (not found)",
        ),
        (
            [
                clean("click", "8.1.7"),
                {
                    "name": "pymysql",
                    "version": "1.1.0",
                    "vulns": [{"id": "CVE-2024-36039", "fix_versions": ["1.1.1"], "aliases": []}],
                },
            ],
            "pymysql 1.1.0: CVE-2024-36039, mended in 1.1.1",
        ),
    ],
)
def test_what_was_skipped_or_is_vulnerable_is_told(
    audit: ModuleType, report: list[dict[str, object]], told: str
) -> None:
    assert list(audit.troubles({"dependencies": report}, audit.locked(LOCK))) == [told]


def test_an_audit_without_its_tool_or_its_answer_fails_and_says_so(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    tool = tmp_path / "pip-audit"
    tool.write_text("#!/bin/sh\necho 'could not reach the database' >&2\nexit 1\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(audit.sys, "executable", str(tmp_path / "python"))
    assert audit.main(tmp_path / "requirements.lock") == 1
    assert capsys.readouterr().out == (
        "NOT AUDITED, which counts as a failure: could not reach the database\n"
    )
