"""Stories of the way from the trails in the database to the drawing in the report."""

from __future__ import annotations

import functools
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import frames, report
from analytics.cli import main
from analytics.paths import Outline, heat, moves
from analytics.report.language import Language
from analytics.report.ways import camera_ways
from analytics.sources import open_facts
from edge.contract import OpenHours, Run, Site, Store, open_store
from edge.events import Fact, Stay, Trail
from edge.geometry import Homography, Point, Polygon, Polyline
from edge.scene import Camera, Line, Zone

from .report_shop import new_shop, text_of
from .store_days import stays
from .test_paths import DAY, trails

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = Language("en")

NOON = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
CORNERS = [Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)]
# The far end of the room is at the top of the picture: y goes up on the plan, too.
UPWARDS = [Point(0, 10), Point(10, 10), Point(10, 0), Point(0, 0)]


@functools.cache
def quiet_page() -> report.ReportData:
    """A page of a day without anything; made once, for the shop behind it takes a while."""
    return new_shop()


def square(left: float, top: float) -> Polygon:
    return Polygon((Point(left, top), Point(left + 0.2, top), Point(left + 0.2, top + 0.2), Point(left, top + 0.2)))


FLOOR = Camera(
    "floor",
    "Floor",
    (Line("door", "entrance", Polyline((Point(0.1, 0.9), Point(0.4, 0.9)))),),
    (Zone("shoes", "product", square(0.7, 0.1)), Zone("till", "till", square(0.1, 0.6))),
    Homography.from_points(CORNERS, UPWARDS),
)
BARE = Camera("bare", "Bare", (), (Zone("shelf", "product", square(0.4, 0.4)),))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Somebody looks at the shoes for 20 seconds and then pays; somebody else stands before the bare camera."""
    store = open_store(tmp_path / "facts.sqlite")
    store.register(Site(Store("shop", "Shop", "Europe/Berlin", "EUR"), (OpenHours(0, 540, 1200),), (FLOOR, BARE)))
    for camera in (FLOOR, BARE):
        run = Run(camera.id, "replay", "x.mp4", camera.id, NOON, "file", "model", "config")
        store.begin_run(run, "shop")
        store.append([(run.id, fact) for fact in _facts(camera)])
    store.close()
    return tmp_path / "facts.sqlite"


def _facts(camera: Camera) -> list[Fact]:
    facts: list[Fact] = []
    for second in range(41):
        share = min(max((second - 20) / 10, 0.0), 1.0)
        place = Point(0.8 - 0.6 * share, 0.2 + 0.5 * share)
        metres = camera.floor.to_floor(place) if camera.floor else None
        x_m, y_m = (metres.x, metres.y) if metres else (None, None)
        facts.append(Trail(1, second, NOON + timedelta(seconds=second), place.x, place.y, x_m, y_m))
    if camera is FLOOR:
        facts.append(_stay("shoes", 0, 20))
        facts.append(_stay("till", 30, 40))
    return facts


def _stay(zone: str, begin: int, end: int) -> Stay:
    entered, left = (NOON + timedelta(seconds=s) for s in (begin, end))
    return Stay(zone, 1, 0, entered, left, "crossed", "crossed", begin, 0.5, 0.5, 0.9)


def page_of(database: Path) -> report.ReportData:
    """What the report is given of that day."""
    since, until = NOON - timedelta(hours=11), NOON + timedelta(hours=12)
    with open_facts(database) as facts:
        seen, there = facts.trails(since, until), facts.stays(since, until)
        ways = moves(there, facts.crossings(since, until), "Europe/Berlin")
        return replace(quiet_page(), heat=heat(seen, there, DAY), moves=ways, outlines=facts.outlines)


def test_trails_and_outlines_come_through_the_door_as_they_were_written(database: Path) -> None:
    with open_facts(database) as facts:
        seen = facts.trails(NOON, NOON + timedelta(seconds=10))
        assert facts.trails(NOON - timedelta(days=1), NOON).empty
        outlines = {(o.camera_id, o.kind, o.name): o for o in facts.outlines}
    assert len(seen) == 20
    on_floor = seen[seen["camera_id"] == "floor"]
    assert on_floor["x_m"].tolist() == pytest.approx([8.0] * 10)
    assert on_floor["y_m"].tolist() == pytest.approx([8.0] * 10)
    assert seen.loc[seen["camera_id"] == "bare", "x_m"].isna().all()
    shoes = outlines["floor", "zone", "shoes"]
    assert shoes.picture[0] == (0.7, 0.1)
    assert shoes.floor is not None
    assert shoes.floor[0] == pytest.approx((7.0, 9.0))
    assert outlines["bare", "zone", "shelf"].floor is None


def test_the_report_draws_a_plan_where_the_floor_is_known_and_the_picture_elsewhere(database: Path) -> None:
    bare, floor = camera_ways(page_of(database), ENGLISH)
    assert (floor.name, floor.on_floor, floor.unit) == ("floor", True, "person-minutes per m²")
    assert (bare.name, bare.on_floor, bare.bar) == ("bare", False, None)
    assert floor.bar is not None
    assert floor.bar[1] == "2 m"
    (arrow,) = floor.arrows
    assert arrow.title == "shoes to till: 1"
    places = {shape.name: shape for shape in floor.drawn}
    assert places["shoes"].y < places["till"].y, "the far end of the room is at the top"
    assert places["shoes"].x > places["till"].x
    assert [(row.from_place, row.to_place, row.percent) for row in floor.rows] == [("shoes", "till", "100 %")]


def test_who_stood_is_darker_than_who_walked_and_nobody_is_white(database: Path) -> None:
    floor = camera_ways(page_of(database), ENGLISH)[1]
    darkest = floor.levels[-1]
    squares = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", darkest.path)
    assert squares
    shoes = next(shape for shape in floor.drawn if shape.name == "shoes")
    x, y, edge = (float(v) for v in squares[0])
    assert abs(x + edge / 2 - shoes.x) < 2 * edge
    assert abs(y + edge / 2 - shoes.y) < 2 * edge
    cells = sum(level.path.count("M") for level in floor.levels)
    assert 10 < cells < 40


def test_a_plan_with_y_towards_the_viewer_is_not_mirrored() -> None:
    picture = ((0.7, 0.1), (0.9, 0.1), (0.9, 0.3), (0.7, 0.3))
    downwards = Outline("floor", "zone", "far", picture, tuple((10 * x, 10 * y) for x, y in picture))
    near = Outline("floor", "zone", "near", ((0.1, 0.8), (0.2, 0.8), (0.2, 0.9)), ((1.0, 8.0), (2.0, 8.0), (2.0, 9.0)))
    walk = trails([(float(t), 1.0 + t, 5.2) for t in range(8)])
    data = replace(quiet_page(), heat=heat(walk, stays(), DAY), outlines=(downwards, near))
    (way,) = camera_ways(data, ENGLISH)
    assert sum(level.path.count("M") for level in way.levels) == 14, "every cell that was walked through is drawn"
    places = {shape.name: shape.y for shape in way.drawn}
    assert places["far"] < places["near"]


def test_a_camera_without_positions_shows_where_people_went_and_one_without_either_nothing(database: Path) -> None:
    whole = page_of(database)
    rows = pd.DataFrame(
        [(pd.Timestamp(DAY), "bare", "shelf", "shelf", 2), (pd.Timestamp(DAY), "floor", "shoes", "till", 3)],
        columns=frames.MOVES.names,
    )
    went = frames.check(rows, frames.MOVES)
    (way,) = camera_ways(replace(whole, heat=frames.empty(frames.HEAT), moves=went), ENGLISH)
    assert (way.name, way.levels, len(way.arrows), way.on_floor) == ("floor", (), 1, False)


def test_the_page_says_it_with_words_and_without_a_request(database: Path) -> None:
    page = report.render(page_of(database))
    text = text_of(page)
    assert "Which ways they take" in text
    assert "shoes till 1 100 %" in text
    section = page.split("Which ways they take")[1].split("</section>")[0]
    assert len(section) < 40_000
    assert section.count("<svg") == 2
    assert "nan" not in section


def test_without_trails_there_is_no_section() -> None:
    assert "Which ways they take" not in report.render(quiet_page())


def test_names_from_the_settings_cannot_become_code() -> None:
    nasty = "<script>alert(1)</script>"
    shape = Outline("floor", "zone", nasty, ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)), None)
    walk = trails([(float(t), 1.0 + t, 5.2) for t in range(8)], metres=False)
    rows = pd.DataFrame([(pd.Timestamp(date(2026, 1, 5)), "floor", nasty, "till", 3)], columns=frames.MOVES.names)
    ways = frames.check(rows, frames.MOVES)
    data = replace(quiet_page(), heat=heat(walk, stays(), DAY), moves=ways, outlines=(shape,))
    assert nasty not in report.render(data)


@pytest.mark.slow
def test_the_nightly_job_stores_the_same_rows_twice_and_the_report_draws_them(database: Path) -> None:
    settings = database.parent / "analytics.toml"
    settings.write_text('[database]\npath = "facts.sqlite"\n[report]\nfolder = "report"\n', encoding="utf-8")
    days = ["--config", str(settings), "--since", "2026-01-04", "--until", "2026-01-07"]
    found = []
    for _ in range(2):
        assert main(["run", "paths", *days]) == 0
        with sqlite3.connect(database) as connection:
            sums = connection.execute("SELECT local_date, camera_id, space, SUM(person_s) FROM heat GROUP BY 1, 2, 3")
            went = connection.execute("SELECT local_date, from_place, to_place, moves FROM move")
            found.append((sums.fetchall(), went.fetchall()))
        connection.close()
    assert found[0] == found[1]
    cells, ways = found[0]
    assert [row[:3] for row in cells] == [
        ("2026-01-05", "bare", "picture"),
        ("2026-01-05", "floor", "floor"),
        ("2026-01-05", "floor", "picture"),
    ]
    assert [row[3] for row in cells] == pytest.approx([40, 40, 40])
    assert ways == [("2026-01-05", "shoes", "till", 1)]
    assert main(["report", *days]) == 0
    assert "Which ways they take" in (database.parent / "report" / "report.html").read_text(encoding="utf-8")
