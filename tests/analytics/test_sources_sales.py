"""Currencies, signs, tax, tills, and the files that are parts of receipts or speak of days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import money
from analytics.sources import (
    SOURCES,
    Layout,
    Shop,
    Sifted,
    in_own_currency,
    match_receipts,
    match_totals,
    read,
    sift,
)

from .small_shop import LINE_HEADER, RECEIPT_HEADER

if TYPE_CHECKING:
    from pathlib import Path

SHOP = Shop("Europe/Berlin", "EUR")
RATES = replace(SHOP, rates={"USD": "0.9215", "JPY": "0.0061", "KWD": "2.999"})
AT = "2026-03-02T10:30:00"


def take(path: Path, kind: str, rows: list[str], shop: Shop = SHOP, layout: Layout | None = None) -> Sifted:
    """A file of these rows, read and sifted."""
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return sift(read(path), SOURCES[kind], shop, path.name, Layout() if layout is None else layout)


def with_receipts(shop: Shop, receipts: Sifted) -> Shop:
    """The shop that knows these receipts."""
    return replace(shop, receipts=receipts.frame.set_index("receipt_id"))


def told(result: Sifted) -> list[tuple[int, str, str]]:
    """Line, column and rule of every reject."""
    return list(result.rejects[["line", "column", "rule"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("minor", "currency", "to", "rate", "expected"),
    [
        (10000, "USD", "EUR", "0.9215", 9215),
        (1, "USD", "EUR", "0.5", 1),  # half a cent goes away from zero
        (-1, "USD", "EUR", "0.5", -1),
        (3, "USD", "EUR", "0.4999", 1),
        (1000, "JPY", "EUR", "0.0061", 610),
        (1000, "EUR", "JPY", "163.95", 1640),
        (1001, "KWD", "EUR", "2.999", 300),
        (99999999999999, "USD", "EUR", "0.1", 10000000000000),
    ],
)
def test_amounts_are_converted_exactly(minor: int, currency: str, to: str, rate: str, expected: int) -> None:
    found = money.converted(pd.Series([minor, None], dtype="Int64"), currency, to, rate)
    assert found[0] == expected
    assert found.isna()[1]


def test_another_currency_needs_a_stated_rate_and_is_kept_beside_it(tmp_path: Path) -> None:
    rows = [
        f"{RECEIPT_HEADER},tax",
        f"R1,T1,{AT},sale,100.00,USD,,,19.00",
        f"R2,T1,{AT},sale,1000,JPY,,,",
        f"R3,T1,{AT},sale,1.5,JPY,,,",
        f"R4,T1,{AT},sale,5.00,GBP,,,",
        f"R5,T1,{AT},sale,5.00,EUR,,,0.80",
    ]
    result = take(tmp_path / "r.csv", "receipts", rows, RATES)
    frame = result.frame.set_index("receipt_id")
    assert frame["currency"].unique().tolist() == ["EUR"]
    assert frame["total_minor"].to_dict() == {"R1": 9215, "R2": 610, "R5": 500}
    assert frame["tax_minor"].fillna(-1).to_dict() == {"R1": 1751, "R2": -1, "R5": 80}
    assert frame["original_currency"].fillna("").to_dict() == {"R1": "USD", "R2": "JPY", "R5": ""}
    assert frame["original_total_minor"].fillna(-1).to_dict() == {"R1": 10000, "R2": 1000, "R5": -1}
    assert told(result) == [
        (4, "total", "at most 0 decimals in JPY"),
        (5, "currency", "must be the store's own currency or one with a stated rate"),
    ]


@pytest.mark.slow
def test_lines_and_payments_in_another_currency_still_add_up(tmp_path: Path) -> None:
    """Each receipt's parts add up to its converted total, whatever the roundings of its lines."""
    rng = np.random.default_rng(7)
    receipts, lines, payments = [RECEIPT_HEADER], [LINE_HEADER], ["receipt_id,payment_no,method,amount"]
    for n in range(60):
        currency = str(rng.choice(["USD", "JPY", "KWD", "EUR"]))
        scale = money.DECIMALS[currency]
        total = 0
        for number in range(int(rng.integers(1, 7))):
            quantity, price = int(rng.integers(1, 5)), int(rng.integers(1, 5001))
            discount = int(rng.integers(0, price + 1))
            total += quantity * price - discount
            amounts = (f"{x / 10**scale:.{scale}f}" for x in (price, discount, quantity * price - discount))
            lines.append(f"R{n},{number},P1,{quantity},{','.join(amounts)}")
        receipts.append(f"R{n},T1,{AT},sale,{total / 10**scale:.{scale}f},{currency},,")
        first = total // 3
        payments += [f"R{n},{k},card,{x / 10**scale:.{scale}f}" for k, x in enumerate((first, total - first))]
    lines[1:] = list(rng.permutation(lines[1:]))
    sold = take(tmp_path / "r.csv", "receipts", receipts, RATES)
    shop = with_receipts(RATES, sold)
    matched = match_totals(take(tmp_path / "l.csv", "receipt_lines", lines, shop), sold.frame)
    assert matched.rejects.empty
    own = in_own_currency(matched.frame, "line_total_minor", shop)
    totals = sold.frame.set_index("receipt_id")["total_minor"]
    assert own.groupby("receipt_id")["line_total_minor"].sum().to_dict() == totals.to_dict()
    assert (own["quantity"] * own["unit_price_minor"] - own["discount_minor"] == own["line_total_minor"]).all()
    assert (own[["unit_price_minor", "discount_minor", "line_total_minor"]] >= 0).all(axis=None)
    paid = match_receipts(take(tmp_path / "p.csv", "payments", payments, shop), sold.frame)
    mine = in_own_currency(paid.frame, "amount_minor", shop)
    assert mine.groupby("receipt_id")["amount_minor"].sum().to_dict() == totals.to_dict()


@pytest.mark.parametrize(
    ("quantity", "price", "total", "own"),
    [
        # 30 USD are 27.645 EUR; three times 9.22 EUR is a cent more, which the discount takes off.
        (3, "10.00", "30.00", [922, 1, 2765]),
        # 1 USD is 0.92 EUR, but ten are 9.22: the price must not be too small for its total.
        (10, "1.00", "10.00", [93, 8, 922]),
    ],
)
def test_a_converted_price_fits_its_total(
    tmp_path: Path, quantity: int, price: str, total: str, own: list[int]
) -> None:
    sold = take(tmp_path / "r.csv", "receipts", [RECEIPT_HEADER, f"R1,T1,{AT},sale,{total},USD,,"], RATES)
    shop = with_receipts(RATES, sold)
    lines = take(tmp_path / "l.csv", "receipt_lines", [LINE_HEADER, f"R1,1,P1,{quantity},{price},0.00,{total}"], shop)
    found = in_own_currency(lines.frame, "line_total_minor", shop)
    assert found[["unit_price_minor", "discount_minor", "line_total_minor"]].to_numpy().tolist() == [own]


def test_a_till_that_writes_returns_as_negative_numbers(tmp_path: Path) -> None:
    layout = Layout(signed=True)
    rows = [
        RECEIPT_HEADER,
        f"R1,T1,{AT},sale,12.90,EUR,,",
        f"R2,T1,{AT},sale,-12.90,EUR,,R1",
        f"R3,T1,{AT},return,5.00-,EUR,,",
        f"R4,T1,{AT},sale,12.90,EUR,,R1",
    ]
    sold = take(tmp_path / "r.csv", "receipts", rows, layout=layout)
    assert sold.frame[["receipt_id", "kind", "total_minor"]].to_numpy().tolist() == [
        ["R1", "sale", 1290],
        ["R2", "return", 1290],
        ["R3", "return", 500],
    ]
    assert told(sold) == [(5, "return_of", "only a return names the receipt that it returns")]
    shop = with_receipts(SHOP, sold)
    lines = [
        LINE_HEADER,
        "R1,1,P1,1,12.90,0.00,12.90",
        "R2,1,P1,-1,12.90,0.00,-12.90",
        "R3,1,P1,1,-5.00,0.00,-5.00",
        "R1,2,P1,-1,1.00,0.00,-1.00",
        "R2,2,P1,1,1.00,0.00,1.00",
    ]
    result = take(tmp_path / "l.csv", "receipt_lines", lines, shop, layout)
    assert result.frame[["receipt_id", "quantity", "unit_price_minor", "line_total_minor"]].to_numpy().tolist() == [
        ["R1", 1, 1290, 1290],
        ["R2", 1, 1290, 1290],
        ["R3", 1, 500, 500],
    ]
    assert told(result) == [(n, "receipt_id", "its sign must be that of its receipt") for n in (5, 6)]
    paid = ["receipt_id,payment_no,method,amount", "R1,1,cash,12.90", "R2,1,cash,-12.90", "R1,2,cash,-1.00"]
    payments = take(tmp_path / "p.csv", "payments", paid, shop, layout)
    assert payments.frame["amount_minor"].tolist() == [1290, 1290]


def test_without_signed_negative_numbers_are_refused(tmp_path: Path) -> None:
    sold = take(tmp_path / "r.csv", "receipts", [RECEIPT_HEADER, f"R1,T1,{AT},sale,-12.90,EUR,,"])
    assert told(sold) == [(2, "total", "must not be negative: the kind carries the sign")]


def test_tax_is_part_of_the_total_only_where_it_is_included(tmp_path: Path) -> None:
    rows = [f"{RECEIPT_HEADER},tax", f"R1,T1,{AT},sale,1.00,EUR,,,1.01", f"R2,T1,{AT},sale,1.00,EUR,,,0.19"]
    assert told(take(tmp_path / "a.csv", "receipts", rows)) == [
        (2, "tax", "must not be more than the total, of which it is a part")
    ]
    assert take(tmp_path / "a.csv", "receipts", rows, replace(SHOP, tax="excluded")).rejects.empty


def test_receipts_of_other_tills_are_refused_where_the_tills_are_stated(tmp_path: Path) -> None:
    rows = [RECEIPT_HEADER, f"R1,T1,{AT},sale,1.00,EUR,,", f"R2,T7,{AT},sale,1.00,EUR,,"]
    result = take(tmp_path / "r.csv", "receipts", rows, replace(SHOP, tills=("T1", "T2")))
    assert told(result) == [(3, "till_id", "no till of this store; its tills are T1, T2")]


def test_a_receipt_cannot_be_later_than_its_file(tmp_path: Path) -> None:
    rows = [RECEIPT_HEADER, f"R1,T1,{AT},sale,1.00,EUR,,", "R2,T1,2026-03-03T10:30:00,sale,1.00,EUR,,"]
    shop = replace(SHOP, latest=pd.Timestamp("2026-03-02T23:00:00Z"))
    assert told(take(tmp_path / "r.csv", "receipts", rows, shop)) == [
        (3, "sold_at", "is later than the file itself: the clock is ahead")
    ]


def test_a_row_that_clashes_with_a_broken_one_is_right(tmp_path: Path) -> None:
    rows = [RECEIPT_HEADER, f"R1,T1,{AT},sale,1.00,GBP,,", f"R1,T1,{AT},sale,1.00,EUR,,"]
    result = take(tmp_path / "r.csv", "receipts", rows)
    assert result.frame["receipt_id"].tolist() == ["R1"]
    assert told(result) == [(2, "currency", "must be the store's own currency")]


@pytest.mark.parametrize(
    ("kind", "rows", "rules"),
    [
        (
            "payments",
            ["receipt_id,payment_no,method,amount", "R1,1,cash,1.00", "R1,x,,-1.00"],
            ["must be a whole number", "must not be empty", "must not be negative: the kind carries the sign"],
        ),
        (
            "till_days",
            ["till_id,local_date,total,receipts", "T1,2026-03-02,-12.90,3", "T1,2026-02-30,--1,-3"],
            ["must be a date such as 2026-03-01", "must be a plain decimal number such as 12.90", "must be at least 0"],
        ),
        (
            "card_swipes",
            ["member_id,reader_id,swiped_at", f"M1,T1,{AT}", ",T1,soon"],
            ["must not be empty", "must be a date and time such as 2026-03-01T14:05:00"],
        ),
        (
            "rota",
            [
                "shift_id,begins,ends,people,floor",
                "S1,2026-03-02T09:00:00,2026-03-02T17:00:00,2,true",
                "S2,2026-03-02T17:00:00,2026-03-02T09:00:00,2,true",
            ],
            ["must end after it begins"],
        ),
        (
            "weather",
            ["local_date,condition,temperature_c,rain_mm", "2026-03-02,rain,-3.5,", "2026-03-03,rain,warm,-1"],
            ["must be a number such as -61.5", "must be at least 0"],
        ),
    ],
)
def test_every_further_kind_of_file_keeps_its_rules(
    tmp_path: Path, kind: str, rows: list[str], rules: list[str]
) -> None:
    result = take(tmp_path / "f.csv", kind, rows)
    assert len(result.frame) == 1
    assert {line for line, _, _ in told(result)} == {3}
    assert result.rejects["rule"].tolist() == rules
    assert result.rows_rejected == 1


def test_missing_values_elsewhere_hide_no_broken_rule(tmp_path: Path) -> None:
    """Most rows have no member and no return: a check that skips rows with something missing would see nothing."""
    rows = [RECEIPT_HEADER, f"R1,T1,{AT},sale,1.00,USD,,"]
    assert told(take(tmp_path / "r.csv", "receipts", rows)) == [(2, "currency", "must be the store's own currency")]
