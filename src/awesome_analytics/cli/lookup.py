"""The choices on the forms: segments, categories, markets, regions, priorities, ship modes, reasons."""

from typing import Any

import click

from awesome_analytics.cli.context import Context, command
from awesome_analytics.cli.forms import submit, takes, tell
from awesome_analytics.sales import choices, lookups, model

_KINDS = "Kinds: " + ", ".join(choices.KINDS) + "."


@click.group(epilog=_KINDS)
def lookup() -> None:
    """List or add segments, markets, regions and the other choices."""


@command(lookup, "list")
@click.argument("kind", required=False)
def list_choices(ctx: Context, kind: str | None) -> None:
    """List what can be chosen, of one kind or all."""
    with ctx.shop() as shop, shop.entry() as connection:
        found = lookups.list_choices(connection, kind)
    ctx.table(("kind", "value", "category"), found, empty="None yet: add one with awesome lookup add.")


@command(lookup)
@click.argument("kind")
@click.argument("value")
@takes(model.AddChoice, category="category")
def add(ctx: Context, **form: Any) -> None:
    """Add a value; a subcategory needs --category."""
    done = submit(ctx, model.AddChoice, lookups.add_choice, form)
    under = f" under {done.category}" if done.category else ""
    tell(ctx, done, f"Added the {done.kind} '{done.value}'{under}.")
