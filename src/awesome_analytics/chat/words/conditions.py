"""Conditions by figures: orders worth at least 5,000, regions with profit under 50,000."""

from decimal import Decimal

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import ENTITIES, OPS, Draft, Setting, Unclear, worth
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.query import Filter, Having, Members, Op, Shown, Value

_LINE_FIELDS = {
    "discount_rate": "line_discount_rate", "discount": "line_discount_rate", "units": "line_units",
    "sales": "line_sales", "profit": "line_profit", "shipping_cost": "line_shipping_cost",
    "days_to_ship": "line_days_to_ship", "units_per_line": "line_units", "margin": "",
}  # fmt: skip
_NAMES: frozenset[str] = frozenset({"val"})

# Each row: what stands there, and the metric meant where the words don't say it.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("with? spent prep? between n=num and n=num prep? mm=met:sales?", "sales"),
    ("with? spent prep? o=OP? n=num p=ormore|orless? mm=met:sales?", "sales"),
    ("discounted by? prep? o=OP n=num", "discount_rate"),
    ("discounted prep? n=num p=ormore|orless", "discount_rate"),
    ("discounted prep? n=num", "discount_rate"),
    ("discounted between n=num and n=num", "discount_rate"),
    ("shipped prep? o=OP n=num part:order_day prep? shipped?", "days_to_ship"),
    ("shipped prep? n=num part:order_day p=ormore|orless? shipped?", "days_to_ship"),
    ("bought? o=OP n=num times", "orders"),
    ("bought n=num p=ormore? times", "orders"),
    ("bought n=num times p=ormore?", "orders"),
    ("thing:order! rel|be|prep* o=OP n=num part:order_day prep? shipped?", "days_to_ship"),
    ("bought! o=OP once", "once"),
    ("bought! o=OP twice", "twice"),
    ("bought! o=only? once", "once"),
    ("once bought!", "once"),
    ("bought! twice", "twice"),
    ("with|be|rel|prep? m=met be|prep|with|all? between n=num and n=num", ""),
    ("bought|sold|with|prep? between n=num and n=num prep? distinct? m=FIG", ""),
    ("thing:order! prep|with|be? between n=num and n=num", "sales"),
    ("bought|sold|with|rel|be? o=OP n=num prep? distinct? m=met", ""),
    ("bought|sold|with|rel? o=OP n=num distinct? m=thing", ""),
    ("bought|sold|with|rel? n=num p=ormore|orless distinct? m=FIG", ""),
    ("with|bought|sold n=num distinct? m=FIG p=ormore|orless", ""),
    ("with|be|rel|prep|where? m=met be|prep|with|rel? o=OP n=num", ""),
    ("with|be|rel|prep|where? m=met be|prep|with? n=num p=ormore|orless", ""),
    ("with m=thing o=OP n=num", ""),
    ("thing! prep|with|be|rel|sold|where? o=OP n=num", "sales"),
    ("thing! rel s=sold o=OP n=num", "sales"),
    ("met:lines! prep|with|be|rel|sold? o=OP n=num", "sales"),
    ("with|bought|be o=only n=num distinct? m=FIG", ""),
    ("with prep? n=num m=met:discount_rate|met:discount", ""),
    ("with|prep m=met:discount_rate|met:discount prep n=num", ""),
    ("with n=num m=FIG", ""),
)


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read every condition by a figure."""
    if board.find("returned|met:returned_orders|met:returns|thing:return prep* OP num part"):
        raise Unclear("I can't tell how long it took until something came back. I can show returns by month.")
    for pattern, metric in _PATTERNS:
        hidden = _NAMES if pattern.endswith("prep? distinct? m=met") else frozenset()
        while found := board.find(pattern, hidden=hidden):
            if not _read_one(board, draft, setting, found, metric):
                break
    _of_context(board, draft, setting)
    _signs(board, draft, setting)


def _of_context(board: Board, draft: Draft, setting: Setting) -> None:
    """Only those above 500,000: the figure is the conversation's own."""
    if not setting.metric:
        return
    if found := board.find("only|pronoun|which|list|be|rel|with|prep|what* o=OP n=num"):
        form = setting.catalog.metric(setting.metric).format
        condition = (setting.metric, _op(found), (worth(found.one("n"), form),))
        board.remove(found.taken)
        _put(draft, setting, setting.head, condition, [found.one("n")], found.one("n").first)


def _read_one(board: Board, draft: Draft, setting: Setting, found: Found, metric: str) -> bool:
    """Put one condition; False when the words are no condition after all."""
    said = found.maybe("m")
    name = metric or _metric(said, setting)
    numbers = found.named.get("n", [])
    if not name or (
        metric == "sales"
        and found.maybe("o") is None
        and len(numbers) < 2
        and not found.maybe("p")
        and not any(n.unit == "money" for n in numbers)
    ):
        return False
    if found.maybe("s") and board.has("thing:product") and not any(n.unit == "money" for n in numbers):
        return False  # pieces or money
    if name in ("once", "twice"):
        said_op = found.maybe("o")
        op = OPS.get(said_op.tag, Op.IN) if said_op else Op.IN
        values: tuple[Decimal, ...] = (Decimal(1 if name == "once" else 2),)
        name = "orders"
    else:
        op = _op(found)
        form = setting.catalog.metric(name).format
        values = tuple(worth(number, form) for number in numbers)
    head = _head(board, found, said, metric)
    board.remove(found.taken)
    _put(draft, setting, head, (name, op, values), numbers, found.taken[0].first if found.taken else 0)
    return True


def _metric(said: Span | None, setting: Setting) -> str:
    if said is None:
        return ""
    return said.name if said.tag == "met" else setting.lexicon.counts.get(said.name, "")


def _op(found: Found) -> Op:
    if len(found.named.get("n", [])) > 1:
        return Op.BETWEEN
    if found.maybe("p"):
        return Op.GE if found.one("p").tag == "ormore" else Op.LE
    said = found.maybe("o")
    return OPS.get(said.tag, Op.IN) if said else (Op.GE if found.one("n").unit == "plus" else Op.IN)


def _head(board: Board, found: Found, said: Span | None, metric: str) -> str:
    """What the condition is on: the nearest thing before it, or who."""
    at = found.at
    skip = 1 if metric == "sales" and board.spans[at].tag in ("thing", "met") else 0
    before = board.before(at + skip, "thing", "met", "part", "who", "people", "series")
    before = before if before is not said else None
    while before is not None and before.tag == "met" and before.name != "lines":
        before = board.before(board.spans.index(before), "thing", "met", "part", "who", "people", "series")
    if before is not None and before.tag == "who":
        return "customer"
    if before is not None:
        return before.name
    after = next(
        (span for span in board.spans[at:] if span.tag in ("thing", "part") and span is not said), None
    )
    return after.name if after else ""


def _put(
    draft: Draft,
    setting: Setting,
    head: str,
    condition: tuple[str, Op, tuple[Decimal, ...]],
    numbers: list[Span],
    at: int,
) -> None:
    name, op, values = condition
    head = head or setting.head
    lined = _LINE_FIELDS.get(name, "")
    percent = any(number.unit == "percent" for number in numbers)
    if name == "discount" and (percent or all(value < 1 for value in values)):
        name = "discount_rate"
        values = tuple(value / 100 if value >= 1 else value for value in values)
    by_line = name in ("discount_rate", "days_to_ship") and head in ("", "order", "lines")
    if lined and (head == "lines" or by_line):
        draft.lined = draft.lined or head == "lines"
        field = "line_discount" if name == "discount" else lined
        draft.place(at, Filter(field=field, op=op, values=_typed(values)))
        if head == "order" and name == "discount_rate":
            draft.note("a discount is looked up on each order line")
        return
    having = Having(metric=Shown(name), op=op, values=_typed(values))
    if head in ENTITIES:
        draft.place(at, Members(entity=head, having=(having,)))
    elif head:
        draft.having.append(having)
        draft.add_dim(head)
        draft.head = draft.head or head
    else:
        raise Unclear(
            f"Which rows should have {setting.catalog.metric(name).label.lower()} like that: orders, "
            "customers, products, or regions?"
        )


def _typed(values: tuple[Decimal, ...]) -> tuple[Value, ...]:
    return tuple(sorted(values)) if len(values) > 1 else tuple(values)


def _signs(board: Board, draft: Draft, setting: Setting) -> None:
    """At a loss, at a profit, discounted, full price, and days that need no number."""
    zero = (Decimal(0),)
    rows: tuple[tuple[str, str, Op], ...] = (
        ("where|with|rel? met:profit be|prep* s=loss", "profit", Op.LT),
        ("be|rel|prep|with|sold? s=loss", "profit", Op.LT),
        ("where|with|rel? met:profit be|prep* s=winning", "profit", Op.GT),
        ("be|rel|prep|with|sold? s=winning", "profit", Op.GT),
        ("be|rel|prep|with|sold|bought? s=discounted", "discount_rate", Op.GT),
        ("be|rel|prep|with|sold|bought? s=fullprice", "discount_rate", Op.IN),
        ("shipped|be|rel|prep? s=sameday", "days_to_ship", Op.IN),
        ("shipped s=nextday", "days_to_ship", Op.IN),
    )
    for pattern, metric, op in rows:
        while found := board.find(pattern):
            head = _sign_head(board, found, setting.head)
            sign = found.one("s")
            board.remove(found.taken)
            values = (Decimal(1),) if sign.tag == "nextday" else zero
            within = sign.tag == "nextday" and sign.text.lower().startswith("within")
            _put(draft, setting, head, (metric, Op.LE if within else op, values), [], sign.first)


def _sign_head(board: Board, found: Found, known: str) -> str:
    """As for other conditions; where nothing is named, the lines themselves."""
    before = board.before(found.at, "thing", "who", "part", "people")
    after = board.spans[board.spans.index(found.taken[-1]) + 1 :]
    if after and after[0].tag == "met" and after[0].name == "lines":
        return "lines"
    if after and after[0].tag == "thing":
        return after[0].name
    lines = board.before(found.at, "met")
    if lines is not None and lines.name == "lines":
        return "lines"
    if before is None:
        return known or "lines"
    return "customer" if before.tag == "who" else before.name
