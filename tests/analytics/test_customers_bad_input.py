"""Whatever is wrong with what a shop sold and to whom: every question is answered or refused, and the page is whole."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.forecast.learning import ridge_weights
from analytics.jobs import JOBS
from analytics.report.language import LANGUAGES, Language

from .odd_shop import QUESTIONS, Member, Odd, Slip, each, faults_of, regulars, run, told
from .small_shop import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .odd_shop import Ran

M = (Member("M0"), Member("M1"), Member("M2"))
THREE = tuple(Slip(day, member=f"M{n}", minute=630 + n) for day in range(3) for n in range(3))
GOODS = tuple((f"P{n}", f"Thing {n}", f"A thing {n}", f"c{n % 3}") for n in range(10))
CUSTOMERS = ("describe", "segments", "baskets", "recommend", "value", "churn", "demand", "network")
# What customers need, and the page; the days' jobs have nothing to do with who bought.
PEOPLE = ("import", "visits", "clocks", "hourly", *CUSTOMERS, "report")
# Every heading, or in its place a line that says why there is no such section.
SECTIONS = (
    "ahead", "anomalies", "describe", "describe_groups", "segment", "segments_ratio", "segments_clusters",
    "segments_tastes", "segments_moves", "value", "value_held", "churn", "demand", "recommend", "baskets", "tastes",
    "network",
)  # fmt: skip

SMALL = {
    "nothing at all": Odd(cameras=0),
    "no file of members, none of products": Odd(THREE, members=None, products=None),
    "no members": Odd(THREE, members=()),
    "one member": Odd(tuple(replace(slip, member="M0") for slip in THREE), M[:1]),
    "one receipt": Odd(THREE[:1], M),
    "one receipt of nobody": Odd((Slip(0),), M),
    "one product": Odd(THREE, M),
    "ten things sold": Odd(
        tuple(Slip(n % 3, ((f"P{n}", 1, 1000),), f"M{n % 3}", 630 + n) for n in range(10)), M, GOODS
    ),
    "a new store": Odd(THREE, M, GOODS),
    "nobody was asked": Odd(THREE, tuple(replace(one, consent=False) for one in M)),
    "receipts of members in no file": Odd(each(Odd(THREE), member="X9").slips, M),
    "no cameras": Odd(THREE, M, cameras=0),
    "no sales": Odd((), M),
    "nothing but nothing": Odd(each(Odd(THREE), items=(("P0", 1, 0),)).slips, M),
    "nothing but returns": Odd(each(Odd(THREE), kind="return").slips, M),
    "more came back than was sold": Odd(
        (*THREE, *(replace(slip, items=(("P0", 3, 5000),), kind="return", returns=f"R{n}", minute=700 + n)
                   for n, slip in enumerate(THREE))), M
    ),
    "written as negative sales": Odd((*THREE, Slip(2, (("P0", 1, -1000),), "M0", 900)), M),
    "a member twice": Odd(THREE, (*M, M[0], replace(M[1], consent=False))),
    "products nobody described": Odd(THREE, M, (("P0", "Loafer", "", ""),)),
    "products of no master": Odd(THREE, M, (("P9", "Loafer", "A loafer", "shoes"),)),
    "no ages": Odd(THREE, tuple(replace(one, age="", gender="", province="") for one in M)),
    "joined tomorrow": Odd(THREE, tuple(replace(one, joined=date(2031, 1, 1)) for one in M)),
    "receipts without lines": Odd(each(Odd(THREE), items=()).slips, M),
    "a million of them": Odd((*THREE, Slip(1, (("P0", 1_000_000, 99_999),), "M0", 900)), M),
}  # fmt: skip


def check_whole(ran: Ran, failed: frozenset[str] = frozenset()) -> None:
    """Every job went well, every question stands in ``answer``, and both pages have every part or say why not."""
    assert {job: ran.notes[job] for job, status in ran.status.items() if status != "ok"}.keys() == failed
    asked = ran.answers.groupby("topic")["question"].agg(set).to_dict()
    # Of the demand of members one word is said of all three questions, or each has its own.
    asked["demand"] = {"members" if name.startswith("member") else name for name in asked["demand"]}
    assert {str(topic): questions - {"model"} for topic, questions in asked.items()} == QUESTIONS
    refused = ran.answers[~ran.answers["answered"]]
    assert refused["why"].notna().all()
    assert ran.answers.loc[ran.answers["answered"], "why"].isna().all()
    assert set(ran.pages) == set(LANGUAGES)
    for code, page in ran.pages.items():
        assert faults_of(page) == [], code
        say = Language(code)
        headings, lines = told(page)
        for name in SECTIONS:
            title = say(f"{name}.title")
            line = say("absent.line", part=title, why="\0").partition("\0")[0]
            said = (title in headings) + sum(one.startswith(line) for one in lines)
            assert said == 1, f"{code}: {name} ({title}) is told {said} times"


def run_quietly(shop: Odd, folder: Path, *jobs: str) -> Ran:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return run(shop, folder, *jobs)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_small_shop_is_told_as_far_as_it_goes(name: str, tmp_path: Path) -> None:
    ran = run_quietly(SMALL[name], tmp_path)
    assert set(ran.status) - {"inputs"} == {job.name for job in JOBS}
    check_whole(ran)


# One after the other for the quick tests: with the jobs of customers alone, and little for cameras to have seen.
QUICK = ("no file of members, none of products", "more came back than was sold", "nothing but nothing")


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_topics_of_a_small_shop_are_told_as_far_as_they_go(name: str, tmp_path: Path) -> None:
    shop = replace(SMALL[name], cameras=0)
    ran = run_quietly(shop, tmp_path, *PEOPLE[:1], *CUSTOMERS, "report")
    assert set(ran.status) - {"inputs"} == {"import", *CUSTOMERS, "report"}
    assert set(ran.status.values()) == {"ok"}
    assert set(ran.answers["topic"]) == set(CUSTOMERS)
    for code, page in ran.pages.items():
        assert faults_of(page) == []
        say, (_, lines) = Language(code), told(page)
        # What nobody computed is named, too.
        for part in ("ahead", "anomalies"):
            assert say("absent.line", part=say(f"{part}.title"), why=say("absent.never")) in lines


def weekly(many: int = 120, days: int = 140, **changes: Any) -> Odd:
    """Everybody buys the same on the same day of every week: all are alike, and every day is like the other."""
    slips = [
        Slip(day, (("P0", 1, 1000), ("P1", 1, 500)), f"M{n:03}", 600 + n)
        for day in range(days)
        for n in range(day % 7, many, 7)
    ]
    goods = GOODS[:2]
    return replace(Odd(tuple(slips), tuple(Member(f"M{n:03}") for n in range(many)), goods, days, days), **changes)


def once(shop: Odd) -> Odd:
    """Nobody ever comes again."""
    first = {slip.member: slip for slip in reversed(shop.slips)}
    return replace(shop, slips=tuple(slip for slip in shop.slips if slip.member is None or first[slip.member] is slip))


def back(shop: Odd) -> Odd:
    """Every second receipt is brought back, as often before it was sold as after it."""
    slips = [
        replace(slip, kind="return", returns=f"R{n - 1 if n % 4 == 1 else n + 1}") if n % 2 else slip
        for n, slip in enumerate(shop.slips)
    ]
    return replace(shop, slips=tuple(slips))


def members(shop: Odd, **changes: Any) -> Odd:
    """The same shop with every member changed."""
    return replace(shop, members=tuple(replace(one, **changes) for one in shop.members or ()))


def large() -> dict[str, Callable[[], Odd]]:
    """Shops with enough of everything for the models, but for one thing."""
    return {
        "many goods": lambda: regulars(goods=45),
        "all alike, every day the same": weekly,
        "nobody comes again": lambda: once(regulars()),
        "half of it comes back": lambda: back(regulars(goods=45)),
        "all for nothing": lambda: each(regulars(goods=45), items=tuple((f"P{n}", 1, 0) for n in range(3))),
        "one product": lambda: each(regulars(), items=(("P0", 1, 1000),)),
        "no ages, no places": lambda: members(regulars(), age="", gender="", province=""),
        "products of no master": lambda: replace(regulars(goods=45), products=None),
        "nobody described them": lambda: replace(
            regulars(goods=45), products=tuple((f"P{n}", f"{n}", "", "") for n in range(45))
        ),
        "nobody agreed": lambda: members(regulars(goods=45), consent=False),
        "joined after they bought": lambda: members(regulars(goods=45), joined=date(2031, 1, 1)),
        "no lines": lambda: each(regulars(), items=()),
        "all at one moment": lambda: each(regulars(goods=45), day=139, minute=700),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", large())
def test_a_shop_with_enough_of_all_but_one_thing(name: str, tmp_path: Path) -> None:
    shop = replace(large()[name](), cameras=0)
    ran = run_quietly(shop, tmp_path, *PEOPLE[:1], *CUSTOMERS, "report")
    assert {job: ran.notes[job] for job, status in ran.status.items() if status != "ok"} == {}
    assert set(ran.answers["topic"]) == set(CUSTOMERS)
    assert {code: faults_of(page) for code, page in ran.pages.items()} == {code: [] for code in LANGUAGES}


@pytest.mark.slow
def test_a_constant_series_is_forecast_and_judged(tmp_path: Path) -> None:
    check_whole(run_quietly(weekly(30, 70), tmp_path))


def dice(seed: int) -> Odd:
    """A shop by dice: whatever a till or a person can write."""
    rng = np.random.default_rng(seed)
    days, many, goods = int(rng.integers(7, 22)), int(rng.integers(0, 90)), int(rng.integers(1, 50))
    names = [str(rng.choice(["M", "Müller-", "王", "😀 ", "O'Neil & <b>", "=1+1;"])) + f"{n}" for n in range(many)]
    slips: list[Slip] = []
    for n in range(int(rng.integers(0, 40 * days))):
        items = tuple(
            (f"P{rng.integers(goods)}", int(rng.choice([1, 1, 2, 3, 100_000])), int(rng.choice([0, 1, 999, 5_000_000])))
            for _ in range(int(rng.integers(0, 5)))
        )
        member = names[int(rng.integers(many))] if many and rng.random() < 0.7 else None
        day = int(rng.integers(days)) if rng.random() < 0.97 else int(rng.choice([-400, -30, 10_000]))
        kind = str(rng.choice(["sale"] * 6 + ["return", "void", "training"]))
        back = f"R{rng.integers(0, n + 20)}" if kind == "return" and rng.random() < 0.7 else ""
        minute = int(rng.choice([0, 200, 600, 700, 800, 1439]))
        slips.append(Slip(day, items, member, minute, kind, "" if back == f"R{n}" else back))
    people = tuple(
        Member(
            name,
            MONDAY + timedelta(days=int(rng.choice([-9000, -300, -3, 3, 4000]))),
            str(rng.choice(["", "0-17", "99+", "四十", "30-39"])),
            str(rng.choice(["", "f", "x"])),
            str(rng.choice(["", "Berlin", "上海", "<i>"])),
            bool(rng.random() < 0.8),
        )
        for name in names
    )
    called = ["Ding", "东西", "<b>", "%s {x}"]
    texts = ["", "A red thing", "红色的 鞋", "<script>", "a", "the of and"]
    about = tuple(
        (f"P{n}", f"{rng.choice(called)} {n}", str(rng.choice(texts)), str(rng.choice(["", "c1", "鞋"])))
        for n in range(int(rng.integers(0, goods + 1)))
    )
    return Odd(tuple(slips), people, about, days, cameras=0, rules=RULES)


# So that three weeks are enough for the models, too.
RULES = "[churn]\ndays = 7\n[demand]\ndays = 7\nleast_units = 1\n[recommend]\nholdout_days = 7\n"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_till_may_write_is_told_or_refused(seed: int, tmp_path: Path) -> None:
    ran = run_quietly(dice(seed), tmp_path, *PEOPLE[:1], *CUSTOMERS, "report")
    # The import may set rows aside; no question may fail by what is left.
    assert {job: ran.notes[job] for job, status in ran.status.items() if status != "ok"} == {}
    assert set(ran.answers["topic"]) == set(CUSTOMERS)
    for page in ran.pages.values():
        # Names may hold what looks like a place for a value.
        assert [one for one in faults_of(page) if not one.startswith(("'{'", "'}'"))] == []
        assert "<script>" not in page
        assert "&lt;b&gt; " in page or "<b>" not in page


def test_a_line_that_most_hours_lie_on_exactly_is_learned() -> None:
    """The same visits in the same hour of every week: no residual is left to weigh by."""
    x = np.column_stack([np.ones(200), np.tile([0.0, 1.0], 100)])
    y = 2.0 * x[:, 1]
    y[::50] = 9.0
    found = ridge_weights(x, y, np.ones(200))
    assert np.isfinite(found).all()
    assert x @ found == pytest.approx(2.0 * x[:, 1], abs=0.3)
