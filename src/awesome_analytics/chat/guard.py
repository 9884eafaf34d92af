"""Generated SQL made safe: read into a tree, held against allow-lists, written out anew; only that is run."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, LiteralString

import sqlglot
from sqlglot import Token, TokenType, exp

from awesome_analytics.chat import guard_lists as lists
from awesome_analytics.chat.guard_names import resolved
from awesome_analytics.core.errors import Refused

Dialect = Literal["mysql", "postgresql"]

LONGEST = 10_000
"""Characters of one statement."""
MOST_NODES = 1500
_COLUMNS = frozenset[str]().union(*lists.TABLES.values())
DEEPEST = 25
"""Brackets inside brackets: the parser's time doubles with each."""
MOST_ROWS = 10_000

_READ = {"mysql": "mysql", "postgresql": "postgres"}
_COMMANDING = re.compile(r"/\*\s*(!|M!|\+)|--(?!\s|$)|\\|[\x00\ud800-\udfff]")
_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp)
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})
_ONE_SELECT = "only one SELECT may run, and this is something else"


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A statement that may run: its regenerated text, and the tables and `table.column`s it reads."""

    sql: LiteralString
    tables: frozenset[str]
    columns: frozenset[str]
    limit: int
    """Rows it returns at most; one of them tells that there were more."""


def guarded(sql: str, dialect: Dialect, *, most_rows: int = MOST_ROWS, today: date | None = None) -> Guarded:
    """Hold one SELECT against the lists; raises Refused with the reason and, where there is one, the mend.

    The server's idea of today is exchanged for `today`; without one it is refused.
    """
    try:
        return _guarded(sql, dialect, most_rows, today)
    except Refused:
        raise
    except Exception as error:
        # Whatever the parser stumbles over, in whatever way, is no question.
        raise Refused("it can't be read as one SELECT on this server") from error


def _guarded(sql: str, dialect: Dialect, most_rows: int, today: date | None) -> Guarded:
    tree = _read(sql, dialect)
    _replace_today(tree, today)
    _fold_names(tree)
    limit = _limit(tree, most_rows + 1)
    _checked(tree)
    # What runs is text again: it must read back as the very tree that was looked at. The writer may mend a
    # tree for its server (PostgreSQL rounds decimals alone), so the second writing is the one that counts.
    mended = _read(_written(tree, dialect), dialect)
    tables, columns = _checked(mended)
    text = _written(mended, dialect)
    if _read(text, dialect) != mended:
        raise Refused("it can't be written so that it reads back the same")
    return Guarded(sql=text, tables=tables, columns=columns, limit=limit)


def _written(tree: exp.Query, dialect: Dialect) -> str:
    if dialect == "mysql" and any(join.side.upper() == "FULL" for join in tree.find_all(exp.Join)):
        raise Refused("this server has no FULL JOIN; write a UNION of a LEFT and a RIGHT JOIN")
    return tree.sql(_READ[dialect], comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _read(sql: str, dialect: Dialect) -> exp.Query:
    if len(sql) > LONGEST:
        raise Refused(f"it is longer than {LONGEST} characters")
    found = _COMMANDING.search(sql)
    if found:
        raise Refused(f"it holds {found[0].strip()!r}, which a server may take for a command")
    _check_tokens(sqlglot.tokenize(sql, read=_READ[dialect]))
    (tree,) = sqlglot.parse(sql, read=_READ[dialect])
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise Refused(_ONE_SELECT)
    return tree


def _check_tokens(tokens: Sequence[Token]) -> None:
    """Stop before the parser what it would take long over, or report to its log."""
    kinds = [token.token_type for token in tokens]
    while kinds and kinds[-1] is TokenType.SEMICOLON:
        kinds.pop()
    first = next((kind for kind in kinds if kind is not TokenType.L_PAREN), None)
    if first not in (TokenType.SELECT, TokenType.WITH) or TokenType.SEMICOLON in kinds:
        raise Refused(_ONE_SELECT)
    depth = 0
    for kind in kinds:
        depth += (kind in _OPENING) - (kind in _CLOSING)
        if depth > DEEPEST:
            raise Refused(f"brackets stand more than {DEEPEST} deep")


def _checked(tree: exp.Query) -> tuple[frozenset[str], frozenset[str]]:
    for count, node in enumerate(tree.walk()):
        if count > MOST_NODES:
            raise Refused("it is too long a statement")
        _check_parts(node)
        _CHECKS.get(type(node), _nothing)(node)
    return resolved(tree)


def _check_parts(node: exp.Expr) -> None:
    allowed = lists.PARTS.get(type(node))
    if allowed is None:
        raise Refused(f"{_called(node)} is not among what a question may use")
    for part, value in node.args.items():
        if value is None or value is False or value == [] or value == "":
            continue
        if part not in allowed:
            raise Refused(f"{_called(node)} may not have '{part}'")
        for each in value if isinstance(value, list) else (value,):
            if not isinstance(each, exp.Expr) and each is not True:
                _check_text(node, part, each)


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name.upper()[:40]}"
    return node.key.upper()


def _check_text(node: exp.Expr, part: str, text: object) -> None:
    if type(node) in _CHECKS and part == "this" and not isinstance(node, exp.Identifier):
        return
    form = lists.TEXTS.get((type(node), part))
    if form is None or not isinstance(text, str) or not form.fullmatch(text):
        raise Refused(f"{_called(node)} may not have '{str(text)[:40]}'")


def _nothing(_node: exp.Expr) -> None:
    return


def _check_literal(node: exp.Expr) -> None:
    form = lists.LITERAL_TEXT if node.args.get("is_string") else lists.LITERAL_NUMBER
    if not isinstance(node.this, str) or not form.fullmatch(node.this):
        raise Refused(
            f"the value {str(node.this)[:40]!r} is too long or holds what no value of the shop does"
        )


def _check_var(node: exp.Expr) -> None:
    if str(node.this).upper() not in lists.TIME_UNITS:
        raise Refused(f"{str(node.this)[:40]!r} is no unit of time that a question may use")


def _check_call(node: exp.Expr) -> None:
    if str(node.this).upper() not in lists.CALLS:
        raise Refused(f"{_called(node)} is not among the functions that a question may use")


def _check_type(node: exp.Expr) -> None:
    if node.this not in lists.CAST_TYPES:
        raise Refused("a value may be turned into a number, a text, a date or a truth value, nothing else")


def _check_interval(node: exp.Expr) -> None:
    amount = node.this
    if not isinstance(amount, exp.Literal) or not lists.INTERVAL_TEXT.fullmatch(amount.name):
        raise Refused("an interval must be so many days, weeks, months, quarters or years")


def _check_count(node: exp.Expr) -> None:
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal) or value.is_string or not re.fullmatch(r"\d{1,9}", value.name):
        raise Refused("LIMIT and OFFSET take a plain number")


def _check_with(node: exp.Expr) -> None:
    if len(node.expressions) > 10:
        raise Refused("it has more than ten parts in WITH")


def _check_identifier(node: exp.Expr) -> None:
    if lists.SYSTEM_NAMES.match(node.name):
        raise Refused(f"'{node.name[:40]}' is a name of the server's own")
    if not node.args.get("quoted") and not re.fullmatch(r"[^\W\d]\w*", node.name):
        raise Refused(f"the name '{node.name[:40]}' needs quotes, or other letters")


def _check_star(node: exp.Expr) -> None:
    """All columns of a table may be selected or counted, never handed to a function as one row."""
    holder = node.parent.parent if isinstance(node.parent, exp.Column) else node.parent
    if not isinstance(holder, exp.Select) and not isinstance(node.parent, exp.Count):
        raise Refused("* may only be selected, or counted")


_CHECKS: Mapping[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Literal: _check_literal,
    exp.Star: _check_star,
    exp.Var: _check_var,
    exp.Anonymous: _check_call,
    exp.DataType: _check_type,
    exp.Interval: _check_interval,
    exp.Limit: _check_count,
    exp.Offset: _check_count,
    exp.With: _check_with,
    exp.Identifier: _check_identifier,
    exp.Boolean: _nothing,
}


def _replace_today(tree: exp.Query, today: date | None) -> None:
    """The shop's today is the caller's to say; a server has its own clock and time zone."""
    for node in list(tree.find_all(*_CLOCKS, exp.Anonymous)):
        if isinstance(node, exp.Anonymous):
            if node.name.upper() != "NOW" or node.expressions:
                continue
        elif any(node.args.values()):
            raise Refused("today may not be asked for with a zone or a precision")
        if today is None:
            raise Refused("it asks the server for today; write the date itself")
        node.replace(exp.cast(exp.Literal.string(today.isoformat()), exp.DataType.Type.DATE))


def _limit(tree: exp.Query, most: int) -> int:
    """Set the outermost limit: a query around it would lose the order on MariaDB."""
    given = tree.args.get("limit")
    if isinstance(given, exp.Fetch):
        options = given.args.get("limit_options")
        if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
            raise Refused("FETCH may only say how many rows")
        given = exp.Limit(expression=given.args.get("count"))
    if given is not None:
        _check_count(given)
        most = min(most, int(given.expression.name))
    tree.set("limit", exp.Limit(expression=exp.Literal.number(most)))
    return most


def _fold_names(tree: exp.Query) -> None:
    """Table names and aliases in small letters everywhere: servers differ in which they take for the same."""
    own = {node.alias for node in tree.find_all(exp.Alias)}
    for identifier in _table_names(tree):
        identifier.set("this", identifier.name.lower())
    for column in tree.find_all(exp.Column):
        name = column.this
        if isinstance(name, exp.Identifier) and name.name not in own and name.name.lower() in _COLUMNS:
            name.set("this", name.name.lower())


def _table_names(tree: exp.Query) -> Iterator[exp.Identifier]:
    for node in tree.find_all(exp.Table, exp.TableAlias, exp.Column):
        name = node.args.get("table" if isinstance(node, exp.Column) else "this")
        if isinstance(name, exp.Identifier):
            yield name
            if name.name.lower() in lists.TABLES:
                name.args["quoted"] = False
