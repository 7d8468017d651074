"""A shop in Berlin with a day or two of facts and sales in files, for the tests of the shell of analytics."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from edge.contract import OpenHours, Run, Site, Store, open_store
from edge.events import Crossing, Fact, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
RECEIPT_HEADER = "receipt_id,till_id,sold_at,kind,total,currency,member_id,return_of"
LINE_HEADER = "receipt_id,line_no,product_id,quantity,unit_price,discount,line_total"

_SQUARE = Polygon((Point(0.1, 0.1), Point(0.4, 0.1), Point(0.4, 0.4), Point(0.1, 0.4)))
DOOR = Camera("door", "Door", (Line("entrance", "entrance", Polyline((Point(0.1, 0.6), Point(0.9, 0.6)))),), ())
FLOOR = Camera("floor", "Floor", (), (Zone("shoes", "product", _SQUARE), Zone("till", "till", _SQUARE)))
HOURS = tuple(OpenHours(weekday, 9 * 60, 20 * 60) for weekday in range(6))


def clock(day: date, hour: int, minute: int = 0, second: float = 0) -> datetime:
    """A time on the shop's clock, as UTC."""
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN) + timedelta(seconds=second)
    return wall.astimezone(UTC)


def open_shop(database: Path, days: int = 1, zone: str = "Europe/Berlin", currency: str = "EUR") -> Path:
    """Makes a database of facts: on each day from ``MONDAY`` on, twelve people come at 10:00 and leave at 10:50.

    The n-th of them (0 to 11) enters at 10:0n, stands at the shoes for n + 6 seconds and, if n is even, at the till
    until 10:30 and n minutes. Both cameras watch from 08:00 to 21:00.
    """
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", zone, currency), HOURS, (DOOR, FLOOR)))
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        for camera in (DOOR, FLOOR):
            run = Run(camera.id, "live", "test", f"{day}", clock(day, 8), "host", "model", "config")
            store.begin_run(run, "corner")
            store.append((run.id, fact) for fact in _facts(camera, day))
            store.finish_run(run.id)
    store.close()
    return database


def _facts(camera: Camera, day: date) -> list[Fact]:
    watch: list[Fact] = [Watch(0, clock(day, 8), clock(day, 21), 46_800, 0, 0, "ok")]
    if camera is DOOR:
        return [*watch, *(fact for n in range(12) for fact in _pass(n, day))]
    shoes = [_stay("shoes", n, clock(day, 10, 12 + n), n + 6) for n in range(12)]
    till = [_stay("till", n, clock(day, 10, 29 + n), 60) for n in range(0, 12, 2)]
    return [*watch, *shoes, *till]


def _pass(track: int, day: date) -> tuple[Crossing, Crossing]:
    came = Crossing(
        "entrance", track, 0, "in", "left", clock(day, 10, track), 1, 0.5, 0.6, (0, 0, 1, 1), 0.9, held=True
    )
    return came, replace(came, sequence=1, direction="out", side="right", at=clock(day, 10, 50, track))


def _stay(zone: str, track: int, entered: datetime, dwell_s: float) -> Fact:
    left = entered + timedelta(seconds=dwell_s)
    return Stay(zone, track, 0, entered, left, "crossed", "crossed", 1, 0.2, 0.2, 0.9)


def sell(folder: Path, days: int = 1) -> dict[str, list[Path]]:
    """Writes the day's sales into files: three of the twelve buy at 10:30, 10:34 and 10:38, for 10, 20 and 30 EUR."""
    folder.mkdir(parents=True, exist_ok=True)
    receipts, lines = [RECEIPT_HEADER], [LINE_HEADER]
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        for n in range(3):
            name = f"R{day:%m%d}-{n}"
            receipts.append(f"{name},T1,{day}T10:{30 + 4 * n}:00,sale,{10 * (n + 1)}.00,EUR,M{n},")
            lines.append(f"{name},1,P1,{n + 1},10.00,0.00,{10 * (n + 1)}.00")
    texts = {
        "receipts": receipts,
        "receipt_lines": lines,
        "members": [
            "member_id,joined_on,age_band,gender,province,consent",
            *(f"M{n},2025-01-0{n + 1},30-39,f,Berlin,true" for n in range(3)),
        ],
        "products": [
            "product_id,gtin,name,description,category,price,cost",
            "P1,9521101000016,Loafer,A loafer,shoes,10.00,4.00",
        ],
        "rfid_reads": [
            "epc,reader_id,read_at,rssi",
            f"302A37851A1C01C00000DEAD,exit_gate,{MONDAY}T10:51:00,-45.9",
        ],
    }
    files = {kind: [folder / f"{kind}.csv"] for kind in texts}
    for kind, text in texts.items():
        files[kind][0].write_text("\n".join(text) + "\n", encoding="utf-8")
    return files


def settings(folder: Path) -> Path:
    """A settings file beside ``footfall.sqlite`` and ``sales/``."""
    path = folder / "analytics.toml"
    kinds = ("receipts", "receipt_lines", "rfid_reads", "members", "products")
    files = (f'{k} = ["sales/{k}*.csv"]' for k in kinds)
    lines = ["[database]", 'path = "footfall.sqlite"', "[sources]", "settle_s = 0", *files]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
