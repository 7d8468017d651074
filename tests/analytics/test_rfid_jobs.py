"""Tags and cards through files, tables and jobs: bad tags, unknown readers, empty days, consent, late repairs."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs import JOBS, Context, Done, Job, run_jobs, run_night
from analytics.jobs.segments import member_dwell
from analytics.settings import SettingsError, load
from sales_catalogue import sgtin_96

from .small_shop import MONDAY, open_shop, sell, settings
from .store_days import rows_of

if TYPE_CHECKING:
    from pathlib import Path

READERS = '[rfid.readers]\nexit_gate = "exit"\n'
ITEM, OTHER = sgtin_96("9521101000016", 7, 0xDEAD), sgtin_96("9521101000016", 7, 0xBEEF)


def shop(folder: Path, extra: str = READERS) -> Path:
    """The small shop with its files; its settings file."""
    open_shop(folder / "footfall.sqlite")
    sell(folder / "sales")
    path = settings(folder)
    write_reads(path, f"{ITEM},exit_gate,{MONDAY}T10:51:00,-45.9")
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return path


def run(path: Path, *names: str, days: int = 1) -> list[str | None]:
    with opened(load(path)) as context:
        window = Window.of(MONDAY, MONDAY + timedelta(days=days), context.time)
        done = list(run_jobs(context, [job for job in JOBS if job.name in names], window))
    assert [outcome.status for outcome in done] == ["ok"] * len(names), done
    return [outcome.message for outcome in done]


def table(path: Path, name: str) -> pd.DataFrame:
    with sqlite3.connect(path.parent / "footfall.sqlite") as database:
        return pd.read_sql(f"SELECT * FROM {name}", database)  # noqa: S608 - the name is ours


def write_reads(path: Path, *rows: str) -> None:
    text = "\n".join(["epc,reader_id,read_at,rssi", *rows]) + "\n"
    (path.parent / "sales" / "rfid_reads.csv").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_reads_become_passages_outcomes_and_counts(tmp_path: Path) -> None:
    path = shop(tmp_path)
    assert run(path, "import", "clocks", "rfid")[-1] is None
    (passage,) = rows_of(table(path, "rfid_passage"))
    assert (passage.epc, passage.role, passage.product_id, passage.reads) == (ITEM, "exit", "P1", 1)
    (item,) = rows_of(table(path, "item_outcome"))
    assert (item.outcome, item.receipt_id) == ("sold", "R0302-2")
    (day,) = rows_of(table(path, "item_daily"))
    assert (day.local_date, day.product_id, day.sold, day.left_unpaid) == (str(MONDAY), "P1", 1, 0)


@pytest.mark.slow
def test_tags_that_are_no_items_are_named_kept_aside_and_counted_and_heal_after_the_fix(tmp_path: Path) -> None:
    path = shop(tmp_path)
    pallet, worn = "3174257BF4499602D2000000", "307C257BF7194E4000001A85"
    good = f"{ITEM.lower()},exit_gate,{MONDAY}T10:51:00,-45.9"
    write_reads(path, good, *(f"{epc},exit_gate,{MONDAY}T10:51:01," for epc in (pallet, worn, "E2001", "no tag")))
    run(path, "import", "clocks", "rfid")
    assert list(table(path, "rfid_read")["epc"]) == [ITEM]
    kept = pd.concat(pd.read_csv(file, dtype="str") for file in (tmp_path / "rejects").glob("rfid_reads*.csv"))
    told = dict(zip(kept["value"], kept["rule"], strict=True))
    assert told[pallet].endswith("this is of the scheme SSCC")
    assert "valid SGTIN" in told[worn]
    assert told["E2001"].endswith("names no scheme of the Tag Data Standard")
    assert told["no tag"] == "must be an EPC in hexadecimal digits"
    counted = table(path, "import_reject").query("kind == 'rfid_reads'")
    assert list(counted["rows"]) == [1, 1, 1, 1]
    before = table(path, "item_outcome")
    write_reads(path, good, f"{OTHER},exit_gate,{MONDAY}T17:51:01,")
    run(path, "import", "rfid")
    after = table(path, "item_outcome")
    assert len(after) == 2
    pd.testing.assert_frame_equal(after[after["epc"] == ITEM].reset_index(drop=True), before)


@pytest.mark.slow
def test_a_reader_without_a_place_and_a_tag_without_a_product_are_said(tmp_path: Path) -> None:
    path = shop(tmp_path, "")
    write_reads(path, f"3074257BF7194E4000001A85,exit_gate,{MONDAY}T10:51:00,-45.9")
    *_, note = run(path, "import", "clocks", "rfid")
    assert note == "reader exit_gate is not in [rfid.readers]; 1 tags name no product of the master"
    assert table(path, "item_outcome").empty
    assert list(table(path, "rfid_passage")["problem"]) == ["no product has the GTIN 80614141123458"]


@pytest.mark.slow
def test_a_fitting_room_that_no_camera_sees_is_said(tmp_path: Path) -> None:
    rooms = 'a = { role = "fitting_room", camera = "floor" }\nb = { role = "fitting_room", zone = "cabins" }\n'
    *_, note = run(shop(tmp_path, READERS + rooms), "import", "clocks", "rfid")
    told = "reader {}: no camera has the fitting room {}"
    assert note == f"{told.format('a', 'floor')}; {told.format('b', 'cabins')}"


@pytest.mark.slow
def test_a_gate_whose_camera_sees_no_door_is_said_and_one_that_does_is_not(tmp_path: Path) -> None:
    gates = 'a = { role = "exit", camera = "floor" }\nb = { role = "exit", camera = "door" }\n'
    *_, note = run(shop(tmp_path, READERS + gates), "import", "clocks", "rfid")
    assert note == "reader a: no camera floor has an entrance line"


def broken(_: Context, __: Window) -> Done:
    """A job that meets an error that nobody thought of."""
    raise ZeroDivisionError("nobody thought of this")


@pytest.mark.slow
def test_pairs_do_without_tags_when_these_fail_and_are_made_again_when_they_are_there(tmp_path: Path) -> None:
    path = shop(tmp_path)
    # Nobody is seen at the till, so the gate has to speak; somebody leaves alone, with the item.
    write_reads(path, f"{ITEM},exit_gate,{MONDAY}T10:50:03,-45.9")
    with sqlite3.connect(tmp_path / "footfall.sqlite") as database:
        database.execute("DELETE FROM stay WHERE zone_id = 'till'")
        database.execute("DELETE FROM geometry WHERE geometry_id = 'till'")
        database.execute("DELETE FROM crossing WHERE direction = 'out' AND track_id != 4")
    jobs = tuple(job for job in JOBS if job.name in {"import", "clocks", "rfid", "match", "members"})
    ended = night(path, tuple(replace(job, work=broken) if job.name == "rfid" else job for job in jobs))
    assert ended == {"import": "ok", "clocks": "ok", "rfid": "failed", "match": "ok", "members": "ok"}
    assert table(path, "receipt_visit")["way"].isna().all()
    # Monday is no longer among the days that are computed again every night: it is due because its tags came.
    assert night(path, jobs, 30)["match"] == "ok"
    pairs = table(path, "receipt_visit").set_index("receipt_id")
    assert pairs["way"].dropna().to_dict() == {"R0302-2": "gate"}
    assert (pairs.loc["R0302-2", "camera_id"], pairs.loc["R0302-2", "track_id"]) == ("door", 4)
    links = table(path, "member_visit").dropna(subset="track_id")
    assert links["member_id"].tolist() == ["M2"]
    night(path, jobs, 30)
    pd.testing.assert_frame_equal(table(path, "receipt_visit").set_index("receipt_id"), pairs)


def night(path: Path, jobs: tuple[Job, ...], days: int = 1) -> dict[str, str]:
    with opened(load(path)) as context:
        return {outcome.job: outcome.status for outcome in run_night(context, jobs, MONDAY + timedelta(days=days))}


@pytest.mark.slow
def test_an_item_that_went_out_on_an_earlier_day_is_not_called_unpaid(tmp_path: Path) -> None:
    path = shop(tmp_path)
    reads = (f"{ITEM},exit_gate,{day}T10:51:00,-45.9" for day in (MONDAY - timedelta(days=30), MONDAY))
    (tmp_path / "sales" / "receipts.csv").write_text(
        f"receipt_id,till_id,sold_at,kind,total,currency\nR1,T1,{MONDAY}T10:50:00,void,5.00,EUR\n", encoding="utf-8"
    )
    (tmp_path / "sales" / "receipt_lines.csv").unlink()
    write_reads(path, *reads)
    run(path, "import", "rfid")
    assert list(table(path, "item_outcome")["outcome"]) == ["brought_in"]


def test_a_day_without_reads_or_sales_is_empty_and_no_error(tmp_path: Path) -> None:
    open_shop(tmp_path / "footfall.sqlite")
    path = settings(tmp_path)
    assert run(path, "rfid", "members", days=3) == [None, None]


@pytest.mark.slow
def test_how_long_a_member_stayed_is_still_known_when_the_edge_has_deleted_its_stays(tmp_path: Path) -> None:
    path = shop(tmp_path)
    run(path, "import", "clocks", "match", "members")
    links = table(path, "member_visit").dropna(subset="track_id").astype({"track_id": "int64"})
    spent = (
        table(path, "stay")
        .groupby(["camera_id", "run_id", "track_id"])
        .agg({"entered_utc_ms": "min", "left_utc_ms": "max"})
    )
    length_s = (spent["left_utc_ms"] - spent["entered_utc_ms"]) / 1000
    expected = links.join(length_s.rename("own"), on=["camera_id", "run_id", "track_id"])
    assert len(expected)
    assert expected["dwell_s"].tolist() == pytest.approx(expected["own"].tolist())
    with sqlite3.connect(tmp_path / "footfall.sqlite") as database:
        database.execute("DELETE FROM stay")
    with opened(load(path)) as context:
        known = member_dwell(context, Window.of(MONDAY, MONDAY + timedelta(days=200), context.time))
    assert sorted(known["dwell_s"]) == pytest.approx(sorted(expected["own"]))


@pytest.mark.slow
def test_cards_link_only_those_who_agree_and_forget_who_withdraws(tmp_path: Path) -> None:
    path = shop(tmp_path)
    run(path, "import", "clocks", "match", "members")
    assert sorted(table(path, "member_visit")["member_id"]) == ["M0", "M1", "M2"]
    text = (tmp_path / "sales" / "members.csv").read_text(encoding="utf-8")
    (tmp_path / "sales" / "members.csv").write_text(
        text.replace("f,Berlin,true", "f,Berlin,false", 1), encoding="utf-8"
    )
    run(path, "import")
    with opened(load(path)) as context:
        # Another day's run: the link of the withdrawn member lies outside its window.
        window = Window.of(MONDAY + timedelta(days=5), MONDAY + timedelta(days=6), context.time)
        (done,) = run_jobs(context, [job for job in JOBS if job.name == "members"], window)
    assert done.message == "1 links of members without consent deleted"
    assert sorted(table(path, "member_visit")["member_id"]) == ["M1", "M2"]
    # Nor is a link kept of a member who was deleted.
    with sqlite3.connect(tmp_path / "footfall.sqlite") as database:
        database.execute("DELETE FROM member WHERE member_id = 'M1'")
    with opened(load(path)) as context:
        list(run_jobs(context, [job for job in JOBS if job.name == "members"], window))
    assert sorted(table(path, "member_visit")["member_id"]) == ["M2"]


@pytest.mark.parametrize(
    ("extra", "wrong"),
    [
        ('[rfid.readers]\ngate = "door"\n', "rfid.readers.gate.role"),
        ("[rfid.readers]\ngate = { camera = 'floor' }\n", "rfid.readers.gate.role"),
        ('[rfid.readers]\ngate = { role = "exit", colour = "red" }\n', "rfid.readers.gate.colour"),
        ("[rfid]\nunpaid = 0.0\n", "rfid.unpaid"),
        ("[rfid]\nwindow_s = 0\n", "rfid.window_s"),
        ("[members]\nswipe_s = -1\n", "members.swipe_s"),
    ],
)
def test_wrong_settings_name_their_key(tmp_path: Path, extra: str, wrong: str) -> None:
    path = settings(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    with pytest.raises(SettingsError, match=wrong):
        load(path)
