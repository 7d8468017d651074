"""Payments and the tills' own totals of the fixture world agree with its receipts."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from history import History, simulate
from history_calendar import Span
from history_truth import daily_counts
from sales_payments import write_payments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def history() -> History:
    """Two weeks, as values."""
    return simulate(Span(date(2025, 10, 6), 2, 7))


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV by column names."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_payments_add_up_to_every_receipt_that_was_paid(history: History, tmp_path: Path) -> None:
    write_payments(history, tmp_path)
    paid: dict[str, int] = defaultdict(int)
    for row in rows(tmp_path / "payments.csv"):
        assert Decimal(row["amount"]) > 0
        paid[row["receipt_id"]] += int(Decimal(row["amount"]) * 100)
    receipts = [r for t in history.truths for r in t.receipts if r.kind in ("sale", "return") and r.total_minor]
    assert paid == {r.id: r.total_minor for r in receipts}


def test_the_tills_totals_are_the_truth_of_each_day(history: History, tmp_path: Path) -> None:
    write_payments(history, tmp_path)
    totals: dict[str, int] = defaultdict(int)
    sales: dict[str, int] = defaultdict(int)
    for row in rows(tmp_path / "till_days.csv"):
        totals[row["local_date"]] += int(Decimal(row["total"]) * 100)
        sales[row["local_date"]] += int(row["receipts"])
    for truth in history.truths:
        counts, day = daily_counts(truth), truth.day.date.isoformat()
        assert totals.get(day, 0) == counts["net_sales_minor"]
        assert sales.get(day, 0) == counts["receipts"]
