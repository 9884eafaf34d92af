"""Figures at the ends of bars: how they are written and the room they need, however narrow the screen."""

from collections.abc import Iterable, Sequence
from typing import Any

_LETTER, _GAP = 5.8, 14
"""Pixels of a letter of a figure (the widest the charts' font has) and of the space around it."""
_BAR, _SHORTEST_BAR = 90, 30
"""Pixels the longest bar has where figure and share stand on one line, and at the least."""
_LINE = 13


def text(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How labels are set: where there is no room for one line, the share stands below the figure."""
    return {"lineBreak": "\n", "lineHeight": _LINE, "dy": {"expr": f"{_is_tight(rows)} ? {-_LINE / 2} : 0"}}


def written(rows: Sequence[dict[str, Any]]) -> str:
    """Vega's expression for a label."""
    between = f"({_is_tight(rows)} ? '\\n' : '  ')"
    return f"datum.share ? datum.text + {between} + datum.share : datum.text"


def scale(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Lengths of bars with values, so that the longest text still fits beside the longest bar."""
    values = [row["value"] for row in rows if row["value"] is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high or float(low == 0)
    narrow = _pixels(text for row in rows for text in (row["text"], row["share"]))
    room = f"({_is_tight(rows)} ? {narrow} : {_one_line(rows)})"
    sides = (low < 0) + (high > 0)
    unit = f"{high - low} / max(width - {sides} * {room}, {_SHORTEST_BAR})"
    return {
        "domainMin": {"expr": f"{low} - {unit} * {room}" if low < 0 else "0"},
        "domainMax": {"expr": f"{high} + {unit} * {room}" if high > 0 else "0"},
        "nice": False,
    }


def _is_tight(rows: Sequence[dict[str, Any]]) -> str:
    """Vega's expression for whether figure and share need two lines."""
    if not any(row["share"] for row in rows):
        return "false"
    return f"width < {_one_line(rows) + _BAR}"


def _one_line(rows: Sequence[dict[str, Any]]) -> float:
    return _pixels(f"{row['text']}  {row['share']}".strip() for row in rows)


def _pixels(texts: Iterable[str]) -> float:
    return max(map(len, texts)) * _LETTER + _GAP
