"""The indicators of a period from its roll-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..frames import BY, check, empty
from ..frames import KPIS as CONTRACT
from .before import Before
from .bounds import bounds
from .definitions import KPIS, TIMES, Kpi
from .groups import groups
from .rollups import places, store_hours, till_rows, within, zone_rows
from .table import Hours, Seen, mask_of, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from .groups import Groups
    from .rollups import Rollups

    Columns = dict[str, NDArray[Any]]

_PARTS = ("till", "zone", "segment")


class KpiError(ValueError):
    """What is asked for does not exist; the message names it and what there is."""


@dataclass(frozen=True, slots=True)
class Part:
    """One till, zone or segment.

    Attributes:
        kind: ``till``, ``zone`` or ``segment``.
        name: Its id; of a zone ``camera/zone``.
    """

    kind: str
    name: str


def kpis(
    rollups: Rollups,
    since: date,
    until: date,
    by: str = "all",
    names: Sequence[str] = (),
    *,
    part: Part | None = None,
    impute: bool = False,
    against: bool = True,
) -> pd.DataFrame:
    """Every indicator of a period, with its numerator, denominator, coverage, bounds and the weeks before.

    Rates are ratios of sums; conversion over 1 is flagged, never clipped. Under half of the opening time seen a value
    is missing, under nine tenths partial. Bounds are those of the last audit of the doors.

    Args:
        rollups: Of the period and, for ``against`` and ``impute``, of the six weeks before.
        since: First local day.
        until: The local day after the last.
        by: One of ``frames.BY``; ``till``, ``zone`` and ``segment`` give one row for each of them.
        names: Which indicators; empty: all that can be grouped so.
        part: Only this till, zone or segment, by a property of the hour or the day.
        impute: Fill the gaps of counted totals with the weekday-hour's median at the level of the day. The share that
            was filled in stands beside the value; such a value has no bounds and is held against nothing. Rates are
            never touched.
        against: Hold every value against the same hours of the six weeks before, their days without a holiday, an
            event or a promotion.

    Returns:
        ``frames.KPIS``, in the order of the definitions, then of the groups.

    Raises:
        KpiError: An indicator, grouping, till, zone or segment that there is not.
    """
    chosen = _chosen(names, by, part)
    asked = np.flatnonzero(within(rollups, since, until).to_numpy(dtype=bool))
    parts: list[Columns] = []
    for label, wide, mine in _parts(rollups, by, part, chosen):
        hours = _hours(rollups, wide, asked, by if by in TIMES else "all", needed=against or impute)
        parts += _named(mine, hours, label, by, rollups, impute=impute, against=against)
    if not parts:
        return empty(CONTRACT)
    order = {name: place for place, name in enumerate(KPIS)}
    parts.sort(key=lambda columns: order[columns["kpi"][0]])
    found = pd.DataFrame({name: np.concatenate([columns[name] for columns in parts]) for name in parts[0]})
    return check(found.assign(flag=found["flag"].astype("str").where(found["flag"].notna())), CONTRACT)


def hours_used(
    rollups: Rollups, since: date, until: date, kpi: str, by: str = "all", *, part: Part | None = None
) -> dict[str, pd.DataFrame]:
    """Over which hours an indicator is taken, for each of its groups: what a query has to look at.

    Args:
        rollups: Of the period.
        since: First local day.
        until: The local day after the last.
        kpi: Which indicator.
        by: How it is grouped.
        part: Only this till, zone or segment.

    Returns:
        Group name -> ``hour_utc`` of its hours, in order.

    Raises:
        KpiError: As for ``kpis``.
    """
    (chosen,) = _chosen([kpi], by, part)
    asked = np.flatnonzero(within(rollups, since, until).to_numpy(dtype=bool))
    found = {}
    for label, wide, mine in _parts(rollups, by, part, [chosen]):
        if not mine:
            continue
        hours = _hours(rollups, wide, asked, by if by in TIMES else "all", needed=False)
        mask = mask_of(chosen, hours, Seen.of(hours))
        times = wide[["hour_utc"]].iloc[asked]
        for code, name in enumerate(hours.groups.names):
            found[name if by in TIMES else label] = times[mask & (hours.groups.codes == code)].reset_index(drop=True)
    return found


def _chosen(names: Sequence[str], by: str, part: Part | None) -> list[Kpi]:
    """The indicators that are asked for, all of which can be grouped so."""
    if by not in BY:
        raise KpiError(f"by {by!r}: must be one of {', '.join(BY)}")
    if part is not None and (part.kind not in _PARTS or by not in TIMES):
        raise KpiError(f"{part.kind} {part.name!r}, by {by}: a part is a till, zone or segment, by {', '.join(TIMES)}")
    unknown = [name for name in names if name not in KPIS]
    if unknown:
        raise KpiError(f"{', '.join(unknown)}: no such indicator; there are {', '.join(KPIS)}")
    kind = part.kind if part is not None else by
    able = [kpi for kpi in KPIS.values() if kind in kpi.by]
    unable = [name for name in names if KPIS[name] not in able]
    if unable:
        raise KpiError(f"{', '.join(unable)}: not by {kind}: {', '.join(kpi.name for kpi in able)} are")
    return [kpi for kpi in able if not names or kpi.name in names]


def _parts(
    rollups: Rollups, by: str, part: Part | None, chosen: list[Kpi]
) -> Iterator[tuple[str, pd.DataFrame, list[Kpi]]]:
    """Each till, zone or segment with its measures; without one of them the whole store."""
    kind = part.kind if part is not None else by
    if kind not in _PARTS:
        yield "", store_hours(rollups), chosen
        return
    tills = {"till": rollups.tills, "segment": rollups.segments}
    known = places(rollups) if kind == "zone" else sorted(tills[kind]["till_id"].unique())
    if part is not None and part.name not in known:
        raise KpiError(f"{kind} {part.name!r}: there is none of this name; there are {', '.join(known) or 'none'}")
    queues = set((rollups.queues["camera_id"] + "/" + rollups.queues["zone_id"]).unique())
    for name in known if part is None else [part.name]:
        if kind == "zone":
            # A zone without a queue has no queue to speak of.
            mine = [kpi for kpi in chosen if name in queues or not _of_queue(kpi)]
            yield name, zone_rows(rollups, name), mine
        else:
            yield name, till_rows(rollups, tills[kind], name), chosen


def _of_queue(kpi: Kpi) -> bool:
    return kpi.name.startswith("queue") or kpi.name == "abandonment"


def _hours(rollups: Rollups, wide: pd.DataFrame, asked: np.ndarray, by: str, *, needed: bool) -> Hours:
    mine = wide.iloc[asked]
    before = Before.of(wide, rollups.calendar).take(asked) if needed and len(asked) else None
    found: Groups = groups(mine, by, rollups.calendar)
    status = wide["status"].to_numpy(dtype=object)[asked]
    return Hours(wide, asked, found, status, before)


def _named(
    chosen: list[Kpi], hours: Hours, label: str, by: str, rollups: Rollups, *, impute: bool, against: bool
) -> list[Columns]:
    if not hours.groups.names:
        return []
    found = rows(chosen, hours, impute=impute, against=against)
    pairs = bounds(chosen, hours, rollups.audited, rollups.hourly)
    names = np.array(hours.groups.names if by in TIMES else [label], dtype=object)
    for kpi, columns, (low, high) in zip(chosen, found, pairs, strict=True):
        speaks = ~np.isnan(columns["value"]) & (columns["imputed"] == 0)
        columns["kpi"], columns["by"] = (np.full(len(names), text, dtype=object) for text in (kpi.name, by))
        columns["group"] = names
        columns["low"], columns["high"] = np.where(speaks, low, np.nan), np.where(speaks, high, np.nan)
    return found
