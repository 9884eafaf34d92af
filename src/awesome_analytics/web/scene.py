"""One answer being drawn: its rows as points, its axes, and each kind of chart as Vega-Lite reads it.

The specifications are written as they stand: building them from Altair's objects took as long as all else
that a page does. Tests hold each kind against the schema.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from awesome_analytics.semantic.model import Catalog, Format
from awesome_analytics.semantic.run import Cell, Column, Result
from awesome_analytics.semantic.written import written
from awesome_analytics.web import labels, vega
from awesome_analytics.web.points import largest, moment, without_holes
from awesome_analytics.web.vega import ACCENT, MUTED, Spec

PICKED = "picked"
"""The selection a click makes; a page reads the member's `raw`."""

MOST_BARS = 30
MOST_SERIES = 8
_BAR = 30
_HEIGHT = 280


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart with the words for who can't see it; `left_out` rows did not find a place."""

    spec: Spec
    words: str
    left_out: int = 0

    @cached_property
    def shipped(self) -> Spec:
        """The specification with its points as they travel, so that no later page packs them again."""
        packed = {name: vega.packed(rows) for name, rows in self.spec["datasets"].items()}
        return {**self.spec, "datasets": packed}


def figure_axis(shape: Format) -> str:
    """How an axis writes its numbers, short."""
    return {"money": "$~s", "percent": ".0~%"}.get(shape, "~s")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One answer being drawn."""

    result: Result
    catalog: Catalog
    picked: str | None
    clickable: bool
    names: Mapping[str, str]

    @property
    def figures(self) -> list[tuple[int, Column]]:
        return [(place, column) for place, column in enumerate(self.result.columns) if column.is_metric]

    @property
    def along(self) -> int:
        """The place of the dimension that runs along the axis: time where there is some."""
        names = self.result.query.dimensions
        series = [place for place, name in enumerate(names) if self.catalog.dimension(name).is_series]
        return series[0] if series else 0

    @property
    def is_series(self) -> bool:
        return self.catalog.dimension(self.result.query.dimensions[self.along]).is_series

    @property
    def axis_column(self) -> Column:
        return self.result.columns[self.along]

    def rows(self, found: Sequence[Sequence[Cell]], place: int) -> list[dict[str, Any]]:
        """One figure's points: what the axis needs, and texts for the tooltip."""
        column = self.result.columns[place]
        split = [p for p in range(len(self.result.query.dimensions)) if p != self.along]
        called, made = self.names.get(column.name, column.label), []
        for row in found:
            name = row[self.along]
            of = written(row[split[0]], "text") if split else called
            made.append(
                {
                    "raw": str(name) if name is not None else "",
                    "at": moment(name, self.axis_column.format),
                    "name": written(name, self.axis_column.format) if name is not None else "(none)",
                    "value": None if row[place] is None else float(str(row[place])),
                    "text": written(row[place], column.format),
                    "series": of,
                }
            )
        return made

    def tips(self, *, split: bool) -> list[Spec]:
        figure = "Figure" if split else self.figures[0][1].label
        made = [vega.text("name", self.axis_column.label), vega.text("text", figure)]
        return [vega.text("series", " "), *made] if split else made

    def value(self) -> Spec:
        """The figure, on an axis that begins at zero."""
        axis = {
            "format": figure_axis(self.figures[0][1].format),
            # Else the zero of an axis in thousands is written "0k".
            "labelExpr": "datum.value === 0 ? '0' : datum.label",
            "tickCount": 4,
            "title": None,
            "domain": False,
            "ticks": False,
        }
        return {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True}}

    def click(self, *, view: str | None = None) -> list[Spec]:
        """What a click chooses: in a chart of several layers the nearest point of one."""
        if not self.clickable:
            return []
        chosen = {"type": "point", "fields": ["raw"], "nearest": self.is_series and view is not None}
        return [{"name": PICKED, "select": chosen, **({"views": [view]} if view else {})}]

    # ------------------------------------------------------------ along time

    def time_axis(self) -> Spec:
        shape = self.axis_column.format
        if shape in ("quarter", "year"):
            return vega.steps()
        wide = {"month": "%b %Y"}.get(shape, "%-d %b %Y")
        # A date is a day everywhere: local time would show the evening before west of Greenwich.
        axis = {**vega.FLAT, "format": wide, "tickCount": 6}
        return {"field": "at", "type": "temporal", "axis": axis, "scale": {"type": "utc"}}

    def line(self) -> Picture:
        split = len(self.result.query.dimensions) == 2
        points = self._split_points() if split else self._figure_points()
        names = list(dict.fromkeys(point["series"] for point in points))
        several, many = len(names) > 1, len(points) > 40
        colour: Spec = {"value": ACCENT}
        if several:
            colour = vega.series(names, vega.colours(names, pair=not split), names)
        base = {"x": self.time_axis(), "y": self.value()}
        line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**base, "color": colour}}
        near = {
            "name": vega.TOP,
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0 if many else 1},
            "encoding": {
                **base,
                "color": colour,
                "tooltip": self.tips(split=several),
                "opacity": {
                    "condition": {"param": "hover", "empty": False, "value": 1},
                    "value": 0 if many else 0.9,
                },
            },
        }
        area = {"mark": {"type": "area", "opacity": 0.12, "color": ACCENT}, "encoding": base}
        layers = [line, near] if several else [area, line, near]
        left_out = len(self.result.rows) - len(points) if split else 0
        spec = {"layer": layers, "params": [vega.HOVER, *self.click(view=vega.TOP)]}
        return self._picture(spec, points, _HEIGHT, left_out)

    def _figure_points(self) -> list[dict[str, Any]]:
        """Each figure that is written like the first one is a line of its own."""
        first = self.figures[0][1].format
        rows = without_holes(self.result, self.along)
        alike = [(place, column) for place, column in self.figures if column.format == first]
        return [point for place, _ in alike for point in self.rows(rows, place)]

    def _split_points(self) -> list[dict[str, Any]]:
        place = self.figures[0][0]
        points = self.rows(self.result.rows, place)
        kept = largest(points, MOST_SERIES)
        return [point for point in points if point["series"] in kept]

    def columns(self) -> Picture:
        """Bars that stand, along time."""
        rows = self.rows(self.result.rows[-200:], self.figures[0][0])
        spec = {
            "mark": {"type": "bar", "color": ACCENT, "cornerRadiusTopLeft": 2, "cornerRadiusTopRight": 2},
            "encoding": {"x": vega.steps(), "y": self.value(), "tooltip": self.tips(split=False)},
            "params": self.click(),
        }
        return self._picture(spec, rows, _HEIGHT, len(self.result.rows) - len(rows))

    # ------------------------------------------------------------ by members

    def bars(self) -> Picture:
        """Bars that lie, one for each member, with its figure at the end."""
        place, column = self.figures[0]
        rows = self.rows(self.result.rows[:MOST_BARS], place)
        shares = [p for p, c in self.figures if c.name == f"{column.name}.share"]
        for row, found in zip(rows, self.result.rows, strict=False):
            row["share"] = f"({written(found[shares[0]], 'percent')})" if shares else ""
        colour: Spec = {"value": ACCENT}
        if self.picked is not None:
            chosen = {"test": {"field": "raw", "equal": self.picked}, "value": ACCENT}
            colour = {"condition": chosen, "value": MUTED}
        y = vega.members([row["name"] for row in rows], labelPadding=8, grid=False)
        bar = {
            "name": vega.TOP,
            "mark": {
                "type": "bar",
                "height": {"band": 0.68},
                "cornerRadiusEnd": 3,
                "cursor": "pointer" if self.clickable else "default",
            },
            "encoding": {
                "x": {
                    "field": "value",
                    "type": "quantitative",
                    "axis": None,
                    "scale": labels.scale(rows),
                },
                "y": y,
                "color": colour,
                "tooltip": self.tips(split=False),
            },
        }
        ends = [vega.end_text(y, rows, negative=below) for below in (False, True)]
        spec = {"layer": [bar, *ends], "params": self.click(view=vega.TOP)}
        return self._picture(spec, rows, _BAR * len(rows) + 10, len(self.result.rows) - len(rows))

    def two(self, *, stacked: bool) -> Picture:
        """A bar for each member of the first dimension, split by the second."""
        points = self.rows(self.result.rows, self.figures[0][0])
        names = list(dict.fromkeys(point["name"] for point in points))
        kept, bars = largest(points, MOST_SERIES), names if self.is_series else names[:MOST_BARS]
        drawn = [point for point in points if point["series"] in kept and point["name"] in bars]
        series = sorted(kept)
        side: Spec = {} if stacked else {"field": "series", "type": "nominal"}
        if self.is_series:
            places = {"x": vega.steps(), "y": self.value(), "xOffset": side}
            height: float = _HEIGHT
        else:
            places = {"y": vega.members(bars), "x": self.value(), "yOffset": side}
            height = len(bars) * (_BAR if stacked else 14 * len(kept) + 10) + 30
        spec = {
            "mark": {"type": "bar"},
            "encoding": {
                "color": vega.series(series, vega.colours(series, pair=False), kept),
                "tooltip": self.tips(split=True),
                **{channel: place for channel, place in places.items() if place},
            },
        }
        return self._picture(spec, drawn, height, len(points) - len(drawn))

    def _picture(self, spec: Spec, points: list[Spec], height: float, left_out: int) -> Picture:
        figure = self.figures[0][1].label
        by = " and ".join(column.label.lower() for column in self.result.columns if not column.is_metric)
        return Picture(
            spec={
                **spec,
                "data": {"name": vega.POINTS},
                "datasets": {vega.POINTS: points},
                "height": height,
                "config": vega.CONFIG,
            },
            words=f"{figure} by {by}, {len(self.result.rows)} rows; the table shows the same figures.",
            left_out=left_out,
        )
