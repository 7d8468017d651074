"""Stories of heat maps: the time lies where it was spent, the still is empty of walkers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.capture import CaptureError
from edge.capture.still import still
from edge.cli import main
from edge.contract import OpenHours, Run, Site, Store, open_store
from edge.events import Stay, Trail
from edge.geometry import Homography, Point, Polygon, Polyline
from edge.heatmap import INK, LEGEND_PX, PAPER, Plan, on_floor, on_picture
from edge.scene import Camera, Line, Zone
from edge.ways import Samples, Ways

from .cameras import WebCamera

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOON = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
CORNERS = [Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)]
METRES = [Point(0, 10), Point(10, 10), Point(10, 0), Point(0, 0)]  # y away from the camera
CAMERA = Camera(
    "floor",
    "Floor",
    (Line("door", "entrance", Polyline((Point(0.1, 0.9), Point(0.4, 0.9)))),),
    (Zone("shelf", "product", Polygon((Point(0.6, 0.1), Point(0.9, 0.1), Point(0.9, 0.4)))),),
    Homography.from_points(CORNERS, METRES),
)
SETTINGS = """
[store]
id = "shop"
name = "Shop"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
[[cameras]]
id = "floor"
source = "floor.mp4"
floor_px = [[0, 0], [1, 0], [1, 1], [0, 1]]
floor_m = [[0, 10], [10, 10], [10, 0], [0, 0]]
"""


def ways_of(*people: list[tuple[float, float, float]], cell: float = 0.1) -> Ways:
    """Ways of people, each a list of (seconds, x, y)."""
    ways = Ways(cell, 1.0, 0.25)
    who = np.array([number for number, person in enumerate(people) for _ in person])
    rows = np.array([sample for person in people for sample in person], dtype=np.float64)
    ways.add(who, rows[:, 0], rows[:, 1:])
    return ways


def warm(image: NDArray[np.uint8], x: float, y: float) -> bool:
    """Whether there is colour at a place (0..1) of a picture with a legend below."""
    height = image.shape[0] - LEGEND_PX
    pixel = image[min(round(y * height), height - 1), min(round(x * image.shape[1]), image.shape[1] - 1)]
    return int(np.ptp(pixel.astype(int))) > 40


def test_time_is_neither_lost_nor_made_and_lies_on_the_way() -> None:
    walk = [(float(t), 0.55 + 1.0 * t, 2.05) for t in range(6)]
    ways = ways_of(walk, [(0.0, 7.05, 7.05), (2.0, 7.05, 7.05)])
    assert sum(ways.seconds.values()) == pytest.approx(7.0)
    assert ways.seconds[70, 70] == pytest.approx(2.0)
    on_the_way = {cell: s for cell, s in ways.seconds.items() if cell[1] == 20}
    assert set(on_the_way) == {(x, 20) for x in range(5, 56)}
    assert max(abs(s - 0.1) for cell, s in on_the_way.items() if 5 < cell[0] < 55) < 1e-9


def test_days_add_up() -> None:
    ways = ways_of([(0.0, 1.05, 1.05), (1.0, 1.05, 1.05)])
    ways.add(np.array([0, 0]), np.array([0.0, 1.0]), np.array([[1.05, 1.05], [1.05, 1.05]]))
    assert ways.seconds == {(10, 10): pytest.approx(2.0)}


def test_there_and_back_are_two_ways_and_standing_is_none() -> None:
    there = [(float(t), 0.5 + t, 0.5) for t in range(4)]
    back = [(float(t), 3.5 - t, 0.5) for t in range(4)]
    ways = ways_of(there, there, back, [(0.0, 9.5, 9.5), (3.0, 9.5, 9.6)])
    found = {(middle, round(heading.real), people) for middle, heading, people in ways.main_ways()}
    assert ((1.5, 0.5), 1, 2) in found
    assert ((1.5, 0.5), -1, 1) in found
    assert all(middle[1] == 0.5 for middle, _, _ in found)


def test_a_step_over_a_gap_and_a_place_without_metres_are_left_out() -> None:
    lost = [(0.0, 1.0, 1.0), (1.0, 1.0, 1.0), (50.0, 9.0, 9.0), (51.0, 9.0, 9.0)]
    ways = ways_of(lost, [(0.0, np.nan, np.nan), (1.0, 2.0, 2.0)])
    assert ways.seconds == {(10, 10): 1.0, (90, 90): 1.0}


def test_a_mannequin_is_no_person() -> None:
    at_s = np.tile(np.arange(700.0), 2)
    places = np.full((1400, 2), 0.5)
    places[700:, 0] = np.linspace(0.2, 0.8, 700)
    places[1390:, 1] = 1.0  # walks out below: where the feet are is not known
    found = Samples(np.repeat([3, 4], 700), at_s, places, places).people()
    assert set(found.who.tolist()) == {4}
    assert len(found.who) == 690


def test_the_picture_is_warm_where_somebody_stood_and_stays_as_it_was_elsewhere() -> None:
    ground = np.full((720, 1280, 3), 128, np.uint8)
    image = on_picture(ground, CAMERA, ways_of([(float(t), 0.3, 0.5) for t in range(9)], cell=1 / 200))
    assert warm(image, 0.3, 0.5)
    assert not warm(image, 0.5, 0.5)
    assert (ground == 128).all(), "the still itself is not drawn on"


def test_the_floor_is_drawn_upwards_so_that_the_far_end_is_at_the_top() -> None:
    image = on_floor(
        CAMERA, ways_of([(float(t), 8.0, 9.0) for t in range(9)], [(float(t), 0.5, 0.5) for t in range(9)])
    )
    height = image.shape[0] - LEGEND_PX
    hot = np.argwhere(np.ptp(image[:height].astype(int), axis=2) > 150)
    assert len(hot) > 0
    top, bottom = hot[hot[:, 0] < height / 2], hot[hot[:, 0] > height / 2]
    assert top[:, 1].mean() > 2 * bottom[:, 1].mean(), "who stood far away to the right is drawn there"


def test_a_floor_in_millimetres_is_drawn_as_quickly_and_its_ticks_do_not_touch() -> None:
    far = [(float(t), 20_000.0, 20_000.0) for t in range(9)]
    image = on_floor(CAMERA, ways_of([(float(t), 5.0, 4.0) for t in range(9)], far))
    height = image.shape[0] - LEGEND_PX
    marked = np.flatnonzero((image[height - 1] == INK).all(axis=1))
    assert len(marked) >= 4
    assert np.diff(marked).min() >= 45


def test_a_given_plan_is_drawn_on_to_scale() -> None:
    plan = Plan(np.full((400, 300, 3), PAPER, np.uint8), 30.0, Point(20, 380))
    image = on_floor(CAMERA, ways_of([(float(t), 5.0, 4.0) for t in range(9)]), plan)
    assert image.shape == (400 + LEGEND_PX, 300, 3)
    assert np.ptp(image[380 - 120, 20 + 150].astype(int)) > 100


def test_without_a_floor_there_is_no_plan() -> None:
    bare = Camera("bare", "Bare", (), ())
    with pytest.raises(ValueError, match="bare has no floor_px"):
        on_floor(bare, ways_of([(0.0, 1.0, 1.0), (1.0, 1.0, 1.0)]))
    with pytest.raises(ValueError, match="no positions in metres"):
        on_floor(CAMERA, Ways(0.1, 1.0, 0.25))


def clip_with_a_walker(path: Path) -> Path:
    """A grey room through which a white block wanders."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 240))
    for number in range(60):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[80:160, 5 * number : 5 * number + 30] = 255
        writer.write(image)
    writer.release()
    return path


def test_who_walks_through_is_not_in_the_still(tmp_path: Path) -> None:
    image = still(clip_with_a_walker(tmp_path / "walk.mp4"))
    assert image.shape == (240, 320, 3)
    assert abs(image.astype(int) - 90).max() < 25


def test_where_people_come_and_go_the_still_has_no_detail(tmp_path: Path) -> None:
    checks = np.kron(np.indices((12, 12)).sum(axis=0) % 2 * 200, np.ones((5, 5))).astype(np.uint8)
    path = tmp_path / "table.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 240))
    for number in range(60):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[10:70, 10:70] = checks[..., None]  # hangs on the wall
        if number % 20 < 12:
            image[100:160, 200:260] = checks[..., None]  # stands at the table, leaves, and comes again
        writer.write(image)
    writer.release()
    image = still(path).astype(int)
    wall, table = image[15:65, 15:65], image[105:155, 205:255]
    assert np.abs(np.diff(wall, axis=1)).mean() > 20
    assert np.abs(np.diff(table, axis=1)).mean() < 3


def test_a_picture_is_its_own_still_and_a_large_one_is_made_smaller(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "big.png"), np.full((1000, 3200, 3), 7, np.uint8))
    assert still(tmp_path / "big.png").shape == (500, 1600, 3)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(CaptureError, match=r"broken\.png: is no picture"):
        still(tmp_path / "broken.png")
    with pytest.raises(CaptureError, match=r"gone\.mp4: No such file"):
        still(tmp_path / "gone.mp4")


@pytest.mark.slow
def test_a_live_camera_is_watched_for_ten_seconds_and_a_missing_one_is_not_named() -> None:
    server = WebCamera()
    server.start()
    try:
        image = still(server.address)  # every picture of it is brighter than the one before
    finally:
        server.stop()
    assert image.shape == (240, 320, 3)
    assert 60 < image.mean() < 160
    with pytest.raises(CaptureError) as refused:
        still("http://user:secret@127.0.0.1:9/video")
    assert "secret" not in str(refused.value)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database with somebody who stands in one corner and a poster; somebody else two days later."""
    site = Site(Store("shop", "Shop", "Europe/Berlin", "EUR"), (OpenHours(0, 540, 1200),), (CAMERA,))
    run = Run("floor", "replay", "floor.mp4", "abc", NOON, "file", "model", "config")
    poster = Stay("shelf", 2, 0, NOON, NOON + timedelta(seconds=20), "appeared", "fixed", 0, 0.7, 0.2, 0.5)
    facts: list[tuple[str, Trail | Stay]] = [(run.id, poster)]
    for number in range(20):
        at = NOON + timedelta(seconds=number)
        facts.append((run.id, Trail(1, number, at, 0.2, 0.8, 2.0, 2.0)))
        facts.append((run.id, Trail(2, number, at, 0.7, 0.2, 7.0, 8.0)))
        facts.append((run.id, Trail(3, number, at + timedelta(days=2), 0.5, 0.5, 5.0, 5.0)))
    store = open_store(tmp_path / "facts.sqlite")
    store.register(site)
    store.begin_run(run, "shop")
    store.append(facts)
    store.close()
    settings = tmp_path / "store.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return settings


def drawn(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


@pytest.mark.slow
def test_the_command_draws_one_day_without_the_poster(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, floor = shop.parent / "heat.png", shop.parent / "floor.png"
    day = ["--since", "2026-04-07", "--until", "2026-04-08"]
    assert main(["heatmap", "--config", str(shop), *day, "--out", str(out), "--floor", str(floor)]) == 0
    assert "20 positions" in capsys.readouterr().out
    image = drawn(out)
    assert [warm(image, x, y) for x, y in ((0.2, 0.8), (0.7, 0.2), (0.5, 0.5))] == [True, False, False]
    assert drawn(floor).shape[1] > 500
    assert main(["heatmap", "--config", str(shop), "--out", str(out)]) == 0
    assert warm(drawn(out), 0.5, 0.5), "without a day it is everything"


@pytest.mark.slow
def test_the_still_is_drawn_on_only_when_asked_for(shop: Path) -> None:
    clip = clip_with_a_walker(shop.parent / "floor.mp4")
    out = shop.parent / "heat.png"
    assert main(["heatmap", "--config", str(shop), "--out", str(out)]) == 0
    assert tuple(drawn(out)[100, 100].tolist()) == PAPER
    assert main(["heatmap", "--config", str(shop), "--from", str(clip), "--out", str(out)]) == 0
    assert abs(int(drawn(out)[100, 100, 0]) - 90) < 25


ON_A_PLAN = ("--out", "h.png", "--floor", "f.png", "--plan", "p.png")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "heat.txt"], r"heat\.txt: must be named"),
        (["--out", "nowhere/heat.png"], "in a folder that exists"),
        (["--out", "h.png", "--since", "yesterday"], "--since: 'yesterday': must be a day"),
        (["--out", "h.png", "--since", "2026-05-01"], "no positions in this time"),
        (["--out", "h.png", "--from", "gone.mp4"], r"gone\.mp4: No such file"),
        (
            ["--out", "h.png", "--since", "2026-04-08", "--until", "2026-04-07"],
            "--until: 2026-04-07: must be after --since",
        ),
        (["--out", "h.png", "--plan", "p.png"], "--plan: needs --floor and --plan-scale"),
        (["--out", "h.png", "--plan-scale", "40"], "need --plan, too"),
        ([*ON_A_PLAN, "--plan-scale", "1e9"], r"--plan-scale: 1e\+09: must be pixels for a metre, from 1 to 1000"),
        ([*ON_A_PLAN, "--plan-scale", "nan"], "--plan-scale: nan: must be"),
        (
            [*ON_A_PLAN, "--plan-scale", "40", "--plan-origin", "nan,inf"],
            "--plan-origin: 'nan,inf': must be two pixels",
        ),
        (["--out", "h.png", "--camera", "attic"], "'attic': no such camera"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    shop: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.parent)
    assert main(["heatmap", "--config", str(shop), *words]) == 2
    assert re.search(said, capsys.readouterr().err)
