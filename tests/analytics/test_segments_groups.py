"""Stories of members in groups: planted ones are found, keep their numbers, and bad data are told as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from analytics import frames, segments
from analytics.frames import MEMBER_DWELL, empty
from analytics.segments import RATIO_GROUPS, SegmentRules, adjusted_rand, with_ratios
from analytics.segments.density import dense_places
from analytics.segments.months import month_before, month_ends, renumbered

from .grouped_members import AS_OF, FIRST, Bought, Kind, shop, sold
from .store_days import rows_of

if TYPE_CHECKING:
    from analytics.purchases import Purchases
    from analytics.segments import Customers

REGULAR = Kind("regular", 60, receipts=20, cents=4_000)
BIG = Kind("big", 60, receipts=3, cents=40_000)
GONE = Kind("gone", 60, receipts=3, cents=3_000, last=70)
KINDS = (REGULAR, BIG, GONE)
NO_DWELL = empty(MEMBER_DWELL)


def asked(sales: Purchases, **rules: int) -> Customers:
    return segments.customers(sales, NO_DWELL, SegmentRules(**rules))


@pytest.fixture(scope="module")
def found() -> Customers:
    return asked(shop(*KINDS))


def why(made: Customers) -> dict[str, str | None]:
    return {answer.question: answer.why for answer in made.answers}


def kinds(made: Customers) -> pd.Series:
    return made.segments["member_id"].str.rstrip("0123456789")


# --- ratios to the average


def test_each_of_the_three_above_or_below_the_mean_makes_eight_groups() -> None:
    rows = pd.DataFrame(
        {
            "recency_days": [10, 10, 10, 10, 30, 30, 30, 30],
            "frequency": [4, 4, 2, 2, 4, 4, 2, 2],
            "monetary_minor": [900, 100, 900, 100, 900, 100, 900, 100],
        }
    )
    made = with_ratios(rows)
    assert list(made["ratio"]) == [
        "important_value", "general_value", "important_develop", "general_develop",
        "important_keep", "general_keep", "important_win_back", "general_win_back",
    ]  # fmt: skip
    assert made["r_ratio"].tolist() == [0.5] * 4 + [1.5] * 4
    assert made["f_ratio"].tolist() == pytest.approx([4 / 3, 4 / 3, 2 / 3, 2 / 3] * 2)
    assert made["m_ratio"].tolist() == [1.8, 0.2] * 4
    assert set(made["ratio"]) == set(RATIO_GROUPS.values())


def test_who_is_exactly_average_is_not_below_it_and_an_average_of_nothing_is_no_measure() -> None:
    (one,) = rows_of(with_ratios(pd.DataFrame({"recency_days": [0], "frequency": [3], "monetary_minor": [-500]})))
    assert one.ratio == "important_value"
    assert np.isnan(one.r_ratio)
    assert one.f_ratio == 1.0
    assert np.isnan(one.m_ratio)


# --- habits


def test_planted_habits_are_found_and_said_in_words(found: Customers) -> None:
    planted = pd.factorize(kinds(found))[0].astype(np.int64)
    assert adjusted_rand(planted, found.segments["cluster"].to_numpy(dtype=np.int64)) > 0.9
    groups = found.groups[found.groups["grouping"] == "cluster"].set_index("name")
    assert groups["members"].sum() == 180
    best = found.segments.groupby("cluster")["monetary_minor"].mean().idxmax()
    assert best == "1", "the first group is the one of most value"
    name = found.segments.loc[kinds(found) == "regular", "cluster"].mode().iloc[0]
    assert "frequency_high" in groups.loc[name, "words"]
    name = found.segments.loc[kinds(found) == "gone", "cluster"].mode().iloc[0]
    assert "recency_high" in groups.loc[name, "words"]
    chosen = found.choice[(found.choice["grouping"] == "cluster") & found.choice["chosen"]]
    assert chosen["groups"].tolist() == [3]
    assert chosen["stability"].item() > 0.9


def test_what_a_group_buys_mostly_is_said() -> None:
    made = asked(shop(replace(REGULAR, goods=range(10)), replace(BIG, goods=range(10, 20)), GONE))
    groups = made.groups[made.groups["grouping"] == "cluster"].set_index("name")["goods"]
    name = made.segments.loc[kinds(made) == "big", "cluster"].mode().iloc[0]
    assert groups[name] == "shoes"


def test_time_in_the_store_counts_where_it_is_known() -> None:
    long, short = Kind("long", 60), Kind("short", 60)
    sales = shop(long, short)
    receipts = sales.of_members()
    dwell = pd.DataFrame({"member_id": receipts["member_id"], "local_date": receipts["local_date"]})
    stays = dwell["member_id"].str.startswith("long").map({True: 2_400.0, False: 120.0})
    dwell = frames.check(dwell.assign(dwell_s=stays), MEMBER_DWELL)
    made = segments.customers(sales, dwell, SegmentRules())
    groups = made.groups[made.groups["grouping"] == "cluster"].set_index("name")
    name = made.segments.loc[kinds(made) == "long", "cluster"].mode().iloc[0]
    assert "dwell_high" in groups.loc[name, "words"]
    assert groups.loc[name, "dwell_s"] == pytest.approx(2_400.0, rel=0.2)


# --- from night to night


@pytest.mark.slow
def test_one_more_day_moves_few_members_and_renames_no_group() -> None:
    sales = shop(*KINDS)
    before = asked(sales.until(AS_OF - timedelta(days=1)))
    after = asked(sales)
    bought = set(sales.receipts.loc[sales.receipts["local_date"] == pd.Timestamp(AS_OF), "member_id"])
    both = before.segments.merge(after.segments, on="member_id", suffixes=("_was", "_is"))
    quiet = both[~both["member_id"].isin(bought)]
    assert len(quiet) > 150
    assert (quiet["cluster_was"] != quiet["cluster_is"]).mean() < 0.02
    assert (quiet["taste_was"].fillna("") != quiet["taste_is"].fillna("")).sum() == 0
    special = ["grouping", "name", "fitted_on", "words", "goods"]
    for grouping in ("cluster", "taste"):
        was, now = (made.groups.loc[made.groups["grouping"] == grouping, special] for made in (before, after))
        pd.testing.assert_frame_equal(was.reset_index(drop=True), now.reset_index(drop=True))


@pytest.mark.slow
def test_a_new_month_keeps_the_numbers() -> None:
    sales = shop(*KINDS, as_of=date(2026, 2, 1))
    before, after = (asked(sales.until(day)) for day in (date(2026, 1, 30), date(2026, 2, 1)))
    assert before.groups.loc[before.groups["grouping"] == "cluster", "fitted_on"].dt.month.unique().tolist() == [12]
    assert after.groups.loc[after.groups["grouping"] == "cluster", "fitted_on"].dt.month.unique().tolist() == [1]
    both = before.segments.merge(after.segments, on="member_id", suffixes=("_was", "_is"))
    assert (both["cluster_was"] == both["cluster_is"]).mean() > 0.95


def test_the_same_data_give_the_same_groups_in_whatever_order_members_joined(found: Customers) -> None:
    sales = shop(*KINDS)
    again = asked(replace(sales, members=sales.members.iloc[::-1].reset_index(drop=True)))
    for name in ("segments", "groups", "moves", "choice"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(again, name))


@pytest.mark.parametrize(
    ("day", "first", "last", "many"),
    [
        ("2026-05-12", "2025-12-31", "2026-04-30", 5),
        ("2026-04-30", "2025-12-31", "2026-04-30", 5),
        ("2026-01-30", "2025-12-31", "2025-12-31", 1),
        ("2026-12-30", "2025-12-31", "2026-11-30", 12),
        ("2026-12-31", "2026-12-31", "2026-12-31", 1),
        ("2024-03-01", "2023-12-31", "2024-02-29", 3),
    ],
)
def test_groups_rest_on_month_ends_of_the_year(day: str, first: str, last: str, many: int) -> None:
    ends = month_ends(date.fromisoformat(day))
    assert (f"{ends[0]}", f"{ends[-1]}", len(ends)) == (first, last, many)


def test_a_month_before_the_last_of_march_is_the_last_of_february() -> None:
    assert month_before(date(2026, 3, 31)) == date(2026, 2, 28)
    assert month_before(date(2026, 1, 15)) == date(2025, 12, 15)


def test_groups_that_swapped_places_keep_their_numbers_and_a_new_one_gets_its_own() -> None:
    before = np.array([1] * 10 + [2] * 10 + [3] * 10)
    after = np.array([2] * 10 + [0] * 10 + [1] * 10)
    assert renumbered(before, after, 3, [1, 2, 3]) == [2, 3, 1]
    split = np.array([0] * 10 + [1] * 10 + [2] * 5 + [3] * 5)
    assert renumbered(before, split, 4, [1, 2, 3]) == [1, 2, 3, 4]
    # Two was given up before: nobody gets its number again.
    assert renumbered(np.array([1] * 4 + [3] * 4), np.array([0, 0, 1, 1, 0, 0, 1, 1]), 2, [1, 2, 3]) == [1, 3]


# --- odd members


def test_who_is_like_nobody_is_odd_and_it_is_said_how() -> None:
    rows = [Kind(f"k{n}", 60, receipts=8, cents=5_000) for n in range(2)]
    made = asked(shop(*rows, Kind("whale", 2, receipts=150, cents=5_000)))
    odd = made.segments[made.segments["odd"].notna()].set_index("member_id")["odd"]
    assert set(odd[odd.index.str.startswith("whale")]) <= {"frequency_high", "value_high"}
    assert odd.index.str.startswith("whale").sum() == 2
    assert len(odd) <= 2 + 0.03 * 120
    counted = made.groups[made.groups["grouping"] == "odd"]
    assert counted["members"].sum() == len(odd)


def test_where_most_are_exactly_like_others_not_everybody_is_odd_a_day_later() -> None:
    days = (date(2025, 10, 6), date(2025, 11, 5))
    made = asked(sold([(f"m{n:03}", days[n % 2], "sale", 1_000, [0, 1]) for n in range(120)]))
    assert made.segments["odd"].isna().all()
    assert why(made)["odd"] == "no_variation"


def test_asking_the_cores_alone_is_what_dbscan_calls_noise() -> None:
    rng = np.random.default_rng(4)
    points = np.vstack([rng.standard_normal((300, 2)), rng.uniform(-8, 8, (20, 2))])
    dense = dense_places(points)
    assert np.array_equal(dense.odd(points), segments.dbscan(points, dense.eps) == -1)
    assert dense.odd(np.array([[20.0, 20.0], [0.0, 0.0]])).tolist() == [True, False]


# --- tastes


TASTES: tuple[Kind, ...] = (
    Kind("a", 70, goods=range(5)),
    Kind("b", 60, goods=range(5, 12)),
    Kind("c", 50, goods=range(12, 20)),
)


@pytest.mark.slow
def test_planted_tastes_are_found_and_the_largest_is_the_first() -> None:
    made = asked(shop(*TASTES))
    own = made.segments["taste"].notna()
    assert own.mean() > 0.95
    planted = pd.factorize(kinds(made)[own])[0].astype(np.int64)
    assert adjusted_rand(planted, made.segments.loc[own, "taste"].to_numpy(dtype=np.int64)) > 0.95
    groups = made.groups[made.groups["grouping"] == "taste"].set_index("name")
    assert groups["members"].is_monotonic_decreasing
    assert set(str(groups.loc["1", "goods"]).split("; ")) <= {f"Thing {n}" for n in range(5)}
    assert made.choice.loc[(made.choice["grouping"] == "taste") & made.choice["chosen"], "groups"].tolist() == [3]


@pytest.mark.slow
def test_who_bought_little_has_no_taste_yet() -> None:
    sales, new = shop(*TASTES), sold([("new", date(2025, 12, 3), "sale", 500, [1, 2])])
    receipts, lines = (
        pd.concat([all_of_them, one.assign(receipt_id="X")], ignore_index=True)
        for all_of_them, one in ((sales.receipts, new.receipts), (sales.lines, new.lines))
    )
    made = asked(replace(sales, receipts=receipts, lines=lines))
    mine = made.segments[made.segments["member_id"] == "new"]
    assert mine[["taste", "taste_sure"]].isna().to_numpy().tolist() == [[True, True]]
    assert (made.segments.loc[made.segments["taste"].notna(), "taste_sure"] > 0.3).all()


@pytest.mark.slow
def test_where_all_buy_alike_no_tastes_are_made_up() -> None:
    made = asked(shop(Kind("all", 150)))
    assert why(made)["tastes"] == "not_identified"
    assert made.segments["taste"].isna().all()


def test_the_likelihood_of_the_mixture_is_that_of_a_slow_sum() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(1.0, (40, 6)).astype(np.float64)
    made = segments.mixture(csr_matrix(counts), 2)
    slow = 0.0
    for row in counts:
        slow += np.log(sum(w * np.prod(c**row) for w, c in zip(made.weights, made.chances, strict=True)))
    assert made.log_likelihood == pytest.approx(slow)
    assert made.bic == pytest.approx(-2 * slow + (1 + 2 * 5) * np.log(40))
    assert made.chances.sum(axis=1) == pytest.approx([1.0, 1.0])


# --- who moved


def test_moves_add_up_and_who_came_is_told_apart(found: Customers) -> None:
    for grouping, column in (("rfm", "segment"), ("ratio", "ratio"), ("cluster", "cluster")):
        moves = found.moves[found.moves["grouping"] == grouping]
        assert moves["members"].sum() == len(found.segments)
        now = moves.groupby("after")["members"].sum().to_dict()
        assert now == found.segments[column].value_counts().to_dict()
    assert found.moves["since"].unique().tolist() == [pd.Timestamp("2025-12-12")]
    first = shop(*KINDS).of_members().groupby("member_id")["local_date"].min()
    came = int((first > pd.Timestamp("2025-12-12")).sum())
    new = found.moves[(found.moves["grouping"] == "rfm") & (found.moves["before"] == "new")]
    assert new["members"].sum() == came


# --- agreement


def test_agreement_is_that_of_the_library_and_one_for_groups_that_cannot_differ() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        one, two = rng.integers(0, 4, 50), rng.integers(0, 3, 50)
        assert adjusted_rand(one, two) == pytest.approx(adjusted_rand_score(one, two))
    assert adjusted_rand(np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64)) == 1.0
    assert adjusted_rand(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)) == 1.0


# --- bad input


def repeated(members: int, things: tuple[int, ...] = (3,)) -> list[Bought]:
    days = [FIRST + timedelta(days=n) for n in range(0, 90, 10)]
    return [(f"m{n:03}", day, "sale", 1_000, list(things)) for n in range(members) for day in days]


@pytest.mark.parametrize(
    ("rows", "scored", "clusters", "tastes"),
    [
        ([], 0, "no_members", "no_members"),
        ([(None, AS_OF, "sale", 500, [1])], 0, "no_members", "no_members"),
        ([("anna", AS_OF, "sale", 500, [1])], 1, "few_members", "few_purchases"),
        ([("anna", FIRST, "sale", 500, [1])], 1, "few_members", "few_purchases"),
        ([("anna", FIRST, "return", -500, [1])], 0, "no_members", "no_members"),
        ([("anna", FIRST, "sale", 0, [1])], 0, "no_members", "no_members"),
        ([(f"m{n}", FIRST, "sale", 500, [n]) for n in range(10)], 10, "few_members", "few_purchases"),
        ([(f"m{n}", AS_OF - timedelta(days=n % 3), "sale", 500, [n % 20]) for n in range(200)], 200, "few_members",
         "few_purchases"),
        (repeated(60), 60, "no_variation", "few_products"),
        (repeated(60, things=(3, 4)), 60, "no_variation", "not_identified"),
    ],
    ids=["nobody", "no card", "one today", "one receipt", "only a return", "nothing paid", "ten items", "three days",
         "all the same", "all the same two things"],
)  # fmt: skip
def test_what_cannot_be_told_is_said_with_the_reason(
    rows: list[Bought], scored: int, clusters: str, tastes: str
) -> None:
    made = asked(sold(rows))
    assert len(made.segments) == scored
    assert (why(made)["clusters"], why(made)["odd"], why(made)["tastes"]) == (clusters, clusters, tastes)
    assert [answer.question for answer in made.answers] == ["named", "ratio", "clusters", "odd", "tastes", "moves"]
    assert (why(made)["named"] is None) == (scored > 0)
    assert set(made.groups["grouping"]) == ({"rfm", "ratio"} if scored else set())


@pytest.mark.slow
def test_returns_worth_more_than_the_sales_and_unknown_products_do_no_harm() -> None:
    sales = shop(*KINDS)
    more: list[Bought] = [(f"regular{n:03}", date(2025, 12, 2), "return", -900_000, [1]) for n in range(5)]
    less = sold(more)
    rows = pd.concat([sales.receipts, less.receipts.assign(receipt_id=[f"X{n}" for n in range(5)])], ignore_index=True)
    unknown = replace(sales, receipts=rows, products=sales.products.iloc[:0])
    made = asked(unknown)
    assert (made.segments["monetary_minor"] < 0).sum() == 5
    assert made.segments["cluster"].notna().all()
    assert why(asked(unknown, clusters=4))["clusters"] is None


@pytest.mark.slow
def test_a_number_of_groups_that_the_owner_sets_is_kept() -> None:
    made = asked(shop(*KINDS), clusters=5, tastes=2)
    assert made.segments["cluster"].nunique() == 5
    assert made.segments["taste"].nunique() == 2
