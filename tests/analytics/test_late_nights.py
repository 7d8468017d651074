"""Whatever comes late, in whatever order: night by night comes to the same rows as everything at once at the end."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics import kpis, tracing
from analytics.frames import Window
from analytics.jobs import JOBS, Context, days_due, run_jobs, run_night
from analytics.jobs.kpis import kpi_rollups
from analytics.results.tables import TABLES
from analytics.visits import VisitRules
from edge.contract import OpenHours, Run, Site, Store, open_store
from edge.events import Crossing, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Camera, Line, Zone

from .opened_shop import opened
from .small_shop import LINE_HEADER, RECEIPT_HEADER

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from edge.contract import FactStore
    from edge.events import EndCause, Fact, Health

FIRST = date(2026, 3, 24)  # the clocks change on the 29th
DAYS = 9
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = tuple(job for job in JOBS if job.each_day or job.name == "import")
IMPORTED = {"receipt", "receipt_line", "payment", "product", "member", "rfid_read", "card_swipe", "rota", "weather"}
_SQUARE = Polygon((Point(0.1, 0.1), Point(0.4, 0.1), Point(0.4, 0.4), Point(0.1, 0.4)))


def door(name: str) -> Camera:
    """A camera with one entrance."""
    return Camera(name, name, (Line("entrance", "entrance", Polyline((Point(0.1, 0.6), Point(0.9, 0.6)))),), ())


CAMERAS = (
    door("front"),
    door("back"),
    Camera("floor", "Floor", (), (Zone("shoes", "product", _SQUARE), Zone("queue", "queue", _SQUARE),
                                  Zone("till", "till", _SQUARE))),
)  # fmt: skip
# Until two in the night on Fridays and Saturdays.
HOURS = tuple(OpenHours(weekday, 10 * 60, (26 if weekday in (4, 5) else 20) * 60) for weekday in range(7))
SITE = Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, CAMERAS)


class Life:
    """What happens in a shop, by dice, and on which night each of it becomes known.

    Attributes:
        facts: Night -> camera and fact.
        slips: Night -> lines of the two files of sales.
        products: Night -> lines of the product master.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - dice, no secret
        self.facts: dict[int, list[tuple[str, Fact]]] = defaultdict(list)
        self.slips: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self.products: dict[int, list[str]] = defaultdict(list)
        self.track = self.late = 0
        for number in range(DAYS):
            self._day(number)
        for product in range(4):
            night = 1 if product == 0 else self.dice.randint(2, DAYS)
            self.products[night].append(f"P{product},95211010000{product}6,Thing,A thing,kind {product % 2},10.00,4.00")

    def known(self, number: int) -> int:
        """The night on which something of a day becomes known."""
        late = self.late if self.dice.random() < 0.15 else 0
        return min(number + 1 + late, DAYS)

    def _day(self, number: int) -> None:
        # Of every other day all comes in time.
        self.late = self.dice.choice([0, 0, 0, 1, 2, 4])
        day = FIRST + timedelta(days=number)
        hours = next(h for h in HOURS if h.weekday == day.weekday())
        opens = wall(day) + timedelta(minutes=hours.opens_min)
        open_s = (hours.closes_min - hours.opens_min) * 60
        for camera in CAMERAS:
            self._watches(camera.id, opens, open_s, number)
        for _ in range(60):
            self._visitor(number, opens + timedelta(seconds=self.dice.uniform(0, open_s)))

    def _watches(self, camera: str, opens: datetime, open_s: float, number: int) -> None:
        at = opens - timedelta(minutes=30)
        while at < opens + timedelta(seconds=open_s, minutes=30):
            end = at + timedelta(minutes=self.dice.choice([30, 60, 90, 240]))
            if self.dice.random() < 0.9:
                health: Health = "ok" if self.dice.random() < 0.95 else "dark"
                self.track += 1
                self.facts[self.known(number)].append((camera, Watch(self.track, utc(at), utc(end), 1, 0, 0, health)))
            at = end

    def _visitor(self, number: int, at: datetime) -> None:
        dice = self.dice
        self.track += 1
        night, camera = self.known(number), dice.choice(["front", "front", "back"])
        came = Crossing("entrance", self.track, 0, "in", "left", utc(at), 1, 0.5, 0.6, (0, 0, 1, 1), 0.9, held=True)
        self.facts[night].append((camera, came))
        leaves = at + timedelta(seconds=dice.uniform(20, 1500))
        if dice.random() < 0.9:
            gone = replace(came, sequence=1, direction="out", side="right", at=utc(leaves))
            self.facts[night].append((camera, gone))
        for zone, role in (("shoes", 0.5), ("queue", 0.4), ("till", 0.5)):
            if dice.random() < role:
                begin = at + timedelta(seconds=dice.uniform(5, 600))
                end = begin + timedelta(seconds=dice.uniform(3, 200))
                cause: EndCause = "crossed" if dice.random() < 0.75 else "lost"
                stay = Stay(zone, self.track, 0, utc(begin), utc(end), "crossed", cause, 1, 0.2, 0.2, 0.9)
                self.facts[night].append(("floor", stay))
                if zone == "till":
                    self._receipt(number, end)

    def _receipt(self, number: int, left: datetime) -> None:
        dice = self.dice
        till = dice.choice(["T1", "T2", "T3"])
        # T2 is seven minutes ahead, T3 a whole day.
        ahead = {"T1": 0, "T2": 420, "T3": 86_400}[till]
        printed = (left - timedelta(seconds=5 + dice.gauss(0, 2)) + timedelta(seconds=ahead)).replace(microsecond=0)
        kind = dice.choice(["sale"] * 8 + ["return", "void", "training"])
        name, units = f"R{self.track}", dice.randint(1, 3)
        # One of ten is told twice, and the second time it is another.
        for night in {self.known(number), self.known(number)} if dice.random() < 0.1 else {self.known(number)}:
            total = 0 if dice.random() < 0.03 else dice.randint(2, 60) * units
            slip = f"{name},{till},{printed:%Y-%m-%dT%H:%M:%S},{kind},{total}.00,EUR,,"
            line = f"{name},1,P{dice.randint(0, 3)},{units},{total / units:.2f},0.00,{total}.00"
            self.slips[night].append((slip, line))


def wall(day: date) -> datetime:
    """The midnight at which a day begins; adding to it gives what clocks on the wall would show on other days."""
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)


def utc(at: datetime) -> datetime:
    """The moment, to the millisecond."""
    moment = at.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def tell(store: FactStore, life: Life, night: int) -> None:
    """Writes the facts that become known on a night."""
    for camera in CAMERAS:
        mine = [fact for name, fact in life.facts[night] if name == camera.id]
        if mine:
            begins = wall(FIRST + timedelta(days=night - 1)) + timedelta(hours=3)
            run = Run(camera.id, "live", "test", f"{night}", utc(begins), "host", "model", "config")
            store.begin_run(run, "corner")
            store.append((run.id, fact) for fact in mine)


def sell(folder: Path, life: Life, night: int) -> None:
    """Writes the files that become known on a night."""
    slips = [slip for slip, _ in life.slips[night]]
    lines = [line for _, line in life.slips[night]]
    header = "product_id,gtin,name,description,category,price,cost"
    for kind, head, rows in (
        ("receipts", RECEIPT_HEADER, slips),
        ("receipt_lines", LINE_HEADER, lines),
        ("products", header, life.products[night]),
    ):
        if rows:
            (folder / f"{kind}-{night:02}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def shop(folder: Path) -> AbstractContextManager[Context]:
    """The shop as the night finds it."""
    kinds = ("receipts", "receipt_lines", "products")
    files = {kind: sorted(folder.glob(f"{kind}-*.csv")) for kind in kinds}
    return opened(folder, files, visits=VisitRules(re_entry_s=300.0, group_s=60.0))


def rows(context: Context) -> dict[str, set[tuple[Any, ...]]]:
    """All rows of all results."""
    with context.results.reading() as connection:
        return {
            name: {tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")}  # noqa: S608
            for name in TABLES
            if name not in IMPORTED
        }


def differences(one: dict[str, set[tuple[Any, ...]]], other: dict[str, set[tuple[Any, ...]]]) -> dict[str, Any]:
    """Rows that only one of them has, by table: a few of each."""
    return {
        name: (len(one[name] ^ other[name]), sorted(one[name] - other[name], key=repr)[:2],
               sorted(other[name] - one[name], key=repr)[:2])
        for name in one
        if one[name] != other[name]
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_what_comes_late_in_any_order_comes_to_the_same_as_everything_at_once(tmp_path: Path, seed: int) -> None:
    life = Life(seed)
    store = open_store(tmp_path / "footfall.sqlite")
    store.register(SITE)
    for night in range(1, DAYS + 1):
        tell(store, life, night)
        sell(tmp_path, life, night)
        with shop(tmp_path) as context:
            ended = list(run_night(context, NIGHT, FIRST + timedelta(days=night)))
            assert {done.status for done in ended} == {"ok"}, [done for done in ended if done.status != "ok"]
    store.close()
    with shop(tmp_path) as context:
        assert days_due(context, NIGHT, FIRST + timedelta(days=DAYS)) == []
        nightly = rows(context)
        for name in ("visit", "hourly", "till_hourly", "receipt_visit", "till_clock", "queue_wait"):
            assert nightly[name], name
        window = Window.of(FIRST, FIRST + timedelta(days=DAYS), context.time)
        stored, traced = kpi_rollups(context, window), tracing.trace(context, window, "conversion").rollups
        for by in ("hour", "day", "week", "weekday_hour", "till", "zone"):
            one, other = (kpis.kpis(told, window.first, window.end, by, against=False) for told in (stored, traced))
            pd.testing.assert_frame_equal(one, other, check_exact=True)
        with context.results.writing() as connection:
            for name in (*nightly, "job_day", "input_day"):
                connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
        list(run_night(context, NIGHT, FIRST + timedelta(days=DAYS)))
        assert differences(nightly, rows(context)) == {}
        list(run_jobs(context, NIGHT, window))
        assert differences(nightly, rows(context)) == {}
