"""Which table each name of a query belongs to; a name that belongs nowhere is refused."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, ScopeType, traverse_scope

from awesome_analytics.chat.guard_lists import TABLES
from awesome_analytics.core.errors import Refused

_OF_FACTS = frozenset({"market", "region"})
_CUSTOMER = "dim_customer"
_HINT = (
    "market and region come from the facts (fact_sales.market, fact_sales.region): "
    "a customer buys in several regions, and the customer only knows the last one"
)

Source = exp.Expr | Scope
_LOOKING_OUT = (ScopeType.SUBQUERY, ScopeType.SET_OPERATION)


def resolved(tree: exp.Query) -> tuple[frozenset[str], frozenset[str]]:
    """The star's tables and `table.column`s that a query reads; raises Refused for anything else."""
    tables = frozenset(_table(node, tree) for node in tree.find_all(exp.Table)) - {""}
    if not tables:
        raise Refused("it reads no table of the warehouse")
    columns: set[str] = set()
    seen: set[int] = set()
    for scope in traverse_scope(tree):
        _check_joins(scope)
        for column in scope.find_all(exp.Column):
            seen.add(id(column))
            columns |= _column(column, scope)
        _check_stars(scope)
    if any(id(column) not in seen for column in tree.find_all(exp.Column)):
        raise Refused("its names can't be followed")
    return tables, frozenset(columns)


def _table(table: exp.Table, tree: exp.Query) -> str:
    """The star's table, or nothing for a part of WITH; the parts may not be called like a table."""
    name = table.name
    parts = {cte.alias for cte in tree.find_all(exp.CTE)}
    if parts & set(TABLES):
        raise Refused("a part of WITH may not be called like a table")
    if not isinstance(table.this, exp.Identifier):
        raise Refused("only tables can be read, not functions")
    if table.alias_column_names:
        raise Refused("a table's columns may not be given other names behind its alias")
    if name in TABLES:
        return name
    if name in parts:
        return ""
    raise Refused(f"there is no table '{name[:40]}' to ask; there are {', '.join(sorted(TABLES))}")


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise Refused("its names can't be followed")
    return scope.expression


def _given(query: exp.Query) -> set[str]:
    """The names that a query gives to what it selects."""
    if isinstance(query, exp.SetOperation):
        return {name.lower() for name in query.named_selects}
    return {select.alias.lower() for select in query.selects} - {""}


def _offered(source: Source) -> frozenset[str]:
    """The columns that a table or an inner query offers."""
    if isinstance(source, Scope):
        if source.outer_columns:
            return frozenset(name.lower() for name in source.outer_columns)
        names = {name.lower() for name in _query(source).named_selects}
        if "*" in names:
            for _, inner in source.selected_sources.values():
                names |= _offered(inner)
        return frozenset(names - {"*", ""})
    return TABLES.get(source.name, frozenset())


def _chain(scope: Scope) -> Iterator[Scope]:
    """The query itself, then those around it that it may look into."""
    current: Scope | None = scope
    while current is not None:
        yield current
        current = current.parent if current.scope_type in _LOOKING_OUT else None


def _column(column: exp.Column, scope: Scope) -> frozenset[str]:
    if isinstance(column.this, exp.Star):
        return frozenset()
    name, of = column.name.lower(), column.table
    for each in _chain(scope):
        sources = {alias: source for alias, (_, source) in each.selected_sources.items()}
        hits = [source for alias, source in sources.items() if of in ("", alias) and name in _offered(source)]
        if hits:
            return frozenset(_read(source, name) for source in hits) - {""}
        if of in sources:
            raise Refused(
                f"'{of}' has no column '{name[:40]}'; it has {', '.join(sorted(_offered(sources[of])))}"
            )
        if not of and name in sources:
            raise Refused(f"'{name[:40]}' is a whole row; name its columns")
        if not of and name in _given(_query(each)):
            return frozenset()
    raise Refused(f"there is no column '{column.sql()[:80]}' in what it reads")


def _read(source: Source, name: str) -> str:
    if isinstance(source, Scope):
        return ""
    if source.name == _CUSTOMER and name in _OF_FACTS:
        raise Refused(_HINT)
    return f"{source.name}.{name}"


def _check_joins(scope: Scope) -> None:
    for join in scope.find_all(exp.Join):
        if {str(each.name).lower() for each in join.args.get("using") or ()} & _OF_FACTS:
            raise Refused(_HINT)


def _check_stars(scope: Scope) -> None:
    """`*` over the customers would take their market and region unsaid."""
    if not any(select.is_star for select in _query(scope).selects):
        return
    for _, source in scope.selected_sources.values():
        if not isinstance(source, Scope) and source.name == _CUSTOMER:
            raise Refused("name the columns instead of *: " + _HINT)
