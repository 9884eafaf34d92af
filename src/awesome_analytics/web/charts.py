"""Answers as charts: which kinds fit, the default first, and each drawn."""

import base64
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.run import Result
from awesome_analytics.web.scene import PICKED, Picture, Scene
from awesome_analytics.web.vega import ACCENT

__all__ = ["LABELS", "PICKED", "Kind", "Picture", "picture", "sparkline", "suits"]


class Kind(StrEnum):
    """How an answer is drawn."""

    NUMBER = "number"
    LINE = "line"
    BAR = "bar"
    STACKED = "stacked"
    GROUPED = "grouped"
    TABLE = "table"


LABELS = {
    Kind.NUMBER: "Number",
    Kind.LINE: "Line",
    Kind.BAR: "Bars",
    Kind.STACKED: "Stacked bars",
    Kind.GROUPED: "Grouped bars",
    Kind.TABLE: "Table",
}


def suits(result: Result, catalog: Catalog) -> tuple[Kind, ...]:
    """The kinds that can show this answer, the best one first."""
    names = result.query.dimensions
    figures = [column for column in result.columns if column.is_metric]
    if not figures or not result.rows or len(names) > 2:
        return (Kind.TABLE,)
    if not names:
        return (Kind.NUMBER, Kind.TABLE)
    series = [name for name in names if catalog.dimension(name).is_series]
    if len(names) == 1:
        if not series:
            return (Kind.BAR, Kind.TABLE)
        return (Kind.LINE, Kind.BAR, Kind.TABLE) if len(result.rows) > 1 else (Kind.BAR, Kind.TABLE)
    split = (Kind.STACKED, Kind.GROUPED) if figures[0].additive else (Kind.GROUPED,)
    return (Kind.LINE, *split, Kind.TABLE) if series else (*split, Kind.TABLE)


def picture(
    result: Result,
    kind: Kind,
    catalog: Catalog,
    *,
    picked: str | None = None,
    clickable: bool = False,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Picture:
    """The answer's first figure drawn; `picked` stands out, and `clickable` members make a selection.

    `names` are what the legend calls the figures instead of their labels.
    """
    key = (id(result), kind, picked, clickable, tuple(names.items()))
    with _lock:
        held = _drawn.get(key)
    if held is not None:
        return held[1]
    scene = Scene(result=result, catalog=catalog, picked=picked, clickable=clickable, names=names)
    made = _draw(scene, kind)
    with _lock:
        # The answer is held too, so that its id is nobody else's.
        _drawn[key] = (result, made)
        while len(_drawn) > _MOST_DRAWN:
            _drawn.popitem(last=False)
    return made


_MOST_DRAWN = 100
_drawn: OrderedDict[tuple[object, ...], tuple[Result, Picture]] = OrderedDict()
_lock = threading.Lock()


def _draw(scene: Scene, kind: Kind) -> Picture:
    if kind is Kind.LINE:
        return scene.line()
    if kind in (Kind.STACKED, Kind.GROUPED) and len(scene.result.query.dimensions) == 2:
        return scene.two(stacked=kind is Kind.STACKED)
    return scene.bars() if not scene.is_series else scene.columns()


def sparkline(values: Sequence[float]) -> str:
    """A line of the last steps, from zero, as a picture that reads no figures out."""
    high, low = max(*values, 0.0), min(*values, 0.0)
    step, scale = 100 / (len(values) - 1), 26 / ((high - low) or 1.0)
    points = " ".join(f"{i * step:.1f},{28 - (value - low) * scale:.1f}" for i, value in enumerate(values))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" preserveAspectRatio="none">'
        f'<polygon points="0,28 {points} 100,28" fill="{ACCENT}" fill-opacity="0.16"/>'
        f'<polyline points="{points}" fill="none" stroke="{ACCENT}" stroke-width="1.6" '
        'vector-effect="non-scaling-stroke" stroke-linejoin="round"/></svg>'
    )
    # Streamlit cleans a bare svg out of its HTML.
    packed = base64.b64encode(svg.encode()).decode()
    return (
        f'<img alt="" src="data:image/svg+xml;base64,{packed}" style="width:100%;height:36px;display:block">'
    )
