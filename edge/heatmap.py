"""Heat maps as pictures: on a still of the camera, on its bare outline, or on a floor plan in metres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .geometry import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .scene import Camera
    from .ways import Ways

    Image = NDArray[np.uint8]

INK = (60, 50, 40)  # BGR throughout, as OpenCV has it
PAPER = (250, 249, 247)
GRID = (228, 224, 220)
SHAPE = (120, 90, 40)
ARROW = (20, 20, 20)
HALO = (255, 255, 255)
FONT = cv2.FONT_HERSHEY_SIMPLEX

OUTLINE_SIZE = 1280, 720
PLAN_PX = 1100
LEGEND_PX = 64
STRONGEST = 0.85
# Ways that fewer people took than this share of the most used one are left out.
RARE = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A drawn floor plan to draw on.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        px_per_m: Its scale.
        origin: Pixel at which the floor's origin lies; None: its lower left corner.
    """

    image: Image
    px_per_m: float
    origin: Point | None = None


@dataclass(frozen=True, slots=True)
class _Plane:
    """From places in a plane to pixels: scale and offset for each axis; y may go up."""

    across: float
    down: float
    left: float
    top: float

    def pixel(self, place: Point) -> tuple[int, int]:
        return round(self.left + place.x * self.across), round(self.top + place.y * self.down)


def on_picture(image: Image | None, camera: Camera, ways: Ways) -> Image:
    """The heat map on a still of the camera.

    Args:
        image: (H, W, 3) uint8 BGR; None for a plain ground with lines and zones.
        camera: Lines and zones.
        ways: Trails in the picture, 0..1.

    Returns:
        A new picture with a legend below.
    """
    plain = np.full((OUTLINE_SIZE[1], OUTLINE_SIZE[0], 3), PAPER, dtype=np.uint8)
    canvas = plain if image is None else image.copy()
    if canvas.shape[1] < OUTLINE_SIZE[0]:
        tall = round(canvas.shape[0] * OUTLINE_SIZE[0] / canvas.shape[1])
        canvas = np.asarray(cv2.resize(canvas, (OUTLINE_SIZE[0], tall), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    plane = _Plane(canvas.shape[1], canvas.shape[0], 0, 0)
    top = _heat(canvas, ways, plane, area=0.05**2)
    names = _shapes(canvas, camera, plane, floor=False)
    _arrows(canvas, ways, plane)
    for name, place in names:
        _text(canvas, name, place, 0.55)
    return _with_legend(canvas, top, "person-seconds in 5 % x 5 % of the picture")


def on_floor(camera: Camera, ways: Ways, plan: Plan | None = None) -> Image:
    """The heat map on the floor, seen from above, a metre grid below it.

    Args:
        camera: Lines, zones, and the floor.
        ways: Trails on the floor, in metres.
        plan: To draw on instead of a plain ground.

    Raises:
        ValueError: The camera has no floor, or nobody was on it.
    """
    if camera.floor is None:
        raise ValueError(f"camera {camera.id} has no floor_px and floor_m: there are no positions in metres")
    if not ways.seconds:
        raise ValueError(f"camera {camera.id} has no positions in metres in this time")
    upwards = _is_upwards(camera)
    if plan is None:
        canvas, plane, (left, right, low, high) = _ground(camera, ways, upwards=upwards)
    else:
        canvas = plan.image.copy()
        origin = plan.origin or Point(0, canvas.shape[0] if upwards else 0)
        plane = _Plane(plan.px_per_m, -plan.px_per_m if upwards else plan.px_per_m, origin.x, origin.y)
    top = _heat(canvas, ways, plane, area=1.0)
    if plan is None:
        _metres(canvas, plane, (left, right), (low, high))
    names = _shapes(canvas, camera, plane, floor=True)
    _arrows(canvas, ways, plane)
    for name, where in names:
        _text(canvas, name, where, 0.55)
    return _with_legend(canvas, top, "person-seconds per square metre")


def _is_upwards(camera: Camera) -> bool:
    """Whether y is drawn upwards, so that left and right of the plan are not those of a mirror.

    The picture shows the floor from above: the floor's axes turn the same way in it as on the plan.
    """
    floor = camera.floor
    assert floor is not None  # noqa: S101 - asked before
    return bool(np.linalg.det(np.asarray(floor.matrix).reshape(3, 3)) < 0)


def _ground(camera: Camera, ways: Ways, *, upwards: bool) -> tuple[Image, _Plane, tuple[int, int, int, int]]:
    """A plain ground that holds all zones, and all but the farthest hundredth of the time on either side."""
    floor = camera.floor
    corners = [c for zone in camera.zones for c in zone.polygon.corners]
    places = [floor.to_floor(c) for c in corners] if floor is not None else []
    known = [p for p in places if p is not None]
    edges = []
    for axis in (0, 1):
        seconds = sorted((cell[axis] * ways.cell, value) for cell, value in ways.seconds.items())
        below = np.cumsum([value for _, value in seconds])
        first, last = np.searchsorted(below / below[-1], [0.01, 0.99])
        own = [p.x if axis == 0 else p.y for p in known]
        edges.append(math.floor(min([seconds[first][0], *own]) - 0.3))
        edges.append(math.ceil(max([seconds[min(last, len(seconds) - 1)][0], *own]) + 0.3))
    left, right, low, high = edges
    scale = PLAN_PX / max(right - left, high - low)
    size = round((right - left) * scale), round((high - low) * scale)
    canvas = np.full((size[1], size[0], 3), PAPER, dtype=np.uint8)
    plane = _Plane(scale, -scale if upwards else scale, -left * scale, high * scale if upwards else -low * scale)
    return canvas, plane, (left, right, low, high)


def _heat(canvas: Image, ways: Ways, plane: _Plane, area: float) -> float:
    """Lays the heat over the canvas, in place.

    Args:
        canvas: To draw on.
        ways: Person-seconds.
        plane: Where they lie on the canvas.
        area: What a density is told for, in squared units of the plane.

    Returns:
        The density of the strongest colour: that of all but the densest thousandth of the places.
    """
    height, width = canvas.shape[:2]
    time = np.zeros((height, width), dtype=np.float32)
    for (column, row), seconds in ways.seconds.items():
        x, y = plane.pixel(Point((column + 0.5) * ways.cell, (row + 0.5) * ways.cell))
        if 0 <= x < width and 0 <= y < height:
            time[y, x] += seconds
    # A person is as wide as about five cells of either plane.
    spread = 2.0 * ways.cell * abs(plane.across), 2.0 * ways.cell * abs(plane.down)
    smooth = cv2.GaussianBlur(time, (0, 0), sigmaX=max(spread[0], 1.0), sigmaY=max(spread[1], 1.0))
    # From seconds in a pixel to seconds in ``area``.
    density = np.asarray(smooth, dtype=np.float64) * (abs(plane.across * plane.down) * area)
    seen = density[density > density.max() / 1000] if density.max() > 0 else density[:0]
    top = float(np.quantile(seen, 0.995)) if seen.size else 0.0
    if top <= 0:
        return 0.0
    share = np.sqrt(np.clip(density / top, 0, 1))
    colour = cv2.applyColorMap(np.asarray(share * 255, dtype=np.uint8), cv2.COLORMAP_TURBO)
    cover = (STRONGEST * np.clip(share * 1.6, 0, 1))[..., None]
    canvas[:] = np.asarray(canvas * (1 - cover) + colour * cover, dtype=np.uint8)
    return top


def _metres(canvas: Image, plane: _Plane, across: tuple[int, int], along: tuple[int, int]) -> None:
    """Ticks at the edges and dots between them at every whole metre, or less often where these would touch."""
    metres_for_45_px = 45 / plane.across
    power = 10 ** max(0, math.floor(math.log10(metres_for_45_px)))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= metres_for_45_px)
    dots = 1 if step <= 10 else step
    for x in range(-(-across[0] // dots) * dots, across[1] + 1, dots):
        for y in range(-(-along[0] // dots) * dots, along[1] + 1, dots):
            cv2.circle(canvas, plane.pixel(Point(x, y)), 1, GRID, -1)
    for x in range(-(-across[0] // step) * step, across[1], step):
        column = plane.pixel(Point(x, 0))[0]
        cv2.line(canvas, (column, canvas.shape[0] - 6), (column, canvas.shape[0]), INK, 1)
        _text(canvas, f"{x} m", (column, canvas.shape[0] - 14), 0.42)
    for y in range(-(-along[0] // step) * step + step, along[1], step):
        row = plane.pixel(Point(0, y))[1]
        cv2.line(canvas, (0, row), (6, row), INK, 1)
        _text(canvas, f"{y} m", (26, row), 0.42)


def _shapes(canvas: Image, camera: Camera, plane: _Plane, *, floor: bool) -> list[tuple[str, tuple[int, int]]]:
    """Outlines of zones and lines.

    Returns:
        Their names and where to write them, last of all.
    """
    drawn = [(z.id, z.polygon.corners, True) for z in camera.zones]
    drawn += [(line.id, line.path.corners, False) for line in camera.lines]
    names = []
    for name, corners, closed in drawn:
        places: Sequence[Point | None] = corners
        if floor and camera.floor is not None:
            places = [camera.floor.to_floor(c) for c in corners]
        pixels = [plane.pixel(p) for p in places if p is not None]
        if len(pixels) < len(corners):
            continue  # it reaches beyond the horizon: it has no shape on the floor
        outline = np.array(pixels, dtype=np.int32)
        cv2.polylines(canvas, [outline], closed, HALO, 4, cv2.LINE_AA)
        cv2.polylines(canvas, [outline], closed, SHAPE, 2, cv2.LINE_AA)
        middle = outline.mean(axis=0)
        names.append((name, (round(middle[0]), round(middle[1]))))
    return names


def _arrows(canvas: Image, ways: Ways, plane: _Plane) -> None:
    """The ways people go: an arrow per cell and direction, thicker the more went; all keep to their right."""
    found = ways.main_ways()
    if not found:
        return
    most = float(np.quantile([people for _, _, people in found], 0.98))
    for (x_in, y_in), heading, people in found:
        share = min(people / most, 1.0)
        if share < RARE or (people < 2 and most > 2):
            continue
        middle = plane.pixel(Point(x_in, y_in))
        way = complex(heading.real * plane.across, heading.imag * plane.down)
        way /= abs(way)
        reach = 0.36 * ways.arrow_cell * min(abs(plane.across), abs(plane.down))
        place = complex(*middle) + way * 1j * 0.35 * reach
        ends = place - way * reach, place + way * reach
        begin, end = ((round(e.real), round(e.imag)) for e in ends)
        thick = 1 + round(2 * share)
        cv2.arrowedLine(canvas, begin, end, HALO, thick + 2, cv2.LINE_AA, tipLength=0.28)
        cv2.arrowedLine(canvas, begin, end, ARROW, thick, cv2.LINE_AA, tipLength=0.28)


def _text(canvas: Image, text: str, middle: tuple[int, int], scale: float) -> None:
    (width, height), _ = cv2.getTextSize(text, FONT, scale, 1)
    x = min(max(middle[0] - width // 2, 2), max(canvas.shape[1] - width - 2, 2))
    place = x, min(max(middle[1] + height // 2, height + 2), canvas.shape[0] - 3)
    for dx, dy in ((-2, 0), (2, 0), (0, -2), (0, 2), (-1, -1), (1, 1), (-1, 1), (1, -1)):
        cv2.putText(canvas, text, (place[0] + dx, place[1] + dy), FONT, scale, HALO, 1, cv2.LINE_AA)
    cv2.putText(canvas, text, place, FONT, scale, INK, 1, cv2.LINE_AA)


def _with_legend(canvas: Image, top: float, unit: str) -> Image:
    """A strip below: colours with what they stand for."""
    width = canvas.shape[1]
    strip = np.full((LEGEND_PX, width, 3), PAPER, dtype=np.uint8)
    long = min(360, width - 40)
    ramp = np.tile(np.linspace(0, 255, long).astype(np.uint8), (14, 1))
    strip[12:26, 20 : 20 + long] = cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):  # colours go with the root of the density
        _text(strip, f"{top * share**2:.3g}", (20 + round(share * long), 40), 0.42)
    (wide, _), _ = cv2.getTextSize(unit, FONT, 0.45, 1)
    place = (20 + long + 24 + wide // 2, 19) if long + wide + 60 < width else (20 + wide // 2, 55)
    _text(strip, unit, place, 0.45)
    return np.vstack([canvas, strip])
