"""The parts of the history one by one: tags, calendar, visits, queues, baskets, members."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from history import simulate
from history_calendar import Span, easter, german_holidays, local_ms, make_days
from history_people import chance_to_buy
from sales_catalogue import Shelf, check_digit, make_products, sgtin_96
from sales_products import BOUGHT_TOGETHER
from sales_tills import Lanes
from store import FIXTURE_STORE
from visit import plan_visit

if TYPE_CHECKING:
    from history import History

FULL = Span(date(2025, 10, 6), 26, 7)


@pytest.fixture(scope="module")
def history() -> History:
    """Two weeks, as values."""
    return simulate(Span(date(2025, 10, 6), 2, 7))


def slow_decode(epc: str) -> tuple[str, int]:
    """GTIN-14 and serial of an SGTIN-96, bit by bit as the standard's table reads."""
    bits = "".join(f"{int(digit, 16):04b}" for digit in epc)
    assert len(bits) == 96
    assert bits[:8] == "00110000", "header of SGTIN-96"
    assert bits[8:11] == "001", "point of sale item"
    prefix_bits, prefix_digits = {
        "000": (40, 12), "001": (37, 11), "010": (34, 10), "011": (30, 9), "100": (27, 8), "101": (24, 7),
        "110": (20, 6),
    }[bits[11:14]]  # fmt: skip
    company = str(int(bits[14 : 14 + prefix_bits], 2)).rjust(prefix_digits, "0")
    item = str(int(bits[14 + prefix_bits : 58], 2)).rjust(13 - prefix_digits, "0")
    body = item[0] + company + item[1:]
    weighted = 0
    for place, digit in enumerate(body):
        weighted += int(digit) * (3, 1)[place % 2]
    return body + str((10 - weighted % 10) % 10), int(bits[58:], 2)


def test_the_example_of_the_tag_data_standard() -> None:
    """TDS: urn:epc:id:sgtin:0614141.812345.6789 with filter 3 is 3074257BF7194E4000001A85; ours differs in filter."""
    ours = int(sgtin_96("0614141123452", 7, 6789), 16)
    # The same article with indicator 0 instead of 8, item reference 12345, and filter 1 instead of 3.
    standard = int("3074257BF7194E4000001A85", 16)
    assert standard - ours == (2 << 85) + (800_000 << 38)


def test_tags_decode_back_to_the_article() -> None:
    products = make_products()
    assert len({p.company_digits for p in products}) == 4, "several lengths of company prefixes"
    shelf = Shelf(products)
    for product in products:
        assert product.gtin[-1] == check_digit(product.gtin[:-1])
        lying, taken = shelf.peek(product, 3), shelf.take(product, 3)
        assert lying == taken != shelf.peek(product, 3)
        gtin, _ = slow_decode(taken)
        assert gtin == "0" + product.gtin


def test_check_digits_of_known_articles() -> None:
    assert check_digit("629104150021") == "3"  # GS1's own example
    assert check_digit("400638133393") == "1"


def test_every_tag_that_was_read_is_an_article_of_the_range(history: History) -> None:
    by_gtin = {"0" + p.gtin: p.id for p in history.products}
    sold: set[str] = set()
    for truth in history.truths:
        for passage in truth.passages:
            gtin, _ = slow_decode(passage.epc)
            assert by_gtin[gtin] == passage.product.id
            if passage.kind == "sold":
                assert passage.epc not in sold, "an item is sold once"
                sold.add(passage.epc)
                assert passage.receipt is not None
                assert passage.epc in {e for line in passage.receipt.lines for e in line.epcs}
    assert len(sold) > 1000


def test_the_range_reads_like_a_shop() -> None:
    products = make_products()
    assert len(products) >= 60
    assert len({p.category for p in products}) >= 6
    assert len({p.name for p in products}) == len({p.gtin for p in products}) == len(products)
    assert all(0 < p.cost_minor < p.price_minor for p in products)
    chinese = [p for p in products if any("\u4e00" <= c <= "\u9fff" for c in p.description)]
    assert 10 <= len(chinese) < len(products)


@pytest.mark.parametrize("sunday", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28),
                                    date(2038, 4, 25)])  # fmt: skip
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_the_shop_keeps_sundays_holidays_and_short_days() -> None:
    days = {d.date: d for d in make_days(FULL)}
    assert not any(d.open for d in days.values() if d.date.weekday() == 6)
    closed = {d.date for d in days.values() if d.note.startswith("holiday")}
    assert closed == {date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3)}
    assert closed <= german_holidays(2025).keys() | german_holidays(2026).keys()
    eve = days[date(2025, 12, 24)]
    assert (eve.closes_ms - eve.opens_ms) == 5 * 3_600_000


def test_opening_at_nine_is_nine_on_the_wall_before_and_after_the_clock_change() -> None:
    before, after = local_ms(date(2026, 3, 28), 540), local_ms(date(2026, 3, 30), 540)
    assert after - before == 47 * 3_600_000
    before, after = local_ms(date(2025, 10, 25), 540), local_ms(date(2025, 10, 27), 540)
    assert after - before == 49 * 3_600_000


def test_the_year_has_its_rhythm() -> None:
    days = make_days(FULL)
    by_month: dict[int, list[float]] = {}
    for day in days:
        if day.open and not day.promotion:
            by_month.setdefault(day.date.month, []).append(day.season)
    assert np.mean(by_month[12]) > np.mean(by_month[11]) > np.mean(by_month[10]) - 0.05 > np.mean(by_month[1])
    assert next(d.date for d in days if d.promotion) == date(2026, 2, 16)
    saturday = np.mean([d.level for d in days if d.open and d.date.weekday() == 5])
    monday = np.mean([d.level for d in days if d.open and d.date.weekday() == 0])
    assert saturday > 1.4 * monday


def test_fewer_buy_when_the_shop_is_crowded() -> None:
    saturday = next(d for d in make_days(FULL) if d.date == date(2025, 12, 20))
    quiet = chance_to_buy(saturday, saturday.opens_ms)
    crowded = chance_to_buy(saturday, saturday.opens_ms + 5 * 3_600_000)
    assert crowded < quiet - 0.05


def test_a_plan_goes_where_something_is_wanted_and_tries_coats_on_after_taking_them() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        plan = plan_visit(rng, FIXTURE_STORE, wanted=["shoes"], tries_on=True, pays=True)
        zones = [stop.zone for stop in plan.stops]
        assert "shoes" in zones
        assert zones[zones.index("fitting") - 1] == "coats"
        assert all(stop.walk_s >= 0 and stop.dwell_s > 0 for stop in plan.stops)


def test_people_stay_longer_where_they_buy() -> None:
    rng = np.random.default_rng(4)
    buying = [plan_visit(rng, FIXTURE_STORE, wanted=["shoes"], pays=True).stops for _ in range(400)]
    looking = [plan_visit(rng, FIXTURE_STORE, wanted=["shoes"]).stops for _ in range(400)]
    median = [np.median([s.dwell_s for stops in group for s in stops if s.zone == "shoes"])
              for group in (buying, looking)]  # fmt: skip
    assert median[0] > 1.3 * median[1]


def test_the_same_state_of_chance_gives_the_same_plan() -> None:
    plans = [plan_visit(np.random.default_rng(5), FIXTURE_STORE, manner="tryer", tries_on=True) for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_zone_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="garden"):
        plan_visit(np.random.default_rng(1), FIXTURE_STORE, wanted=["garden"])


def test_two_people_never_stand_at_one_till_at_once_and_nobody_overtakes(history: History) -> None:
    for truth in history.truths:
        lanes: dict[str, list[tuple[int, int, int]]] = {}
        for visitor in truth.visitors:
            queue = next((s for s in visitor.stays if s.zone == "queue"), None)
            till = next((s for s in visitor.stays if s.zone == "till"), None)
            if visitor.manner != "companion" and queue and till:
                lanes.setdefault(till.till, []).append((queue.entered_ms, till.entered_ms, till.left_ms))
        for served in lanes.values():
            served.sort()
            for (_, _, left), (_, entered, _) in pairwise(served):
                assert entered >= left


def test_someone_impatient_leaves_the_queue() -> None:
    day = next(d for d in make_days(FULL) if d.open)
    rng = np.random.default_rng(6)
    lanes = Lanes(day)
    morning = day.opens_ms + 60_000  # one till only
    assert lanes.serve(rng, morning, 300.0, 60.0).served
    waits = lanes.serve(rng, morning + 10_000, 60.0, 30.0)
    assert not waits.served
    assert waits.queue_left_ms == morning + 40_000
    assert lanes.serve(rng, morning + 20_000, 60.0, 1e9).till_entered_ms > morning + 300_000


def test_stays_lie_within_the_visit_in_order(history: History) -> None:
    for truth in history.truths:
        for visitor in truth.visitors:
            at = visitor.entered_ms
            for stay in visitor.stays:
                assert at <= stay.entered_ms <= stay.left_ms
                at = stay.left_ms
            assert at <= visitor.left_ms


def test_who_buys_has_been_where_it_lies(history: History) -> None:
    for truth in history.truths:
        for visitor in truth.visitors:
            zones = {stay.zone for stay in visitor.stays}
            for receipt in visitor.receipts:
                assert "till" in zones
                if receipt.kind == "sale" and visitor.left_ms < truth.day.closes_ms:
                    assert {line.product.zone for line in receipt.lines} <= zones


def test_a_member_who_joins_does_so_with_a_purchase(history: History) -> None:
    first: dict[str, date] = {}
    for truth in history.truths:
        for receipt in truth.receipts:
            if receipt.member_id and receipt.kind == "sale":
                first.setdefault(receipt.member_id, truth.day.date)
    joined = [m for m in history.members if m.joined_on >= history.span.start]
    bought = [m for m in joined if first.get(m.id) == m.joined_on]
    assert len(bought) > 0.95 * len(joined), "a few lose their patience or come too late"
    assert all(m.id not in first or first[m.id] >= m.joined_on for m in history.members)
    gone = [m for m in history.members if m.id in history.left_on and history.left_on[m.id] < history.span.start]
    assert gone
    assert not {m.id for m in gone} & first.keys(), "someone who left for good does not buy"
    assert {m.consent for m in history.members} == {True, False}


def test_planted_pairs_are_bought_together_far_more_often_than_by_chance(history: History) -> None:
    baskets = [
        {line.product.id for line in r.lines}
        for truth in history.truths
        for r in truth.receipts
        if r.kind == "sale" and r.lines
    ]
    both = sum({a, b} <= basket for basket in baskets for a, b, _ in BOUGHT_TOGETHER)
    chance = sum(
        sum(a in basket for basket in baskets) * sum(b in basket for basket in baskets) / len(baskets)
        for a, b, _ in BOUGHT_TOGETHER
    )
    assert both > 4 * chance
