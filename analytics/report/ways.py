"""Where people spend their time and where they go next, as a small drawing for each camera."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..paths import PICTURE_CELLS, Grid, Outline, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .data import ReportData
    from .language import Language

Corners = tuple[tuple[float, float], ...]

WIDTH = 620.0
TALLEST = 520.0
PICTURE_SHAPE = 16 / 9
HALVINGS = 6
MOST_ARROWS = 8
MOST_ROWS = 10
# Of a camera that keeps no positions: an empty picture.
NOTHING = Grid(0.0, 0.0, 1 / PICTURE_CELLS, np.zeros((PICTURE_CELLS, PICTURE_CELLS)), None)


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of about the same density: ``depth`` 0..1 is how dark, ``path`` their squares, ``label`` for the legend."""

    depth: float
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line or zone on the drawing."""

    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where people go next: a bent arrow as a path, its head as another, and how thick."""

    path: str
    head: str
    thickness: float
    title: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move in words; ``share`` of those who went on from there, 0..1."""

    from_place: str
    to_place: str
    moves: str
    percent: str
    share: float


@dataclass(frozen=True, slots=True)
class CameraWays:
    """The drawing of one camera.

    Attributes:
        name: Of the camera.
        unit: What the shades say.
        on_floor: Whether it is a plan in metres.
        width: Of the drawing.
        height: Of the drawing.
        levels: The heat map, palest first.
        drawn: Lines and zones.
        arrows: The most frequent moves.
        bar: Length of the scale bar in the drawing, and what it stands for; None in the picture.
        rows: The most frequent moves as a table.
    """

    name: str
    unit: str
    on_floor: bool
    width: float
    height: float
    levels: tuple[Level, ...]
    drawn: tuple[Drawn, ...]
    arrows: tuple[Arrow, ...]
    bar: tuple[float, str] | None
    rows: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """From places to the drawing: ``x' = (x - left) * across``, and y the same or from the other end."""

    left: float
    top: float
    across: float
    down: float
    upwards: bool
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        down = (y - self.top) * self.down
        return round((x - self.left) * self.across, 1), round(self.height - down if self.upwards else down, 1)


def camera_ways(data: ReportData, say: Language) -> tuple[CameraWays, ...]:
    """A drawing for every camera that kept positions in the period, or saw somebody go from place to place, by name."""
    found = []
    for camera in sorted({*data.heat["camera_id"], *data.moves["camera_id"]}):
        cells = data.heat[data.heat["camera_id"] == camera]
        on_floor = bool((cells["space"] == "floor").any())
        heat = grid(cells, "floor" if on_floor else "picture") or NOTHING
        shapes = [shape for shape in data.outlines if shape.camera_id == camera]
        moves = data.moves[data.moves["camera_id"] == camera]
        found.append(_drawing(str(camera), heat, shapes, moves, say, on_floor=on_floor))
    return tuple(drawing for drawing in found if drawing.levels or drawing.arrows)


def _drawing(
    name: str, heat: Grid, shapes: Sequence[Outline], moves: pd.DataFrame, say: Language, *, on_floor: bool
) -> CameraWays:
    places = {shape: shape.floor if on_floor else shape.picture for shape in shapes}
    frame = _frame(heat, places, on_floor=on_floor)
    drawn = [_drawn(shape, corners, frame) for shape, corners in places.items() if corners]
    summed = moves.groupby(["from_place", "to_place"])[["moves"]].sum().reset_index()
    summed = summed.sort_values(["moves", "from_place", "to_place"], ascending=[False, True, True])
    area = heat.cell**2 if on_floor else 1.0
    unit = say("ways.per_metre" if on_floor else "ways.per_cell")
    return CameraWays(
        name=name,
        unit=unit,
        on_floor=on_floor,
        width=frame.width,
        height=frame.height,
        levels=_levels(heat, frame, heat.seconds / 60 / area, say),
        drawn=tuple(drawn),
        arrows=_arrows(summed, {d.name: d for d in drawn}, say),
        bar=_bar(frame) if on_floor else None,
        rows=_rows(summed, say),
    )


def _frame(heat: Grid, places: dict[Outline, Corners | None], *, on_floor: bool) -> _Frame:
    rows, columns = heat.seconds.shape
    if not on_floor:
        return _Frame(0.0, 0.0, WIDTH, WIDTH / PICTURE_SHAPE, upwards=False, width=WIDTH, height=WIDTH / PICTURE_SHAPE)
    corners = [c for shape, cs in places.items() if shape.kind == "zone" and cs for c in cs]
    left = min([heat.left, *(x for x, _ in corners)])
    top = min([heat.top, *(y for _, y in corners)])
    right = max([heat.left + columns * heat.cell, *(x for x, _ in corners)])
    bottom = max([heat.top + rows * heat.cell, *(y for _, y in corners)])
    scale = min(WIDTH / (right - left), TALLEST / (bottom - top))
    width, height = round((right - left) * scale, 1), round((bottom - top) * scale, 1)
    return _Frame(left, top, scale, scale, upwards=_is_upwards(places), width=width, height=height)


def _is_upwards(places: dict[Outline, Corners | None]) -> bool:
    """Whether y must be drawn upwards, so that left and right of the plan are not those of a mirror.

    The picture shows the floor from above: an outline that runs clockwise there runs clockwise on the plan, too.
    """
    turns = [math.copysign(1, _turn(shape.picture) * _turn(floor)) for shape, floor in places.items() if floor]
    return sum(turns) <= 0


def _turn(corners: Corners) -> float:
    """Twice the enclosed area, positive one way round and negative the other."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True))


def _levels(
    heat: Grid, frame: _Frame, density: np.ndarray[tuple[int, ...], np.dtype[np.float64]], say: Language
) -> tuple[Level, ...]:
    """Cells by halves of the top density: half of it and more, a quarter to a half, and so on."""
    if not density.any():
        return ()
    # One cell in which somebody stood for hours must not make all others pale.
    top = float(np.quantile(density[density > 0], 0.995))
    across, down = heat.cell * frame.across, heat.cell * frame.down
    found = []
    for number in range(HALVINGS, -1, -1):
        low = top / 2**number
        high = math.inf if number == 0 else 2 * low
        least = 0.0 if number == HALVINGS else low
        squares = []
        for row, column in zip(*np.nonzero((density >= least) & (density < high) & (density > 0)), strict=True):
            x, y = frame.at(heat.left + column * heat.cell, heat.top + (row + frame.upwards) * heat.cell)
            squares.append(f"M{x:g} {y:g}h{across:.1f}v{down:.1f}h-{across:.1f}z")
        if squares:
            if number == HALVINGS:
                label = say("ways.under", value=f"{2 * low:.2g}")
            else:
                label = f"{low:.2g}" if number else say("ways.and_more", value=f"{low:.2g}")
            found.append(Level(1 - number / (HALVINGS + 1), "".join(squares), label))
    return tuple(found)


def _drawn(shape: Outline, corners: Corners, frame: _Frame) -> Drawn:
    places = [frame.at(*corner) for corner in corners]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in places) + ("Z" if shape.kind == "zone" else "")
    x, y = (sum(v) / len(places) for v in zip(*places, strict=True))
    return Drawn(shape.name, path, round(x, 1), round(y, 1))


def _arrows(moves: pd.DataFrame, drawn: dict[str, Drawn], say: Language) -> tuple[Arrow, ...]:
    most = max(int(moves["moves"].max()), 1) if len(moves) else 1
    found: list[Arrow] = []
    for begin, end, count in moves.itertuples(index=False, name=None):
        a, b = drawn.get(_shape_of(begin, drawn)), drawn.get(_shape_of(end, drawn))
        if a is None or b is None or a is b or len(found) == MOST_ARROWS:
            continue
        dx, dy = b.x - a.x, b.y - a.y
        length = math.hypot(dx, dy)
        if length < 1:
            continue
        # Bent to the left of the way, so that there and back lie apart.
        cx, cy = (a.x + b.x) / 2 + 0.15 * dy, (a.y + b.y) / 2 - 0.15 * dx
        ux, uy = (b.x - cx) / math.hypot(b.x - cx, b.y - cy), (b.y - cy) / math.hypot(b.x - cx, b.y - cy)
        thick = 1.2 + 4.8 * count / most
        size = 4 + 1.6 * thick
        tip = b.x - 8 * ux, b.y - 8 * uy
        back = tip[0] - size * ux, tip[1] - size * uy
        wing = size * 0.45
        head = (
            f"M{tip[0]:.1f} {tip[1]:.1f}L{back[0] - wing * uy:.1f} {back[1] + wing * ux:.1f}"
            f"L{back[0] + wing * uy:.1f} {back[1] - wing * ux:.1f}Z"
        )
        path = f"M{a.x:g} {a.y:g}Q{cx:.1f} {cy:.1f} {back[0]:.1f} {back[1]:.1f}"
        title = say("ways.arrow", begin=_place(begin, say), end=_place(end, say), n=int(count))
        found.append(Arrow(path, head, round(thick, 1), title))
    return tuple(found)


def _place(name: str, say: Language) -> str:
    """A zone by its name; of a line also the way it was crossed."""
    line, _, way = name.rpartition(" ")
    return say(f"ways.line_{way}", line=line) if line and way in {"in", "out"} else name


def _shape_of(place: str, drawn: dict[str, Drawn]) -> str:
    """The line of ``line in`` and ``line out``; a zone's name is its own."""
    return place if place in drawn else place.rsplit(" ", 1)[0]


def _bar(frame: _Frame) -> tuple[float, str]:
    metres = max((m for m in (1, 2, 5, 10, 20) if m * frame.across <= frame.width / 3), default=1)
    return round(metres * frame.across, 1), f"{metres} m"


def _rows(moves: pd.DataFrame, say: Language) -> tuple[MoveRow, ...]:
    on = moves.groupby("from_place")["moves"].sum()
    return tuple(
        _move(begin, end, int(count), int(on[begin]), say)
        for begin, end, count in moves.head(MOST_ROWS).itertuples(index=False, name=None)
    )


def _move(begin: str, end: str, count: int, on: int, say: Language) -> MoveRow:
    return MoveRow(_place(begin, say), _place(end, say), say.count(count), say.percent(count / on, 0), count / on)
