"""How far the floor positions of a camera can be wrong, told from the clicked points alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .geometry import Homography, Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CLICK_PX = 3.0
USUAL_SIZE = 1280, 720
# What is worth a word of warning.
COARSE_M_PER_PX = 0.1
LARGE_CLICK_M = 0.5
LARGE_FIT_M = 0.3
SMALL_AREA = 0.02


@dataclass(frozen=True, slots=True)
class PlaceError:
    """What a place in the picture is worth on the floor.

    Attributes:
        name: What lies there.
        at: The place in the picture, 0..1.
        floor: The same in metres; None at the horizon or beyond it.
        click_m: Root mean square error on the floor, when each clicked point is off by ``click_px`` in either
            direction; None where there is no floor position.
        m_per_px: Metres that one pixel is worth there, in its worse direction; None likewise.
    """

    name: str
    at: Point
    floor: Point | None
    click_m: float | None
    m_per_px: float | None


@dataclass(frozen=True, slots=True)
class FloorCheck:
    """The error of a floor, from its point pairs.

    Attributes:
        fit_m: For each pair, how far the fitted floor lies from the measured place; zeros with exactly four pairs,
            which every fit meets.
        left_out_m: For each pair, the same for a floor fitted without it: an honest error; empty with four pairs, None
            for a pair without which there is no floor.
        click_px: The click error that is assumed.
        inside: The worst place within the clicked points, and what it is worth.
        places: The worst corner of every line and zone.
        horizon: Heights (0..1 down from the top, may lie outside) at which the horizon meets the left and the right
            edge of the picture; None where it meets neither.
        warnings: What should be better, each in a sentence.
    """

    fit_m: tuple[float, ...]
    left_out_m: tuple[float | None, ...]
    click_px: float
    inside: PlaceError
    places: tuple[PlaceError, ...]
    horizon: tuple[float, float] | None
    warnings: tuple[str, ...]


def check_floor(
    picture: Sequence[Point],
    floor: Sequence[Point],
    corners: Mapping[str, Sequence[Point]],
    size: tuple[int, int] = USUAL_SIZE,
    click_px: float = CLICK_PX,
) -> FloorCheck:
    """How far floor positions can be wrong.

    Args:
        picture: The clicked places, 0..1.
        floor: The same in metres.
        corners: The corners of every line and zone by its name, 0..1.
        size: Width and height of the picture in pixels: what a pixel is.
        click_px: How far a click may be off, in pixels, in x and in y (one standard deviation each).

    Raises:
        ValueError: There is no such floor; see ``Homography.from_points``.

    Reference:
        Errors are carried over to first order, by the derivatives of the fit with respect to every click: Hartley and
        Zisserman, Multiple View Geometry, 2nd edition, section 5.2.
    """
    fit = Homography.from_points(picture, floor)
    moved = _moved_fits(picture, floor, size)

    def at(name: str, place: Point) -> PlaceError:
        return _place_error(name, place, fit, moved, size=size, click_px=click_px)

    inside = max((at("between the clicked points", place) for place in _between(picture)), key=_badness)
    places = tuple(max((at(name, c) for c in outline), key=_badness) for name, outline in corners.items())
    fit_m = tuple(_off(fit, p, f) or 0.0 for p, f in zip(picture, floor, strict=True))
    left_out = _left_out(picture, floor) if len(picture) > 4 else ()
    warnings = tuple(_warnings(picture, floor, left_out or fit_m, inside, places))
    return FloorCheck(fit_m, left_out, click_px, inside, places, _horizon(fit), warnings)


def _moved_fits(
    picture: Sequence[Point], floor: Sequence[Point], size: tuple[int, int]
) -> list[tuple[Homography, Homography]]:
    """For every clicked coordinate, the floor if it were half a pixel more and half a pixel less."""
    found = []
    for number, (dx, dy) in itertools.product(range(len(picture)), ((0.5 / size[0], 0.0), (0.0, 0.5 / size[1]))):
        pair = []
        for sign in (1, -1):
            clicks = list(picture)
            clicks[number] = Point(clicks[number].x + sign * dx, clicks[number].y + sign * dy)
            pair.append(Homography.from_points(clicks, floor))
        found.append((pair[0], pair[1]))
    return found


def _place_error(
    name: str,
    place: Point,
    fit: Homography,
    moved: Sequence[tuple[Homography, Homography]],
    *,
    size: tuple[int, int],
    click_px: float,
) -> PlaceError:
    found = fit.to_floor(place)
    if found is None:
        return PlaceError(name, place, None, None, None)
    square = 0.0
    for more, less in moved:
        a, b = more.to_floor(place), less.to_floor(place)
        if a is None or b is None:
            return PlaceError(name, place, None, None, None)
        square += (a.x - b.x) ** 2 + (a.y - b.y) ** 2
    return PlaceError(name, place, found, click_px * math.sqrt(square), _metres_per_pixel(fit, place, size))


def _metres_per_pixel(fit: Homography, place: Point, size: tuple[int, int]) -> float:
    """The largest stretch of the map at a place: the larger singular value of its derivative."""
    m: NDArray[np.float64] = np.asarray(fit.matrix, dtype=np.float64).reshape(3, 3)
    x, y, w = m @ np.array([place.x, place.y, 1.0])
    derivative = (m[:2, :2] - np.outer([x / w, y / w], m[2, :2])) / w / np.array(size, dtype=np.float64)
    return float(np.linalg.svd(derivative, compute_uv=False)[0])


def _between(points: Sequence[Point]) -> list[Point]:
    """The points themselves, the middles of every two, and the middle of all."""
    pairs = itertools.combinations(points, 2)
    middle = Point(sum(p.x for p in points) / len(points), sum(p.y for p in points) / len(points))
    return [*points, *(Point((a.x + b.x) / 2, (a.y + b.y) / 2) for a, b in pairs), middle]


def _badness(error: PlaceError) -> float:
    return math.inf if error.click_m is None else error.click_m


def _off(fit: Homography, picture: Point, floor: Point) -> float | None:
    found = fit.to_floor(picture)
    return None if found is None else math.hypot(found.x - floor.x, found.y - floor.y)


def _left_out(picture: Sequence[Point], floor: Sequence[Point]) -> tuple[float | None, ...]:
    found: list[float | None] = []
    for number in range(len(picture)):
        try:
            rest = [(p, f) for i, (p, f) in enumerate(zip(picture, floor, strict=True)) if i != number]
            fit = Homography.from_points([p for p, _ in rest], [f for _, f in rest])
        except ValueError:
            found.append(None)
            continue
        found.append(_off(fit, picture[number], floor[number]))
    return tuple(found)


def _horizon(fit: Homography) -> tuple[float, float] | None:
    a, b, c = fit.matrix[6:]
    if abs(b) < 1e-9:
        return None
    return -c / b, -(a + c) / b


def _warnings(
    picture: Sequence[Point],
    floor: Sequence[Point],
    off_m: Sequence[float | None],
    inside: PlaceError,
    places: Sequence[PlaceError],
) -> list[str]:
    found: list[str] = []
    xs, ys = [p.x for p in picture], [p.y for p in picture]
    if (max(xs) - min(xs)) * (max(ys) - min(ys)) < SMALL_AREA:
        found.append("the clicked points lie close together in the picture; choose them farther apart")
    if inside.m_per_px is not None and inside.m_per_px > COARSE_M_PER_PX:
        found.append(
            f"one pixel is worth up to {inside.m_per_px:.2f} m between the clicked points; check the metres, or click "
            "places nearer to the camera"
        )
    known = [-1.0 if off is None else off for off in off_m]
    worst = int(np.argmax(known))
    span = max(math.hypot(a.x - b.x, a.y - b.y) for a, b in itertools.combinations(floor, 2))
    if known[worst] > max(LARGE_FIT_M, 0.03 * span):
        off = f"point {worst + 1} lies {known[worst]:.2f} m from where the others put it"
        found.append(f"{off}; measure or click the points again")
    for place in places:
        if place.floor is None:
            found.append(f"{place.name} reaches to the horizon of the floor or beyond: no positions in metres there")
        elif place.click_m is not None and place.click_m > LARGE_CLICK_M:
            found.append(f"{place.name}: positions may be {place.click_m:.1f} m off; click points closer around it")
    return found
