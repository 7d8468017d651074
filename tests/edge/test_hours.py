"""Stores that close on the next day: in the settings, in the database, and by the clock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from edge.audit import Span, in_hours
from edge.contract import SCHEMA_VERSION, OpenHours, Site, Store, open_facts, open_store, read_site
from edge.hours import StoreHours
from edge.settings import SettingsError, load
from edge.windows.calendar import Calendar
from edge.windows.clock import to_ms

if TYPE_CHECKING:
    from pathlib import Path

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
NIGHT = (18 * 60, 26 * 60)
# What version 3 had.
OLD_TABLE = """
CREATE TABLE store_hours (
    store_id VARCHAR NOT NULL, weekday INTEGER NOT NULL, opens_min INTEGER NOT NULL, closes_min INTEGER NOT NULL,
    PRIMARY KEY (store_id, weekday),
    CHECK (weekday BETWEEN 0 AND 6 AND opens_min < closes_min AND closes_min <= 1440),
    FOREIGN KEY(store_id) REFERENCES store (store_id)
)"""


def site(*hours: OpenHours) -> Site:
    return Site(Store("bar", "Bar", BERLIN, "EUR"), hours, ())


def wall(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """A reading of the store's clock as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def test_a_bar_is_open_after_midnight_since_the_evening() -> None:
    bar = StoreHours((NIGHT,) * 7, BERLIN)
    assert bar.open_since(wall("2026-01-06T01:59")) == wall("2026-01-05T18:00")
    assert bar.open_since(wall("2026-01-06T02:00")) is None
    assert bar.last_closing(wall("2026-01-06T01:59")) == wall("2026-01-05T02:00")
    assert bar.last_closing(wall("2026-01-06T23:00")) == wall("2026-01-06T02:00")


@pytest.mark.parametrize(
    ("zone", "evening", "closes", "hours"),
    [
        (BERLIN, "2026-03-28", "2026-03-29T03:00", 8.0),
        (BERLIN, "2026-10-24", "2026-10-25T02:00", 9.0),
        (NEW_YORK, "2026-03-07", "2026-03-08T03:00", 8.0),
        (NEW_YORK, "2026-10-31", "2026-11-01T02:00", 9.0),
        (LORD_HOWE, "2026-10-03", "2026-10-04T02:30", 8.0),
        (LORD_HOWE, "2026-04-04", "2026-04-05T02:00", 8.5),
    ],
)
def test_a_night_on_which_the_clocks_change(zone: str, evening: str, closes: str, hours: float) -> None:
    bar = StoreHours((NIGHT,) * 7, zone)
    opened, closed = wall(f"{evening}T18:00", zone), wall(closes, zone, fold=1)
    assert bar.last_closing(closed + timedelta(hours=1)) == closed
    assert bar.open_since(closed - timedelta(minutes=1)) == opened
    assert closed - opened == timedelta(hours=hours)


def test_the_number_inside_begins_afresh_at_closing_not_at_midnight() -> None:
    calendar = Calendar(StoreHours((NIGHT,) * 7, BERLIN))
    before, after = (to_ms(wall(f"2026-01-0{text}")) for text in ("5T23:59", "6T00:01"))
    assert calendar.day(before) == calendar.day(after)
    assert calendar.day(to_ms(wall("2026-01-06T02:00"))).closed == to_ms(wall("2026-01-06T02:00"))


def test_windows_of_an_audit_may_lie_after_midnight_and_across_it_but_not_across_closing() -> None:
    begins = [wall(f"2026-01-0{text}") for text in ("5T17:58", "5T23:58", "6T00:30", "6T01:55", "6T01:58")]
    windows = [Span(at, at + timedelta(minutes=5)) for at in begins]
    monday = (NIGHT, *[None] * 6)
    assert in_hours(windows, monday, ZoneInfo(BERLIN)) == windows[1:4]
    always = ((0, 24 * 60),) * 7
    assert in_hours(windows, always, ZoneInfo(BERLIN)) == [windows[0], *windows[2:]], "none lies in two days"


def settings(tmp_path: Path, hours: str) -> Path:
    """A settings file of a store without cameras that lacks nothing else."""
    path = tmp_path / "store.toml"
    path.write_text(
        f'[store]\nid = "bar"\nname = "Bar"\ntime_zone = "{BERLIN}"\ncurrency = "EUR"\n[store.opening_hours]\n{hours}\n'
        '[model]\npath = "none"\n[[cameras]]\nid = "door"\nname = "Door"\nsource = 0\n'
        '[[cameras.lines]]\nid = "in"\nrole = "entrance"\nstart = [0.1, 0.5]\nend = [0.9, 0.5]\n',
        encoding="utf-8",
    )
    return path


def test_the_settings_take_hours_over_midnight(tmp_path: Path) -> None:
    found = load(
        settings(tmp_path, 'fri = "18:00-02:00"\nsat = "12:00-24:00"\nsun = "20:00-12:00"\nmon = "18:00-00:00"')
    )
    assert found.store.opening_hours.days == ((1080, 1440), None, None, None, (1080, 1560), (720, 1440), (1200, 2160))


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ('fri = "18:00-18:00"', "store.opening_hours.fri: '18:00-18:00': must not close when it opens"),
        ('fri = "24:00-02:00"', "store.opening_hours.fri: '24:00-02:00': must open before 24:00"),
        ('fri = "18:00-12:01"', "store.opening_hours.fri: '18:00-12:01': must close by noon of the next day"),
        (
            'fri = "18:00-02:00"\nsun = "00:00-20:00"',
            "store.opening_hours: .*the store closes at 02:00 on one day and opens at 00:00 on another: a whole hour",
        ),
        (
            'fri = "18:00-06:10"\nsat = "06:15-20:00"',
            "the store closes at 06:10 on one day and opens at 06:15 on another",
        ),
    ],
)
def test_hours_without_an_end_of_the_day_are_refused(tmp_path: Path, hours: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load(settings(tmp_path, hours))


def test_hours_over_midnight_are_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path / "f.sqlite")
    store.register(site(OpenHours(4, 1080, 1560), OpenHours(5, 1200, 2160)))
    store.close()
    with closing(open_facts(tmp_path / "f.sqlite")) as reader:
        assert read_site(reader)[0][1] == (OpenHours(4, 1080, 1560), OpenHours(5, 1200, 2160))


def test_the_database_refuses_hours_that_end_after_noon(tmp_path: Path) -> None:
    open_store(tmp_path / "f.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "f.sqlite")) as raw:
        raw.execute("INSERT INTO store VALUES ('bar', 'Bar', 'UTC', 'EUR')")
        for opens, closes in ((1080, 2161), (1440, 1500), (600, 600)):
            with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
                raw.execute("INSERT INTO store_hours VALUES ('bar', 0, ?, ?)", (opens, closes))


def test_a_database_of_schema_3_keeps_its_hours_and_a_copy_and_then_takes_later_ones(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = open_store(path)
    store.register(site(OpenHours(0, 540, 1200), OpenHours(5, 600, 1440)))
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        rows = raw.execute("SELECT * FROM store_hours").fetchall()
        raw.executescript("DROP TABLE store_hours;" + OLD_TABLE)
        raw.executemany("INSERT INTO store_hours VALUES (?, ?, ?, ?)", rows)
        raw.execute("DELETE FROM edge_migration WHERE version > 3")
        raw.commit()
    store = open_store(path)
    with closing(open_facts(path)) as reader:
        assert read_site(reader)[0][1] == (OpenHours(0, 540, 1200), OpenHours(5, 600, 1440))
    store.register(site(OpenHours(0, 1080, 1560)))
    store.close()
    with closing(open_facts(path)) as reader:
        assert read_site(reader)[0][1] == (OpenHours(0, 1080, 1560), OpenHours(5, 600, 1440))
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT max(version) FROM edge_migration").fetchone() == (SCHEMA_VERSION,)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(sqlite3.connect(tmp_path / "f.sqlite.backup-v3")) as copy:
        assert copy.execute("SELECT count(*) FROM store_hours").fetchone() == (2,)
        assert "1440" in copy.execute("SELECT sql FROM sqlite_schema WHERE name = 'store_hours'").fetchone()[0]
