"""Charts as drawings inside the page: they need no script, print crisply, and say their numbers when pointed at.

Colours: one blue for what was counted, one amber for money and rates, grey for what was not seen. They differ in
lightness as well as in hue, so they are told apart without colour vision and in black and white.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from markupsafe import Markup, escape

INK, QUIET, RULE, UNSEEN = "#22303c", "#66737f", "#e3e7ea", "#dcdfe2"
BLUE, PALE_BLUE, AMBER, PALE_AMBER = "#2b5d8a", "#9bb8d3", "#c07c1c", "#ecd9b9"
WIDTH = 1000.0
_LEFT, _RIGHT, _BOTTOM, _TOP = 76.0, 8.0, 40.0, 12.0
_MOST_NAMES = 16


def ceiling(most: float) -> tuple[float, float]:
    """A round end of an axis that holds ``most``, and the step of its lines: 1, 2 or 5 times a power of ten."""
    if most <= 0 or not math.isfinite(most):
        return 1.0, 1.0
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999)
    return step * math.ceil(most / step - 1e-9), step


def ticks(most: float) -> list[float]:
    """The lines of an axis from 0 to ``ceiling(most)``."""
    top, step = ceiling(most)
    return [step * n for n in range(round(top / step) + 1)]


@dataclass(slots=True)
class Panel:
    """One plot: an axis from zero upwards and places side by side.

    Attributes:
        slots: How many places there are.
        most: The largest value to be shown.
        top: Its upper edge in the drawing.
        height: Of the plot alone.
    """

    slots: int
    most: float
    top: float = _TOP
    height: float = 220.0
    shapes: list[Markup] = field(default_factory=list)

    @property
    def slot(self) -> float:
        """The width of a place."""
        return (WIDTH - _LEFT - _RIGHT) / max(self.slots, 1)

    @property
    def bottom(self) -> float:
        """The line of zero."""
        return self.top + self.height

    def x(self, place: float) -> float:
        """The middle of a place."""
        return _LEFT + (place + 0.5) * self.slot

    def y(self, value: float) -> float:
        """Where a value lies."""
        return self.bottom - self.height * min(value / ceiling(self.most)[0], 1.0)

    def axis(self, names: list[str], title: str) -> None:
        """Lines and numbers of the axis; ``names`` from zero upwards, one for each of ``ticks(most)``."""
        for value, name in zip(ticks(self.most), names, strict=True):
            y = self.y(value)
            self._add('<path d="M{} {:.1f}H{}" stroke="{}"/>', _LEFT, y, WIDTH - _RIGHT, RULE)
            self._add('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>', _LEFT - 6, y + 4, name)
        middle = self.top + self.height / 2
        turned = '<text x="11" y="{0:.1f}" transform="rotate(-90 11 {0:.1f})" text-anchor="middle">{1}</text>'
        self._add(turned, middle, title)

    def bar(self, place: float, value: float, colour: str, title: str, *, width: float = 0.76) -> None:
        """A bar from zero."""
        wide = self.slot * width
        shape = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"><title>{}</title></rect>'
        y = self.y(value)
        self._add(shape, self.x(place) - wide / 2, y, wide, max(self.bottom - y, 0.5), colour, title)

    def unseen(self, place: float, title: str) -> None:
        """A grey stretch over the whole height: nothing is known there."""
        shape = '<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="{}"><title>{}</title></rect>'
        self._add(shape, self.x(place) - self.slot / 2, self.top, self.slot, self.height, UNSEEN, title)

    def upright(self, place: float, low: float, high: float, colour: str, wide: float) -> None:
        """An upright line from low to high; audits are drawn with a white rim to be seen before a bar."""
        path = '<path class="upright" d="M{:.1f} {:.1f}V{:.1f}" stroke="{}" stroke-width="{}"/>'
        self._add(path, self.x(place), self.y(low), self.y(high), colour, wide)

    def line(self, places: list[float], values: list[float | None], colour: str, *, wide: float = 2.0) -> None:
        """A line through the values, broken where one is not known."""
        path, pen = [], "M"
        for place, value in zip(places, values, strict=True):
            if value is None:
                pen = "M"
                continue
            path.append(f"{pen}{self.x(place):.1f} {self.y(value):.1f}")
            pen = "L"
        self._add('<path class="line" d="{}" fill="none" stroke="{}" stroke-width="{}"/>', "".join(path), colour, wide)

    def band(self, places: list[float], low: list[float], high: list[float], opacity: float) -> None:
        """The area between two lines."""
        there = [f"{self.x(p):.1f} {self.y(v):.1f}" for p, v in zip(places, high, strict=True)]
        back = [f"{self.x(p):.1f} {self.y(v):.1f}" for p, v in zip(places, low, strict=True)]
        shape = '<path d="M{}Z" fill="{}" fill-opacity="{}"/>'
        self._add(shape, "L".join(there + back[::-1]), BLUE, opacity)

    def dot(self, place: float, value: float, colour: str, title: str, *, size: float = 3.5) -> None:
        """A mark with its number; a wider one that is not seen makes it easy to point at."""
        shape = '<g class="dot"><circle cx="{0:.1f}" cy="{1:.1f}" r="{2}" fill="{3}"/>'
        shape += '<circle cx="{0:.1f}" cy="{1:.1f}" r="9" fill-opacity="0"/><title>{4}</title></g>'
        self._add(shape, self.x(place), self.y(value), size, colour, title)

    def names(self, names: list[str]) -> None:
        """What the places are called, under the plot; only as many as fit."""
        every = max(math.ceil(len(names) / _MOST_NAMES), 1)
        for place, name in enumerate(names):
            if place % every == 0:
                self.name(place, name)

    def name(self, place: float, name: str) -> None:
        """What one place is called; a line break makes a second line."""
        for row, part in enumerate(name.split("\n")):
            y = self.bottom + 16 + 14 * row
            self._add('<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>', self.x(place), y, part)

    def above(self, place: float, text: str) -> None:
        """A number over the plot."""
        strong = '<text class="strong" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
        self._add(strong, self.x(place), self.top - 4, text)

    def _add(self, shape: str, *values: object) -> None:
        # Numbers keep their format codes; text, which may come from the shop, is escaped.
        safe = [value if isinstance(value, (int, float)) else escape(value) for value in values]
        self.shapes.append(Markup(shape.format(*safe)))  # noqa: S704 - every text is escaped above


def drawing(panels: list[Panel], label: str) -> Markup:
    """One or more plots below each other as an ``svg`` element.

    Args:
        panels: From top to bottom.
        label: What it shows, for those who cannot see it.
    """
    height = max(panel.bottom for panel in panels) + _BOTTOM
    inner = Markup("").join(shape for panel in panels for shape in panel.shapes)
    opened = Markup('<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">')
    return opened.format(WIDTH, height, label) + inner + Markup("</svg>")
