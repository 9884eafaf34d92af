"""The documents: every command shown exists, every link leads somewhere, figures are the catalog's."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from awesome_analytics.app import roles
from awesome_analytics.cli.main import cli
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.web.navigation import SCREENS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
BLOCK = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:awesome|make) [^`]+)`")
OPTION = re.compile(r"--?[a-zA-Z][\w-]*")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def lines(page: Path) -> Iterator[str]:
    """The commands of a page's blocks, continued lines made one."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield from block.replace("\\\n", " ").splitlines()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each `awesome …` line of a block: where it stands, and its words after the command's own."""
    for page in PAGES:
        for line in lines(page):
            found = re.search(r"(?:^|[\s/])awesome (?=[a-z])(.*)", line.partition("  # ")[0])
            if found:
                yield name(page), shlex.split(found[1], comments=True)


def resolved(words: list[str]) -> tuple[list[str], click.Command]:
    """The command that words name, and the path to it; fails where there is none."""
    command: click.Command = cli
    path: list[str] = []
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"'{' '.join([*path, word])}' is no command"
        command, path = found, [*path, word]
    return path, command


COMMANDS_SHOWN = list(commands())


def test_the_pages_show_commands() -> None:
    assert len(COMMANDS_SHOWN) > 40


@pytest.mark.parametrize(("page", "words"), COMMANDS_SHOWN, ids=lambda part: str(part)[:60])
def test_a_command_that_is_shown_exists_with_its_options(page: str, words: list[str]) -> None:
    path, command = resolved(words)
    assert not isinstance(command, click.Group), f"{page}: {words}"
    told = CliRunner().invoke(cli, [*path, "--help"])
    assert told.exit_code == 0
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    given = {word.partition("=")[0] for word in words[len(path) :] if OPTION.match(word)}
    # A lone value that begins with a dash follows its option as --order=-sales: it is no option of its own.
    assert given <= known | {"--help"}, f"{page}: {sorted(given - known)}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_command_that_is_named_in_the_text_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for named in NAMED.findall(page.read_text(encoding="utf-8")):
        program, *words = named.split()
        if program == "make":
            assert words[0] in targets, named
        elif re.fullmatch(r"[a-z][a-z-]*", words[0]):
            resolved([word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)][:2])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target} is not there"
        assert there.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, (
                target
            )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_file_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:tests|src|docs|deploy|scripts)/[\w./*-]+)`", text):
        assert list(ROOT.glob(path)), f"{path} is not there"


def test_every_page_is_reached_from_the_readme() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8")))
        waiting += [(page.parent / link).resolve() for link in links if link and "://" not in link]
    folder_of_decisions = ROOT / "docs" / "adr"
    assert [name(page) for page in PAGES if page not in seen and page.parent != folder_of_decisions] == []


def test_the_page_of_figures_is_the_catalogs() -> None:
    script = module(ROOT / "scripts" / "write_metrics.py")
    written = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert written == script.page(builtin_catalog()), "make metrics writes it anew"
    for metric in builtin_catalog().shown_metrics:
        assert f"**{metric.label}** `{metric.name}`" in written


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_each_role_and_its_pages_stand_in_the_security_page() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for role, screens in SCREENS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {roles.LABELS[role]} |"))
        for screen in screens:
            assert screen.title in row


def test_every_package_stands_in_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for package in (ROOT / "src" / "awesome_analytics").iterdir():
        if (package / "__init__.py").exists():
            assert f"| `{package.name}` |" in text, package.name


def test_decisions_are_numbered_once_and_say_who_enforces_them() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. ")
        for part in ("Context", "Decision", "Consequences", "Enforced by"):
            assert f"**{part}" in text, (page.name, part)
