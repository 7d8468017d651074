"""Reads into passages: where one ends and the next begins, at gaps, at midnight, and at the edges of windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics import frames, rfid
from sales_catalogue import sgtin_96

from .store_days import rows_of

BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)
READERS = {"gate": rfid.Reader("exit"), "cabin": rfid.Reader("fitting_room")}
RULES = rfid.PassageRules(READERS, gap_s=10.0, fitting_gap_s=300.0, longest_s=3600.0)
COAT, BOOT = sgtin_96("9521101000016", 7, 1), sgtin_96("9521101000016", 7, 2)
PRODUCTS = frames.check(
    pd.DataFrame([("P1", "9521101000016", "Coat", "", "coats", 9900, 4000)], columns=frames.PRODUCTS.names),
    frames.PRODUCTS,
)


def reads(*rows: tuple[str, str, float] | tuple[str, str, float, float]) -> pd.DataFrame:
    """Reads from (EPC, reader, seconds after the begin, RSSI)."""
    found = [
        {
            "epc": row[0],
            "reader_id": row[1],
            "read_at": pd.Timestamp(BEGIN) + pd.Timedelta(milliseconds=round(1000 * row[2])),
            "rssi": row[3] if len(row) == 4 else None,
        }
        for row in rows
    ]
    return frames.check(pd.DataFrame(found), frames.RFID_READS) if found else frames.empty(frames.RFID_READS)


def passages(rows: pd.DataFrame, since_s: float = -1e6, until_s: float = 1e6) -> pd.DataFrame:
    window = BEGIN + timedelta(seconds=since_s), BEGIN + timedelta(seconds=until_s)
    return rfid.passages(rows, PRODUCTS, RULES, *window)


def seconds(times: pd.Series) -> list[float]:
    return [float(s) for s in (times - pd.Timestamp(BEGIN)).dt.total_seconds()]


def test_a_burst_of_reads_is_one_passage() -> None:
    (found,) = rows_of(passages(reads((COAT, "gate", 0, -60), (COAT, "gate", 2, -45.5), (COAT, "gate", 1))))
    assert (found.reads, found.rssi_max, found.role, found.product_id) == (3, -45.5, "exit", "P1")
    assert (found.last_at - found.first_at).total_seconds() == 2
    assert pd.isna(found.problem)


@pytest.mark.parametrize(
    ("reader", "apart_s", "count"),
    [
        ("gate", 10.0, 1),
        ("gate", 10.001, 2),
        ("cabin", 300.0, 1),
        ("cabin", 300.001, 2),
        ("other", 10.0, 1),
        ("other", 10.001, 2),
    ],
)
def test_the_gap_of_the_readers_role_parts_passages(reader: str, apart_s: float, count: int) -> None:
    assert len(passages(reads((COAT, reader, 0), (COAT, reader, apart_s)))) == count


def test_items_and_readers_are_kept_apart() -> None:
    found = passages(reads((COAT, "gate", 0), (BOOT, "gate", 1), (COAT, "cabin", 2), (COAT, "gate", 3)))
    assert sorted(zip(found["epc"], found["reader_id"], found["reads"], strict=True)) == sorted(
        [(COAT, "gate", 2), (BOOT, "gate", 1), (COAT, "cabin", 1)]
    )


def test_a_reader_that_the_settings_do_not_name_has_no_role() -> None:
    assert passages(reads((COAT, "stockroom", 0)))["role"].isna().all()


def test_a_passage_without_strength_has_none() -> None:
    assert passages(reads((COAT, "gate", 0)))["rssi_max"].isna().all()


def test_tags_without_a_product_say_why() -> None:
    found = passages(reads(("3174257BF4499602D2000000", "gate", 0), ("FFFF", "gate", 1)))
    assert found["product_id"].isna().all()
    assert found["problem"].str.contains("SSCC|header FF").all()


def test_a_passage_belongs_to_the_window_of_its_first_read_and_runs_on_after_it() -> None:
    rows = reads((COAT, "gate", -4), (COAT, "gate", 4), (COAT, "gate", 13))
    before, after = passages(rows, -100, 0), passages(rows, 0, 100)
    assert seconds(before["last_at"]) == [13.0]
    assert after.empty


def test_a_read_at_midnight_begins_the_new_day() -> None:
    rows = reads((COAT, "gate", 0))
    assert len(passages(rows, 0, 100)) == 1
    assert passages(rows, -100, 0).empty


def test_an_item_that_stays_near_the_reader_is_one_passage_of_bounded_length() -> None:
    rows = reads(*((COAT, "gate", 5.0 * n) for n in range(2000)))
    found = passages(rows)
    assert seconds(found["last_at"]) == [3600.0]
    assert list(found["reads"]) == [721]


@pytest.mark.slow
def test_windows_side_by_side_give_the_rows_of_the_whole() -> None:
    """Each window is given only the reads that it asks for."""
    rng = np.random.default_rng(5)
    epcs = [sgtin_96("9521101000016", 7, n) for n in range(12)]
    at = np.unique(np.sort(rng.exponential(40.0, 3000).cumsum()))
    rows = reads(*((epcs[rng.integers(12)], ("gate", "cabin")[rng.integers(2)], float(t)) for t in at))
    whole = passages(rows)
    parts = []
    for start in np.arange(0.0, at[-1] + 1, 1800.0):
        since, until = BEGIN + timedelta(seconds=start), BEGIN + timedelta(seconds=start + 1800)
        mine = rows[(rows["read_at"] >= since - RULES.before) & (rows["read_at"] < until + RULES.after)]
        parts.append(rfid.passages(mine, PRODUCTS, RULES, since, until))
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    assert len(whole) > 500
    assert int(whole["reads"].sum()) == len(rows)


def test_no_reads_are_no_passages() -> None:
    assert passages(reads()).empty
