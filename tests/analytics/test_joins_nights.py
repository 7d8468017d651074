"""Pairs of one night are those of all nights at once, to the last digit, however quiet the shop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, joins
from analytics.joins import PairRules

ZONE = "Europe/Berlin"
DAYS, A_DAY = 40, 6


def quiet_shop(*, minutes: bool = False, renamed: int = DAYS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty days of six receipts at two tills over the change to summer time; from a day on all names are others."""
    rng = np.random.default_rng(1)
    seen: list[dict[str, Any]] = []
    sold: list[dict[str, Any]] = []
    for number in range(DAYS * A_DAY):
        day = number // A_DAY
        begin = pd.Timestamp("2026-03-01 09:00", tz=ZONE) + pd.DateOffset(days=day)
        paid = (begin + pd.Timedelta(seconds=int(rng.integers(0, 9 * 3600)))).tz_convert("UTC")
        came = paid - pd.Timedelta(seconds=int(rng.uniform(30, 90)))
        left = paid + pd.Timedelta(milliseconds=round(1000 * (5 + rng.normal(0, 1.5))))
        till, new = int(rng.integers(1, 3)), "new-" if day >= renamed else ""
        seen.append(
            {
                "camera_id": "floor", "zone_id": f"{new}till", "role": "till", "run_id": "r", "track_id": number,
                "entered": came, "left": left, "dwell_s": (left - came).total_seconds(), "start_cause": "crossed",
                "end_cause": "crossed", "confidence": 0.5, "x": 0.2 * till, "y": 0.5,
            }
        )  # fmt: skip
        sold.append(
            {
                "receipt_id": f"R{number:03}", "till_id": f"{new}T{till}", "kind": "sale", "total_minor": 100,
                "sold_at": paid.floor("min") if minutes else paid, "currency": "EUR", "member_id": None,
                "return_of": None,
            }
        )  # fmt: skip
    return frames.check(pd.DataFrame(seen), frames.STAYS), frames.check(pd.DataFrame(sold), frames.RECEIPTS)


@pytest.mark.slow
@pytest.mark.parametrize("told", [{}, {"minutes": True}, {"renamed": 25}])
def test_a_night_gives_the_pairs_of_the_whole(told: dict[str, Any]) -> None:
    seen, sold = quiet_shop(**told)
    clocks = joins.match_receipts(seen, sold, time_zone=ZONE).clocks
    whole = joins.match_receipts(seen, sold, clocks=clocks, time_zone=ZONE).pairs
    assert whole["track_id"].notna().mean() > 0.8
    for day in (0, 13, 26, 27, 29, 39):
        begin = (pd.Timestamp("2026-03-01", tz=ZONE) + pd.DateOffset(days=day)).tz_convert("UTC")
        end = begin + pd.Timedelta(days=1)
        near = (sold["sold_at"] >= begin - pd.Timedelta(days=PairRules().learn_days)) & (sold["sold_at"] < end)
        around = (seen["entered"] >= begin - pd.Timedelta(days=15)) & (seen["entered"] < end)
        alone = joins.match_receipts(
            seen[around].reset_index(drop=True),
            sold[near].reset_index(drop=True),
            clocks=clocks,
            time_zone=ZONE,
            since=begin.to_pydatetime(),
        ).pairs
        assert len(alone) >= A_DAY - 1
        same = whole[whole["receipt_id"].isin(alone["receipt_id"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, same, check_exact=True)


def test_a_day_is_quiet_when_few_of_its_receipts_can_be_paired() -> None:
    """Voids and drawer openings teach nothing, so with enough of them the days before are still needed."""
    _, sold = quiet_shop()
    rules = PairRules(learn_receipts=A_DAY)
    day = sold.iloc[:A_DAY]
    assert not joins.quiet(day, rules, ZONE)
    assert joins.quiet(day.assign(kind=["void", *day["kind"][1:]]), rules, ZONE)
    assert joins.quiet(day.assign(total_minor=[0, *day["total_minor"][1:]]), rules, ZONE)
    assert not joins.quiet(day.iloc[:0], rules, ZONE)
