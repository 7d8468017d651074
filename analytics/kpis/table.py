"""Every indicator of every group: sums above, sums below, and over which hours they were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..metrics import coverage
from .before import LEAST_SHARE, Before, compare, expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .definitions import Kpi
    from .groups import Groups

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Columns = dict[str, NDArray[Any]]

# No line outside, no rota, groups off, tills not added up yet: nowhere in all hours is there anything to go by.
NOT_MEASURED = "not measured"
_IMPUTED = ("entries_in", "entries_out", "visits", "buying_units")


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """The hours that are asked for, among all that are known.

    Attributes:
        wide: Measures of all hours, from ``rollups``; the weeks before included.
        positions: (N,) rows that are asked for.
        groups: Of these.
        status: (N,) of these, ``frames.STATUSES``.
        before: Of these; None: nothing is held against the weeks before.
    """

    wide: pd.DataFrame
    positions: NDArray[np.intp]
    groups: Groups
    status: NDArray[np.object_]
    before: Before | None

    def column(self, name: str) -> Floats:
        """A measure of the hours that are asked for; NaN where it is not known at all."""
        return self.whole(name)[self.positions]

    def whole(self, name: str) -> Floats:
        """A measure of all hours."""
        if name not in self.wide:
            return np.full(len(self.wide), np.nan)
        return self.wide[name].to_numpy(dtype=np.float64)

    def sums(self, values: Floats, mask: Mask) -> Floats:
        """The sum of each group over some hours."""
        codes = self.groups.codes[mask]
        return np.bincount(codes, weights=values[mask], minlength=len(self.groups.names)).astype(np.float64)

    def largest(self, values: Floats, mask: Mask) -> Floats:
        """The largest of each group over some hours; NaN where there is none."""
        found = np.full(len(self.groups.names), -np.inf)
        np.maximum.at(found, self.groups.codes[mask], values[mask])
        return np.where(np.isinf(found), np.nan, found)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """How well the doors were seen.

    Attributes:
        share: (K,) coverage of each group, NaN where it was closed.
        status: (K,) of each group.
        rated: (N,) hours over which rates are taken.
    """

    share: Floats
    status: NDArray[np.object_]
    rated: Mask

    @classmethod
    def of(cls, hours: Hours) -> Seen:
        """As ``metrics.totals`` takes them."""
        everything = np.ones(len(hours.positions), dtype=bool)
        share, status = coverage.statuses(
            hours.sums(hours.column("open_s"), everything), hours.sums(hours.column("seen_s"), everything)
        )
        own = hours.status
        some_ok = np.bincount(hours.groups.codes[own == "ok"], minlength=len(hours.groups.names)) > 0
        whole = (own == "ok") | (own == "closed")
        return cls(share, status, np.where(some_ok[hours.groups.codes], whole, own != "missing").astype(bool))


def mask_of(kpi: Kpi, hours: Hours, seen: Seen) -> Mask:
    """The hours over which an indicator is taken."""
    known = ~np.isnan(hours.column(kpi.numerator))
    if kpi.denominator:
        known &= ~np.isnan(hours.column(kpi.denominator))
    return known & seen.rated if kpi.over == "rated" else known


def rows(kpis: Sequence[Kpi], hours: Hours, *, impute: bool, against: bool) -> list[Columns]:
    """For each indicator the columns of ``frames.KPIS`` without name, group and bounds, (K,) each."""
    seen = Seen.of(hours)
    return [_row(kpi, hours, seen, impute=impute, against=against) for kpi in kpis]


def _row(kpi: Kpi, hours: Hours, seen: Seen, *, impute: bool, against: bool) -> Columns:
    mask = mask_of(kpi, hours, seen)
    share, status = _coverage(kpi, hours, seen, mask)
    above = (hours.largest if kpi.largest else hours.sums)(hours.column(kpi.numerator), mask)
    below = hours.sums(hours.column(kpi.denominator), mask) if kpi.denominator else np.full(len(above), np.nan)
    some = np.bincount(hours.groups.codes[mask], minlength=len(above)) > 0
    shown = some & ((status != "missing") | (kpi.cameras == "none") | (kpi.name == "coverage"))
    if kpi.name.startswith("occupancy"):
        shown &= status != "closed"
    above, below = np.where(shown, above, np.nan), np.where(shown, below, np.nan)
    imputed = np.zeros(len(above))
    if impute and kpi.over == "seen" and kpi.numerator in _IMPUTED:
        above, imputed = _filled(kpi, hours, above)
    value = np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan) if kpi.denominator else above
    found: Columns = {
        "numerator": above,
        "denominator": below,
        "value": value,
        "coverage": share,
        "status": status,
        "imputed": imputed,
        "flag": _flags(kpi, hours, above, below),
    }
    return found | _against(kpi, hours, mask, np.where(imputed > 0, np.nan, value)) if against else found


def _coverage(kpi: Kpi, hours: Hours, seen: Seen, mask: Mask) -> tuple[Floats, NDArray[np.object_]]:
    size = len(hours.groups.names)
    if kpi.cameras == "none":
        return np.full(size, np.nan), np.full(size, "ok", dtype=object)
    if kpi.cameras == "doors":
        return seen.share, seen.status
    open_s = hours.column("open_s")
    watched = ~np.isnan(hours.column(kpi.watched)) if kpi.watched else mask
    seen_s = np.nan_to_num(hours.column(kpi.seconds)) if kpi.seconds else open_s
    return coverage.statuses(hours.sums(open_s, np.ones(len(open_s), dtype=bool)), hours.sums(seen_s, watched))


# Of so many visitors somebody buys: no receipt at all is sooner a file of the till that has not come.
_SOMEBODY_BUYS = 30


def _flags(kpi: Kpi, hours: Hours, above: Floats, below: Floats) -> NDArray[np.object_]:
    flags = np.full(len(above), None, dtype=object)
    if any(np.isnan(hours.whole(name)).all() for name in (kpi.numerator, kpi.denominator) if name):
        flags[:] = NOT_MEASURED
    if kpi.name in {"conversion", "conversion_per_unit"}:
        flags[above > below] = "conversion>1"
        flags[(above > 0) & (below == 0)] = "sales without visits"
        flags[(above == 0) & (below >= _SOMEBODY_BUYS)] = "visits without sales"
    return flags


def _filled(kpi: Kpi, hours: Hours, above: Floats) -> tuple[Floats, Floats]:
    """Totals with what the gaps should have held, and the share of it that was filled in."""
    if hours.before is None:
        return above, np.zeros(len(above))
    days = pd.factorize(hours.wide["local_date"].iloc[hours.positions])[0]
    status, open_s = hours.status, hours.column("open_s")
    full = np.where(hours.wide["status"].isin(["ok", "closed"]), hours.whole(kpi.numerator), np.nan)
    should = expected(full, hours.before, hours.positions, days)
    unseen = 1.0 - np.divide(hours.column("seen_s"), open_s, out=np.ones_like(open_s), where=open_s > 0)
    fill = np.where(status == "missing", should, np.where(status == "partial", should * np.clip(unseen, 0.0, 1.0), 0.0))
    now = np.where(status == "missing", np.nan, hours.column(kpi.numerator))
    counted = hours.sums(now, ~np.isnan(now))
    more = hours.sums(fill, ~np.isnan(fill))
    # A total is filled when every gap in it can be; else it stays as it was counted.
    open_gap = np.bincount(hours.groups.codes[np.isnan(fill)], minlength=len(above)) > 0
    usable = (more > 0) & ~open_gap
    total = np.where(usable, counted + more, above)
    return total, np.where(usable, more / np.where(usable, total, 1.0), 0.0)


def _against(kpi: Kpi, hours: Hours, mask: Mask, value: Floats) -> Columns:
    """Against the same hours of the weeks before: like with like, over the hours that both have."""
    nothing = np.full(len(value), np.nan)
    if hours.before is None or kpi.name == "coverage":
        return {"baseline": nothing, "ratio": nothing, "z": nothing, "weeks": np.zeros(len(value), dtype=np.int64)}
    doors = kpi.cameras == "doors"
    now = hours.column(kpi.numerator)
    then = hours.before.values(hours.whole(kpi.numerator), seen_only=doors)
    below = hours.before.values(hours.whole(kpi.denominator), seen_only=doors) if kpi.denominator else None
    open_s = hours.column("open_s")
    asked = hours.sums(open_s, mask)
    if doors:
        # Half an hour that was seen is not held against a whole one.
        mask = mask & ((hours.status == "ok") | (hours.status == "closed"))
    weekly = np.full((len(then), len(value)), np.nan)
    for week in range(len(then)):
        both = mask & ~np.isnan(then[week])
        if below is not None:
            both &= ~np.isnan(below[week])
        weekly[week] = _week(kpi, hours, (now, then[week], None if below is None else below[week]), both, value)
        told = np.bincount(hours.groups.codes[both], minlength=len(value)) > 0
        weekly[week, ~told | (hours.sums(open_s, both) < LEAST_SHARE * asked)] = np.nan
    weekly[:, np.isnan(value)] = np.nan
    middle, ratio, z, weeks = compare(value, weekly)
    return {"baseline": middle, "ratio": ratio, "z": z, "weeks": weeks}


def _week(kpi: Kpi, hours: Hours, measures: tuple[Floats, Floats, Floats | None], both: Mask, value: Floats) -> Floats:
    """The indicator of one week before, over the hours that both weeks have."""
    now, then, below = measures
    if kpi.largest:
        return hours.largest(then, both)
    above = hours.sums(then, both)
    if below is not None:
        under = hours.sums(below, both)
        return np.where(under > 0, above / np.where(under > 0, under, 1.0), np.nan)
    # A sum is scaled to the hours that the week before did not have.
    mine = hours.sums(now, both)
    return np.where(mine > 0, above * np.divide(value, mine, out=np.ones_like(mine), where=mine > 0), above)
