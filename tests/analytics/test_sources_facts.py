"""The facts of the edge as checked frames, and databases that hold none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from analytics.frames import AUDITS, CROSSINGS, PLACES, STAYS, WATCHES, check
from analytics.sources import FactsError, open_facts
from edge.contract import Run, Site, Store, open_store
from edge.events import Crossing, Stay

from .audited_shop import audit_shop
from .small_shop import DOOR, FLOOR, HOURS, MONDAY, clock, open_shop

if TYPE_CHECKING:
    from pathlib import Path


def test_facts_come_as_checked_frames_with_their_roles(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    with open_facts(database) as facts:
        assert facts.store.time_zone == "Europe/Berlin"
        assert facts.entrance_cameras == {"door"}
        assert facts.begin() == clock(MONDAY, 8)
        assert facts.hours_open["weekday"].tolist() == [0, 1, 2, 3, 4, 5]
        day = clock(MONDAY, 0), clock(MONDAY + timedelta(days=1), 0)
        crossings, stays, watches = facts.crossings(*day), facts.stays(*day), facts.watches(*day)
    assert check(crossings, CROSSINGS).equals(crossings)
    assert check(stays, STAYS).equals(stays)
    assert check(watches, WATCHES).equals(watches)
    assert crossings["direction"].value_counts().to_dict() == {"in": 12, "out": 12}
    assert crossings["role"].eq("entrance").all()
    assert stays.groupby("role").size().to_dict() == {"product": 12, "till": 6}
    assert stays.loc[stays["role"] == "till", "dwell_s"].eq(60.0).all()


def test_a_crossing_says_where_how_large_and_how_sure_and_a_stay_may_be_of_a_mannequin(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    now, box = clock(MONDAY, 12), (0.4, 0.2, 0.5, 0.6)
    crossing = Crossing("entrance", 900, 0, "in", "left", now, 1, 0.45, 0.6, box, 0.9, held=True, cause="merged")
    stay = Stay("shoes", 900, 0, now, now + timedelta(hours=1), "appeared", "fixed", 1, 0.2, 0.2, 0.9)
    for camera, fact in (("door", crossing), ("floor", stay)):
        run = Run(camera, "live", "test", "noon", now, "host", "model", "config")
        store.begin_run(run, "corner")
        store.append([(run.id, fact)])
    store.close()
    with open_facts(database) as facts:
        (came,) = facts.crossings(now, now + timedelta(seconds=1)).to_dict("records")
        (stood,) = facts.stays(now, now + timedelta(seconds=1)).to_dict("records")
    assert (came["cause"], came["x"], came["y"]) == ("merged", 0.45, 0.6)
    assert (came["box_width"], came["box_height"]) == (pytest.approx(0.1), pytest.approx(0.4))
    assert (stood["end_cause"], stood["dwell_s"]) == ("fixed", 3600.0)


def test_the_places_are_those_that_are_drawn_now(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    with open_facts(database) as facts:
        drawn = facts.places
    assert check(drawn, PLACES).equals(drawn)
    assert drawn.to_numpy().tolist() == [
        ["door", "line", "entrance", "entrance"],
        ["floor", "zone", "shoes", "product"],
        ["floor", "zone", "till", "till"],
    ]
    store = open_store(database)
    without = replace(FLOOR, zones=FLOOR.zones[1:])
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, without)))
    store.close()
    with open_facts(database) as facts:
        assert facts.places["id"].tolist() == ["entrance", "till"]
        assert facts.stays(clock(MONDAY, 0), clock(MONDAY, 23))["zone_id"].nunique() == 2, "facts stay"


def test_audits_come_with_the_place_of_their_line(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    with open_facts(database) as facts:
        assert facts.audits().empty
    audit_shop(database, (20, 19, 18), (30, 30, None))
    with open_facts(database) as facts:
        found, door = facts.audits(), facts.crossings(clock(MONDAY, 0), clock(MONDAY, 23))
    assert check(found, AUDITS).equals(found)
    assert set(found["geometry_version"]) == set(door["geometry_version"])
    assert found["begins"].tolist() == [clock(MONDAY, 10), clock(MONDAY, 10, 5)]
    assert found[["manual", "counted"]].to_numpy().tolist() == [[20, 19], [30, 30]]
    assert found["matched"].isna().tolist() == [False, True]


def test_a_window_without_facts_is_empty_frames(tmp_path: Path) -> None:
    with open_facts(open_shop(tmp_path / "footfall.sqlite")) as facts:
        later = clock(MONDAY, 0) + timedelta(days=30), clock(MONDAY, 0) + timedelta(days=31)
        assert [len(f) for f in (facts.crossings(*later), facts.stays(*later), facts.watches(*later))] == [0, 0, 0]


def test_the_window_includes_its_begin_and_not_its_end(tmp_path: Path) -> None:
    with open_facts(open_shop(tmp_path / "footfall.sqlite")) as facts:

        def entered(since: datetime, until: datetime) -> int:
            found = facts.crossings(since, until)
            return int((found["direction"] == "in").sum())

        assert entered(clock(MONDAY, 10), clock(MONDAY, 10, 1)) == 1
        assert entered(clock(MONDAY, 10, 0, 0.001), clock(MONDAY, 10, 1, 0.001)) == 1


def test_a_missing_or_foreign_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"none\.sqlite: no such database"), open_facts(tmp_path / "none.sqlite"):
        pass
    (tmp_path / "letter.sqlite").write_text("Dear database, " * 100)
    with pytest.raises(FactsError, match=r"letter\.sqlite: file is not a database"):
        open_facts(tmp_path / "letter.sqlite").__enter__()


def test_a_database_of_two_stores_is_refused(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    store = open_store(database)
    store.register(Site(Store("second", "Second", "Asia/Shanghai", "CNY"), (), (DOOR,)))
    store.close()
    with pytest.raises(FactsError, match=r"holds the facts of 2 stores \(corner, second\)"), open_facts(database):
        pass
