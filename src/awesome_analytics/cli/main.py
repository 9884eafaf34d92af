"""`awesome`: finds the command, runs it, turns errors into messages and exit codes."""

import difflib
import importlib
import json
import sys
from collections.abc import Sequence

import click

from awesome_analytics.core.errors import Ambiguous, AwesomeError, InvalidInput

COMMANDS = {
    "init": ("setup:init", "Create the databases, their users and tables."),
    "demo": ("demo:demo", "Open a throw-away shop in the browser, filled and ready."),
    "up": ("up:up", "Start everything: migrations, scheduler and web."),
    "doctor": ("care:doctor", "Find what fails and say how to mend it."),
    "backup": ("care:backup", "Keep the whole shop in one file."),
    "restore": ("care:restore", "Make the shop from a backup."),
    "users": ("users:users", "Let people in, give them roles and passwords."),
    "order": ("entry:order", "Record, find, correct or void orders."),
    "order-line": ("entry:order_line", "Add, correct or void the products of an order."),
    "return": ("entry:returns", "Record returns and change their status."),
    "lookup": ("lookup:lookup", "List or add segments, markets, regions and the other choices."),
    "import": ("imports:import_orders", "Read a Superstore CSV file into the books."),
    "sample": ("sample:sample", "Fill the books with a believable sample shop."),
    "etl": ("etl:etl", "Run and watch the pipeline from the books to the warehouse."),
    "ask": ("ask:ask", "Answer a question in plain words."),
    "eval": ("ask:evaluate", "Answer a file of questions."),
    "query": ("query:query", "Ask for figures by a Query."),
    "metrics": ("query:metrics", "List every figure and every way to split it."),
    "report": ("report:report", "The dashboard as text, as a page or by mail."),
    "bench": ("bench:bench", "Measure speed beside the physical limit and other tools."),
}
"""Command name -> module and attribute under `cli`, and its line in the help; imported when called."""


class Lazy(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        found = getattr(importlib.import_module(f"awesome_analytics.cli.{module}"), attribute)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"there is no command '{args[0]}'.{meant} There are: {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="awesome-analytics", prog_name="awesome")
def cli() -> None:
    """A shop in a box: orders in, a reconciled warehouse out, answers to the cent."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 usage."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(arguments, prog_name="awesome", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except AwesomeError as error:
        _tell(error, as_json="--json" in arguments)
        code = 2 if isinstance(error, InvalidInput) else 1
    except BrokenPipeError:
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: AwesomeError, *, as_json: bool) -> None:
    candidates = error.candidates if isinstance(error, Ambiguous) else ()
    if as_json:
        told: dict[str, object] = {"error": str(error), "kind": getattr(error, "kind", "failed")}
        if isinstance(error, InvalidInput):
            told["field"] = error.field
        if candidates:
            told["candidates"] = list(candidates)
        click.echo(json.dumps(told, ensure_ascii=False))
    click.echo(f"awesome: {error}", err=True)
    for candidate in candidates:
        click.echo(f"  {candidate}", err=True)
