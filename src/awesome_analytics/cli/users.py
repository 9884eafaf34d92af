"""`awesome users`: who may log in to the pages."""

import sys
from typing import Any

import click

from awesome_analytics.app import people, roles
from awesome_analytics.cli.context import Context, command

_ROLES = "Roles: " + ", ".join(roles.LABELS) + "."


@click.group(epilog=_ROLES)
def users() -> None:
    """Let people in, give them roles and passwords, remove them."""


def _password(password_stdin: bool) -> str:  # noqa: FBT001 an option as click hands it over
    """Typed twice at the terminal, or one line of stdin; never an argument, which others could read."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")


@command(users)
@click.argument("username")
@click.argument("role", nargs=-1, required=True)
@_STDIN
def add(ctx: Context, *, username: str, role: tuple[str, ...], password_stdin: bool) -> None:
    """Let somebody new in with one role or more."""
    given = {"username": people.username_of(username), "roles": roles.known(role)}
    password = _password(password_stdin)
    with ctx.shop() as shop, shop.app() as connection:
        people.add(
            connection,
            username=username,
            password=password,
            roles_given=role,
            actor=ctx.actor,
            now=ctx.now(),
        )
    ctx.answer(given, text=lambda: f"'{given['username']}' may log in as {_labels(given['roles'])}.")


def _labels(given: Any) -> str:
    return ", ".join(roles.LABELS[role] for role in given)


@command(users, "list")
def list_users(ctx: Context) -> None:
    """Everybody who may log in."""
    with ctx.shop() as shop, shop.app() as connection:
        found = people.everyone(connection)
    rows = [(each.username, ", ".join(each.roles), each.created_at, each.seen_at) for each in found]
    ctx.table(
        ("username", "roles", "created_at", "seen_at"),
        rows,
        empty="Nobody yet: add one with awesome users add.",
    )


@command(users, "roles")
@click.argument("username")
@click.argument("role", nargs=-1, required=True)
def set_roles(ctx: Context, *, username: str, role: tuple[str, ...]) -> None:
    """Give a person exactly these roles."""
    with ctx.shop() as shop, shop.app() as connection:
        people.set_roles(connection, username=username, roles_given=role, actor=ctx.actor, now=ctx.now())
    now = {"username": people.username_of(username), "roles": roles.known(role)}
    ctx.answer(now, text=lambda: f"'{now['username']}' may log in as {_labels(now['roles'])}.")


@command(users)
@click.argument("username")
@_STDIN
def password(ctx: Context, *, username: str, password_stdin: bool) -> None:
    """Set a new password; the person is logged out everywhere."""
    new = _password(password_stdin)
    with ctx.shop() as shop, shop.app() as connection:
        people.set_password(connection, username=username, password=new, actor=ctx.actor, now=ctx.now())
    done = {"username": people.username_of(username)}
    ctx.answer(done, text=lambda: f"The password of '{done['username']}' is changed.")


@command(users)
@click.argument("username")
def remove(ctx: Context, *, username: str) -> None:
    """Remove a person; what they did stays in the books and the audit."""
    with ctx.shop() as shop, shop.app() as connection:
        people.remove(connection, username=username, actor=ctx.actor, now=ctx.now())
    done = {"username": people.username_of(username)}
    ctx.answer(done, text=lambda: f"'{done['username']}' is removed.")
