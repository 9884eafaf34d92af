"""What every command is handed: settings, the clock, the actor and a way to answer."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from awesome_analytics.bootstrap.home import default_home
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings

_WIDE = 200
"""Columns where nobody's screen sets them: a pipe or a file."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """One command's world. stdout carries the answer; everything else goes to stderr."""

    settings: Settings
    actor: str
    json: bool
    out: Console
    err: Console

    def now(self) -> datetime:
        """The moment, for the pipeline's log."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The shop's calendar day, or the one fixed by AWESOME_TODAY."""
        return self.settings.today or self.now().astimezone(self.settings.timezone).date()

    def note(self, text: str) -> None:
        """Tell the person something that is not the answer."""
        self.err.print(text, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def shop(self) -> Iterator[Shop]:
        """The shop, its servers running for as long as the block."""
        with Shop.open(self.settings, on_note=self.note) as shop:
            yield shop

    def answer(self, data: Any, *, text: Callable[[], str] | None = None) -> None:
        """Print `data` as JSON with --json, else as `text()` says it."""
        if self.json or text is None:
            click.echo(json.dumps(data, default=plain, ensure_ascii=False))
        else:
            click.echo(text())

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        empty: str,
        figures: Collection[str] = (),
    ) -> None:
        """Print rows as a table, or as JSON objects; `empty` says what to do when there are none.

        Numbers stand on the right, and so do the `figures`, which are written out already.
        """
        if self.json:
            self.answer([dict(zip(columns, row, strict=True)) for row in rows])
            return
        if not rows:
            click.echo(empty)
            return
        numeric = [all(isinstance(row[i], int | Decimal) for row in rows) for i in range(len(columns))]
        table = Table(header_style="bold", box=SIMPLE_HEAD)
        for name, right in zip(columns, numeric, strict=True):
            side: Literal["left", "right"] = "right" if right or name in figures else "left"
            table.add_column(name, justify=side, no_wrap=name != columns[-1])
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row))
        self.out.print(table)


def plain(value: Any) -> Any:
    """JSON's form of our values: money as a string of its exact digits, times in ISO 8601."""
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def make_context(*, as_json: bool, actor: str | None) -> Context:
    """The context of this process's environment."""
    return Context(
        settings=Settings.from_environment(os.environ, default_home=default_home()),
        actor=actor or os.environ.get("AWESOME_ACTOR") or getpass.getuser(),
        json=as_json,
        out=Console(width=None if sys.stdout.isatty() else _WIDE),
        err=Console(stderr=True),
    )


def command(group: click.Group | None = None, name: str | None = None) -> Callable[..., Any]:
    """Declare a command: adds --json and --actor, and hands it a Context first."""

    def wrap(function: Callable[..., Any]) -> click.Command:
        def run(*, as_json: bool, actor: str | None, **arguments: Any) -> Any:
            return function(make_context(as_json=as_json, actor=actor), **arguments)

        run.__doc__ = function.__doc__
        run.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        decorated = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")(run)
        decorated = click.option("--actor", help="Who gives the command, for the audit.")(decorated)
        made = click.command(name or function.__name__.replace("_", "-"))(decorated)
        if group is not None:
            group.add_command(made)
        return made

    return wrap
