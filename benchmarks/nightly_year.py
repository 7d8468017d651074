"""A made-up year of one store, straight into the tables that the product reads: 2 M facts, 400 k receipts, 1.2 M lines.

Made with numpy in half a minute, because a year through the writers themselves would take an hour. The tables are
those of the product: its own functions make them, and the store and the runs are registered through its own door.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.results import open_results
from edge.contract import OpenHours, Run, Site, Store, open_store
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

FIRST = date(2025, 1, 1)
ZONE = "Europe/Berlin"
OPENS_H, CLOSES_H = 9, 21
# A day: 2,470 crossings, 1,520 stays and 1,490 periods of watching make 2.0 M facts a year.
CROSSINGS, STAYS, RECEIPTS, LINES_EACH, MEMBERS, PRODUCTS = 1_235, 1_520, 1_096, 3, 50_000, 2_000
DAY_MS, HOUR_MS = 86_400_000, 3_600_000

_SQUARE = Polygon((Point(0.1, 0.1), Point(0.4, 0.1), Point(0.4, 0.4), Point(0.1, 0.4)))
DOOR = Camera("door", "Door", (Line("entrance", "entrance", Polyline((Point(0.1, 0.6), Point(0.9, 0.6)))),), ())
FLOOR = Camera("floor", "Floor", (), (Zone("shoes", "product", _SQUARE), Zone("till", "till", _SQUARE)))

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a made-up store has."""

    days: int
    facts: int
    receipts: int
    lines: int
    members: int


def make_store(database: Path, days: int, *, sales: bool = True) -> Size:
    """Makes the database.

    Args:
        database: A path where nothing is yet.
        days: From ``FIRST`` on.
        sales: With members, products, receipts and their lines; otherwise what the cameras saw and nothing else.

    Returns:
        What it holds.
    """
    store = open_store(database)
    hours = tuple(OpenHours(weekday, OPENS_H * 60, CLOSES_H * 60) for weekday in range(7))
    store.register(Site(Store("bench", "Benchmark", ZONE, "EUR"), hours, (DOOR, FLOOR)))
    runs = {}
    for camera in (DOOR, FLOOR):
        run = Run(camera.id, "live", "made up", "year", _begin(0), "host", "model", "config")
        store.begin_run(run, "bench")
        runs[camera.id] = run.id
    store.close()
    open_results(database).close()
    with closing(sqlite3.connect(database, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = OFF")
        versions = dict(raw.execute("SELECT geometry_id, version FROM geometry").fetchall())
        raw.execute("BEGIN")
        if sales:
            insert(raw, "member", _members())
            insert(raw, "product", _products())
        for day in range(days):
            rng = np.random.default_rng([day, 5])
            insert(raw, "crossing", _crossings(day, runs["door"], versions["entrance"], rng))
            insert(raw, "stay", _stays(day, runs["floor"], versions, rng))
            insert(raw, "watch", _watches(day, runs))
            if sales:
                receipts, lines = _sales(day, rng)
                insert(raw, "receipt", receipts)
                insert(raw, "receipt_line", lines)
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        def count(*tables: str) -> int:
            return sum(raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)  # noqa: S608

        facts = count("crossing", "stay", "watch")
        return Size(days, facts, count("receipt"), count("receipt_line"), count("member"))


def insert(raw: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    """Rows of one table, all with the same columns."""
    found = list(rows)
    names = list(found[0])
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    raw.executemany(statement, [tuple(row.values()) for row in found])


def _begin(day: int) -> datetime:
    """Nine in the morning in winter."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, OPENS_H - 1, tzinfo=UTC) + timedelta(days=day)


def _moments(day: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Times within the opening hours, more in the afternoon, in order."""
    begin = round(_begin(day).timestamp() * 1000)
    share = np.sort(rng.beta(2.0, 1.6, count))
    return begin + (share * ((CLOSES_H - OPENS_H) * HOUR_MS - 2 * HOUR_MS)).astype(np.int64)


def _fact(number: int, day: int, kind: str, camera: str, run: str) -> dict[str, Any]:
    # Names as spread as hashes are, and the same every time.
    mixed = (number * 2_654_435_761 + day * 40_503 * 65_537) % 2**32
    return {
        "event_id": f"{mixed:08x}{kind}{day:06x}{number:08x}",
        "store_id": "bench",
        "camera_id": camera,
        "run_id": run,
    }


def _crossings(day: int, run: str, version: str, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    entered = _moments(day, CROSSINGS, rng)
    left = entered + rng.integers(60_000, 40 * 60_000, CROSSINGS)
    number = 0
    for n in range(CROSSINGS):
        for at, direction, side in ((entered[n], "in", "left"), (left[n], "out", "right")):
            place = {"x": 0.5, "y": 0.6, "box_left": 0.4, "box_top": 0.2, "box_right": 0.6, "box_bottom": 0.6}
            yield (
                _fact(number, day, "c", "door", run)
                | place
                | {
                    "line_id": "entrance",
                    "geometry_version": version,
                    "track_id": day * 10_000 + number,
                    "direction": direction,
                    "raw_side": side,
                    "ts_utc_ms": int(at),
                    "frame_no": number,
                    "confidence": 0.9,
                    "held": n % 25 != 0,
                    "cause": "crossed",
                }
            )
            number += 1


def _stays(day: int, run: str, versions: dict[str, str], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    entered = _moments(day, STAYS, rng)
    dwell = rng.integers(2_000, 180_000, STAYS)
    for n in range(STAYS):
        zone = "till" if n % 2 else "shoes"
        yield _fact(n, day, "s", "floor", run) | {
            "zone_id": zone,
            "geometry_version": versions[zone],
            "track_id": day * 10_000 + n,
            "entered_utc_ms": int(entered[n]),
            "left_utc_ms": int(entered[n] + dwell[n]),
            "dwell_ms": int(dwell[n]),
            "start_cause": "crossed",
            "end_cause": "crossed",
            "frame_no": n,
            "x": 0.2,
            "y": 0.2,
            "confidence": 0.9,
        }


def _watches(day: int, runs: dict[str, str]) -> Iterator[dict[str, Any]]:
    begin = round(_begin(day).timestamp() * 1000) - 12 * 60_000
    for camera, run in runs.items():
        for minute in range(745):
            at = begin + minute * 60_000
            yield _fact(minute, day, "w" if camera == "door" else "v", camera, run) | {
                "begins_utc_ms": at,
                "ends_utc_ms": at + 60_000,
                "frames_seen": 300,
                "frames_dropped": 0,
                "facts_dropped": 0,
                "health": "ok",
            }


def _sales(day: int, rng: np.random.Generator) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    sold = _moments(day, RECEIPTS, rng)
    members = rng.integers(0, MEMBERS, RECEIPTS)
    prices = rng.integers(1, 90, (RECEIPTS, LINES_EACH)) * 50
    products = rng.integers(0, PRODUCTS, (RECEIPTS, LINES_EACH))
    quantities = rng.integers(1, 4, (RECEIPTS, LINES_EACH))
    receipts, lines = [], []
    for n in range(RECEIPTS):
        name = f"R{day:04}-{n:05}"
        amounts = prices[n] * quantities[n]
        kind = "return" if n % 40 == 0 else "void" if n % 97 == 0 else "sale"
        receipts.append(
            {
                "receipt_id": name,
                "till_id": f"T{1 + n % 2}",
                "sold_at_utc_ms": int(sold[n]),
                "kind": kind,
                "total_minor": int(amounts.sum()),
                "currency": "EUR",
                "member_id": f"M{members[n]:06}" if n % 3 == 0 else None,
                "return_of": None,
            }
        )
        lines += [
            {
                "receipt_id": name,
                "line_no": line,
                "product_id": f"P{products[n, line]:05}",
                "quantity": int(quantities[n, line]),
                "unit_price_minor": int(prices[n, line]),
                "discount_minor": 0,
                "line_total_minor": int(amounts[line]),
            }
            for line in range(LINES_EACH)
        ]
    return receipts, lines


def _members() -> Iterator[dict[str, Any]]:
    for n in range(MEMBERS):
        joined = FIRST - timedelta(days=n % 900)
        yield {"member_id": f"M{n:06}", "joined_on": joined.isoformat(), "age_band": "30-39", "consent": True}


def _products() -> Iterator[dict[str, Any]]:
    for n in range(PRODUCTS):
        words = {"gtin": f"{10**12 + n}", "name": f"Product {n}", "description": "", "category": f"c{n % 20}"}
        yield {"product_id": f"P{n:05}"} | words | {"price_minor": 1000, "cost_minor": 400}
