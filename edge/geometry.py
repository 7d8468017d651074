"""Points, lines, polygons and the floor plane. Pure arithmetic, y grows downwards as in pictures."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture, in pixels or 0..1: the caller keeps one unit throughout."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line from ``start`` to ``end``."""

    start: Point
    end: Point

    @property
    def length(self) -> float:
        """Euclidean length, in the unit of the points."""
        return float(np.hypot(self.end.x - self.start.x, self.end.y - self.start.y))

    def scaled(self, width: float, height: float) -> Segment:
        """The same line with x times ``width`` and y times ``height`` (0..1 to pixels, or back)."""
        return Segment(
            Point(self.start.x * width, self.start.y * height), Point(self.end.x * width, self.end.y * height)
        )


@dataclass(frozen=True, slots=True)
class Polyline:
    """An open line through at least two corners."""

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 2:
            raise ValueError(f"a line needs at least 2 points, not {len(self.corners)}")

    @property
    def pieces(self) -> tuple[Segment, ...]:
        """Its straight pieces, from first to last."""
        return tuple(Segment(a, b) for a, b in itertools.pairwise(self.corners))

    @property
    def length(self) -> float:
        """Sum of the pieces, in the unit of the points."""
        return sum(piece.length for piece in self.pieces)

    def scaled(self, width: float, height: float) -> Polyline:
        """The same line with x times ``width`` and y times ``height``."""
        return Polyline(tuple(Point(c.x * width, c.y * height) for c in self.corners))


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline of at least three corners; the last corner joins the first."""

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"a polygon needs at least 3 points, not {len(self.corners)}")

    def scaled(self, width: float, height: float) -> Polygon:
        """The same outline with x times ``width`` and y times ``height``."""
        return Polygon(tuple(Point(c.x * width, c.y * height) for c in self.corners))

    @property
    def area(self) -> float:
        """Enclosed area by the shoelace formula, in squared units of the points."""
        total = 0.0
        for a, b in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            total += a.x * b.y - b.x * a.y
        return abs(total) / 2


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where a step met a line.

    Attributes:
        place: The point, in the unit of line and step.
        beyond: How far it lies beyond the nearer drawn end of the line, in the same unit; 0 on the drawn line.
    """

    place: Point
    beyond: float


def signed_distance(line: Polyline, point: Point) -> float:
    """Distance of ``point`` from a line whose first and last piece go on without end, in the unit of the points.

    Returns:
        Negative to the left of someone who walks from start to end as seen in the picture (above a line drawn from
        left to right), positive to the right, 0 on the line.

    Raises:
        ValueError: A piece has no length.

    Reference:
        The side at a corner is that of the sum of its two normals: Baerentzen and Aanaes, Signed distance computation
        using the angle weighted pseudonormal, IEEE TVCG 11(3), 2005.
    """
    pieces = line.pieces
    last = len(pieces) - 1
    nearest, side = math.inf, 0.0
    for number, piece in enumerate(pieces):
        dx, dy = _direction(piece)
        px, py = point.x - piece.start.x, point.y - piece.start.y
        along = px * dx + py * dy
        nx, ny = dx, dy
        if along < 0 and number > 0:
            before = _direction(pieces[number - 1])
            along, nx, ny = 0.0, dx + before[0], dy + before[1]
        elif along > piece.length and number < last:
            after = _direction(pieces[number + 1])
            along, nx, ny = piece.length, dx + after[0], dy + after[1]
        rx, ry = px - along * dx, py - along * dy
        away = math.hypot(rx, ry)
        if away < nearest:
            nearest, side = away, nx * ry - ny * rx
    return math.copysign(nearest, side) if side else 0.0


def meeting(line: Polyline, step: Segment) -> Meeting | None:
    """Where a step first meets a line; the line's first and last piece go on beyond its drawn ends.

    Returns:
        None when the step begins and ends on the same side.
    """
    if (signed_distance(line, step.start) > 0) == (signed_distance(line, step.end) > 0):
        return None
    found: tuple[float, Meeting] | None = None
    pieces = line.pieces
    for number, piece in enumerate(pieces):
        dx, dy = _direction(piece)
        before = dx * (step.start.y - piece.start.y) - dy * (step.start.x - piece.start.x)
        after = dx * (step.end.y - piece.start.y) - dy * (step.end.x - piece.start.x)
        if before == after or (before > 0) == (after > 0):
            continue
        share = before / (before - after)
        place = Point(
            step.start.x + share * (step.end.x - step.start.x), step.start.y + share * (step.end.y - step.start.y)
        )
        along = (place.x - piece.start.x) * dx + (place.y - piece.start.y) * dy
        short, over = -along, along - piece.length
        if (short > 0 and number > 0) or (over > 0 and number < len(pieces) - 1):
            continue  # it misses this piece, and meets another or none
        if found is None or share < found[0]:
            found = share, Meeting(place, max(short, over, 0.0))
    return found[1] if found else None


def _direction(piece: Segment) -> tuple[float, float]:
    """From start to end, length 1."""
    length = piece.length
    if length == 0:
        raise ValueError("a line whose ends are the same point has no sides")
    return (piece.end.x - piece.start.x) / length, (piece.end.y - piece.start.y) / length


def contains(polygon: Polygon, point: Point) -> bool:
    """Whether ``point`` lies inside, by the even-odd rule (a ray to the right crosses an odd number of edges)."""
    inside = False
    corners = polygon.corners
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        if (a.y > point.y) != (b.y > point.y):
            x = a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
            if point.x < x:
                inside = not inside
    return inside


# Cosine of the sharpest corner of a line, about 1 degree: beyond it the line runs back on itself.
STRAIGHT_BACK = -0.9998


def crosses_itself(polygon: Polygon) -> bool:
    """Whether two edges of the outline that are not neighbours touch or cross: such an outline has no clear inside."""
    corners = polygon.corners
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    last = len(edges) - 1
    return any(
        _touch(a, b)
        for i, a in enumerate(edges)
        for j, b in enumerate(edges[i + 2 :], start=i + 2)
        if (i, j) != (0, last)
    )


def line_crosses_itself(line: Polyline) -> bool:
    """Whether two pieces touch or cross other than at the corner that joins them: such a line has no clear sides."""
    pieces = [(piece.start, piece.end) for piece in line.pieces]
    for before, after in itertools.pairwise(line.pieces):
        (ax, ay), (bx, by) = _direction(before), _direction(after)
        if ax * bx + ay * by < STRAIGHT_BACK:
            return True
    return any(_touch(a, b) for i, a in enumerate(pieces) for b in pieces[i + 2 :])


def cross(a: Segment, b: Segment) -> bool:
    """Whether two segments cross, each going on beyond the other; touching is no crossing."""
    turns = (
        _turn(a.start, a.end, b.start) * _turn(a.start, a.end, b.end),
        _turn(b.start, b.end, a.start) * _turn(b.start, b.end, a.end),
    )
    return turns[0] < 0 and turns[1] < 0


def _turn(p: Point, q: Point, r: Point) -> float:
    """Which way the path p, q, r turns: twice the signed area of the triangle; 0 when straight on, but for rounding."""
    value = (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)
    return 0.0 if math.isclose(value, 0.0, abs_tol=1e-9) else value


def _touch(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    """Whether two closed segments share a point."""

    def within(p: Point, q: Point, r: Point) -> bool:
        return min(p.x, q.x) <= r.x <= max(p.x, q.x) and min(p.y, q.y) <= r.y <= max(p.y, q.y)

    if cross(Segment(*a), Segment(*b)):
        return True
    ends = ((*a, b[0]), (*a, b[1]), (*b, a[0]), (*b, a[1]))
    return any(_turn(*points) == 0 and within(*points) for points in ends)


# Of a place whose scale shrinks to less than this share of that at the farthest fitted point, no position is told: a
# pixel there is worth a hundred times as many metres, and beyond the horizon there is no floor at all.
FARTHEST = 0.1


@dataclass(frozen=True, slots=True)
class Homography:
    """The projective map from the picture (0..1) to the floor (metres).

    Attributes:
        matrix: The 3 x 3 matrix, row by row, scaled so that its third coordinate is 1 at the farthest of the fitted
            points, larger nearer to the camera, 0 on the horizon.
    """

    matrix: tuple[float, ...]

    @classmethod
    def from_points(cls, picture: Sequence[Point], floor: Sequence[Point]) -> Homography:
        """Fits the map through point pairs: exactly through four, by least squares through more.

        Args:
            picture: Four places or more on the floor as seen in the picture, 0..1; four of them such that no three
                lie on one line.
            floor: The same places in metres.

        Raises:
            ValueError: Too few pairs, too many on one line, or pairs that no camera can see: their order was mixed up.

        Reference:
            The normalised direct linear transformation: Hartley and Zisserman, Multiple View Geometry, 2nd edition,
            section 4.4, algorithm 4.2. That the third coordinates must share a sign: the same, section 21.1.
        """
        if len(picture) < 4 or len(picture) != len(floor):
            raise ValueError(f"a floor needs at least 4 pairs of points, not {len(picture)} and {len(floor)}")
        seen, to_seen = _normalised(picture)
        true, to_true = _normalised(floor)
        rows: list[list[float]] = []
        for (px, py), (fx, fy) in zip(seen, true, strict=True):
            rows.append([px, py, 1, 0, 0, 0, -fx * px, -fx * py, -fx])
            rows.append([0, 0, 0, px, py, 1, -fy * px, -fy * py, -fy])
        _, singular, vt = np.linalg.svd(np.asarray(rows, dtype=np.float64))
        core = vt[-1].reshape(3, 3)
        if singular[7] < 1e-9 * singular[0] or abs(np.linalg.det(core)) < 1e-9:
            raise ValueError("too many of the points lie on one line")
        h = np.linalg.inv(to_true) @ core @ to_seen
        scale = np.array([[p.x, p.y, 1.0] for p in picture]) @ h[2]
        if scale.min() * scale.max() <= 0:
            raise ValueError("the points are in another order in the picture than in metres; no camera sees a floor so")
        nearest_zero = scale[np.argmin(np.abs(scale))]
        return cls(tuple(float(v) for v in (h / nearest_zero).ravel()))

    def to_floor(self, point: Point) -> Point | None:
        """The place on the floor, in metres, seen at ``point`` (0..1); None at the horizon and beyond it."""
        x, y, w = self._square @ np.array([point.x, point.y, 1.0])
        return Point(float(x / w), float(y / w)) if w > FARTHEST else None

    def to_picture(self, place: Point) -> Point | None:
        """Where (0..1, or outside of the picture) a place on the floor is seen; None where it is not told apart."""
        x, y, over = np.linalg.inv(self._square) @ np.array([place.x, place.y, 1.0])
        return Point(float(x / over), float(y / over)) if 0 < over < 1 / FARTHEST else None

    @property
    def _square(self) -> NDArray[np.float64]:
        return np.asarray(self.matrix, dtype=np.float64).reshape(3, 3)


def _normalised(points: Sequence[Point]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points around the origin at a mean distance of the root of 2, and the 3 x 3 matrix that brings them there."""
    given = np.array([[p.x, p.y] for p in points], dtype=np.float64)
    middle = given.mean(axis=0)
    away = float(np.hypot(*(given - middle).T).mean())
    scale = math.sqrt(2) / away if away > 0 else 1.0
    matrix = np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
    return (given - middle) * scale, matrix
