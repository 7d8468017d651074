"""A process that starts anew goes on where the old one was: windows, open alerts, messages on their way."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge import restore
from edge.contract import FactBuffer, OpenHours, Run, Site, Store, open_facts, open_store
from edge.events import Alert, Crossing, Delivery, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.hours import StoreHours
from edge.scene import Camera, Line, Zone
from edge.windows import LiveWindows

if TYPE_CHECKING:
    from pathlib import Path

    from edge.events import Fact

TEN = datetime(2026, 4, 7, 8, 0, tzinfo=UTC)
CAMERA = Camera(
    "door",
    "Door",
    (Line("in", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5)))),),
    (Zone("queue", "queue", Polygon((Point(0, 0), Point(1, 0), Point(1, 1)))),),
)
DAYS = ((540, 1200),) * 7
SITE = Site(
    Store("shop", "Shop", "Europe/Berlin", "EUR"), tuple(OpenHours(day, *DAYS[day]) for day in range(7)), (CAMERA,)
)


def day_s_facts() -> list[Fact]:
    """An hour and a half, with odd milliseconds; watches and stays also as they were told while they went on."""
    rng = random.Random(4)  # noqa: S311
    facts: list[Fact] = []
    for second in range(0, 5400, 45):
        at = TEN + timedelta(seconds=second, microseconds=rng.randrange(1_000_000))
        way = rng.choice(["in", "in", "out"])
        facts.append(
            Crossing("in", second, 0, "in" if way == "in" else "out", "left", at, 0, 0.5, 0.5, (0, 0, 1, 1), 0.9, True)
        )
        for left in (20, rng.randint(30, 400)):
            stay = Stay("queue", second, 0, at, at + timedelta(seconds=left), "appeared", "closed", 0, 0.5, 0.5, 0.9)
            facts.append(stay)
    for minute in range(90):
        begins = TEN + timedelta(minutes=minute)
        for seconds in (30, 60):
            health = "lost" if minute % 7 == 3 and seconds == 60 else "ok"
            facts.append(Watch(minute, begins, begins + timedelta(seconds=seconds), 9, 0, 0, health))  # type: ignore[arg-type]
    return facts


def test_the_windows_of_a_new_process_show_the_numbers_of_the_old_one(tmp_path: Path) -> None:
    database, now = tmp_path / "footfall.sqlite", TEN + timedelta(minutes=90)
    hours = StoreHours(DAYS, "Europe/Berlin")
    old = LiveWindows((CAMERA,), hours, 1)
    old.restore(old.needs_since(TEN), [])
    run = Run("door", "live", "usb:0", "x", TEN, "host", "model", "config")
    with closing(open_store(database)) as store:
        store.register(SITE)
        buffer = FactBuffer(store)
        buffer.begin(run, "shop")
        for fact in day_s_facts():
            buffer.add(run.id, fact)
            old.take("door", fact)
        buffer.flush()
    new = LiveWindows((CAMERA,), hours, 1)
    since = new.needs_since(now)
    old.now(now - timedelta(minutes=10))
    with closing(open_facts(database)) as reader:
        new.restore(since, restore.facts_since(reader, "shop", since, now))
        assert list(restore.facts_since(reader, "other", since, now)) == []
    before, after = old.now(now), new.now(now)
    assert before.occupancy is not None
    assert before.occupancy.people
    assert before.zones[0].queue is not None
    assert before.zones[0].queue.longest_above_s > 100
    assert replace(after, totals=()) == replace(before, totals=())


def test_open_alerts_and_messages_on_their_way_are_taken_up(tmp_path: Path) -> None:
    database = tmp_path / "footfall.sqlite"
    going_on = Alert("shop/camera/door/1", "camera", "door", None, TEN, None, "door cannot see")
    over = Alert("shop/queue/door/queue/2", "queue", "door", "queue", TEN, TEN + timedelta(minutes=5), "queue is over")
    later = TEN + timedelta(minutes=6)
    deliveries = [
        Delivery(going_on.id, "opened", "webhook", 1, None, TEN, ""),
        Delivery(going_on.id, "opened", "email", 4, later, None, "refused"),
        Delivery(over.id, "closed", "email", 2, later, None, "refused"),
    ]
    with closing(open_store(database)) as store:
        store.register(SITE)
        buffer = FactBuffer(store)
        for alert in (going_on, over):
            buffer.alert("shop", alert)
        for delivery in deliveries:
            buffer.deliver(delivery)
        buffer.flush()
    with closing(open_facts(database)) as reader:
        assert restore.open_alerts(reader, "shop") == (going_on,)
        assert restore.open_alerts(reader, "other") == ()
        found = restore.waiting_deliveries(reader, "shop")
    assert sorted(found, key=lambda pair: pair[0].alert) == [(deliveries[1], going_on), (deliveries[2], over)]
