"""Sides, meetings, insides and the floor plane."""

from __future__ import annotations

import numpy as np
import pytest

from edge.geometry import Homography, Meeting, Point, Polygon, Polyline, Segment, contains, meeting, signed_distance

RIGHTWARDS = Polyline((Point(0, 1), Point(2, 1)))
# Down, then to the right: a corner of a wall, seen from above.
CORNER = Polyline((Point(0, 0), Point(0, 2), Point(2, 2)))


def test_above_a_line_drawn_to_the_right_is_its_left_hand_side() -> None:
    assert signed_distance(RIGHTWARDS, Point(1, 0)) == -1
    assert signed_distance(RIGHTWARDS, Point(1, 3)) == 2
    assert signed_distance(RIGHTWARDS, Point(50, 1)) == 0


def test_a_line_without_length_has_no_sides() -> None:
    with pytest.raises(ValueError, match="same point"):
        signed_distance(Polyline((Point(1, 1), Point(1, 1))), Point(0, 0))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Segment(Point(0.5, 0), Point(0.5, 2)), Meeting(Point(0.5, 1), 0)),
        (Segment(Point(3, 0), Point(3, 2)), Meeting(Point(3, 1), 1)),
        (Segment(Point(0, 0), Point(2, 0.5)), None),
        (Segment(Point(0, 1), Point(2, 1)), None),
    ],
    ids=["through the line", "beyond its end", "stays on one side", "along the line"],
)
def test_where_a_step_meets_a_line(step: Segment, expected: Meeting | None) -> None:
    assert meeting(RIGHTWARDS, step) == expected


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (Point(1, 1), -1),
        (Point(-1, 1), 1),
        (Point(-3, 6), 5),
        (Point(1, 3), 1),
        (Point(0.5, -7), -0.5),
        (Point(9, 1), -1),
        (Point(0, 2), 0),
    ],
    ids=["inside the corner", "left of it", "behind the corner", "below", "above its end", "past its end", "on it"],
)
def test_the_sides_of_a_line_with_a_corner(point: Point, expected: float) -> None:
    assert signed_distance(CORNER, point) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Segment(Point(1, 1), Point(1, 3)), Meeting(Point(1, 2), 0)),
        (Segment(Point(1, 1), Point(-1, 1)), Meeting(Point(0, 1), 0)),
        (Segment(Point(1, 1), Point(-1, 3)), Meeting(Point(0, 2), 0)),
        (Segment(Point(3, 1), Point(3, 3)), Meeting(Point(3, 2), 1)),
        (Segment(Point(-1, 1), Point(-1, 3)), None),
        (Segment(Point(-1, 1), Point(1, 3)), None),
    ],
    ids=["over one piece", "over the other", "over the corner", "past the end", "beside", "round the corner outside"],
)
def test_where_a_step_meets_a_line_with_a_corner(step: Segment, expected: Meeting | None) -> None:
    assert meeting(CORNER, step) == expected


def test_the_side_changes_exactly_where_a_step_meets_the_line() -> None:
    rng = np.random.default_rng(7)
    bent = Polyline((Point(0, 0), Point(1, 2), Point(2, 1.5), Point(4, 3)))
    for ax, ay, bx, by in rng.uniform(-1, 5, (2000, 4)):
        a, b = Point(ax, ay), Point(bx, by)
        ways = np.linspace(0, 1, 400)
        sides = [
            signed_distance(bent, Point(ax + t * (bx - ax), ay + t * (by - ay))) > 0 for t in ways[:: len(ways) - 1]
        ]
        met = meeting(bent, Segment(a, b))
        if sides[0] != sides[-1]:
            assert met is not None
            assert signed_distance(bent, met.place) == pytest.approx(0, abs=1e-9)


def test_a_polygon_with_two_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3 points, not 2"):
        Polygon((Point(0, 0), Point(1, 1)))


def test_inside_agrees_with_winding_angles_on_a_thousand_points() -> None:
    """Against an independent, slow way: the angles to all corners add up to a full turn only from inside."""
    corners = [(0.1, 0.2), (0.9, 0.1), (0.6, 0.5), (0.95, 0.9), (0.2, 0.8)]
    polygon = Polygon(tuple(Point(x, y) for x, y in corners))
    for x, y in np.random.default_rng(3).random((1000, 2)):
        turn = 0.0
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            a, b = np.arctan2(ay - y, ax - x), np.arctan2(by - y, bx - x)
            turn += (b - a + np.pi) % (2 * np.pi) - np.pi
        assert contains(polygon, Point(x, y)) == (abs(turn) > np.pi)


def test_area_of_a_triangle() -> None:
    assert Polygon((Point(0, 0), Point(4, 0), Point(0, 3))).area == 6


def test_the_floor_is_found_again_through_a_known_projection() -> None:
    def picture(x_m: float, y_m: float) -> Point:
        w = 1 + 0.2 * y_m
        return Point((0.5 + 0.1 * x_m) / w, (0.9 + 0.02 * y_m) / w)

    floor = [Point(0, 0), Point(4, 0), Point(4, 6), Point(0, 6)]
    homography = Homography.from_points([picture(p.x, p.y) for p in floor], floor)
    found = homography.to_floor(picture(1.5, 2.5))
    assert found is not None
    assert (found.x, found.y) == pytest.approx((1.5, 2.5))


def test_four_points_on_one_line_are_no_floor() -> None:
    line = [Point(0.1 * i, 0.1 * i) for i in range(4)]
    with pytest.raises(ValueError, match="one line"):
        Homography.from_points(line, [Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)])
