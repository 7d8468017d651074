"""Stories of lists: two tastes, cold starts, and shops that have too little to tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.purchases import Purchases
from analytics.recommend import (
    AGAIN,
    NEW,
    RecommendRules,
    history,
    judged_shop,
    on_receipts,
    recommend,
    shop,
    terms_of,
    tf_idf,
    together,
    trial,
    with_basket,
)
from analytics.recommend.trial import banned_of, splits

from .recommend_shop import FIRST, RULES, Sale, few, sold, two_tastes


@pytest.mark.slow
def test_two_tastes_are_told_apart_and_beat_popularity_on_weeks_not_seen() -> None:
    sales = two_tastes()
    found = recommend(sales, RULES)
    lists = found.lists[(found.lists["kind"] == "new")]
    assert len(lists) == 160 * 5
    side = lists["member_id"].str.slice(1).astype(int).map(lambda number: "AB"[number % 2])
    assert (lists["product_id"].str.slice(0, 1) == side).all()
    tested = found.trial[(found.trial["split"] == "test") & (found.trial["k"] == 10)].set_index(["kind", "model"])
    served = tested[tested["serves"]]
    assert len(served) == 2
    assert (served["low"].dropna() > 0).all()
    assert set(served.index) >= {("again", "popular")}, "which of the own ones comes next is chance here"
    assert {"popular", "item_knn", "user_knn", "ease", "als", "content", "hybrid"} <= set(tested.loc["new"].index)
    assert all(one.why is None for one in found.answers[:2])
    because = lists[lists["why"] == "bought_with"]
    assert (because["because"].str.slice(0, 1) == because["product_id"].str.slice(0, 1)).all()


@pytest.mark.slow
def test_lists_are_the_same_each_time_and_hold_nothing_that_was_bought_or_twice() -> None:
    sales = two_tastes(people=60)
    first, second = (recommend(sales, RULES) for _ in range(2))
    for name in ("lists", "trial", "similar", "groups"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    bought = set(zip(sales.lines["member_id"], sales.lines["product_id"], strict=True))
    for kind, inside in (("new", False), ("again", True)):
        mine = first.lists[first.lists["kind"] == kind]
        assert all((pair in bought) is inside for pair in zip(mine["member_id"], mine["product_id"], strict=True))
    assert not first.lists.duplicated(["member_id", "product_id"]).any()


def test_where_nothing_can_be_learned_popularity_serves() -> None:
    rng = np.random.default_rng(1)
    goods = [f"P{n:02}" for n in range(40)]
    sales: list[Sale] = [
        (int(day), f"m{rng.integers(120):03}", tuple(sorted(rng.choice(goods, 2, replace=False))))
        for day in np.sort(rng.integers(0, 120, 900))
    ]
    tried, answer = judged_shop(shop(sold(sales, 120), RULES), RULES)
    assert answer.why is None
    assert {tried.serves[NEW].model, tried.serves[AGAIN].model} == {"popular"}
    assert set(tried.rows.loc[tried.rows["serves"], "model"]) == {"popular"}


def test_a_return_takes_the_purchase_back() -> None:
    sales = sold([(0, "anna", ("P1", "P2")), (1, "anna", ("P1",))], 9, returned=[(3, "anna", ("P2",))])
    rows = history(sales).rows()
    assert rows.counts.toarray().tolist() == [[2.0, 0.0]]
    assert rows.recent.toarray()[0, 1] == 0


def test_who_did_not_agree_has_no_list_and_teaches_nothing() -> None:
    sales = sold([(0, "anna", ("P1",)), (1, "ben", ("P2",))], 9, refused=("ben",))
    events = history(sales)
    assert list(events.members) == ["anna"]
    assert list(events.products[events.what]) == ["P1"]


def test_long_overdue_is_less_wanted_than_what_is_due() -> None:
    """Both were bought three times; milk every ten days until yesterday, paint last a hundred days ago."""
    milk: list[Sale] = [(day, "anna", ("milk",)) for day in (79, 89, 99)]
    paint: list[Sale] = [(day, "anna", ("paint",)) for day in (0, 2, 4)]
    rows = history(sold([*paint, *milk], 100)).rows()
    milk_due, paint_due = rows.due.toarray()[0]
    assert milk_due > 2.9
    assert paint_due < 0.3


def test_words_of_english_chinese_and_mixed_text() -> None:
    assert terms_of("Canvas sneaker, off-white. 米白色帆布鞋") == [
        *("canvas", "sneaker", "white"), "米白", "白色", "色帆", "帆布", "布鞋",
    ]  # fmt: skip
    assert terms_of("Boots and a boot of glass") == ["boot", "boot", "glass"]
    assert terms_of("鞋 XL 2") == ["xl", "鞋"]
    assert terms_of("") == []
    texts = ["黑色小牛皮牛津鞋", "黑色皮靴", "red canvas bag", "canvas shoe 帆布鞋", "帆布包", ""]
    found = tf_idf(texts)
    near = (found @ found.T).toarray()
    assert near[0, 1] > 0 == near[0, 4]
    assert near[3, 2] > 0
    assert near[3, 4] > 0
    assert not near[5].any()
    np.testing.assert_allclose(np.diag(near)[:5], 1.0)
    assert tf_idf([]).shape[0] == 0


def test_what_goes_with_a_product_is_on_its_receipts_and_a_new_one_has_only_words() -> None:
    sales: list[Sale] = [(n, None, ("pen", "paper")) for n in range(20)]
    sales += [(n, None, ("bread",)) for n in range(40)] + [(1, None, ("bread", "pen"))]
    texts = {"pen": "blue ink", "paper": "white", "bread": "brown", "quill": "blue ink feather", "plate": "white"}
    bought = sold(sales, 40, texts=texts)
    place = shop(bought, RULES)
    goods = list(place.events.products)
    near, both = together(on_receipts(bought, place.events.products))
    assert both[goods.index("pen"), goods.index("paper")] == 20
    assert near[goods.index("pen"), goods.index("bread")] == 0  # once: chance
    beside = with_basket(np.array([goods.index("pen")]), near, place.terms)
    assert goods[int(beside.argmax())] == "paper"
    beside = with_basket(np.array([goods.index("quill")]), near, place.terms)
    assert goods[int(beside.argmax())] == "pen"


@pytest.mark.slow
def test_strangers_get_what_their_like_buy_and_a_new_product_gets_a_place() -> None:
    base = two_tastes(people=160)
    people = base.members.copy()
    side = people["member_id"].str.slice(1).astype(int) % 2
    people["age_band"] = side.map({0: "20-29", 1: "60-69"})
    people["province"] = "Berlin"
    new = pd.DataFrame(
        [
            ("new-a", pd.Timestamp("2026-04-01"), "20-29", None, "Berlin", True),
            ("new-x", pd.Timestamp("2026-04-01"), None, None, None, True),
        ],
        columns=frames.MEMBERS.names,
    )
    people = frames.check(pd.concat([people, new], ignore_index=True), frames.MEMBERS)
    goods = pd.concat([base.products, base.products.tail(1).assign(product_id="Z99", name="Z99")], ignore_index=True)
    goods["description"] = ["warm" if name[0] in "BZ" and name[1] != "1" else name for name in goods["product_id"]]
    sales = Purchases(base.receipts, base.lines, people, goods, base.as_of, base.time)
    found = recommend(sales, RULES).lists
    like, unlike = (found[found["member_id"] == name] for name in ("new-a", "new-x"))
    assert set(like["product_id"].str.slice(0, 1)) == {"A"}
    assert set(like["why"]) == {"popular_group"}
    assert set(unlike["why"]) == {"popular"}
    lists = found.set_index("member_id")
    fresh = lists[lists["why"] == "new_product"]
    assert set(fresh["product_id"]) == {"Z99"}
    assert set(fresh["rank"]) == {5}
    assert all(int(str(name)[1:]) % 2 == 1 for name in fresh.index)  # those who buy what is described alike
    quiet = recommend(sales, RecommendRules(explore=False)).lists
    assert "new_product" not in set(quiet["why"])


def test_what_nobody_bought_for_long_is_taken_as_gone() -> None:
    early: list[Sale] = [(n % 5, f"m{n:03}", ("OLD",)) for n in range(60)]
    base = two_tastes(people=60)
    day = (base.lines["local_date"] - pd.Timestamp(FIRST)).dt.days
    late: list[Sale] = [
        (int(number), str(who), (str(what),))
        for number, who, what in zip(day, base.lines["member_id"], base.lines["product_id"], strict=True)
    ]
    found = recommend(sold([*early, *late], 120), RULES)
    assert "OLD" not in set(found.lists["product_id"]) | set(found.similar["other_id"])


@pytest.mark.parametrize(
    ("sales", "why"),
    [
        (few(sales=[]), "no_members"),
        (few(), "few_members"),
        (few(sales=[], people=["anna"]), "few_members"),
        (few(sales=[(n % 90, f"m{n:03}", ("P1",)) for n in range(200)], days=90), "few_products"),
        (few(sales=[(n % 90, f"m{n % 60:03}", (f"P{n % 10}",)) for n in range(200)], days=90), "few_products"),
        (few(sales=[(n % 90, None, (f"P{n % 40}",)) for n in range(200)], days=90), "no_members"),
    ],
    ids=["nothing", "one receipt", "one member", "one product", "ten products", "no cards"],
)
def test_too_little_is_said_and_nothing_is_made_up(sales: Purchases, why: str) -> None:
    found = recommend(sales, RULES)
    assert {one.why for one in found.answers} == {why}
    assert found.lists.empty
    assert found.trial.empty


def test_a_shop_of_three_days_gets_popular_lists_untried() -> None:
    sales: list[Sale] = [(n % 3, f"m{n % 80:03}", (f"P{n % 37:02}",)) for n in range(400)]
    found = recommend(sold(sales, 3), RULES)
    lists, tried, _ = found.answers
    assert lists.why is None
    assert (tried.why, tried.have, tried.need) == ("few_days", 3, 84)
    assert set(found.lists["why"]) <= {"popular", "own"}


def test_nobody_bought_in_the_last_weeks() -> None:
    """Everyone stayed away for two months: there is nobody to ask, so popularity serves."""
    sales: list[Sale] = [(n % 40, f"m{n % 80:03}", (f"P{n % 37:02}",)) for n in range(800)]
    found = recommend(sold(sales, 110), RecommendRules(gone_days=365))
    assert found.answers[1].why in {"few_members", "few_days"}
    assert len(found.lists)


def test_everyone_owns_everything() -> None:
    goods = tuple(f"P{n:02}" for n in range(30))
    sales: list[Sale] = [(n % 100, f"m{n % 55:03}", goods) for n in range(220)]
    found = recommend(sold(sorted(sales), 100), RULES)
    assert set(found.lists["kind"]) == {"again"}


def test_negative_and_zero_quantities_are_no_purchases() -> None:
    sales = sold([(1, "anna", ("P1",))], 9, returned=[(0, "ben", ("P1",)), (2, "ben", ("P2",))], people=["ben"])
    rows = history(sales).rows()
    assert rows.counts.toarray().tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_groups_of_few_members_are_not_shown() -> None:
    found = recommend(two_tastes(people=60), RULES)
    assert len(found.groups)
    assert (found.groups["members"] >= 10).all()
    assert (found.groups["listed"] <= found.groups["members"]).all()


def test_who_bought_nothing_is_not_counted_among_those_whose_lists_are_shown() -> None:
    base = two_tastes(people=60)
    more = base.members.assign(member_id=[f"z{name}" for name in base.members["member_id"]])
    found = recommend(replace(base, members=pd.concat([base.members, more], ignore_index=True)), RULES)
    assert found.lists["member_id"].nunique() == 120
    everyone = found.groups[found.groups["segment"] == ""]
    assert set(everyone["members"]) == {60}


def test_the_trial_makes_lists_as_they_are_served() -> None:
    """Own products to buy again, and never bought ones: none that was not yet sold, or not for long."""
    sales = two_tastes(people=60)
    place = shop(sales, RULES)
    cut = place.events.last - 28
    gone = place.events.products == "A00"
    bare = replace(
        place.shelf,
        what=place.shelf.what[~(gone[place.shelf.what] & (place.shelf.day > cut - 100))],
        day=place.shelf.day[~(gone[place.shelf.what] & (place.shelf.day > cut - 100))],
    )
    rows = splits(place.events, 28)[1].before.rows()
    new, again = (banned_of(kind, rows, cut, bare) for kind in (NEW, AGAIN))
    assert new[:, gone].all(), "gone, or not sold by then"
    assert not (new & again & ~gone).any()
    assert ((rows.counts.toarray() > 0) | again).all(), "to buy again is what was bought"
    anything = banned_of(AGAIN, rows, cut, None)
    assert not anything.any()


def test_what_was_first_sold_after_a_day_was_not_on_the_shelf_then() -> None:
    """Else the words of the master would offer, in the trial, what nobody could buy yet."""
    texts = {f"P{n:02}": "" for n in range(40)} | {"NEW": ""}
    sales = sold([(n, "anna", (f"P{n % 40:02}",)) for n in range(90)] + [(85, "ben", ("NEW",))], 90, texts=texts)
    place = shop(sales, RULES)
    spot = int(np.flatnonzero(place.events.products == "NEW")[0])
    first = place.events.last - 89
    assert place.shelf.fresh(first + 84)[spot]
    assert not place.shelf.gone(first + 84)[spot]
    assert not place.shelf.fresh(first + 85 + 29)[spot]
    assert place.shelf.gone(first + 85 + 91)[spot]


def test_what_was_taken_back_is_not_offered_as_never_bought() -> None:
    base = two_tastes(people=60)
    mine = base.lines[base.lines["member_id"] == "m000"]
    back = mine.iloc[[0]].assign(kind="return", quantity=-1, amount_minor=-1, receipt_id="BACK")
    day = pd.Timestamp(base.as_of)
    slip = base.receipts.iloc[[-1]].assign(receipt_id="BACK", member_id="m000", kind="return", amount_minor=-1)
    product = str(back["product_id"].iloc[0])
    lines = pd.concat([base.lines, back.assign(local_date=day)], ignore_index=True)
    sales = replace(base, receipts=pd.concat([base.receipts, slip], ignore_index=True), lines=lines)
    rows = history(sales).rows()
    spot = int(np.flatnonzero(history(sales).products == product)[0])
    many = int((mine["product_id"] == product).sum())
    assert rows.counts.toarray()[0, spot] == many - 1
    assert banned_of(NEW, rows, history(sales).last, None)[0, spot]


def test_the_trial_learns_nothing_from_the_days_it_is_asked_about() -> None:
    """Other purchases in the last period change what was bought, not one list that was made before it."""
    sales = two_tastes(people=60)
    begins = pd.Timestamp(sales.as_of) - pd.Timedelta(days=27)
    later = sales.lines["local_date"] >= begins
    lines = sales.lines.copy()
    lines.loc[later, "product_id"] = "A00"
    other = Purchases(sales.receipts, lines, sales.members, sales.products, sales.as_of, sales.time)
    terms = tf_idf([""] * 40)
    first, second = (trial(history(one), terms, 28, 5000, last=False) for one in (sales, other))
    one, two = (
        found.rows[found.rows["split"] == "choice"].drop(columns="serves").reset_index(drop=True)
        for found in (first, second)
    )
    pd.testing.assert_frame_equal(one, two)
