"""Which files are taken, which are left for the next run, and which days an import touches."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sqlalchemy import text

from analytics.frames import LINES, PAYMENTS, RECEIPTS, TILL_DAYS, StoreTime
from analytics.imports import FileOutcome, ImportRules, import_all, sort_inbox, unsettled
from analytics.results import Results, changed_days, open_results
from analytics.results import importing as storing
from analytics.sources import SOURCES, Layout, Shop

from .small_shop import LINE_HEADER, RECEIPT_HEADER, open_shop, sell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOP = Shop("Europe/Berlin", "EUR")
OLD = 1_770_000_000  # February 2026, in seconds


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    """The results of a shop that has imported nothing yet."""
    opened = open_results(open_shop(tmp_path / "footfall.sqlite"))
    yield opened
    opened.close()


def take(
    results: Results, folder: Path, rules: ImportRules | None = None, shop: Shop = SHOP, **files: Path | list[Path]
) -> list[FileOutcome]:
    """Imports files by kind; rejects go to ``rejects`` in the folder."""
    listed = {kind: paths if isinstance(paths, list) else [paths] for kind, paths in files.items()}
    return list(import_all(results, listed, shop, folder / "rejects", rules))


def receipts(path: Path, *rows: str) -> Path:
    """Receipts: ``id till time kind total``."""
    lines = (",".join([*row.split(), "EUR", "", ""]) for row in rows)
    path.write_text("\n".join([RECEIPT_HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def lines(path: Path, *rows: str) -> Path:
    """Lines: ``receipt number total``."""
    parts = (row.split() for row in rows)
    made = [f"{receipt},{number},P1,1,{total},0.00,{total}" for receipt, number, total in parts]
    path.write_text("\n".join([LINE_HEADER, *made]) + "\n", encoding="utf-8")
    return path


def touched(results: Results) -> dict[str, list[str]]:
    """The days that each kind of file touched."""
    with results.reading() as connection:
        rows = connection.execute(text("SELECT kind, local_date FROM import_day ORDER BY kind, local_date")).all()
    return {str(kind): [str(day) for k, day in rows if k == kind] for kind, _ in rows}


# --- days ------------------------------------------------------------------------------------------------------------


def test_an_import_names_exactly_the_days_that_it_touched(results: Results, tmp_path: Path) -> None:
    take(
        results,
        tmp_path,
        receipts=receipts(tmp_path / "a.csv", "R1 T1 2026-03-02T10:00 sale 1", "R2 T1 2026-03-03T10:00 sale 2"),
    )
    assert touched(results) == {"receipts": ["2026-03-02", "2026-03-03"]}
    with results.writing() as connection:
        connection.execute(text("DELETE FROM import_day"))
    # One receipt three days late, one that is corrected and thereby moves to another day, one that stays as it is.
    late = receipts(
        tmp_path / "b.csv",
        "R9 T1 2026-02-27T10:00 sale 5",
        "R2 T1 2026-03-04T09:00 sale 2",
        "R1 T1 2026-03-02T10:00 sale 1",
    )
    (outcome,) = take(results, tmp_path, receipts=late)
    assert outcome.imported is not None
    assert (outcome.imported.rows_new, outcome.imported.rows_changed) == (1, 1)
    assert touched(results) == {"receipts": ["2026-02-27", "2026-03-03", "2026-03-04"]}
    assert changed_days(results) == {date(2026, 2, 27), date(2026, 3, 3), date(2026, 3, 4)}
    assert changed_days(results, since_ms=2**60) == set()


@pytest.mark.slow
def test_the_same_rows_again_touch_no_day(results: Results, tmp_path: Path) -> None:
    files = sell(tmp_path / "sales")
    take(results, tmp_path, **files)  # type: ignore[arg-type] # lists of paths by kind
    assert touched(results) == {
        "receipts": ["2026-03-02"],
        "receipt_lines": ["2026-03-02"],
        "rfid_reads": ["2026-03-02"],
    }
    with results.writing() as connection:
        connection.execute(text("DELETE FROM import_day"))
    for paths in files.values():
        paths[0].write_bytes(paths[0].read_bytes() + b"\n")
    outcomes = take(results, tmp_path, **files)  # type: ignore[arg-type] # the same
    assert not any(o.known for o in outcomes)
    assert touched(results) == {}


@pytest.mark.slow
def test_lines_and_payments_touch_the_day_of_their_receipt(results: Results, tmp_path: Path) -> None:
    sold = receipts(tmp_path / "r.csv", "R1 T1 2026-03-02T10:00 sale 3.00", "R2 T1 2026-03-03T10:00 sale 3.00")
    take(results, tmp_path, receipts=sold)
    take(results, tmp_path, receipt_lines=lines(tmp_path / "l.csv", "R2 1 1.00", "R2 2 2.00"))
    paid = tmp_path / "p.csv"
    paid.write_text("receipt_id,payment_no,method,amount\nR1,1,cash,3.00\nR7,1,cash,3.00\n", encoding="utf-8")
    (outcome,) = take(results, tmp_path, payments=paid)
    assert touched(results)["receipt_lines"] == ["2026-03-03"]
    assert touched(results)["payments"] == ["2026-03-02"]
    assert outcome.rejects is not None
    assert "no such receipt was imported" in outcome.rejects.read_text(encoding="utf-8")
    # A receipt that loses a line changes its day, too.
    with results.writing() as connection:
        connection.execute(text("DELETE FROM import_day"))
    shorter = receipts(tmp_path / "r2.csv", "R2 T1 2026-03-03T10:00 sale 1.00")
    take(results, tmp_path, receipts=shorter, receipt_lines=lines(tmp_path / "l2.csv", "R2 1 1.00"))
    assert touched(results) == {"receipts": ["2026-03-03"], "receipt_lines": ["2026-03-03"]}
    assert results.read(LINES)["line_no"].tolist() == [1]


def test_after_midnight_the_business_day_is_touched(results: Results, tmp_path: Path) -> None:
    bar = ImportRules().shop(StoreTime("Europe/Berlin", 240), "EUR")
    take(results, tmp_path, shop=bar, receipts=receipts(tmp_path / "r.csv", "R1 T1 2026-03-02T01:30 sale 1"))
    assert touched(results) == {"receipts": ["2026-03-01"]}


def test_a_crash_in_the_middle_forgets_no_day(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days are written with their rows: what was stored before the crash is not new afterwards."""
    monkeypatch.setattr(storing, "BATCH_ROWS", 2)
    sold = receipts(tmp_path / "r.csv", *(f"R{n} T1 2026-03-0{n}T10:00 sale 1" for n in range(1, 7)))
    whole, calls = storing._write, []

    def breaking(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        whole(*arguments)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(storing, "_write", breaking)
    with pytest.raises(KeyboardInterrupt):
        take(results, tmp_path, receipts=sold)
    assert touched(results) == {"receipts": [f"2026-03-0{n}" for n in range(1, 5)]}
    monkeypatch.setattr(storing, "_write", whole)
    (outcome,) = take(results, tmp_path, receipts=sold)
    assert outcome.imported is not None
    assert outcome.imported.rows_new == 2
    assert touched(results) == {"receipts": [f"2026-03-0{n}" for n in range(1, 7)]}


def test_the_parts_of_one_receipt_are_never_torn_apart(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "BATCH_ROWS", 3)
    sold = receipts(tmp_path / "r.csv", *(f"R{n} T1 2026-03-02T10:00 sale 2.00" for n in range(5)))
    parts = [f"R{n} {k} 1.00" for k in range(2) for n in range(5)]
    take(results, tmp_path, receipts=sold, receipt_lines=lines(tmp_path / "l.csv", *parts))
    assert len(results.read(LINES)) == 10


# --- corrections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    ["R1 T2 2026-03-02T10:00 sale 1", "R1 T1 2026-03-05T10:00 sale 2"],
    ids=["of another till", "of another day and total"],
)
def test_a_number_that_is_used_twice_is_no_correction(results: Results, tmp_path: Path, row: str) -> None:
    take(results, tmp_path, receipts=receipts(tmp_path / "a.csv", "R1 T1 2026-03-02T10:00 sale 1"))
    before = results.read(RECEIPTS)
    (outcome,) = take(results, tmp_path, receipts=receipts(tmp_path / "b.csv", row, "R2 T1 2026-03-02T11:00 sale 1"))
    assert outcome.rejects is not None
    assert "ids must be unique in the store" in outcome.rejects.read_text(encoding="utf-8")
    after = results.read(RECEIPTS)
    assert after["receipt_id"].tolist() == ["R1", "R2"]
    pd.testing.assert_frame_equal(after[:1], before)


def test_corrections_can_be_switched_off(results: Results, tmp_path: Path) -> None:
    rules = ImportRules(corrections=False)
    first = receipts(tmp_path / "a.csv", "R1 T1 2026-03-02T10:00 sale 1")
    second = receipts(tmp_path / "b.csv", "R1 T1 2026-03-02T10:00 void 1", "R2 T1 2026-03-02T10:00 sale 1")
    third = receipts(tmp_path / "c.csv", "R1 T1 2026-03-02T10:00 sale 1")
    third.write_bytes(third.read_bytes() + b"\n")
    outcomes = take(results, tmp_path, rules, receipts=[first, second, third])
    assert [o.imported.rows_rejected for o in outcomes if o.imported] == [0, 1, 0]
    assert results.read(RECEIPTS)["kind"].tolist() == ["sale", "sale"]


# --- files that are left alone ---------------------------------------------------------------------------------------


def test_a_file_that_is_cut_off_changes_nothing_and_its_whole_self_heals_it(results: Results, tmp_path: Path) -> None:
    whole = receipts(tmp_path / "r.csv", "R1 T1 2026-03-02T10:00 sale 1", "R2 T1 2026-03-02T11:00 sale 1")
    contents = whole.read_bytes()
    whole.write_bytes(contents[:-12])
    (outcome,) = take(results, tmp_path, receipts=whole)
    assert outcome.error == f"{whole}: line 3: the file ends in the middle of a row; left for the next run"
    assert results.read(RECEIPTS).empty
    assert touched(results) == {}
    whole.write_bytes(contents)
    take(results, tmp_path, receipts=whole)
    assert results.read(RECEIPTS)["receipt_id"].tolist() == ["R1", "R2"]


@pytest.mark.slow
def test_a_file_that_is_still_growing_is_left_for_the_next_run(results: Results, tmp_path: Path) -> None:
    path = receipts(tmp_path / "r.csv", "R1 T1 2026-03-02T10:00 sale 1")
    done = threading.Event()

    def write_on() -> None:
        number = 2
        while not done.wait(0.02):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"R{number},T1,2026-03-02T10:00,sale,1,EUR,,\n")
            number += 1

    till = threading.Thread(target=write_on)
    till.start()
    try:
        time.sleep(0.05)
        (outcome,) = take(results, tmp_path, ImportRules(settle_s=0.5), receipts=path)
    finally:
        done.set()
        till.join()
    assert (outcome.waits, outcome.error) == (True, f"{path}: is still being written; left for the next run")
    assert results.read(RECEIPTS).empty
    (outcome,) = take(results, tmp_path, ImportRules(settle_s=0.2), receipts=path)
    assert outcome.imported is not None
    assert outcome.imported.rows_rejected == 0


def test_a_fresh_file_without_an_end_of_line_waits_and_an_old_one_does_not(results: Results, tmp_path: Path) -> None:
    path = receipts(tmp_path / "r.csv", "R1 T1 2026-03-02T10:00 sale 1")
    path.write_bytes(path.read_bytes().rstrip())
    (outcome,) = take(results, tmp_path, ImportRules(settle_s=0.01), receipts=path)
    assert outcome.waits
    assert outcome.error == f"{path}: ends in the middle of a line and was changed just now; left for the next run"
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))
    (outcome,) = take(results, tmp_path, ImportRules(settle_s=0.01), receipts=path)
    assert outcome.imported is not None
    assert outcome.imported.rows_new == 1


def test_old_files_are_not_waited_for(tmp_path: Path) -> None:
    path = receipts(tmp_path / "r.csv")
    os.utime(path, (OLD, OLD))
    began = time.monotonic()
    assert unsettled([path, tmp_path / "gone.csv", tmp_path / "x.csv.part"], 3600) == {
        tmp_path / "x.csv.part": f"{tmp_path / 'x.csv.part'}: is still being written; left for the next run"
    }
    assert time.monotonic() - began < 3600


def test_a_receipt_that_is_later_than_its_file_is_set_aside_for_good(results: Results, tmp_path: Path) -> None:
    path = receipts(tmp_path / "r.csv", "R1 T1 2026-02-01T10:00 sale 1", "R2 T1 2026-02-03T10:00 sale 1")
    os.utime(path, (OLD, OLD))
    for _ in range(2):
        (outcome,) = take(results, tmp_path, receipts=path)
        assert outcome.imported is not None
        assert outcome.imported.rows_rejected == 1
        assert results.read(RECEIPTS)["receipt_id"].tolist() == ["R1"]


# --- the inbox -------------------------------------------------------------------------------------------------------


def test_the_inbox_knows_files_by_name_or_by_header(tmp_path: Path) -> None:
    receipts(tmp_path / "receipts_0302.csv")
    lines(tmp_path / "receipt_lines_0302.csv")
    lines(tmp_path / "Export 17.txt")
    receipts(tmp_path / "k1.csv")
    (tmp_path / "kasse.csv").write_text("BonNr;Kasse;Betrag\n", encoding="utf-8")
    (tmp_path / "note.txt").write_text("Dear colleague,\nthe till is broken\n", encoding="utf-8")
    (tmp_path / "receipts_0303.csv.part").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "folder").mkdir()
    columns = {"receipt_id": ("BonNr",), "till_id": ("Kasse",), "total": ("Betrag",)}
    constants = {"currency": "EUR", "kind": "sale", "sold_at": "2026-03-02T10:00"}
    till = Layout("receipts", "kasse*", columns=columns, constants=constants)
    found, told = sort_inbox(ImportRules(layouts=(till,), inbox=tmp_path))
    assert {kind: [path.name for path in paths] for kind, paths in found.items()} == {
        "receipts": ["k1.csv", "kasse.csv", "receipts_0302.csv"],
        "receipt_lines": ["Export 17.txt", "receipt_lines_0302.csv"],
    }
    assert [line.removeprefix(f"{tmp_path}/") for line in told] == [
        f"note.txt: neither name nor header is that of a kind of file: {', '.join(SOURCES)}",
        "receipts_0303.csv.part: is still being written; left for the next run",
    ]
    assert sort_inbox(ImportRules(inbox=tmp_path / "gone")) == ({}, [f"{tmp_path / 'gone'}: no such folder"])
    assert sort_inbox(ImportRules()) == ({}, [])


# --- what heals ------------------------------------------------------------------------------------------------------


def test_a_layout_that_was_wrong_is_put_right_by_the_next_run(results: Results, tmp_path: Path) -> None:
    """Other settings make other rows of the same bytes: the file is read again."""
    path = tmp_path / "r.csv"
    path.write_text(f"{RECEIPT_HEADER}\nR1,T1,02.03.2026 10:00,sale,1,EUR,,\n", encoding="utf-8")
    (outcome,) = take(results, tmp_path, receipts=path)
    assert "may be day-first or month-first: state dates" in str(outcome.error)
    for dates, month in (("month-first", 2), ("day-first", 3)):
        rules = ImportRules(layouts=(Layout("receipts", dates=dates),))
        (outcome,) = take(results, tmp_path, rules, receipts=path)
        assert outcome.imported is not None
        assert results.read(RECEIPTS)["sold_at"].dt.month.tolist() == [month]
    assert take(results, tmp_path, rules, receipts=path)[0].known


def test_joined_columns_find_their_receipts(results: Results, tmp_path: Path) -> None:
    sold = receipts(tmp_path / "r.csv", "T1-1 T1 2026-03-02T10:00 sale 3.00")
    path = tmp_path / "l.csv"
    path.write_text(f"till,{LINE_HEADER.replace('receipt_id', 'no')}\nT1,1,1,P1,1,3.00,0.00,3.00\n", encoding="utf-8")
    rules = ImportRules(layouts=(Layout("receipt_lines", columns={"receipt_id": ("till", "no")}),))
    outcomes = take(results, tmp_path, rules, receipts=sold, receipt_lines=path)
    assert [o.error for o in outcomes] == [None, None]
    assert results.read(LINES)["receipt_id"].tolist() == ["T1-1"]


@pytest.mark.slow
def test_foreign_receipts_are_stored_with_their_parts_in_the_stores_currency(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"{RECEIPT_HEADER}\nR1,T1,2026-03-02T10:00,sale,3.00,USD,,\n", encoding="utf-8")
    paid = tmp_path / "p.csv"
    paid.write_text("receipt_id,payment_no,method,amount\nR1,1,cash,3.00\n", encoding="utf-8")
    parts = lines(tmp_path / "l.csv", "R1 1 1.00", "R1 2 2.00")
    (refused, *_) = take(results, tmp_path, receipts=path, receipt_lines=parts, payments=paid)
    assert refused.imported is not None
    assert refused.imported.rows_rejected == 1
    shop = replace(SHOP, rates={"USD": "0.915"})
    take(results, tmp_path, shop=shop, receipts=path, receipt_lines=parts, payments=paid)
    assert results.read(RECEIPTS)[["total_minor", "original_currency", "original_total_minor"]].to_numpy().tolist() == [
        [275, "USD", 300]
    ]
    assert results.read(LINES)["line_total_minor"].tolist() == [92, 183]
    assert results.read(PAYMENTS)["amount_minor"].tolist() == [275]


def test_a_tills_own_totals_and_other_daily_files_are_stored(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("till_id,local_date,total\nT1,2026-03-02,12.90\nT1,2026-03-03,-1\n", encoding="utf-8")
    take(results, tmp_path, till_days=path)
    path.write_text("till_id,local_date,total\nT1,2026-03-02,12.90\nT1,2026-03-03,5\n", encoding="utf-8")
    (outcome,) = take(results, tmp_path, till_days=path)
    assert outcome.imported is not None
    assert (outcome.imported.rows_new, outcome.imported.rows_changed) == (0, 1)
    assert results.read(TILL_DAYS)["total_minor"].tolist() == [1290, 500]
    assert touched(results)["till_days"].count("2026-03-03") == 2, "once for each contents"
