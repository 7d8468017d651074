"""How wrong and how sure: against the published numbers and against slow, independent versions."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from scipy.stats import binomtest

from edge.audit.arithmetic import (
    ONE_SIDED_95,
    TWO_SIDED_95,
    Count,
    compare,
    more_at_this_rate,
    more_if_right,
    score,
    verdict_on,
    wilson,
)
from edge.audit.report import Audited, as_data, in_words, rows, table

if TYPE_CHECKING:
    from pathlib import Path

    from edge.events import Direction

TEN = datetime(2026, 4, 7, 8, tzinfo=UTC)  # ten in Berlin
BERLIN = ZoneInfo("Europe/Berlin")


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


# --- intervals and verdicts -------------------------------------------------------------------------------------


def test_95_of_100_right_show_only_89_to_98_percent() -> None:
    low, high = wilson(95, 100, TWO_SIDED_95)
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)


@pytest.mark.parametrize("trials", [1, 7, 50, 147, 1000])
def test_the_interval_is_that_of_scipy(trials: int) -> None:
    for right in {0, 1, trials // 2, trials - 1, trials}:
        theirs = binomtest(right, trials).proportion_ci(0.95, method="wilson")
        assert wilson(right, trials, TWO_SIDED_95) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_about_150_crossings_with_at_most_3_errors_prove_95_percent() -> None:
    assert verdict_on(147, 150) == "proven"
    assert verdict_on(146, 150) == "not proven"
    assert verdict_on(147 - 3, 147) == "proven"
    assert verdict_on(146 - 3, 146) == "not proven"
    low, _ = wilson(147, 150, ONE_SIDED_95)
    theirs = binomtest(147, 150).proportion_ci(0.9, method="wilson")  # both ends at 5 %: its lower end is the one-sided
    assert low == pytest.approx(theirs.low, abs=1e-6)


def test_without_a_single_error_52_crossings_are_enough() -> None:
    assert more_if_right(0, 0) == 52
    assert verdict_on(52, 52) == "proven"
    assert verdict_on(51, 51) == "not proven"


def test_the_numbers_in_the_document_are_these(root: Path) -> None:
    text = (root / "docs" / "audit.md").read_text(encoding="utf-8")
    stated = re.findall(r"^\| (\d+) \| (\d+) \|$", text, flags=re.MULTILINE)
    assert len(stated) == 6
    for errors, trials in ((int(e), int(t)) for e, t in stated):
        assert verdict_on(trials - errors, trials) == "proven"
        assert verdict_on(trials - 1 - errors, trials - 1) != "proven"


def test_what_is_clearly_worse_is_disproven_and_no_crossing_has_shown_nothing() -> None:
    assert verdict_on(80, 100) == "disproven"
    assert verdict_on(0, 0) == "not proven"
    assert verdict_on(93, 100) == "not proven"


@pytest.mark.parametrize(("right", "trials"), [(30, 30), (29, 30), (98, 100), (143, 150), (10, 10), (0, 0)])
def test_what_is_said_to_be_enough_is_enough_and_one_less_is_not(right: int, trials: int) -> None:
    more = more_if_right(right, trials)
    assert verdict_on(right + more, trials + more) == "proven"
    if more:
        assert verdict_on(right + more - 1, trials + more - 1) == "not proven"


def test_at_the_rate_of_today_the_smallest_sufficient_number_is_named() -> None:
    more = more_at_this_rate(98, 100)
    slow = next(n for n in itertools.count(100) if verdict_on(0.98 * n, n) == "proven")
    assert more == slow - 100
    assert more_at_this_rate(95, 100) is None, "a rate of exactly 95 % never proves it"
    assert more_at_this_rate(0, 0) is None
    assert more_at_this_rate(150, 150) == 0


# --- what counts as an error ------------------------------------------------------------------------------------


def test_misses_and_inventions_cancel_in_the_balanced_error_and_add_up_in_the_other() -> None:
    found = score([Count(10, 8, 8), Count(10, 12, 10)])
    assert (found.balanced, found.unbalanced) == (0, 0.2)
    assert (found.right, found.trials) == (18, 22), "two missed, two invented"
    assert not found.totals_only


def test_totals_hide_an_error_that_presses_show() -> None:
    with_presses = score([Count(10, 10, 8)])
    totals = score([Count(10, 10)])
    assert (with_presses.right, with_presses.trials) == (8, 12)
    assert (totals.right, totals.trials, totals.totals_only) == (10, 10, True)


def test_without_anybody_there_is_no_error_rate_but_an_invention_is_an_error() -> None:
    empty = score([Count(0, 0, 0)])
    assert (empty.balanced, empty.unbalanced, empty.accuracy, empty.verdict) == (None, None, None, "not proven")
    ghost = score([Count(0, 1, 0)])
    assert (ghost.balanced, ghost.right, ghost.trials) == (None, 0, 1)


# --- pairing ----------------------------------------------------------------------------------------------------


def test_a_slow_finger_still_finds_its_crossing() -> None:
    found = compare([at(10.8), at(31.5)], [at(10), at(30), at(50)], TEN, at(60))
    assert found.count == Count(2, 3, 2)
    assert (found.missed, found.invented) == ((), (at(50),))


def test_one_press_is_never_two_crossings() -> None:
    found = compare([at(10)], [at(9.5), at(10.5)], TEN, at(60))
    assert found.count == Count(1, 2, 1)


def test_who_crosses_in_the_last_moment_belongs_to_the_window_of_the_crossing() -> None:
    presses, crossings = [at(60.7)], [at(59.9)]
    assert compare(presses, crossings, TEN, at(60)).count == Count(1, 1, 1)
    assert compare(presses, crossings, at(60), at(120)).count == Count(0, 0, 0)


def test_a_press_outside_that_belongs_to_nobody_is_not_counted() -> None:
    assert compare([at(62)], [], TEN, at(60)).count == Count(0, 0, 0)


def test_one_missing_press_in_a_stream_does_not_move_all_later_pairs() -> None:
    stream = [at(s) for s in range(0, 40, 2)]
    late = [t + timedelta(seconds=0.6) for t in stream]
    found = compare(late[:4] + late[5:], stream, TEN, at(40))
    assert found.invented == (stream[4],)
    # Nor does a crossing just before the clip, whose press nobody can have seen.
    assert compare(late[1:], stream, at(1), at(40)).count == Count(19, 19, 19)


def test_no_other_pairing_finds_more_pairs() -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    for _ in range(300):
        presses = [at(dice.uniform(0, 12)) for _ in range(dice.randint(0, 5))]
        crossings = [at(dice.uniform(0, 12)) for _ in range(dice.randint(0, 5))]
        shorter, longer = sorted([presses, crossings], key=len)
        best = max(
            sum(abs(a - b) <= timedelta(seconds=2) for a, b in zip(shorter, order, strict=False))
            for order in itertools.permutations(longer)
        )
        assert compare(presses, crossings, TEN, at(60)).count.matched == best


# --- the report -------------------------------------------------------------------------------------------------


def audited(direction: Direction, hour: int, count: Count, minute: int = 0) -> Audited:
    return Audited("door", "entrance", direction, TEN.replace(hour=hour, minute=minute), count)


def test_the_report_has_every_band_all_hours_and_all_together() -> None:
    found = rows(
        [
            audited("in", 8, Count(20, 20, 20)),
            audited("in", 12, Count(10, 7, 7)),
            audited("out", 8, Count(5, 5, 5)),
        ],
        BERLIN,
    )
    assert [(r.line, r.direction, r.hours, r.score.manual) for r in found] == [
        ("entrance", "in", "10-12", 20),
        ("entrance", "in", "14-16", 10),
        ("entrance", "in", "all", 30),
        ("entrance", "out", "10-12", 5),
        ("entrance", "out", "all", 5),
        ("all", "all", "all", 35),
    ]
    assert found[-1].score.windows == 2, "two directions of one window are one window"
    heading, *lines = table(found, cameras=False)
    assert len(heading) == len(lines[0]) == 10
    assert lines[1][6:9] == ("-30.0%", "30.0%", "7 of 10, 70.0% (39.7% to 89.2%)")
    assert as_data(found)[1]["unbalanced"] == pytest.approx(0.3)


def test_the_verdict_says_what_is_still_to_do() -> None:
    assert in_words(score([Count(52, 52, 52)])) == ">= 95% proven"
    assert in_words(score([Count(52, 52)])) == ">= 95% proven by totals"
    assert in_words(score([Count(30, 30, 30)])) == ">= 95% not proven yet: 22 more without an error would"
    assert in_words(score([Count(100, 98, 98)])) == (
        ">= 95% not proven yet: 18 more without an error would, or 43 at this error rate"
    )
    assert in_words(score([Count(100, 95, 95)])).endswith("; at this error rate never")
    assert in_words(score([Count(100, 80, 80)])) == ">= 95% disproven"


def test_hours_are_those_of_the_store_on_the_day_the_clocks_change() -> None:
    before = audited("in", 0, Count(1, 1, 1))
    before = replace(before, begins=datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    after = replace(before, begins=datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert [r.hours for r in rows([before], BERLIN)] == ["00-02", "all"]
    assert [r.hours for r in rows([after], BERLIN)] == ["02-04", "all"]
