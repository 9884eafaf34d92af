"""A form of the books as options of a command: the same fields, labels and refusals."""

import uuid
from collections.abc import Callable
from dataclasses import MISSING, asdict, fields
from typing import Any, Protocol, TypeVar

import click
from psycopg import Connection

from awesome_analytics.cli.context import Context
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales import model
from awesome_analytics.sales.answers import Answer

A = TypeVar("A", bound=Answer, covariant=True)

_FLAGS: dict[type[model.Command], dict[str, str]] = {}


class Handler(Protocol[A]):
    """What does a command in the books."""

    def __call__(self, connection: Connection[Any], command: Any, /, *, actor: str, today: Any) -> A:
        """Do it, in one transaction."""


def takes(kind: type[model.Command], **flags: str) -> Callable[[Any], Any]:
    """Give a command an option for each `flag=field`, and --key; the help is the label on the form."""
    labels = model.labels(kind)
    types = {f.name: f.type for f in fields(kind)}
    flags = {**flags, "key": "idempotency_key"}
    _FLAGS[kind] = {name: "--" + flag.replace("_", "-") for flag, name in flags.items()}

    def wrap(function: Any) -> Any:
        for name, flag in reversed(_FLAGS[kind].items()):
            function = click.option(flag, name, is_flag=types[name] is bool, help=_help(labels[name], name))(
                function
            )
        return function

    return wrap


def _help(label: str, name: str) -> str:
    if name == "idempotency_key":
        return "A key of your own: sent again with it, the same submit is done once."
    return f"{label}."


def submit(ctx: Context, kind: type[model.Command], handler: Handler[A], values: dict[str, Any]) -> A:
    """Build the command, do it, and name the flag beside the field in a refusal."""
    needed = {f.name for f in fields(kind) if f.default is MISSING}
    given = {name: value for name, value in values.items() if value is not None or name in needed}
    given.setdefault("idempotency_key", str(uuid.uuid4()))
    try:
        command = kind(**given)
        with ctx.shop() as shop, shop.entry() as connection:
            return handler(connection, command, actor=ctx.actor, today=ctx.today())
    except InvalidInput as error:
        raise _with_flag(error, kind) from error


def _with_flag(error: InvalidInput, kind: type[model.Command]) -> InvalidInput:
    flags = {label: _FLAGS.get(kind, {}).get(name) for name, label in model.labels(kind).items()}
    flag = flags.get(error.field)
    if flag is None:
        return error
    return InvalidInput(f"{error.field} ({flag})", str(error).removeprefix(f"{error.field}: "))


def tell(ctx: Context, answer: Answer, *lines: str) -> None:
    """Say what was done; a repeat says that it was done before."""
    first = ("This was recorded before; nothing was recorded now.",) if answer.repeated else ()
    ctx.answer(asdict(answer), text=lambda: "\n".join((*first, *lines)))
