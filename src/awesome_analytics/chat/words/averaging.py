"""Averages: of orders, customers or lines; never silently of something else."""

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.model import Ratio

_AVERAGES = {
    "sales": "sales_per_line", "profit": "profit_per_line", "units": "units_per_line",
    "discount": "discount_rate",
    "shipping_cost": "shipping_per_order", "discount_rate": "discount_rate", "returned_sales": "",
}  # fmt: skip
_OF_LINES = {"sales_per_line": "sales", "profit_per_line": "profit", "units_per_line": "units"}
EACH = {
    "order": {
        "sales": "average_order_value", "units": "units_per_order", "lines": "lines_per_order",
        "profit": "profit_per_order", "shipping_cost": "shipping_per_order", "products": "lines_per_order",
    },
    "customer": {
        "sales": "spend_per_customer", "orders": "orders_per_customer", "profit": "profit_per_customer",
        "units": "units_per_customer",
    },
}  # fmt: skip
_BEYOND = frozenset(
    {
        "above",
        "below",
        "over",
        "under",
        "beyond",
        "than",
        "better than",
        "worse than",
        "more than",
        "less than",
        "higher than",
        "lower than",
    }
)
_RECURRING = ("order_weekday", "order_month_of_year")


def refuse_comparison(board: Board) -> None:
    """Regions above average: a figure to compare with that is none yet."""
    found = board.find("OP|prep average")
    if found and found.taken[0].text.lower() in _BEYOND:
        raise Unclear(
            f"I can't compare with an average by myself ('{found.taken[0].text} average'). Name the figure, "
            "such as regions with sales above 100,000."
        )


def of_one(board: Board, draft: Draft) -> None:
    """The typical profit on an order: an average over orders, as if said per order."""
    if not board.has("average") and not any(_says_average(span) for span in board.all("met")):
        return
    rows = (
        "met! prep average? x=thing:order|thing:customer",
        "average! x=thing:order|thing:customer met!",
    )
    for row in rows:
        found = board.find(row)
        if found is not None and not found.one("x").plural:
            board.remove([span for span in found.taken if span.tag != "average"])
            draft.add_dim(found.one("x").name)


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """What an average of a total means: of an order's, a customer's, a line's."""
    for span in [span for span in board.all("met") if span.name in _OF_LINES and _says_average(span)]:
        if not _of_each(board, draft, setting, span) and _is_dated(draft):
            raise Unclear(
                "I don't average over days or months yet. I can show the total of each, or the average "
                "of an order line. Which one helps?"
            )
    if not board.has("average"):
        return
    mets = board.all("met")
    board.remove(board.all("average"))
    for span in mets:
        if not isinstance(setting.catalog.metric(span.name).formula, Ratio):
            _average(board, draft, setting, span)
    if not mets:
        _count_averages(draft, setting)


def _average(board: Board, draft: Draft, setting: Setting, span: Span) -> None:
    """One total made an average: per order or customer where they split it, else per line."""
    per = _per(draft, span.name)
    made = EACH[per][span.name] if per else _AVERAGES.get(span.name, "")
    if per:
        draft.dims.remove(per)
    elif span.name in EACH["order"]:
        _refuse_each(draft, setting, span.name)
    if not made or _is_dated(draft):
        label = setting.catalog.metric(span.name).label.lower()
        raise Unclear(
            f"An average of {label} over what: orders, customers, or order lines? "
            "I don't average over days or months yet."
        )
    board.remove([span])
    draft.add_metric(made)
    if span.name in ("sales", "profit", "units") and not per:
        swap = {"sales": "average_order_value", "profit": "profit_per_order", "units": "units_per_order"}
        draft.note("averaged over the order lines", ("per order", swap[span.name]))


def _is_dated(draft: Draft) -> bool:
    """Whether the figures are of days or months, over which nothing is averaged."""
    dims = [name for name in draft.dims if name.startswith("order_") and name != "order_priority"]
    return bool(dims) or any(held.field in _RECURRING for held in draft.filters)


def _per(draft: Draft, name: str) -> str:
    return next((dim for dim in draft.dims if name in EACH.get(dim, {})), "")


def _says_average(span: Span) -> bool:
    return span.text.lower().startswith(("average", "avg", "mean"))


def _of_each(board: Board, draft: Draft, setting: Setting, span: Span) -> bool:
    """Average sales per customer: of customers, where `average sales` alone is of order lines."""
    name = _OF_LINES[span.name]
    per = _per(draft, name)
    if not per:
        _refuse_each(draft, setting, name)
        return False
    board.remove([span])
    draft.dims.remove(per)
    draft.add_metric(EACH[per][name])
    return True


def _refuse_each(draft: Draft, setting: Setting, name: str) -> None:
    """An average over customers that no metric holds is no average over lines."""
    alone = next((dim for dim in draft.dims if dim in EACH), None)
    if alone is not None:
        label = setting.catalog.metric(name).label.lower()
        raise Unclear(f"I don't average {label} over each {alone} yet. Shall I show {label} by {alone}?")


def _count_averages(draft: Draft, setting: Setting) -> None:
    """The average number of orders per customer."""
    counted = [name for name in draft.metrics if name in ("orders", "customers", "returns", "products")]
    for name in counted:
        per = _per(draft, name)
        if not per:
            raise Unclear(
                f"An average number of {name} over what? I can show the number by month, or per customer."
            )
        draft.dims.remove(per)
        draft.metrics[draft.metrics.index(name)] = EACH[per][name]
    if not counted and not _has_ratio(draft, setting):
        raise Unclear("An average of what? I know sales, profit and units per order, per customer, per line.")


def _has_ratio(draft: Draft, setting: Setting) -> bool:
    """Whether what is asked for is an average already."""
    names = [*draft.metrics, draft.ranked_by or ""]
    known = [setting.catalog.metric(name) for name in names if name in setting.catalog.metrics]
    return any(isinstance(metric.formula, Ratio) for metric in known)
