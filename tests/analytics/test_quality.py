"""What only shows beside the rest: gaps, totals that differ, things that point at nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analytics import quality
from analytics.cli import main
from analytics.frames import (
    HOURS_OPEN,
    LINES,
    PAYMENTS,
    QUALITY,
    RECEIPTS,
    TILL_DAYS,
    StoreTime,
    Window,
    check,
    day_window,
    empty,
)
from analytics.opening import Opening
from analytics.quality import FileCounts, Refused, Sales
from analytics.quality.gaps import closed, gaps, silent_days
from analytics.quality.references import cards, returns, unknown_products
from analytics.quality.totals import parts_add_up, till_totals

from .small_shop import LINE_HEADER, MONDAY, RECEIPT_HEADER, clock, open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = StoreTime("Europe/Berlin")
HOURS = pd.DataFrame([(w, 540, 1200) for w in range(6)], columns=list(HOURS_OPEN.names))
OPENING = Opening(HOURS, "Europe/Berlin")
DAY = day_window(MONDAY, "Europe/Berlin")
WEEK = Window.of(MONDAY, MONDAY + timedelta(days=7), "Europe/Berlin")


def receipts(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Receipts of ``(id, till, moment, kind, total, member, return_of)``, the last three optional."""
    names = ["receipt_id", "till_id", "sold_at", "kind", "total_minor", "member_id", "return_of"]
    full = [(*row, *("sale", 100, None, None)[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(full, columns=names).assign(currency="EUR")
    return check(frame.astype({"member_id": "str", "return_of": "str"}), RECEIPTS) if rows else empty(RECEIPTS)


def said(found: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of a report, after it was held to its contract."""
    return list(check(found, QUALITY)[list(columns)].astype("object").itertuples(index=False, name=None))


def every(minutes: int, till: str = "T1", days: int = 1, *, without: tuple[int, int] = (0, 0)) -> pd.DataFrame:
    """Receipts from 09:00 to 20:00 each day so many minutes apart; on the last day none in some hours."""
    rows = []
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        for at in range(540, 1200, minutes):
            if number == days - 1 and without[0] <= at // 60 < without[1]:
                continue
            rows.append((f"{till}-{number}-{at}", till, clock(day, at // 60, at % 60)))
    return receipts(*rows)


# --- gaps ------------------------------------------------------------------------------------------------------------


def test_a_till_that_prints_all_day_has_no_gaps() -> None:
    assert gaps(every(10), OPENING, *DAY).empty
    assert gaps(receipts(), OPENING, *DAY).empty


def test_open_hours_without_a_receipt_are_counted_and_the_longest_gap_is_named() -> None:
    found = gaps(every(5, days=5, without=(13, 16)), OPENING, WEEK.since, WEEK.until)
    friday = pd.Timestamp(MONDAY + timedelta(days=4))
    assert said(found, "local_date", "till_id", "rows", "verdict", "detail") == [
        (friday, "T1", 3, "look", "no receipt from 12:55 to 16:00")
    ]


def test_a_slow_till_may_be_silent_for_a_while() -> None:
    """Two receipts an hour: three hours without one lack six, which may be chance; all day lacks twenty-two."""
    three = gaps(every(30, days=5, without=(13, 16)), OPENING, WEEK.since, WEEK.until)
    assert said(three, "rows", "verdict") == [(3, "ok")]
    first, second = every(30, days=5, without=(9, 20)), every(30, "T2", days=6)
    later = receipts(("T1-x", "T1", clock(MONDAY + timedelta(days=5), 9)))
    all_day = gaps(pd.concat([first, second, later], ignore_index=True), OPENING, WEEK.since, WEEK.until)
    assert said(all_day, "till_id", "rows", "verdict", "detail")[0] == ("T1", 11, "look", "no receipt all day")


def test_a_till_that_rests_every_noon_has_no_gap_worth_a_look() -> None:
    busy = every(5, days=6)
    hour = busy["sold_at"].dt.tz_convert("Europe/Berlin").dt.hour
    found = gaps(busy[(hour < 12) | (hour >= 16)].reset_index(drop=True), OPENING, WEEK.since, WEEK.until)
    assert said(found, "rows", "verdict") == [(4, "ok")] * 6


def test_a_till_counts_from_its_first_day_to_its_last() -> None:
    found = gaps(every(5, days=2), OPENING, WEEK.since, WEEK.until)
    assert found.empty


def test_open_days_without_any_receipt_are_told_from_the_first_receipt_to_today() -> None:
    """Sold on Tuesday and Thursday; the store opened on Monday, and it is Friday afternoon. Sunday it is closed."""
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    sold = receipts(("R1", "T1", clock(days[1], 12)), ("R2", "T2", clock(days[3], 20)))

    def silent(first: datetime | None, until: datetime) -> list[int]:
        found = silent_days(sold, OPENING, WEEK.since, until, first)
        assert {*found["verdict"], *found["check"]} == {"look", "day"} or found.empty
        return [(day.date() - MONDAY).days for day in found["local_date"]]

    assert silent(clock(days[1], 12), clock(days[4], 15)) == [2]
    assert silent(clock(days[0], 8), clock(days[4], 20)) == [0, 2, 4]
    assert silent(clock(days[0], 9, 30), WEEK.until) == [0, 2, 4, 5]
    assert silent(None, WEEK.until) == []
    assert silent(WEEK.until, WEEK.until) == []


def test_a_week_whose_files_never_came_is_told() -> None:
    whole = Sales(receipts(), empty(LINES), empty(PAYMENTS), empty(TILL_DAYS), receipts(), frozenset())
    before = clock(MONDAY - timedelta(days=9), 10)
    found = quality.quality(empty(QUALITY), replace(whole, first=before), OPENING, WEEK.since, WEEK.until)
    assert len(found) == 6
    late = replace(whole, first=before, ended=clock(MONDAY + timedelta(days=1), 19))
    assert len(quality.quality(empty(QUALITY), late, OPENING, WEEK.since, WEEK.until)) == 1


def test_of_many_rows_the_first_are_named() -> None:
    rows = [(f"R{n}", "T1", clock(MONDAY, 3)) for n in range(5)]
    assert said(closed(receipts(*rows), OPENING), "rows", "detail") == [
        (5, "receipts while the store was closed (is the till's clock right?): R0, R1, R2 and 2 more")
    ]


def test_receipts_of_a_closed_store_are_told_beyond_the_last_customers() -> None:
    sunday = MONDAY + timedelta(days=6)
    rows = [
        ("R1", "T1", clock(MONDAY, 20, 20)),  # still in the queue at closing
        ("R2", "T1", clock(MONDAY, 21, 0)),
        ("R3", "T1", clock(sunday, 12)),  # a clock that is a day off
        ("R4", "T1", clock(sunday, 12), "training"),
        ("R5", "T2", clock(MONDAY, 8, 45)),
    ]
    assert said(closed(receipts(*rows), OPENING), "local_date", "till_id", "rows", "verdict") == [
        (pd.Timestamp(MONDAY), "T1", 1, "look"),
        (pd.Timestamp(sunday), "T1", 1, "look"),
    ]
    assert closed(receipts(), OPENING).empty


# --- totals ----------------------------------------------------------------------------------------------------------


def till_days(*rows: tuple[str, int, int, int | None]) -> pd.DataFrame:
    """What tills say: till, days after Monday, total, sales."""
    frame = pd.DataFrame(rows, columns=["till_id", "local_date", "total_minor", "receipts"])
    days = [pd.Timestamp(MONDAY + timedelta(days=n)) for n in frame["local_date"]]
    return check(frame.assign(local_date=days, receipts=frame["receipts"].astype("Int64")), TILL_DAYS)


def test_amounts_are_held_against_the_tills_own_total() -> None:
    tuesday = MONDAY + timedelta(days=1)
    sold = receipts(
        ("R1", "T1", clock(MONDAY, 10), "sale", 1000),
        ("R2", "T1", clock(MONDAY, 11), "return", 300),
        ("R3", "T1", clock(MONDAY, 11), "void", 9999),
        ("R4", "T1", clock(MONDAY, 11), "sale", 0),
        ("R5", "T1", clock(tuesday, 11), "sale", 500),
        ("R6", "T2", clock(MONDAY, 11), "sale", 500),
        ("R7", "T2", clock(tuesday, 11), "sale", 500),
        ("R8", "T3", clock(tuesday, 11), "sale", 500),
    )
    theirs = till_days(("T1", 0, 700, 1), ("T1", 1, 499, 1), ("T1", 2, 100, 1), ("T1", 3, 0, 0), ("T2", 0, 500, 2))
    found = till_totals(sold, theirs, BERLIN)
    assert said(
        found.fillna({"amount_minor": -1, "expected_minor": -1}), "till_id", "amount_minor", "expected_minor", "detail"
    ) == [
        ("T1", 700, 700, "equal"),
        ("T2", 500, 500, "the till counts another number of sales"),
        ("T1", 500, 499, "differs from the till's own total"),
        ("T2", 500, -1, "the till says nothing of this day"),
        ("T1", -1, 100, "no receipt of this day was imported"),
        ("T1", -1, 0, "equal"),
    ]
    assert found["verdict"].tolist() == ["ok", "look", "look", "look", "look", "ok"]
    assert till_totals(sold, empty(TILL_DAYS), BERLIN).empty, "a till that says nothing is not missed"
    assert len(till_totals(receipts(), theirs, BERLIN)) == 5


def test_after_midnight_a_total_belongs_to_the_evening_before() -> None:
    sold = receipts(("R1", "T1", clock(MONDAY + timedelta(days=1), 1), "sale", 1000))
    assert said(till_totals(sold, till_days(("T1", 0, 1000, 1)), StoreTime("Europe/Berlin", 240)), "detail") == [
        ("equal",)
    ]


def test_lines_and_payments_that_do_not_add_up_are_reported() -> None:
    sold = receipts(
        ("R1", "T1", clock(MONDAY, 10), "sale", 1000),
        ("R2", "T1", clock(MONDAY, 11), "sale", 500),
        ("R3", "T1", clock(MONDAY, 12), "sale", 700),
        ("R4", "T1", clock(MONDAY, 12), "sale", 0),
    )
    rows = [("R1", 1, 400), ("R1", 2, 600), ("R2", 1, 400)]
    lines = pd.DataFrame(rows, columns=["receipt_id", "line_no", "line_total_minor"]).assign(
        product_id="P1", quantity=1, discount_minor=0
    )
    lines = check(lines.assign(unit_price_minor=lines["line_total_minor"]), LINES)
    columns = ("source", "rows", "amount_minor", "expected_minor", "detail")
    assert said(parts_add_up(sold, lines, BERLIN), *columns) == [
        ("receipt_lines", 1, 400, 500, f"{quality.LINES_DIFFER}: R2"),
        ("receipt_lines", 1, 0, 700, "receipts over more than nothing without lines: R3"),
    ]
    paid = pd.DataFrame(
        {"receipt_id": ["R1", "R3"], "payment_no": [1, 1], "method": "cash", "amount_minor": [999, 700]}
    )
    assert said(parts_add_up(sold, check(paid, PAYMENTS), BERLIN), *columns) == [
        ("payments", 1, 999, 1000, f"{quality.PAYMENTS_DIFFER}: R1")
    ]
    assert parts_add_up(sold, empty(PAYMENTS), BERLIN).empty


# --- what points at something else -----------------------------------------------------------------------------------


def test_returns_are_held_against_their_sale() -> None:
    sold = receipts(
        ("S1", "T1", clock(MONDAY, 10)), ("S2", "T1", clock(MONDAY, 15)), ("S3", "T1", clock(MONDAY, 9), "void")
    )
    back = receipts(
        *((f"R{n}", "T1", clock(MONDAY, 12), "return", 100, None, of) for n, of in enumerate(("S1", "S2", "S3", "S9"))),
        ("R9", "T1", clock(MONDAY, 12), "return"),
    )
    assert sorted(said(returns(back, sold, BERLIN), "rows", "detail")) == [
        (1, "returns of receipts that are no sale: R2"),
        (1, "returns of receipts that were never imported: R3"),
        (1, "returns that come before their sale (is a till's clock right?): R1"),
    ]
    assert said(returns(back[:1], sold, BERLIN), "detail") == []


def test_unknown_products_are_counted_and_nothing_is_said_without_products() -> None:
    rows = [("R1", 1, "P1", 100), ("R1", 2, "P9", 200), ("R2", 1, "P9", 300)]
    lines = pd.DataFrame(rows, columns=["receipt_id", "line_no", "product_id", "line_total_minor"])
    assert said(unknown_products(lines, {"P1"}), "rows", "amount_minor", "detail") == [(2, 500, "unknown product P9")]
    assert unknown_products(lines, frozenset()).empty


def test_one_card_at_two_tills_at_once_is_told() -> None:
    rows = [
        ("R1", "T1", clock(MONDAY, 10, 0), "sale", 100, "M1"),
        ("R2", "T2", clock(MONDAY, 10, 0, 40), "sale", 100, "M1"),
        ("R3", "T2", clock(MONDAY, 10, 1), "sale", 100, "M1"),  # the same till again
        ("R4", "T1", clock(MONDAY, 11), "sale", 100, "M1"),
        ("R5", "T2", clock(MONDAY, 10, 0, 30), "sale", 100, "M2"),
    ]
    assert said(cards(receipts(*rows), BERLIN), "till_id", "rows") == [("T2", 1)]


# --- the whole report ------------------------------------------------------------------------------------------------


def test_every_row_of_a_file_is_accounted_for() -> None:
    counts = {"read": 10, "kept": 7, "rejected": 2, "duplicate": 1, "new": 6, "changed": 1}
    files = [FileCounts("receipts", "a.csv", counts, "semicolon-separated")]
    found = quality.file_checks(files, [Refused("receipts", "a.csv", "total: must not be negative", 2)])
    assert said(found.fillna({"detail": ""}), "check", "rows", "detail", "verdict")[:3] == [
        ("read", 10, "", "ok"),
        ("kept", 7, "", "ok"),
        ("duplicate", 1, "", "ok"),
    ]
    assert found["check"].tolist() == ["read", "kept", "duplicate", "new", "changed", "rejected", "note", "rejected"]
    lost = quality.file_checks([FileCounts("receipts", "a.csv", counts | {"kept": 6})])
    assert said(lost, "check", "verdict")[0] == ("read", "look")


def test_tax_and_conversions_are_said() -> None:
    sold = receipts(("R1", "T1", clock(MONDAY, 10)), ("R2", "T1", clock(MONDAY, 11)))
    sold["original_currency"] = pd.Series(["USD", None], dtype="str")
    whole = Sales(sold, empty(LINES), empty(PAYMENTS), empty(TILL_DAYS), receipts(), frozenset(), "excluded")
    found = quality.quality(empty(QUALITY), whole, OPENING, *DAY)
    assert said(found, "check", "rows", "detail")[:2] == [
        ("tax", 0, "totals: tax excluded, as stated"),
        ("converted", 1, "paid in USD, converted at the stated rate"),
    ]


def test_nothing_imported_is_an_empty_report() -> None:
    nothing = Sales(receipts(), empty(LINES), empty(PAYMENTS), empty(TILL_DAYS), receipts(), frozenset())
    assert quality.quality(empty(QUALITY), nothing, OPENING, *DAY).empty


@pytest.mark.slow
def test_the_command_tells_the_whole_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_shop(tmp_path / "footfall.sqlite")
    sell(tmp_path / "sales")
    config = settings(tmp_path)
    bad = f"{RECEIPT_HEADER}\nR9,T1,{MONDAY}T11:00:00,sale,-1.00,EUR,,\nR8,T1,{MONDAY}T23:00:00,return,1.00,EUR,,X\n"
    (tmp_path / "sales" / "receipts2.csv").write_text(bad.replace(",", ";"), encoding="utf-8")
    (tmp_path / "sales" / "receipt_lines2.csv").write_text(
        f"{LINE_HEADER}\nR8,1,P7,1,1.00,0.00,1.00\n", encoding="utf-8"
    )
    (tmp_path / "sales" / "payments.csv").write_text(
        "receipt_id,payment_no,method,amount\nR8,1,cash,2.00\n", encoding="utf-8"
    )
    (tmp_path / "sales" / "till_days.csv").write_text(
        f"till_id,local_date,total\nT1,{MONDAY},60.00\n", encoding="utf-8"
    )
    (tmp_path / "sales" / "products_x.csv").write_bytes(b"PK\x03\x04")
    more = 'payments = ["sales/payments.csv"]\ntill_days = ["sales/till_days.csv"]\n'
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert main(["import", "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert "receipts2.csv: semicolon-separated" in said
    window = ["--since", f"{MONDAY}", "--until", f"{MONDAY + timedelta(days=1)}"]
    assert main(["quality", "--config", str(config), *window, "--csv"]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out))
    told = set(found.loc[found["verdict"] == "look", ["check", "detail"]].itertuples(index=False, name=None))
    assert told >= {
        ("rejected", "total: must not be negative: the kind carries the sign"),
        ("closed", "receipts while the store was closed (is the till's clock right?): R8"),
        ("till_total", "differs from the till's own total"),
        ("payments", f"{quality.PAYMENTS_DIFFER}: R8"),
        ("return", "returns of receipts that were never imported: R8"),
        ("product", "unknown product P7"),
        ("unread", "is an Excel workbook or a ZIP archive, not text, whatever its name says: export it as CSV"),
    }
    assert main(["quality", "--config", str(config), *window]) == 0
    shown = capsys.readouterr().out
    assert "imported sales, 2026-03-02 to 2026-03-02" in shown.lower()
    assert "receipts2.csv: semicolon-separated" in shown, "on a line of its own, not folded into a cell"
    assert main(["quality", "--config", str(config), "--since", "2026-03-03", "--until", "2026-03-03"]) == 2
    assert "must be after --since" in capsys.readouterr().err


def test_the_window_is_the_business_day() -> None:
    assert (datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)) == DAY
