"""Stories of members, and the published table of 995 of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics import frames
from analytics.purchases import Purchases, purchases
from analytics.segments import NAMED, OTHERS, scored, segments

from .store_days import receipts, rows_of

AS_OF = date(2026, 1, 31)
ZONE = "Europe/Berlin"


def members(*names: str, consent: bool = True) -> pd.DataFrame:
    rows = [(name, pd.Timestamp("2025-01-01"), None, None, None, consent) for name in names]
    return frames.check(pd.DataFrame(rows, columns=frames.MEMBERS.names), frames.MEMBERS)


def sold(slips: pd.DataFrame, people: pd.DataFrame, as_of: date = AS_OF) -> Purchases:
    """Receipts alone."""
    nothing = frames.empty(frames.LINES), people, frames.empty(frames.PRODUCTS)
    return purchases(slips, *nothing, as_of=as_of, time=ZONE)


def bought(day: str, cents: int, who: str, **differs: object) -> tuple[str, int, dict[str, object]]:
    return (f"{day} 10:00", cents, {"member_id": who, **differs})


def test_sales_count_and_returns_take_off_the_money_only() -> None:
    rows = receipts(
        bought("2026-01-10", 5000, "anna"),
        bought("2026-01-21", 3000, "anna"),
        bought("2026-01-28", 1000, "anna", kind="return"),
        bought("2026-01-29", 9000, "anna", kind="void"),
        bought("2026-01-30", 0, "anna"),
    )
    (anna,) = rows_of(segments(sold(rows, members("anna"))))
    assert (anna.recency_days, anna.frequency, anna.monetary_minor) == (10, 2, 7000)


def test_who_did_not_agree_is_not_scored_and_neither_is_who_never_bought() -> None:
    rows = receipts(bought("2026-01-10", 5000, "anna"), bought("2026-01-11", 5000, "ben"), ("2026-01-12 10:00", 700))
    both = pd.concat([members("anna", "carl"), members("ben", consent=False)])
    assert list(segments(sold(rows, both))["member_id"]) == ["anna"]


def test_the_day_ends_at_midnight_in_the_shop_and_tomorrow_is_not_known_yet() -> None:
    late = ("2026-01-31 23:30", 100, {"member_id": "anna"})
    after = ("2026-02-01 00:10", 100, {"member_id": "ben"})
    found = segments(sold(receipts(late, after), members("anna", "ben")))
    assert list(found["member_id"]) == ["anna"]
    assert list(found["recency_days"]) == [0]


def test_nobody_bought_anything() -> None:
    assert segments(sold(receipts(), members("anna"))).empty


def test_ties_do_not_break_the_fifths_and_bins_close_on_the_left() -> None:
    """Quantiles of 0..10 are 2, 4, 6, 8; one more is where the next score begins."""
    rows = pd.DataFrame({"recency_days": [0] * 11, "frequency": [1] * 11, "monetary_minor": range(11)})
    found = scored(rows)
    assert list(found["m"]) == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert set(found["f"]) == {1}
    assert set(found["r"]) == {5}


def test_the_first_segment_that_fits_is_the_name() -> None:
    rng = np.random.default_rng(2)
    rows = pd.DataFrame(
        {
            "recency_days": rng.integers(0, 300, 500),
            "frequency": rng.poisson(4, 500) + 1,
            "monetary_minor": rng.integers(1, 90_000, 500),
        }
    )
    found = scored(rows)
    for row in rows_of(found):
        fits = [
            named.name
            for named in NAMED
            if named.r[0] <= row.r <= named.r[1]
            and named.f[0] <= row.f <= named.f[1]
            and named.m[0] <= row.m <= named.m[1]
        ]
        assert row.segment == [*fits, OTHERS][0]
    assert {"Champions", "Lost", OTHERS} <= set(found["segment"])
