"""Vega-Lite's words for what our charts have in common, and a chart's points as they travel."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from awesome_analytics.web import labels

Spec = dict[str, Any]

ACCENT = "#2b8a70"
MUTED = "#9ba8a3"
PALETTE = (
    "#2b8a70", "#e0803a", "#4a7fc1", "#b8860b", "#a2599b", "#6b8e23", "#c1504a", "#3aa0b0", "#7d6fb5",
)  # fmt: skip

_INK = "currentColor"
"""The page's own colour of text, light or dark."""
_LONG_NAME = 14
POINTS, TOP = "points", "view_1"
CONFIG = {
    "view": {"strokeWidth": 0, "continuousWidth": 300, "continuousHeight": 300},
    "axis": {"gridOpacity": 0.35, "labelFontSize": 12, "labelColor": _INK, "labelOpacity": 0.8},
}
FLAT = {"title": None, "labelAngle": 0, "ticks": False, "labelOverlap": "greedy", "grid": False}
HOVER = {
    "name": "hover",
    "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"},
    "views": [TOP],
}


def packed(rows: list[Spec]) -> bytes:
    """Rows as Arrow, the form in which Streamlit sends them: it takes bytes as they are."""
    table, sink = pa.Table.from_pylist(rows), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def text(field: str, title: str) -> Spec:
    """A line of a tooltip."""
    return {"field": field, "type": "nominal", "title": title}


def steps() -> Spec:
    """Stretches of time one beside the other, by their names."""
    return {"field": "name", "type": "ordinal", "sort": None, "axis": FLAT}


def members(names: list[str], **more: object) -> Spec:
    """Members one below the other, in the answer's order."""
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 150, **more}
    return {"field": "name", "type": "nominal", "sort": names, "axis": axis}


def series(names: Sequence[str], colours: Spec, shown: Iterable[str]) -> Spec:
    """A colour for each series, and the legend that tells them."""
    scale, sort = colours, list(names)
    return {"field": "series", "type": "nominal", "scale": scale, "legend": legend(shown), "sort": sort}


def end_text(y: Spec, rows: Sequence[Spec], *, negative: bool) -> Spec:
    """The figures at the ends of bars that lie."""
    beside = {"align": "right", "dx": -6} if negative else {"align": "left", "dx": 6}
    return {
        "mark": {"type": "text", **beside, "fontSize": 12, "color": _INK, **labels.text(rows)},
        "encoding": {
            "x": {"field": "value", "type": "quantitative"},
            "y": y,
            "text": {"field": "label", "type": "nominal"},
        },
        "transform": [
            {"filter": "datum.value < 0" if negative else "datum.value >= 0"},
            {"calculate": labels.written(rows), "as": "label"},
        ],
    }


def colours(names: Sequence[str], *, pair: bool) -> Spec:
    """One accent; what it is compared with stands back."""
    if pair and len(names) == 2:
        return {"domain": list(names), "range": [ACCENT, MUTED]}
    return {"domain": list(names), "range": [PALETTE[i % len(PALETTE)] for i in range(len(names))]}


def legend(names: Iterable[str]) -> Spec:
    """Under the chart; long names one below the other, so that a phone shows them whole."""
    columns = 1 if max(map(len, names), default=0) > _LONG_NAME else 3
    return {
        "title": None,
        "orient": "bottom",
        "columns": columns,
        "labelLimit": 260,
        "symbolType": "circle",
    }
