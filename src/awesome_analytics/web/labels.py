"""Figures at the ends of bars: how they are written and the room they need, however narrow the screen."""

from collections.abc import Sequence
from typing import Any

import altair as alt

_NARROW = 300
"""Pixels of a chart, without its names, below which a figure and its share stand on two lines."""
_LETTER, _GAP, _SHORTEST_BAR = 6.8, 14, 30
"""Pixels: a letter of a figure, the space around it, what is left for the longest bar at the least."""

LINE = 13
"""Pixels from one line of a label to the next."""


def written() -> str:
    """Vega's expression for a label; where there is no room for a line, the share stands below the figure."""
    between = f"(width < {_NARROW} ? '\\n' : '  ')"
    return f"datum.share ? datum.text + {between} + datum.share : datum.text"


def scale(rows: Sequence[dict[str, Any]]) -> alt.Scale:
    """Lengths of bars with values, so that the longest text still fits beside the longest bar."""
    values = [row["value"] for row in rows if row["value"] is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high or float(low == 0)
    wide = max(len(f"{row['text']}  {row['share']}".strip()) for row in rows)
    narrow = max(len(text) for row in rows for text in (row["text"], row["share"]))
    room = f"(width < {_NARROW} ? {narrow * _LETTER + _GAP} : {wide * _LETTER + _GAP})"
    sides = (low < 0) + (high > 0)
    unit = f"{high - low} / max(width - {sides} * {room}, {_SHORTEST_BAR})"
    return alt.Scale(
        domainMin=alt.expr(f"{low} - {unit} * {room}" if low < 0 else "0"),
        domainMax=alt.expr(f"{high} + {unit} * {room}" if high > 0 else "0"),
        nice=False,
    )
