"""A month's file holds what the database holds, is there as a whole, and is written again when late data touch it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from analytics.archive import ArchiveError, hourly_scan, months_of, path_of, read_month, write_month
from analytics.frames import CROSSINGS, LINES, PAYMENTS, RECEIPTS, STAYS, WATCHES, Contract, Window, empty
from analytics.jobs import JOBS, run_jobs, run_night
from analytics.results import read_parts

from .small_shop import MONDAY, RECEIPT_HEADER
from .test_nightly import shop

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.jobs import Context

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
NIGHT = tuple(job for job in JOBS if job.name in ("import", "archive"))


def stored(context: Context, contract: Contract) -> pd.DataFrame:
    """Every row of March in the database."""
    month = Window.of(MARCH, APRIL, context.time)
    since, until = month.since, month.until
    facts = {CROSSINGS: context.facts.crossings, STAYS: context.facts.stays, WATCHES: context.facts.watches}
    if contract in facts:
        return facts[contract](since, until)
    if contract is PAYMENTS:
        return read_parts(context.results, PAYMENTS, since, until)
    return (
        context.results.read_lines(since, until) if contract is LINES else context.results.read(contract, since, until)
    )


@pytest.mark.slow
def test_a_month_that_is_over_is_kept_as_the_database_has_it(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with shop(tmp_path, days=3) as bare:
        context = replace(bare, plan=replace(bare.plan, archive=folder))
        list(run_night(context, NIGHT, date(2026, 3, 31)))
        assert not folder.exists(), "March is not over"
        list(run_night(context, NIGHT, date(2026, 4, 1)))
        for contract in (CROSSINGS, STAYS, WATCHES, RECEIPTS, LINES, PAYMENTS):
            pd.testing.assert_frame_equal(read_month(folder, contract, MARCH), stored(context, contract))
        assert len(read_month(folder, CROSSINGS, MARCH)) == 72
        written = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
        assert len(written) == 6
        times = {path: path.stat().st_mtime_ns for path in written}
        list(run_night(context, NIGHT, date(2026, 4, 2)))
        assert {path: path.stat().st_mtime_ns for path in written} == times, "nothing came: nothing is written"
        list(run_jobs(context, NIGHT[1:], Window.of(MARCH, APRIL, context.time)))
        assert {path: path.read_bytes() for path in written} == written, "the same rows make the same bytes"
        assert not list(folder.rglob("*.part"))


@pytest.mark.slow
def test_a_receipt_that_comes_late_is_in_its_month(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with shop(tmp_path, days=3) as bare:
        context = replace(bare, plan=replace(bare.plan, archive=folder))
        list(run_night(context, NIGHT, date(2026, 4, 5)))
        late = tmp_path / "sales" / "late.csv"
        late.write_text(f"{RECEIPT_HEADER}\nLATE,T1,{MONDAY}T14:45:00,sale,5.00,EUR,,\n", encoding="utf-8")
        files = {kind: list(paths) for kind, paths in context.plan.files.items()}
        files["receipts"].append(late)
        later = replace(context, plan=replace(context.plan, files=files))
        list(run_night(later, NIGHT, date(2026, 4, 6)))
        assert "LATE" in read_month(folder, RECEIPTS, MARCH)["receipt_id"].tolist()
        pd.testing.assert_frame_equal(read_month(folder, RECEIPTS, MARCH), stored(later, RECEIPTS))


@pytest.mark.slow
def test_hours_from_the_archive_are_those_of_duckdb(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with shop(tmp_path, days=3) as bare:
        context = replace(bare, plan=replace(bare.plan, archive=folder))
        list(run_night(context, NIGHT, date(2026, 4, 1)))
    found = hourly_scan(folder, [MARCH, APRIL])
    with duckdb.connect() as database:
        doors, sales = (f"{path_of(folder, kind, MARCH)}" for kind in (CROSSINGS, RECEIPTS))
        hour = 'CAST(floor(epoch("at") / 3600) AS BIGINT)'
        entered, left = "count(*) FILTER (direction = 'in' AND held)", "count(*) FILTER (direction = 'out')"
        came = database.read_parquet(doors).aggregate(f"{hour} AS hour, {entered}, {left}").order("hour").fetchall()
        sold = database.read_parquet(sales).filter("kind = 'sale'").aggregate("count(*), sum(total_minor)").fetchall()
    mine = found["hour_utc"].astype("int64") // 3_600_000
    assert list(zip(mine, found["entries_in"], found["entries_out"], strict=True)) == came
    assert (found["receipts"].sum(), found["sales_minor"].sum()) == sold[0]
    assert hourly_scan(tmp_path / "none", [MARCH]).empty


def test_a_file_that_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "receipt").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"receipt-2026-03\.parquet: cannot be written"):
        write_month(tmp_path, RECEIPTS, MARCH, empty(RECEIPTS))
    with pytest.raises(ArchiveError, match=r"stays-2026-03\.parquet: cannot be read"):
        read_month(tmp_path, STAYS, MARCH)
    target = path_of(tmp_path, STAYS, MARCH)
    target.parent.mkdir()
    target.write_text("no parquet")
    with pytest.raises(ArchiveError, match=r"stays-2026-03\.parquet: cannot be read"):
        read_month(tmp_path, STAYS, MARCH)


def test_months_follow_each_other() -> None:
    assert months_of(date(2024, 1, 31), date(2024, 3, 1)) == [
        (date(2024, 1, 1), date(2024, 2, 1)),
        (date(2024, 2, 1), date(2024, 3, 1)),
    ]
    assert months_of(date(2025, 12, 31), date(2025, 12, 31) + timedelta(days=1)) == [
        (date(2025, 12, 1), date(2026, 1, 1))
    ]
