"""Everything that is described, from the purchases and the visits: one function for the job and the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import (
    DESCRIBE_BY,
    DESCRIPTION_BINS,
    DESCRIPTION_WEEK,
    DESCRIPTIONS,
    Answer,
    check,
    empty,
)
from .groups import labels, large_enough
from .observed import Observed, Period, Seen, observed, week
from .rules import DescribeRules
from .statistics import change, edges, gini, mean_of, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ..frames import Contract
    from ..purchases import Purchases

# What people ask for, and the measures that answer it.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "frequency": ("frequency",),
    "value": ("value",),
    "time": ("gap_days", "hour"),
    "basket": ("basket_amount", "basket_units", "basket_products"),
    "dwell": ("dwell_s", "dwell_day_s"),
}
_OF_MEMBERS = ("frequency", "value", "gap_days")
# So many of the gaps may be longer than those that can be compared.
_UNSEEN = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The frames, and the answers to ``QUESTIONS``.

    Attributes:
        rows: ``frames.DESCRIPTIONS``.
        bins: ``frames.DESCRIPTION_BINS``.
        week: ``frames.DESCRIPTION_WEEK``.
        answers: One for each question.
    """

    rows: pd.DataFrame
    bins: pd.DataFrame
    week: pd.DataFrame
    answers: tuple[Answer, ...]


def describe(
    sales: Purchases,
    seen: Seen,
    period: Period,
    rules: DescribeRules | None = None,
    by: Sequence[str] = DESCRIBE_BY,
) -> Described:
    """Distributions of a period, and how they changed against as many days before.

    Args:
        sales: Everything sold up to the end of the period.
        seen: What the cameras say of the period and of as many days before.
        period: The days; those before the first sale or visit are cut off.
        rules: What a store may set.
        by: Some of ``frames.DESCRIBE_BY``.
    """
    rules = rules or DescribeRules()
    seen_from = seen.first(sales.time)
    starts = [day for day in (_first_day(sales), seen_from) if day is not None]
    if not starts or min(starts) >= period.end:
        return _nothing(sales)
    known_from = _first_day(sales) or min(starts)
    period = Period(max(period.first, min(starts)), period.end)
    past = Period(period.first - timedelta(days=period.days), period.first)
    now = list(observed(sales, seen, period))
    before: list[Observed | None] = [None] * len(now)
    if past.first >= known_from:
        before = list(observed(sales, seen, past))
    # A camera that began to see in the middle of the days before is no measure of them; one closed week is.
    if seen_from is None or seen_from > past.first + timedelta(days=7):
        before = [old if old is not None and not old.measure.startswith("dwell") else None for old in before]
    sight = (past.first - known_from).days
    before = [_as_far(old, one, sight) for one, old in zip(now, before, strict=True)]
    pairs = list(zip(now, before, strict=True))
    rows = [row for pair in pairs if "store" in by for row in _store(*pair)]
    for name in by:
        if name != "store":
            rows += _groups(sales, name, (period, past), pairs, rules.least_members)
    bins = [one for pair in pairs for one in _bins(*pair)]
    told = tuple(_answer(question, now, sales) for question in QUESTIONS)
    days = {"first_day": pd.Timestamp(period.first), "last_day": pd.Timestamp(period.end - timedelta(days=1))}
    frames = (_frame(rows, DESCRIPTIONS, days), _frame(bins, DESCRIPTION_BINS, {}))
    return Described(*frames, check(week(sales, period), DESCRIPTION_WEEK), told)


def _as_far(old: Observed | None, one: Observed, sight: int) -> Observed | None:
    """What can be held against now.

    A gap that ends in the days before is known only if it began after sales did, ``sight`` days before them at most:
    without the longer ones the gaps of the days before would always be the shorter. So gaps are compared up to there.

    Args:
        old: Of the days before.
        one: Of now.
        sight: Days with sales before the days before.

    Returns:
        None where too many gaps of now are longer.
    """
    if old is None or old.measure != "gap_days" or not len(one.values):
        return old
    return None if (one.values > sight).mean() > _UNSEEN else old.up_to(sight)


def _groups(
    sales: Purchases,
    by: str,
    periods: tuple[Period, Period],
    pairs: Sequence[tuple[Observed, Observed | None]],
    least: int,
) -> list[dict[str, object]]:
    """Rows of the groups of members that are large enough."""
    here = labels(sales, by, periods[0].first - timedelta(days=1))
    there = labels(sales, by, periods[1].first - timedelta(days=1)) if by == "segment" else here
    shown = large_enough(here, pairs[0][0].member, least)
    rows = []
    for one, old in pairs:
        parts, pasts = _parts(one, here, shown), {} if old is None else _parts(old, there, shown)
        for group, mine in parts.items():
            if mine.member.nunique() >= least:
                then = pasts.get(group)
                rows.append(
                    _row(mine, then if then is not None and then.member.nunique() >= least else None, by, group)
                )
    return rows


def _store(one: Observed, old: Observed | None) -> Iterator[dict[str, object]]:
    if len(one.values):
        yield _row(one, old if old is not None and len(old.values) else None, "store", "")


def _row(one: Observed, old: Observed | None, by: str, group: str) -> dict[str, object]:
    row: dict[str, object] = {"measure": one.measure, "by": by, "group": group, "n": len(one.values)}
    row |= summary(one.values, one.unit)
    row["gini"] = gini(one.values) if one.measure == "value" else None
    if old is not None:
        then = mean_of(old.values, old.unit)
        row |= {"before_n": len(old.values), "before_mean": then.value}
        names = ("change", "change_low", "change_high")
        like = one.up_to(old.longest)
        row |= dict(zip(names, change(mean_of(like.values, like.unit), then), strict=True))
    return row


def _parts(one: Observed, groups: pd.Series[str], shown: Mapping[str, str]) -> dict[str, Observed]:
    """The numbers of members by the name under which their group is shown."""
    name = one.member.map(groups).map(shown)
    found = {}
    for group in sorted(name.dropna().unique()):
        mine = (name == group).fillna(value=False).to_numpy(dtype=bool)
        member = one.member[mine].reset_index(drop=True)
        found[str(group)] = Observed(one.measure, one.values[mine], one.unit[mine], member, one.longest)
    return found


def _bins(one: Observed, old: Observed | None) -> Iterator[dict[str, object]]:
    if not len(one.values):
        return
    both = one.values if old is None else np.concatenate([one.values, old.values])
    begin = edges(one.measure, both)
    counts = [None if some is None else _count(begin, some) for some in (one, old)]
    for place, low in enumerate(begin):
        high = float(begin[place + 1]) if place + 1 < len(begin) else None
        before = None if counts[1] is None else int(counts[1][place])
        now = 0 if counts[0] is None else int(counts[0][place])
        yield {"measure": one.measure, "low": float(low), "high": high, "n": now, "before_n": before}


def _count(begin: NDArray[np.float64], some: Observed) -> list[int]:
    place = np.clip(np.searchsorted(begin, some.values, side="right") - 1, 0, None)
    return [int(n) for n in np.bincount(place, minlength=len(begin))]


def _answer(question: str, now: Sequence[Observed], sales: Purchases) -> Answer:
    """A question is answered where each of its measures has a number."""
    many = {one.measure: len(one.values) for one in now}
    if sum(many[name] for name in QUESTIONS[question]):
        return Answer(question)
    if question == "dwell":
        return Answer(question, "no_camera", 0, 1)
    if question in _OF_MEMBERS and sales.members.empty:
        return Answer(question, "no_members", 0, 1)
    return Answer(question, "no_receipts", 0, 1)


def _nothing(sales: Purchases) -> Described:
    why = "no_members" if sales.members.empty else "no_receipts"
    told = [
        Answer(q, "no_camera" if q == "dwell" else why if q in _OF_MEMBERS else "no_receipts", 0, 1) for q in QUESTIONS
    ]
    return Described(empty(DESCRIPTIONS), empty(DESCRIPTION_BINS), empty(DESCRIPTION_WEEK), tuple(told))


def _frame(rows: list[dict[str, object]], contract: Contract, days: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """Rows in the contract's columns; what a row does not say is null."""
    if not rows:
        return empty(contract)
    kinds = {c.name: pd.api.types.pandas_dtype(c.dtype) for c in contract.columns}
    columns = {name: [row.get(name, days.get(name)) for row in rows] for name in contract.names}
    return check(
        pd.DataFrame({name: pd.Series(values, dtype=kinds[name]) for name, values in columns.items()}), contract
    )


def _first_day(sales: Purchases) -> date | None:
    return None if sales.receipts.empty else sales.receipts["local_date"].min().date()
