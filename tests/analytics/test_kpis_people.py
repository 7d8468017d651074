"""How many people it takes, who buys what he looks at, and totals with their gaps filled."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, kpis

from .random_store import CALM, FIRST, store
from .store_days import rows_of, stays


def test_the_suggested_hours_add_up_to_those_worked_where_the_target_is_the_stores_own() -> None:
    rollups, *_ = store(15)
    until = FIRST + timedelta(weeks=9)
    found = kpis.staffing(rollups.hourly, rollups.labour, until)
    assert found.reason is None
    assert found.own
    since = pd.Timestamp(until - timedelta(weeks=6))
    assert rollups.labour is not None
    worked = {r.hour_utc: r.labour_s / 3600 for r in rows_of(rollups.labour)}
    mine = [r for r in rows_of(rollups.hourly) if r.local_date >= since and r.status == "ok"]
    mine = [r for r in mine if r.local_date.date() != FIRST + timedelta(days=50)]
    target = sum(r.visits for r in mine) / sum(worked.get(r.hour_utc, 0.0) for r in mine)
    assert found.target == pytest.approx(target)
    for row in rows_of(found.rows):
        same = [r for r in mine if (r.weekday, r.local_hour) == (row.weekday, row.local_hour)]
        assert row.visits == statistics.median(r.visits for r in same)
        assert row.labour_h == pytest.approx(statistics.fmean(worked.get(r.hour_utc, 0.0) for r in same))
        assert row.suggested_h == pytest.approx(row.visits / target)
    twice = kpis.staffing(rollups.hourly, rollups.labour, until, target=2 * target)
    assert not twice.own
    assert (twice.rows["suggested_h"] * 2).to_numpy() == pytest.approx(found.rows["suggested_h"].to_numpy())


def test_too_little_history_and_no_rota_are_said() -> None:
    rollups, *_ = store(15, weeks=4)
    until = FIRST + timedelta(weeks=4)
    short = kpis.staffing(rollups.hourly, rollups.labour, until)
    assert (short.target, short.rows.empty) == (None, True)
    assert "too little history" in str(short.reason)
    assert kpis.staffing(rollups.hourly, None, until).reason == "no rota is known"


def test_the_funnel_counts_each_step_by_its_own_means() -> None:
    rollups, *_ = store(16, weeks=2)
    sold = pd.DataFrame({"local_date": pd.Timestamp(FIRST), "category": ["Outerwear", ""], "receipts": [7, 3]})
    names = {"coats": "Outerwear", "till": "Shoes"}
    found = kpis.funnel(rollups.zones, sold, names, {"Outerwear": 4}).set_index(["zone", "step"])["count"]
    zones = rollups.zones[(rollups.zones["camera_id"] == "back") & (rollups.zones["zone_id"] == "coats")]
    assert found["back/coats", "engaged"] == zones["stays"].sum()
    assert found["back/coats", "entered"] == zones["stays"].sum() + zones["pass_through"].sum()
    assert (found["back/coats", "tried"], found["back/coats", "bought"]) == (4, 7)
    assert (found["floor/till", "tried"], found["floor/till", "bought"]) == (0, 0)
    silent = kpis.funnel(rollups.zones, sold.iloc[:0], names).set_index(["zone", "step"])
    assert silent.loc[("back/coats", "tried"), "reason"] == "no reader in a fitting room"
    assert silent.loc[("back/coats", "bought"), "reason"] == "no receipt lines with known products"
    assert kpis.funnel(rollups.zones, sold, {}).empty


def pairs_of(probabilities: list[float | None]) -> pd.DataFrame:
    rows = [
        {
            "receipt_id": f"R{n}", "sold_at": pd.Timestamp("2026-01-05 12:00", tz="UTC"), "camera_id": "sales-floor",
            "run_id": "run-2", "track_id": n + 1, "zone_id": "till", "gap_s": 0.0, "candidates": 1, "probability": p,
            "reason": None,
        }
        for n, p in enumerate(probabilities)
        if p is not None
    ]  # fmt: skip
    return frames.check(pd.DataFrame(rows).astype({"track_id": "Int64"}), frames.RECEIPT_VISITS)


def test_longer_stays_of_buyers_show_weighted_by_how_sure_the_pairs_are() -> None:
    rng = np.random.default_rng(4)
    bought = rng.random(120) < 0.5
    seconds = np.where(bought, rng.exponential(90, 120), rng.exponential(30, 120)) + 1
    before_shelf = {"zone_id": "coats", "role": "product"}
    seen = stays(*(("2026-01-05 10:00", float(s), before_shelf) for s in seconds))
    sure = [0.9 if b else None for b in bought]
    found = kpis.dwell_against_purchase(seen, pairs_of(sure))
    weight = np.where(bought, 0.9, 0.0)
    rounded = seen.sort_values("track_id")["dwell_s"].to_numpy()
    assert found.buyers == pytest.approx(weight.sum())
    assert found.buyers_mean_s == pytest.approx(np.average(rounded, weights=weight))
    assert found.others_mean_s == pytest.approx(np.average(rounded, weights=1 - weight))
    wins = sum(
        weight[i] * (1 - weight[j]) * ((rounded[i] > rounded[j]) + 0.5 * (rounded[i] == rounded[j]))
        for i in range(120)
        for j in range(120)
    )
    assert found.longer == pytest.approx(wins / (weight.sum() * (1 - weight).sum()))
    assert found.longer is not None
    assert found.longer > 0.6
    assert found.p is not None
    assert found.p < 0.01


def test_without_links_or_with_few_tracks_there_are_no_numbers_but_a_reason() -> None:
    few = stays(*(("2026-01-05 10:00", 20.0, {"zone_id": "coats", "role": "product"}) for _ in range(9)))
    nobody = kpis.dwell_against_purchase(few, frames.empty(frames.RECEIPT_VISITS))
    assert nobody.reason == "no receipt is linked with a stay at a till"
    assert kpis.dwell_against_purchase(few, pairs_of([0.9, 0.8])).reason == "fewer than 20 tracks on a side"
    at_till = stays(("2026-01-05 10:00", 20.0))
    assert kpis.dwell_against_purchase(at_till, pairs_of([0.9])).reason == "no camera sees a till and a product zone"


@pytest.mark.slow
def test_a_total_with_one_gap_that_cannot_be_filled_is_not_filled() -> None:
    rollups, *_ = store(17, parts=CALM)
    since, until = FIRST + timedelta(weeks=7), FIRST + timedelta(weeks=9)
    filled: Any = kpis.kpis(rollups, since, until, "all", ["visits"], impute=True)
    assert filled["imputed"].iloc[0] > 0
    # One hour of the outage was never seen in the weeks before.
    hours = rollups.hourly
    old = (hours["local_date"] < pd.Timestamp(since)) & (hours["weekday"] == 2) & (hours["local_hour"] == 11)
    unseen = hours.assign(status=hours["status"].mask(old, "missing"), visits=hours["visits"].mask(old))
    args: Any = (since, until, "all", ["visits"])
    again: Any = kpis.kpis(replace(rollups, hourly=unseen), *args, impute=True)
    plain: Any = kpis.kpis(replace(rollups, hourly=unseen), *args)
    assert again["imputed"].iloc[0] == 0
    assert again["value"].iloc[0] == plain["value"].iloc[0]


@pytest.mark.slow
def test_gaps_of_totals_are_filled_and_marked_and_rates_are_left_alone() -> None:
    rollups, *_ = store(17, parts=CALM)
    since, until = FIRST + timedelta(weeks=7), FIRST + timedelta(weeks=9)
    plain: Any = kpis.kpis(rollups, since, until, "day").set_index(["kpi", "group"])
    filled: Any = kpis.kpis(rollups, since, until, "day", impute=True).set_index(["kpi", "group"])
    outage = ("visits", "2026-03-25")
    assert plain.loc[outage, "status"] == filled.loc[outage, "status"] == "missing"
    assert pd.isna(plain.loc[outage, "value"])
    assert filled.loc[outage, "imputed"] == 1.0
    place = {(r.local_date.date(), r.local_hour): r for r in rows_of(rollups.hourly)}
    marked = {
        r.local_date.date() for r in rows_of(rollups.calendar) if not pd.isna(r.holiday) or not pd.isna(r.promotion)
    }

    def usual(day: date, hour: int) -> float | None:
        past = [place.get((day - timedelta(weeks=n), hour)) for n in range(1, 7)]
        good = [
            p.visits
            for p in past
            if p is not None and p.status in {"ok", "closed"} and p.local_date.date() not in marked
        ]
        return float(statistics.median(good)) if len(good) >= 3 else None

    checked = 0
    for group in plain.loc["visits"].index:
        day = date.fromisoformat(group)
        mine = [r for (d, _), r in place.items() if d == day]
        known = [(r.visits, usual(day, r.local_hour)) for r in mine if r.status == "ok"]
        known = [(came, should) for came, should in known if should]
        level = sum(c for c, _ in known) / sum(s for _, s in known if s) if len(known) >= 3 else 1.0
        gaps = [(r, usual(day, r.local_hour)) for r in mine if r.status in {"missing", "partial"}]
        row = filled.loc[("visits", group)]
        if not gaps or any(should is None for _, should in gaps):
            assert row["imputed"] == 0
            continue
        seen = sum(r.visits for r in mine if r.status != "missing")
        more = sum(
            level * should * (1.0 if r.status == "missing" else 1 - r.coverage)
            for r, should in gaps
            if should is not None
        )
        if more:
            assert row["value"] == pytest.approx(seen + more)
            assert row["imputed"] == pytest.approx(more / (seen + more))
            assert pd.isna(row["low"])
            assert pd.isna(row["baseline"])
            checked += 1
    assert checked >= 4
    rates = [name for name, kpi in kpis.KPIS.items() if kpi.denominator and name in filled.index.get_level_values(0)]
    assert filled.loc[rates].equals(plain.loc[rates])


def test_rules_are_stated() -> None:
    rules = kpis.KpiRules()
    assert (rules.impute, rules.bounce_s, rules.target_star, rules.lost_weeks) == (False, 30.0, None, 12)
    assert replace(rules, impute=True).impute
