"""Drawings of distributions: histograms, strips of quantiles, the week by the hour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from ..svg import AMBER, BLUE, PALE_AMBER, RULE, WIDTH, Panel, drawing, ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from ..language import Language

_ROW, _LEFT, _TOP = 22.0, 76.0, 8.0
_CELL = Markup(
    '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" fill-opacity="{:.2f}" stroke="{}">'
    "<title>{}</title></rect>"
)


def histogram(bins: pd.DataFrame, name: Callable[[float], str], title: str, say: Language) -> Markup:
    """Bars of the shares of a period, and as a line those of the days before.

    Args:
        bins: ``frames.DESCRIPTION_BINS`` of one measure.
        name: How the first value of a bin is written.
        title: Of the drawing.
        say: The language.
    """
    now = bins["n"] / max(int(bins["n"].sum()), 1)
    known = bins["before_n"].notna().all() and int(bins["before_n"].sum()) > 0
    before = (bins["before_n"].astype("float64") / float(bins["before_n"].sum())) if known else None
    most = 100 * max(float(now.max()), 0.0 if before is None else float(before.max()))
    panel = Panel(len(bins), most, height=150.0)
    panel.axis([say.count(tick) for tick in ticks(panel.most)], say("describe.axis_share"))
    for place, (row, share) in enumerate(zip(bins.to_dict("records"), now, strict=True)):
        low = name(row["low"])
        key = "describe.last_bin" if math.isnan(row["high"]) else "describe.bin"
        high = "" if key == "describe.last_bin" else name(row["high"])
        panel.bar(place, 100 * share, BLUE, say(key, low=low, high=high, n=row["n"], share=say.percent(share)))
    if before is not None:
        panel.line([float(place) for place in range(len(bins))], [100 * share for share in before], AMBER)
    panel.names([name(low) for low in bins["low"]])
    return drawing([panel], title)


def strips(rows: pd.DataFrame, scale: float, names: list[str], axis: str, say: Language) -> Markup:
    """For each group the middle half as a broad line and the median as a dot.

    Args:
        rows: ``frames.DESCRIPTIONS`` of one measure, a row for each group.
        scale: What the values are divided by.
        names: Of the groups, as people read them.
        axis: The unit.
        say: The language.
    """
    panel = Panel(len(rows), float(rows["p75"].max()) / scale, height=150.0)
    panel.axis([say.count(tick) for tick in ticks(panel.most)], axis)
    for place, (row, name) in enumerate(zip(rows.to_dict("records"), names, strict=True)):
        low, middle, high = (max(row[q], 0.0) / scale for q in ("p25", "p50", "p75"))
        panel.upright(place, low, high, PALE_AMBER, 18)
        numbers = {q: say.count(v) for q, v in (("low", low), ("middle", middle), ("high", high))}
        panel.dot(place, middle, AMBER, say("describe.strip", group=name, n=row["n"], **numbers), size=5)
    panel.names(names)
    return drawing([panel], say("describe_groups.chart"))


def week(rows: pd.DataFrame, say: Language) -> Markup:
    """Weekdays below each other, hours side by side; the darker, the more receipts in such an hour.

    Args:
        rows: ``frames.DESCRIPTION_WEEK``, not empty.
        say: The language.
    """
    first, last = int(rows["local_hour"].min()), int(rows["local_hour"].max())
    wide = (WIDTH - _LEFT - 8) / (last - first + 1)
    each = (rows["receipts"] / rows["days"]).to_numpy()
    most = max(float(each.max()), 1e-9)
    shapes = [_text(_LEFT - 6, _TOP + _ROW * (day + 0.7), say.weekday(day), "end") for day in range(7)]
    for row, mean in zip(rows.to_dict("records"), each, strict=True):
        x, y = _LEFT + wide * (row["local_hour"] - first), _TOP + _ROW * row["weekday"]
        told = say("describe.cell", day=say.weekday(row["weekday"]), hour=row["local_hour"], mean=say.number(mean))
        shapes.append(_CELL.format(x, y, wide - 1, _ROW - 1, BLUE, mean / most, RULE, told))
    below, hours = _TOP + 7 * _ROW + 14, range(first, last + 1)
    shapes += [_text(_LEFT + wide * (hour - first + 0.5), below, f"{hour}:00", "middle") for hour in hours]
    height = _TOP + 7 * _ROW + 22
    opened = Markup('<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">')
    return opened.format(WIDTH, height, say("describe.week")) + Markup("").join(shapes) + Markup("</svg>")


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))
