"""What is described: single numbers of members, receipts, gaps and visits, and whom they belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import among, business_day, day_numbers, local_hour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from ..frames import StoreTime
    from ..purchases import Purchases

    Floats = NDArray[np.float64]


# Shares: of visits whose time is known, and of the open time that was seen.
MOST, WELL_SEEN = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, ``first <= day < end``."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.first).days

    def holds(self, days: pd.Series) -> pd.Series[bool]:
        """Which of some days lie in it."""
        return (days >= pd.Timestamp(self.first)) & (days < pd.Timestamp(self.end))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the cameras say of the time in the store; of the period and of as many days before.

    Attributes:
        visits: ``frames.VISITS``. A door camera alone sees only those again who turn on their heels: unless the time of
            most visits is known, theirs says nothing of the others.
        days: ``frames.STORE_DWELL``.
    """

    visits: pd.DataFrame
    days: pd.DataFrame

    @property
    def by_visit(self) -> bool:
        """Whether the time of most visits is known."""
        counted = self.visits.loc[self.visits["counted"], "dwell_s"]
        return len(counted) > 0 and bool(counted.notna().mean() >= MOST)

    def first(self, time: str | StoreTime) -> date | None:
        """The first day of which something is known."""
        visits = self.visits.loc[self.visits["counted"] & self.visits["dwell_s"].notna(), "entered"]
        if self.by_visit:
            return business_day(visits.min().to_pydatetime(), time)
        known = self.days.loc[(self.days["method"] == "little") & self.days["mean_s"].notna(), "local_date"]
        return None if known.empty else known.min().date()


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Numbers of one measure in one period.

    Attributes:
        measure: One of ``frames.DESCRIBE_MEASURES``.
        values: (n,).
        unit: Whom each number belongs to when it is asked how sure the mean is, (n,): the member where every member
            counts once or a few times, the day where the numbers of a day go up and down together.
        member: ``member_id`` of each, null where it has none, (n,).
        longest: The largest that could be seen in both periods.
    """

    measure: str
    values: Floats
    unit: NDArray[np.int64]
    member: pd.Series[str]
    longest: float = np.inf

    def up_to(self, longest: float) -> Observed:
        """Without the numbers that are larger."""
        kept = self.values <= longest
        if kept.all():
            return replace(self, longest=longest)
        member = self.member[kept].reset_index(drop=True)
        return Observed(self.measure, self.values[kept], self.unit[kept], member, longest)


def observed(sales: Purchases, seen: Seen, period: Period) -> Iterator[Observed]:
    """Every measure of a period.

    Args:
        sales: Everything sold up to its end at least.
        seen: What the cameras say of its days.
        period: The days.
    """
    rows = sales.receipts[period.holds(sales.receipts["local_date"])]
    yield from _of_members(rows)
    bought = rows[(rows["kind"] == "sale") & (rows["amount_minor"] > 0)].reset_index(drop=True)
    yield from _of_baskets(sales, bought, period)
    yield _gaps(sales, period)
    hour = local_hour(bought["sold_at"], sales.time)["local_hour"] if len(bought) else pd.Series(dtype="int64")
    yield Observed("hour", _floats(hour), day_numbers(bought["local_date"]), bought["member_id"])
    yield from _dwell(sales, seen, period)


def week(sales: Purchases, period: Period) -> pd.DataFrame:
    """Sales by weekday and hour: ``weekday``, ``local_hour``, ``receipts``, ``days``."""
    rows = sales.receipts[period.holds(sales.receipts["local_date"])]
    bought = rows[(rows["kind"] == "sale") & (rows["amount_minor"] > 0)]
    if bought.empty:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in ("weekday", "local_hour", "receipts", "days")})
    hour = local_hour(bought["sold_at"], sales.time)["local_hour"]
    weekday = bought["local_date"].dt.day_of_week
    found = pd.DataFrame({"weekday": weekday, "local_hour": hour}).value_counts(sort=False).rename("receipts")
    all_days = pd.Series(pd.date_range(period.first, period.end, inclusive="left")).dt.day_of_week.value_counts()
    table = found.reset_index().sort_values(["weekday", "local_hour"], ignore_index=True)
    return table.astype("int64").assign(days=table["weekday"].map(all_days).astype("int64"))


def _of_members(rows: pd.DataFrame) -> Iterator[Observed]:
    """How often and for how much each member bought who bought at all."""
    mine = rows[rows["member_id"].notna()]
    bought = mine[(mine["kind"] == "sale") & (mine["amount_minor"] > 0)]
    often = bought.drop_duplicates(["member_id", "local_date"]).groupby("member_id").size()
    names = pd.Series(often.index, dtype="str")
    each = np.arange(len(often))
    yield Observed("frequency", _floats(often), each, names)
    net = mine.groupby("member_id")["amount_minor"].sum().reindex(often.index)
    yield Observed("value", _floats(net), each, names)


def _of_baskets(sales: Purchases, bought: pd.DataFrame, period: Period) -> Iterator[Observed]:
    """Amount, pieces and different products of each receipt."""
    unit = day_numbers(bought["local_date"])
    yield Observed("basket_amount", _floats(bought["amount_minor"]), unit, bought["member_id"])
    lines = sales.lines[period.holds(sales.lines["local_date"]) & (sales.lines["kind"] == "sale")]
    pieces = lines.groupby("receipt_id")["quantity"].sum()
    different = lines.drop_duplicates(["receipt_id", "product_id"]).groupby("receipt_id").size()
    known = among(bought["receipt_id"], pieces.index).to_numpy()
    some = bought[known].reset_index(drop=True)
    for name, of in (("basket_units", pieces), ("basket_products", different)):
        values = _floats(of.reindex(some["receipt_id"]))
        yield Observed(name, values, unit[known], some["member_id"])


def _gaps(sales: Purchases, period: Period) -> Observed:
    """Days between two purchases of a member, of which the second lies in the period."""
    rows = sales.receipts
    bought = rows[rows["member_id"].notna() & (rows["kind"] == "sale") & (rows["amount_minor"] > 0)]
    days = bought[["member_id", "local_date"]].drop_duplicates().sort_values(["member_id", "local_date"])
    days = days.reset_index(drop=True)
    gap = (days["local_date"] - days["local_date"].shift()).dt.days
    same = days["member_id"].eq(days["member_id"].shift()).fillna(value=False).astype(bool)
    mine = same & period.holds(days["local_date"])
    found = days[mine].reset_index(drop=True)
    unit = pd.factorize(found["member_id"])[0].astype(np.int64)
    return Observed("gap_days", _floats(gap[mine]), unit, found["member_id"])


def _dwell(sales: Purchases, seen: Seen, period: Period) -> Iterator[Observed]:
    """Time in the store: of visits where most of them were seen to come and go, else the mean of each day."""
    rows = seen.visits[seen.visits["counted"]].reset_index(drop=True)
    days = local_hour(rows["entered"], sales.time)["local_date"] if len(rows) else pd.Series(dtype="datetime64[ms]")
    mine = period.holds(days).to_numpy(dtype=bool)
    values = _floats(rows["dwell_s"])[mine] if seen.by_visit else np.zeros(0)
    known = ~np.isnan(values)
    unit = day_numbers(days[mine])[known] if seen.by_visit else np.zeros(0, dtype=np.int64)
    yield Observed("dwell_s", values[known], unit, _nobody(int(known.sum())))
    daily = seen.days
    some = daily[period.holds(daily["local_date"]) & (daily["method"] == "little") & daily["mean_s"].notna()]
    some = some[some["coverage"].fillna(0.0) >= WELL_SEEN]
    size = 0 if seen.by_visit else len(some)
    yield Observed("dwell_day_s", _floats(some["mean_s"])[:size], day_numbers(some["local_date"])[:size], _nobody(size))


def _nobody(size: int) -> pd.Series[str]:
    return pd.Series([None] * size, dtype="str")


def _floats(values: pd.Series) -> Floats:
    return np.asarray(values, dtype=np.float64)
