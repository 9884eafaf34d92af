"""What generated SQL may be made of: every node of the tree, every part of a node, every name is listed here.

Anything not listed is refused, so that a new version of the parser can add nothing.
"""

import re
from collections.abc import Mapping
from itertools import chain

from sqlglot import exp

from awesome_analytics.warehouse.star import STAR

TABLES: Mapping[str, frozenset[str]] = {table.name: frozenset(table.names) for table in STAR}
"""The star's tables and their columns."""

TIME_UNITS = frozenset(
    {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "DOY", "ISOYEAR", "YEAR_MONTH"}
    | {"YEARS", "QUARTERS", "MONTHS", "WEEKS", "DAYS"}
)
_TYPE = exp.DataType.Type
CAST_TYPES = frozenset(
    {_TYPE.SMALLINT, _TYPE.INT, _TYPE.BIGINT, _TYPE.UBIGINT, _TYPE.DECIMAL, _TYPE.FLOAT, _TYPE.DOUBLE}
    | {_TYPE.TEXT, _TYPE.CHAR, _TYPE.VARCHAR, _TYPE.DATE, _TYPE.DATETIME, _TYPE.TIMESTAMP, _TYPE.BOOLEAN}
)
CALLS = frozenset({"WEEKDAY", "YEARWEEK", "MAKEDATE", "FROM_DAYS", "FIELD", "MAKE_DATE", "AGE", "EVERY"})
"""Functions that the parser has no class for."""

SYSTEM_NAMES = re.compile(
    r"(pg_|mysql|information_schema|performance_schema|sys$|etl_|stg_|alembic)|"
    r"(ctid|xmin|xmax|cmin|cmax|tableoid|oid)$",
    re.IGNORECASE,
)
"""Names that nothing in a query may be given, lest it pass for the server's own."""

_PARTS: Mapping[type[exp.Expr], str] = {
    exp.Select: "expressions from_ joins where group having order limit offset distinct with_ windows",
    exp.Union: "this expression distinct with_ order limit offset",
    exp.Except: "this expression distinct with_ order limit offset",
    exp.Intersect: "this expression distinct with_ order limit offset",
    exp.With: "expressions",
    exp.CTE: "this alias",
    exp.TableAlias: "this columns",
    exp.Subquery: "this alias",
    exp.From: "this",
    exp.Table: "this alias",
    exp.Join: "this on using side kind",
    exp.Where: "this",
    exp.Group: "expressions rollup",
    exp.Rollup: "expressions",
    exp.Having: "this",
    exp.Order: "expressions this",
    exp.Ordered: "this desc nulls_first",
    exp.Limit: "expression",
    exp.Offset: "expression",
    exp.Distinct: "expressions on",
    exp.Alias: "this alias",
    exp.Column: "this table",
    exp.Identifier: "this quoted",
    exp.Star: "",
    exp.Literal: "this is_string",
    exp.Boolean: "this",
    exp.Null: "",
    exp.Paren: "this",
    exp.Tuple: "expressions",
    exp.Case: "this ifs default",
    exp.If: "this true false",
    exp.In: "this expressions query",
    exp.Between: "this low high",
    exp.Exists: "this",
    exp.Any: "this",
    exp.All: "this",
    exp.Window: "this partition_by order spec alias over",
    exp.WindowSpec: "kind start start_side end end_side",
    exp.Filter: "this expression",
    exp.WithinGroup: "this expression",
    exp.Interval: "this unit",
    exp.Var: "this",
    exp.DataType: "this expressions nested",
    exp.DataTypeParam: "this",
    exp.Cast: "this to",
    exp.Extract: "this expression",
    exp.Anonymous: "this expressions",
}
_SIMPLE: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.Xor, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like, exp.ILike, exp.Escape,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe,
    exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.GroupConcat, exp.AnyValue,
    exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr,
    exp.PercentileCont, exp.PercentileDisc, exp.Median, exp.Mode, exp.LogicalOr, exp.LogicalAnd,
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile,
    exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue,
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
    exp.Abs, exp.Sign, exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.NumberToStr,
    exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat,
    exp.ConcatWs, exp.Initcap, exp.SplitPart, exp.SubstringIndex, exp.StrPosition,
    exp.Year, exp.Quarter, exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfWeek, exp.DayOfMonth,
    exp.DayOfYear, exp.Dayname, exp.LastDay, exp.Date, exp.DateTrunc, exp.TimestampTrunc,
    exp.DateAdd, exp.DateSub, exp.DateDiff, exp.TimestampDiff,
    exp.TimeToStr, exp.StrToDate, exp.TsOrDsToDate, exp.TsOrDsToTimestamp,
)  # fmt: skip

PARTS: Mapping[type[exp.Expr], frozenset[str]] = dict(
    chain(
        ((kind, frozenset(kind.arg_types)) for kind in _SIMPLE),
        ((kind, frozenset(parts.split())) for kind, parts in _PARTS.items()),
    )
)
"""Node types, and the parts that each may have."""

_WORD = r"[A-Za-z_]+"
TEXTS: Mapping[tuple[type[exp.Expr], str], re.Pattern[str]] = {
    (exp.Identifier, "this"): re.compile(r"\w[\w %$()/.,&:+-]{0,63}"),
    (exp.Join, "side"): re.compile("LEFT|RIGHT|FULL", re.IGNORECASE),
    (exp.Join, "kind"): re.compile("INNER|OUTER|CROSS", re.IGNORECASE),
    (exp.WindowSpec, "kind"): re.compile("ROWS|RANGE|GROUPS", re.IGNORECASE),
    (exp.WindowSpec, "start"): re.compile("UNBOUNDED|CURRENT ROW", re.IGNORECASE),
    (exp.WindowSpec, "end"): re.compile("UNBOUNDED|CURRENT ROW", re.IGNORECASE),
    (exp.WindowSpec, "start_side"): re.compile("PRECEDING|FOLLOWING", re.IGNORECASE),
    (exp.WindowSpec, "end_side"): re.compile("PRECEDING|FOLLOWING", re.IGNORECASE),
    (exp.Window, "over"): re.compile("OVER", re.IGNORECASE),
    (exp.Trim, "position"): re.compile("BOTH|LEADING|TRAILING", re.IGNORECASE),
    (exp.Substring, "zone"): re.compile(_WORD),
}
"""Parts that hold bare text, and what it may be; literals, variables and calls are looked at on their own."""

LITERAL_TEXT = re.compile(r"[^\\\x00-\x1f\x7f\ud800-\udfff]{0,200}")
LITERAL_NUMBER = re.compile(r"\d{1,18}(\.\d{0,18})?|\.\d{1,18}", re.ASCII)
INTERVAL_TEXT = re.compile(r"-?\d{1,4}( (year|quarter|month|week|day)s?)?", re.ASCII | re.IGNORECASE)
