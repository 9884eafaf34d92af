"""One answer being drawn: its rows as points, its axes, and each kind of chart by Altair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from awesome_analytics.semantic.model import Catalog, Format
from awesome_analytics.semantic.run import Cell, Column, Result
from awesome_analytics.semantic.written import written
from awesome_analytics.web import labels
from awesome_analytics.web.points import largest, moment, without_holes

# Altair would check every piece of every chart against its schema, for longer than the page takes otherwise:
# the tests check each kind of chart instead.
disable_debug_mode()

ACCENT = "#2b8a70"
MUTED = "#9ba8a3"
PALETTE = (
    "#2b8a70", "#e0803a", "#4a7fc1", "#b8860b", "#a2599b", "#6b8e23", "#c1504a", "#3aa0b0", "#7d6fb5",
)  # fmt: skip
PICKED = "picked"
"""The selection a click makes; a page reads the member's `raw`."""

MOST_BARS = 30
MOST_SERIES = 8
_BAR = 30
_LONG_NAME = 14
_INK = "currentColor"
"""The page's own colour of text, light or dark."""
_HEIGHT = 280


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart with the words for who can't see it; `left_out` rows did not find a place."""

    spec: dict[str, Any]
    words: str
    left_out: int = 0


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

    def tips(self, *, split: bool) -> list[alt.Tooltip]:
        made = [alt.Tooltip("name:N", title=self.axis_column.label), alt.Tooltip("text:N", title="Figure")]
        if not split:
            return [made[0], alt.Tooltip("text:N", title=self.figures[0][1].label)]
        return [alt.Tooltip("series:N", title=" "), *made]

    def value(self, channel: type[alt.X] | type[alt.Y], *, zero: bool = True, **more: Any) -> Any:
        column = self.figures[0][1]
        # Else the zero of an axis in thousands is written "0k".
        zero_plain = "datum.value === 0 ? '0' : datum.label"
        axis = alt.Axis(
            format=figure_axis(column.format),
            labelExpr=zero_plain,
            tickCount=4,
            title=None,
            domain=False,
            ticks=False,
        )
        return channel("value:Q", axis=axis, scale=alt.Scale(zero=zero, **more))

    def click(self, *, nearest: bool = False) -> list[alt.Parameter]:
        if not self.clickable:
            return []
        return [alt.selection_point(name=PICKED, fields=["raw"], nearest=nearest)]

    # ------------------------------------------------------------ along time

    def time_axis(self) -> alt.X:
        shape = self.axis_column.format
        if shape in ("quarter", "year"):
            axis = alt.Axis(title=None, labelAngle=0, ticks=False, labelOverlap="greedy", grid=False)
            return alt.X("name:O", sort=None, axis=axis)
        wide = {"month": "%b %Y"}.get(shape, "%-d %b %Y")
        axis = alt.Axis(
            title=None, format=wide, labelAngle=0, labelOverlap="greedy", grid=False, ticks=False, tickCount=6
        )
        # A date is a day everywhere: local time would show the evening before west of Greenwich.
        return alt.X("at:T", axis=axis, scale=alt.Scale(type="utc"))

    def line(self) -> Picture:
        split = len(self.result.query.dimensions) == 2
        points = self._split_points() if split else self._figure_points()
        names = list(dict.fromkeys(point["series"] for point in points))
        base = alt.Chart(_data(points)).encode(x=self.time_axis())
        several = len(names) > 1
        colours = _colours(names, pair=not split)
        colour = (
            alt.Color("series:N", scale=colours, legend=_legend(names), sort=names)
            if several
            else alt.value(ACCENT)
        )
        line = base.mark_line(strokeWidth=2).encode(y=self.value(alt.Y), color=colour)
        near = base.mark_point(filled=True, size=60, opacity=0 if len(points) > 40 else 1).encode(
            y=self.value(alt.Y), color=colour, tooltip=self.tips(split=several)
        )
        hover = alt.selection_point(
            on="pointerover", nearest=True, empty=False, name="hover", clear="pointerout"
        )
        near = near.encode(
            opacity=alt.condition(hover, alt.value(1), alt.value(0 if len(points) > 40 else 0.9))
        )
        near = near.add_params(hover, *self.click(nearest=True))
        layers = [line, near] if several else [self._area(base), line, near]
        left_out = len(self.result.rows) - len(points) if split else 0
        return self._picture(alt.layer(*layers), _HEIGHT, left_out)

    def _area(self, base: alt.Chart) -> Any:
        return base.mark_area(opacity=0.12, color=ACCENT).encode(y=self.value(alt.Y))

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
        base = alt.Chart(_data(rows))
        axis = alt.Axis(title=None, labelAngle=0, ticks=False, labelOverlap="greedy", grid=False)
        chart = base.mark_bar(color=ACCENT, cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(
            x=alt.X("name:O", sort=None, axis=axis), y=self.value(alt.Y), tooltip=self.tips(split=False)
        )
        chart = chart.add_params(*self.click())
        return self._picture(chart, _HEIGHT, len(self.result.rows) - len(rows))

    # ------------------------------------------------------------ by members

    def bars(self) -> Picture:
        """Bars that lie, one for each member, with its figure at the end."""
        place, column = self.figures[0]
        rows = self.rows(self.result.rows[:MOST_BARS], place)
        shares = [p for p, c in self.figures if c.name == f"{column.name}.share"]
        for row, found in zip(rows, self.result.rows, strict=False):
            row["share"] = f"({written(found[shares[0]], 'percent')})" if shares else ""
        base = alt.Chart(_data(rows)).encode(y=self._names_axis(rows))
        colour: Any = alt.value(ACCENT)
        if self.picked is not None:
            colour = alt.condition(alt.datum.raw == self.picked, alt.value(ACCENT), alt.value(MUTED))
        bar = base.mark_bar(
            height={"band": 0.68}, cornerRadiusEnd=3, cursor="pointer" if self.clickable else "default"
        )
        bar = bar.encode(
            x=alt.X("value:Q", axis=None, scale=labels.scale(rows)),
            color=colour,
            tooltip=self.tips(split=False),
        )
        bar = bar.add_params(*self.click())
        chart = alt.layer(bar, self._end_text(base, negative=False), self._end_text(base, negative=True))
        return self._picture(chart, _BAR * len(rows) + 10, len(self.result.rows) - len(rows))

    def _names_axis(self, rows: Sequence[dict[str, Any]]) -> alt.Y:
        axis = alt.Axis(title=None, ticks=False, domain=False, labelLimit=150, labelPadding=8, grid=False)
        return alt.Y("name:N", sort=[row["name"] for row in rows], axis=axis)

    def _end_text(self, base: alt.Chart, *, negative: bool) -> Any:
        chosen = alt.datum.value < 0 if negative else alt.datum.value >= 0
        text = base.mark_text(
            align="right" if negative else "left",
            dx=-6 if negative else 6,
            fontSize=12,
            color=_INK,
            lineBreak="\n",
            lineHeight=labels.LINE,
        )
        text = text.encode(x="value:Q", text="label:N").transform_filter(chosen)
        return text.transform_calculate(label=labels.written())

    def two(self, *, stacked: bool) -> Picture:
        """A bar for each member of the first dimension, split by the second."""
        points = self.rows(self.result.rows, self.figures[0][0])
        names = list(dict.fromkeys(point["name"] for point in points))
        kept, bars = largest(points, MOST_SERIES), names if self.is_series else names[:MOST_BARS]
        drawn = [point for point in points if point["series"] in kept and point["name"] in bars]
        colour = alt.Color(
            "series:N", scale=_colours(sorted(kept), pair=False), legend=_legend(kept), sort=sorted(kept)
        )
        base = alt.Chart(_data(drawn)).mark_bar().encode(color=colour, tooltip=self.tips(split=True))
        if self.is_series:
            axis = alt.Axis(title=None, labelAngle=0, ticks=False, labelOverlap="greedy", grid=False)
            chart = base.encode(x=alt.X("name:O", sort=None, axis=axis), y=self.value(alt.Y))
            chart = chart if stacked else chart.encode(xOffset="series:N")
            height = _HEIGHT
        else:
            y = alt.Y(
                "name:N", sort=bars, axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=150)
            )
            chart = base.encode(y=y, x=self.value(alt.X))
            chart = chart if stacked else chart.encode(yOffset="series:N")
            height = len(bars) * (_BAR if stacked else 14 * len(kept) + 10) + 30
        return self._picture(chart, height, len(points) - len(drawn))

    def _picture(self, chart: Any, height: float, left_out: int) -> Picture:
        figure = self.figures[0][1].label
        by = " and ".join(column.label.lower() for column in self.result.columns if not column.is_metric)
        return Picture(
            spec=_finished(chart, height).to_dict(validate=False),
            words=f"{figure} by {by}, {len(self.result.rows)} rows; the table shows the same figures.",
            left_out=left_out,
        )


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Plain rows: the types stand in the encodings."""
    return alt.InlineData(values=rows)


def _colours(names: Sequence[str], *, pair: bool) -> alt.Scale:
    """One accent; what it is compared with stands back."""
    if pair and len(names) == 2:
        return alt.Scale(domain=list(names), range=[ACCENT, MUTED])
    return alt.Scale(domain=list(names), range=[PALETTE[i % len(PALETTE)] for i in range(len(names))])


def _legend(names: Iterable[str]) -> alt.Legend:
    """Under the chart; long names one below the other, so that a phone shows them whole."""
    columns = 1 if max(map(len, names), default=0) > _LONG_NAME else 3
    return alt.Legend(title=None, orient="bottom", columns=columns, labelLimit=260, symbolType="circle")


def _finished(chart: Any, height: float) -> Any:
    return (
        chart.properties(height=height)
        .configure_view(strokeWidth=0)
        .configure_axis(gridOpacity=0.35, labelFontSize=12)
    )
