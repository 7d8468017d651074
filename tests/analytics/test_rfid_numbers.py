"""Items into counts by day and product, try-to-buy with its interval, and the list to check."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from analytics import frames, rfid

from .store_days import at, rows_of

ROWS = [("P1", "Coat", "coats"), ("P2", "Cape", "coats"), ("P3", "Boot", "boots")]
PRODUCTS = frames.check(
    pd.DataFrame([(p, "9521101000016", n, "", c, 1, 1) for p, n, c in ROWS], columns=frames.PRODUCTS.names),
    frames.PRODUCTS,
)


def outcomes(*rows: tuple[str, str, str | None, str]) -> pd.DataFrame:
    """Outcomes from (local day and time, role, product, outcome)."""
    found = [
        {
            "epc": f"E{number}",
            "reader_id": "gate",
            "first_at": pd.Timestamp(at(row[0])),
            "role": row[1],
            "product_id": row[2],
            "outcome": row[3],
            "probability": None if row[3] == "unknown" else 0.97,
            "receipt_id": None,
            "reason": "no receipt of this product is near",
            "camera_id": None,
            "run_id": None,
            "track_id": None,
            "stays": None,
            "stay_probability": None,
        }
        for number, row in enumerate(rows)
    ]
    return frames.check(pd.DataFrame(found), frames.ITEM_OUTCOMES)


def tries(bought: int, not_bought: int, unknown: int = 0, product: str = "P1") -> pd.DataFrame:
    told = ["tried_bought"] * bought + ["tried_not_bought"] * not_bought + ["unknown"] * unknown
    return rfid.items_daily(
        outcomes(*(("2026-01-05 10:00", "fitting_room", product, outcome) for outcome in told)), "Europe/Berlin"
    )


def test_items_are_counted_on_the_stores_own_day_and_unknown_ones_by_place() -> None:
    found = rfid.items_daily(
        outcomes(
            ("2026-01-05 23:59", "exit", "P1", "sold"),
            ("2026-01-06 00:00", "exit", "P1", "sold"),
            ("2026-01-06 10:00", "exit", "P1", "unknown"),
            ("2026-01-06 10:00", "fitting_room", "P1", "unknown"),
            ("2026-01-06 10:00", "exit", None, "unknown"),
            ("2026-01-06 10:00", "exit", "P2", "left_unpaid"),
        ),
        "Europe/Berlin",
    )
    rows = {(f"{row.local_date:%m-%d}", row.product_id): row for row in rows_of(found)}
    assert list(rows) == [("01-05", "P1"), ("01-06", "P1"), ("01-06", "P2")]
    second = rows["01-06", "P1"]
    assert (second.sold, second.exit_unknown, second.tried_unknown, second.left_unpaid) == (1, 1, 1, 0)
    assert rows["01-06", "P2"].left_unpaid == 1


def test_no_items_are_no_rows() -> None:
    assert rfid.items_daily(frames.empty(frames.ITEM_OUTCOMES), "Europe/Berlin").empty
    assert rfid.try_to_buy(frames.empty(frames.ITEMS_DAILY), PRODUCTS, "category").empty
    assert rfid.to_check(frames.empty(frames.ITEM_OUTCOMES), PRODUCTS).empty


@pytest.mark.parametrize(("bought", "not_bought"), [(3, 7), (1, 0), (0, 4), (95, 5)])
def test_conversion_has_wilsons_interval(bought: int, not_bought: int) -> None:
    found: Any = rfid.try_to_buy(tries(bought, not_bought), PRODUCTS).iloc[0]
    n, p, z = bought + not_bought, bought / (bought + not_bought), 1.959964
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (found["tries"], found["bought"], found["conversion"]) == (n, bought, pytest.approx(p))
    assert found["low"] == pytest.approx(max(0.0, middle - half), abs=1e-6)
    assert found["high"] == pytest.approx(min(1.0, middle + half), abs=1e-6)


def test_tries_of_which_nothing_is_known_are_no_denominator_and_no_zero() -> None:
    found: Any = rfid.try_to_buy(tries(0, 0, unknown=3), PRODUCTS).iloc[0]
    assert (found["tries"], found["unknown"]) == (0, 3)
    assert pd.isna([found["conversion"], found["low"], found["high"]]).all()


def test_a_category_is_the_ratio_of_its_sums() -> None:
    items = pd.concat([tries(1, 1), tries(1, 7, product="P2"), tries(2, 0, product="P3"), tries(1, 0, product="P9")])
    found = rfid.try_to_buy(items, PRODUCTS, "category").set_index("group")
    assert found.loc["coats", "conversion"] == 0.2
    assert list(found.index) == ["coats", "boots", "unknown"]
    assert list(rfid.try_to_buy(items, PRODUCTS, "all")["tries"]) == [13]
    assert list(rfid.try_to_buy(items, PRODUCTS, "day")["group"]) == ["2026-01-05"]


def test_an_unknown_grouping_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'colour': known are product, category, day, all"):
        rfid.try_to_buy(tries(1, 1), PRODUCTS, "colour")


def test_the_list_to_check_holds_only_what_no_receipt_explains_with_its_doubt() -> None:
    found = rfid.to_check(
        outcomes(
            ("2026-01-06 10:00", "exit", "P2", "left_unpaid"),
            ("2026-01-05 10:00", "exit", "P1", "left_unpaid"),
            ("2026-01-05 10:00", "exit", "P1", "unknown"),
            ("2026-01-05 10:00", "exit", "P1", "sold"),
        ),
        PRODUCTS,
    )
    assert list(found["name"]) == ["Coat", "Cape"]
    assert list(found["probability"]) == [0.97, 0.97]
    assert found["reason"].notna().all()
