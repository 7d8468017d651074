"""Stories of the floor: found through more than four points, its error told, nothing said about the horizon."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.cli import main
from edge.cli.floor_words import floor_accuracy
from edge.events import Trail
from edge.floor import check_floor
from edge.geometry import Homography, Point
from edge.pipeline import Rules, steps
from edge.scene import Camera
from edge.settings import load

from .stories import HEIGHT, WIDTH, Seer, film, walk

if TYPE_CHECKING:
    from pathlib import Path

# A camera 3 m up that looks 18 degrees down, 1280 x 720, focal length 800 px: floor x to the right, y away from it.
DOWN = math.radians(18)
SIZE = 1280, 720
FLOOR = [Point(-1, 4), Point(1, 4), Point(1, 7), Point(-1, 7)]
MORE = [*FLOOR, Point(0, 5), Point(2, 6), Point(-2, 5)]


def seen(place: Point) -> Point:
    """Where the camera sees a place on the floor, 0..1."""
    right, ahead, below = place.x, place.y, 3.0
    depth = ahead * math.cos(DOWN) + below * math.sin(DOWN)
    down = below * math.cos(DOWN) - ahead * math.sin(DOWN)
    return Point((640 + 800 * right / depth) / SIZE[0], (360 + 800 * down / depth) / SIZE[1])


def shaken(points: list[Point], rng: np.random.Generator, px: float) -> list[Point]:
    """The clicks of a hand that is off by ``px`` pixels."""
    return [Point(p.x + rng.normal(0, px) / SIZE[0], p.y + rng.normal(0, px) / SIZE[1]) for p in points]


def off(fit: Homography, place: Point) -> float:
    found = fit.to_floor(seen(place))
    assert found is not None
    return math.hypot(found.x - place.x, found.y - place.y)


@pytest.mark.parametrize("pairs", [FLOOR, MORE], ids=["four points", "seven points"])
def test_exact_clicks_give_the_exact_floor_and_back(pairs: list[Point]) -> None:
    fit = Homography.from_points([seen(p) for p in pairs], pairs)
    for place in (Point(0, 5.5), Point(2.5, 8), Point(-3, 3)):
        assert off(fit, place) == pytest.approx(0, abs=1e-9)
        again = fit.to_picture(place)
        assert again is not None
        assert (again.x, again.y) == pytest.approx((seen(place).x, seen(place).y))


def test_more_points_even_out_what_the_hand_does_wrong() -> None:
    rng = np.random.default_rng(4)
    errors = {4: 0.0, 7: 0.0}
    for _ in range(200):
        clicks = shaken([seen(p) for p in MORE], rng, 3)
        for pairs in errors:
            errors[pairs] += off(Homography.from_points(clicks[:pairs], MORE[:pairs]), Point(1.5, 5)) ** 2
    assert errors[7] < 0.7 * errors[4]


@pytest.mark.parametrize("pairs", [FLOOR, MORE], ids=["four points", "seven points"])
def test_the_promised_click_error_is_the_one_of_a_thousand_shaking_hands(pairs: list[Point]) -> None:
    corner = Point(2, 6.5)
    clicks = [seen(p) for p in pairs]
    check = check_floor(clicks, pairs, {"zone corner": [seen(corner)]}, SIZE, click_px=2)
    promised = check.places[0].click_m
    rng = np.random.default_rng(5)
    squares = [off(Homography.from_points(shaken(clicks, rng, 2), pairs), corner) ** 2 for _ in range(1000)]
    assert promised == pytest.approx(math.sqrt(float(np.mean(squares))), rel=0.1)


def test_a_pixel_is_worth_as_many_metres_as_it_moves_the_place() -> None:
    clicks = [seen(p) for p in FLOOR]
    fit = Homography.from_points(clicks, FLOOR)
    (place,) = check_floor(clicks, FLOOR, {"far": [seen(Point(0, 9))]}, SIZE).places
    here, below = (fit.to_floor(Point(place.at.x, place.at.y + dy / SIZE[1])) for dy in (0, 1))
    assert here is not None
    assert below is not None
    assert place.m_per_px == pytest.approx(here.y - below.y, rel=0.02)


def test_there_is_no_floor_at_the_horizon_and_above_it() -> None:
    clicks = [seen(p) for p in FLOOR]
    fit = Homography.from_points(clicks, FLOOR)
    check = check_floor(clicks, FLOOR, {"zone sky": [Point(0.5, 0.9), Point(0.5, 0.01)]}, SIZE)
    horizon = (360 - 800 * math.tan(DOWN)) / SIZE[1]
    assert check.horizon == pytest.approx((horizon, horizon))
    assert fit.to_floor(Point(0.5, horizon)) is None
    assert fit.to_floor(Point(0.5, horizon - 0.2)) is None, "behind the camera is nonsense, not a floor"
    assert fit.to_floor(seen(Point(0, 200))) is None, "so far away that a pixel is worth metres"
    assert fit.to_floor(seen(Point(0, 25))) is not None
    assert check.warnings == ("zone sky reaches to the horizon of the floor or beyond: no positions in metres there",)


def test_a_place_measured_wrong_is_found_when_there_are_more_than_four() -> None:
    clicks = [seen(p) for p in MORE]
    wrong = [*MORE[:4], Point(MORE[4].x + 0.8, MORE[4].y), *MORE[5:]]
    check = check_floor(clicks, wrong, {}, SIZE)
    assert check.left_out_m[4] == pytest.approx(0.8, abs=1e-6)
    assert max(check.fit_m) > 0.1
    assert [w[:15] for w in check.warnings] == ["point 5 lies 0."]


def test_with_five_points_one_without_which_there_is_no_floor_is_left_untested() -> None:
    places = [Point(-1, 4), Point(0, 4), Point(1, 4), Point(-1, 7), Point(1, 7)]
    check = check_floor([seen(p) for p in places], places, {}, SIZE)
    assert [v is None for v in check.left_out_m] == [False, False, False, True, True]
    assert [v for v in check.left_out_m if v is not None] == pytest.approx([0, 0, 0], abs=1e-9)


def test_corners_in_the_wrong_order_are_no_floor() -> None:
    clicks = [seen(p) for p in FLOOR]
    with pytest.raises(ValueError, match="another order"):
        Homography.from_points(clicks, [FLOOR[0], FLOOR[1], FLOOR[3], FLOOR[2]])
    with pytest.raises(ValueError, match="another order"):
        Homography.from_points([clicks[0], clicks[2], clicks[1], clicks[3]], FLOOR)
    turned = Homography.from_points(clicks[1:] + clicks[:1], FLOOR[1:] + FLOOR[:1])
    assert off(turned, Point(0, 5)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ([Point(0, 4), Point(0, 5), Point(0, 6), Point(0, 7)], "on one line"),
        (FLOOR[:3], "at least 4 pairs"),
    ],
    ids=["on one line in metres", "three points"],
)
def test_points_that_give_no_floor(floor: list[Point], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Homography.from_points([seen(p) for p in FLOOR[: len(floor)]], floor)


def test_metres_that_should_have_been_centimetres_are_warned_of() -> None:
    hundredfold = [Point(100 * p.x, 100 * p.y) for p in FLOOR]
    check = check_floor([seen(p) for p in FLOOR], hundredfold, {}, SIZE)
    assert any("one pixel is worth up to" in w for w in check.warnings)
    assert not check_floor([seen(p) for p in FLOOR], FLOOR, {}, SIZE).warnings


def test_trails_beyond_the_horizon_have_a_place_in_the_picture_and_none_on_the_floor() -> None:
    clicks = [seen(p) for p in FLOOR]
    camera = Camera("door", "Door", (), (), Homography.from_points(clicks, FLOOR))
    near, far = 0.7 * HEIGHT, 0.05 * HEIGHT  # the horizon is at 0.14 of the height
    walker, poster = walk((0, WIDTH / 2, near), (5, WIDTH / 2, near)), walk((0, 40, far), (5, 40, far))
    facts = [f for step in steps(film(5, 10), Seer([walker, poster]), camera, Rules()) for f in step.facts]
    trails = [f for f in facts if isinstance(f, Trail)]
    assert {trail.x_m is None for trail in trails if trail.y > 0.5} == {False}
    assert {(trail.x_m, trail.y_m) for trail in trails if trail.y < 0.1} == {(None, None)}


def test_check_tells_the_floors_error_for_the_size_of_the_picture(
    videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--config", str(videos / "floor.toml")]) == 0
    said = capsys.readouterr().out
    assert "floor: floor from 4 points: exact at them, so a fifth is needed to test it" in said
    found = re.search(r"clicks 3 px off move positions by up to (\d\.\d\d) m between the points", said)
    assert found is not None
    check = floor_accuracy(load(videos / "floor.toml").cameras[0], (640, 360))
    assert check is not None
    assert found[1] == f"{check.inside.click_m:.2f}"
    assert all(f"cameras[0].floor_px: 'floor': {warning}" in said for warning in check.warnings)
