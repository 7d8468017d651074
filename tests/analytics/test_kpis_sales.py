"""Tills, categories and bounces; why sales moved, what was lost, how many people it takes, who buys."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analytics import frames, joins, kpis
from analytics.visits import VisitRules, visits

from .random_store import FIRST, store
from .store_days import crossings, lines, opening, receipts, rows_of

BERLIN = "Europe/Berlin"
BEFORE, AFTER = (FIRST, FIRST + timedelta(weeks=2)), (FIRST + timedelta(weeks=2), FIRST + timedelta(weeks=4))


def marked_days(rollups: kpis.Rollups) -> set[date]:
    """Holidays and promotions."""
    rows = rows_of(rollups.calendar)
    return {r.local_date.date() for r in rows if isinstance(r.holiday, str) or isinstance(r.promotion, str)}


@pytest.mark.slow
def test_the_tills_by_the_hour_are_the_receipts_added_up_one_by_one() -> None:
    _, slips, parts, _ = store(11, weeks=3)
    units = parts.groupby("receipt_id")["quantity"].sum()
    off = parts.groupby("receipt_id")["discount_minor"].sum()
    slow: dict[tuple[Any, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of(slips):
        at = row.sold_at.tz_convert(BERLIN).floor("h", ambiguous=True).tz_convert("UTC")
        mine = slow[at, row.till_id]
        sign = {"sale": 1, "return": -1}.get(row.kind, 0) if row.total_minor else 0
        mine["receipts"] += sign == 1
        mine["returns"] += sign == -1
        mine["voids"] += row.kind == "void"
        mine["training"] += row.kind == "training"
        mine["zero"] += row.kind == "sale" and not row.total_minor
        mine["units"] += sign * int(units[row.receipt_id])
        mine["sales_minor"] += sign * row.total_minor
        mine["returned_minor"] += row.total_minor * (sign == -1)
        mine["discount_minor"] += int(off[row.receipt_id]) * (sign == 1)
    found = kpis.till_hours(slips, parts, BERLIN)
    assert len(found) == len(slow)
    for row in rows_of(found):
        for name, value in slow[row.hour_utc, row.till_id].items():
            assert getattr(row, name) == value, (row.hour_utc, row.till_id, name)
    hourly = joins.sales_by_hour(slips, parts, BERLIN)
    sums = found.groupby("hour_utc")[["receipts", "units", "sales_minor"]].sum()
    assert sums[sums.any(axis=1)].equals(hourly[hourly.any(axis=1)])


def test_tax_is_added_up_with_the_sign_of_the_receipt_and_unknown_with_one_that_does_not_say() -> None:
    day = "2026-01-05"
    slips = receipts(
        (f"{day} 10:00", 1190, {"tax_minor": 190}),
        (f"{day} 10:10", 119, {"tax_minor": 19, "kind": "return"}),
        (f"{day} 10:20", 500, {"tax_minor": 80, "kind": "void"}),
        (f"{day} 11:00", 1190, {"tax_minor": 190}),
        (f"{day} 11:10", 100, {"tax_minor": None}),
    )
    assert kpis.till_hours(slips, lines(), BERLIN)["tax_minor"].to_list() == [171, pd.NA]
    without = slips.drop(columns="tax_minor")
    assert kpis.till_hours(without, lines(), BERLIN)["tax_minor"].isna().all()


def test_nothing_sold_is_no_row() -> None:
    assert kpis.till_hours(receipts(), lines(), BERLIN).empty
    assert kpis.category_days(receipts(), lines(), frames.empty(frames.PRODUCTS), BERLIN).empty
    assert kpis.bounce_hours(frames.empty(frames.VISITS), BERLIN).empty


@pytest.mark.slow
def test_a_category_counts_a_receipt_once_and_takes_returns_back_off() -> None:
    _, slips, parts, _ = store(12, weeks=2)
    products = frames.check(
        pd.DataFrame(
            {
                "product_id": ["P0", "P1", "P2"],
                "category": ["coats", "shoes", "coats"],
                **dict.fromkeys(("gtin", "name", "description"), "x"),
                "price_minor": 1,
                "cost_minor": 1,
            }
        ),
        frames.PRODUCTS,
    )
    category = {"P0": "coats", "P1": "shoes", "P2": "coats", "P3": ""}
    slow: dict[tuple[Any, str], list[Any]] = defaultdict(lambda: [set(), 0, 0])
    by_id = {row.receipt_id: row for row in rows_of(slips)}
    for line in rows_of(parts):
        slip = by_id[line.receipt_id]
        if slip.kind not in {"sale", "return"} or not slip.total_minor:
            continue
        sign = 1 if slip.kind == "sale" else -1
        mine = slow[slip.sold_at.tz_convert(BERLIN).date(), category[line.product_id]]
        if sign == 1:
            mine[0].add(line.receipt_id)
        mine[1] += sign * line.quantity
        mine[2] += sign * line.line_total_minor
    found = kpis.category_days(slips, parts, products, BERLIN)
    told = {(r.local_date.date(), r.category): [r.receipts, r.units, r.sales_minor] for r in rows_of(found)}
    assert told == {key: [len(ids), units, money] for key, (ids, units, money) in slow.items()}


def test_who_is_gone_within_the_stated_time_has_bounced_also_where_the_rule_of_short_visits_leaves_him_out() -> None:
    day = "2026-01-05"
    door = [
        (f"{day} 10:00:00", "in", {"track_id": 1}), (f"{day} 10:00:30", "out", {"track_id": 1}),
        (f"{day} 10:10:00", "in", {"track_id": 2}), (f"{day} 10:10:31", "out", {"track_id": 2}),
        (f"{day} 10:20:00", "in", {"track_id": 3}),
        (f"{day} 10:30:00", "in", {"track_id": 4, "held": False}), (f"{day} 10:30:01", "out", {"track_id": 4}),
    ]  # fmt: skip
    for rule in (None, 30.0):
        judged = visits(crossings(*door), opening(), VisitRules(short_visit_s=rule))
        (row,) = rows_of(kpis.bounce_hours(judged, BERLIN, 30.0))
        assert (row.followed, row.bounced, row.within_s) == (2, 1, 30.0)


def test_who_did_not_consent_is_like_a_receipt_without_a_card() -> None:
    day = "2026-01-05"
    slips = receipts(*((f"{day} 10:0{n}", 100, {"member_id": name}) for n, name in enumerate((None, "M0", "M1", "M2"))))
    members = pd.DataFrame({"member_id": ["M0", "M1", "M2"], "consent": [False, True, True]})
    scored = pd.DataFrame({"member_id": ["M0", "M1"], "segment": ["Lost", "Champions"]})
    found = kpis.by_segment(slips, scored, members)
    assert found["till_id"].to_list() == ["no card", "no card", "Champions", "member, not scored"]


@pytest.mark.slow
def test_the_steps_of_a_change_add_up_exactly_in_logarithms_and_in_money() -> None:
    rollups, *_ = store(13)
    change = kpis.change_split(rollups.hourly, BEFORE, AFTER)
    assert change.reason is None
    steps = change.steps.set_index("step")
    assert steps["contribution_minor"].sum() == change.after_minor - change.before_minor
    assert (steps["contribution_minor"] % 1 == 0).all(), "to the cent"
    factors = steps.drop(index="not_compared")
    before, after = (float(np.prod(factors[end])) for end in ("before", "after"))
    assert factors["log_change"].sum() == pytest.approx(math.log(after / before))
    # Slowly: the hours that both periods saw, and the factors of their sums.
    by_place = {(r.local_date.date(), r.local_hour): r for r in rows_of(rollups.hourly)}
    sums = np.zeros((2, 4))
    hours = 0
    for (day, hour), row in by_place.items():
        other = by_place.get((day + timedelta(weeks=2), hour))
        if BEFORE[0] <= day < BEFORE[1] and other is not None and row.status == other.status == "ok":
            hours += 1
            for end, found in enumerate((row, other)):
                sums[end] += [found.visits, found.receipts, found.units, found.sales_minor]
    assert change.hours == hours
    v, t, u, s = sums.T
    assert steps.loc["conversion", "after"] == pytest.approx(t[1] / v[1])
    weight = (s[1] - s[0]) / math.log(s[1] / s[0])
    assert steps.loc["traffic", "contribution_minor"] == pytest.approx(weight * math.log(v[1] / v[0]), abs=1)
    price = weight * math.log(s[1] / u[1] * u[0] / s[0])
    assert steps.loc["unit_price", "contribution_minor"] == pytest.approx(price, abs=1)
    assert steps.loc["not_compared", "contribution_minor"] == pytest.approx(
        change.after_minor - change.before_minor - (s[1] - s[0])
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_a_change_adds_up_to_the_cent_whatever_was_sold_and_taken_back(seed: int) -> None:
    dice = np.random.default_rng(seed)
    hours = store(13, weeks=2)[0].hourly
    size = len(hours)
    # Hours of returns alone, closed hours that sold, sums of a few cents and of millions.
    most = 10 ** int(dice.integers(1, 9))
    hours = hours.assign(
        visits=pd.Series(dice.integers(0, 9, size), dtype="Int64").mask(hours["status"] == "missing"),
        receipts=dice.integers(0, 9, size),
        units=dice.integers(-2, 20, size),
        sales_minor=dice.integers(-most // 3, most, size),
    )
    one, other = (week_of(week) for week in (0, 1))
    change = kpis.change_split(hours, one, other)
    whole = change.after_minor - change.before_minor
    if change.reason is None:
        assert int(change.steps["contribution_minor"].sum()) == whole
        assert (change.steps["contribution_minor"] % 1 == 0).all()
    else:
        assert change.steps.empty


def week_of(week: int) -> tuple[date, date]:
    """First day of a week of the dice, and the day after its last."""
    return FIRST + timedelta(weeks=week), FIRST + timedelta(weeks=week + 1)


@pytest.mark.slow
def test_a_change_of_one_factor_alone_is_all_of_that_factor() -> None:
    rollups, *_ = store(13)
    days = rollups.hourly["local_date"].dt.date
    old = rollups.hourly[(days >= BEFORE[0]) & (days < BEFORE[1])].assign(status="ok")
    old = old.assign(visits=old["visits"].fillna(3))
    new = old.assign(local_date=old["local_date"] + pd.Timedelta(weeks=2), sales_minor=old["sales_minor"] * 2)
    steps = kpis.change_split(pd.concat([old, new]), BEFORE, AFTER).steps.set_index("step")["contribution_minor"]
    assert steps["unit_price"] == pytest.approx(old["sales_minor"].sum())
    assert steps.drop("unit_price").abs().max() < 1e-6
    same = kpis.change_split(pd.concat([old, new.assign(sales_minor=old["sales_minor"].to_numpy())]), BEFORE, AFTER)
    assert same.steps["contribution_minor"].abs().max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("visits", 0, "the later period has no visits in the hours compared"),
        ("receipts", 0, "the later period has no transactions in the hours compared"),
        ("units", -1, "returns outweigh sales"),
        ("sales_minor", -5, "returns outweigh sales"),
        ("status", "partial", "no hour was fully seen in both periods"),
    ],
)
def test_a_change_that_has_no_logarithm_says_why(column: str, value: object, reason: str) -> None:
    hours = store(13)[0].hourly
    later = (hours["local_date"].dt.date >= AFTER[0]).to_numpy()
    hours = hours.assign(**{column: hours[column].mask(later, value)})
    change = kpis.change_split(hours, BEFORE, AFTER)
    assert change.steps.empty
    assert change.reason is not None
    assert reason in change.reason


@pytest.mark.slow
def test_periods_of_different_length_are_not_compared() -> None:
    with pytest.raises(ValueError, match="not equally long"):
        kpis.change_split(store(13)[0].hourly, BEFORE, (AFTER[0], AFTER[1] + timedelta(days=1)))


@pytest.mark.slow
def test_lost_sales_are_the_shortfall_of_each_hour_against_its_own_good_weeks() -> None:
    rollups, *_ = store(14, weeks=14)
    since, until = FIRST + timedelta(weeks=12), FIRST + timedelta(weeks=14)
    found: Any = kpis.lost_sales(rollups.hourly, rollups.calendar, since, until)
    found = found.set_index(["weekday", "local_hour"])
    marked = {
        r.local_date.date()
        for r in rows_of(rollups.calendar)
        if isinstance(r.holiday, str) or isinstance(r.promotion, str)
    }
    place = {(r.local_date.date(), r.local_hour): r for r in rows_of(rollups.hourly)}
    slow: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for (day, hour), row in place.items():
        if not (since <= day < until and row.status == "ok" and row.visits > 0):
            continue
        past = [place.get((day - timedelta(weeks=n), hour)) for n in range(1, 13)]
        good = [
            p for p in past if p is not None and p.status == "ok" and p.visits > 0 and p.local_date.date() not in marked
        ]
        if len(good) < 6:
            continue
        target = float(np.percentile([p.receipts / p.visits for p in good], 75))
        bought = sum(p.receipts for p in good)
        price = max(sum(p.sales_minor for p in good) / bought, 0.0) if bought else 0.0
        usual = bought / sum(p.visits for p in good)
        spread = math.sqrt(min(usual, 1.0) * (1 - min(usual, 1.0)) / row.visits)
        z = (target - usual) / spread if spread else 0.0
        mean = (target - usual) * norm.cdf(z) + spread * norm.pdf(z) if spread else max(target - usual, 0.0)
        sums = slow[day.weekday(), hour]
        sums[0] += row.visits * max(target - row.receipts / row.visits, 0.0) * price
        sums[1] += row.visits * mean * price
        sums[2] += 1
    assert len(found) == len(slow) > 5
    for (weekday, hour), (lost, chance, hours) in slow.items():
        row = found.loc[(weekday, hour)]
        assert row["lost_minor"] == pytest.approx(lost)
        assert row["chance_minor"] == pytest.approx(chance)
        assert row["hours"] == hours


def test_without_weeks_to_compare_with_nothing_was_lost_nor_not_lost() -> None:
    rollups, *_ = store(14, weeks=4)
    assert kpis.lost_sales(rollups.hourly, rollups.calendar, FIRST, FIRST + timedelta(weeks=4)).empty
    assert kpis.lost_sales(frames.empty(frames.HOURLY), rollups.calendar, FIRST, FIRST + timedelta(weeks=4)).empty


@pytest.mark.slow
def test_a_store_that_converts_evenly_loses_by_chance_alone_what_chance_makes() -> None:
    rng = np.random.default_rng(2)
    hours = store(14, weeks=40)[0].hourly
    hours = hours.assign(status=hours["status"].where(hours["status"] == "closed", "ok"), visits=400)
    hours = hours.assign(receipts=rng.binomial(400, 0.3, len(hours)))
    hours = hours.assign(sales_minor=hours["receipts"] * 1000)
    calendar = frames.empty(frames.CALENDAR_DAYS)
    lost = kpis.lost_sales(hours, calendar, FIRST + timedelta(weeks=12), FIRST + timedelta(weeks=40))
    assert lost["lost_minor"].sum() == pytest.approx(lost["chance_minor"].sum(), rel=0.05)
