"""When the doors were not seen, kept by the day, so that a report of a year need not look at every watch again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import OUTAGES, check, empty
from ..opening import instant_ms, ms
from .coverage import HEALTHY, LEAST_GAP_MS, Gap, seen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ..opening import Opening


def outages(
    watches: pd.DataFrame, cameras: Collection[str], opening: Opening, since: datetime, until: datetime
) -> pd.DataFrame:
    """The gaps of at least a minute in the opening time of ``since <= t < until``, each within one opening.

    Args:
        watches: ``frames.WATCHES``; all there are.
        cameras: The cameras whose view is needed.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later one.

    Returns:
        ``frames.OUTAGES``; the same rows whether days are computed together or one by one.
    """
    mine = watches[watches["camera_id"].isin(cameras)]
    period = seen(mine, cameras)
    ill = mine[~mine["health"].isin(HEALTHY)]
    ill_from, ill_to = ms(ill["begins"]), ms(ill["ends"])
    rows = []
    for day, opens, closes in opening.spans(since, until).itertuples(index=False, name=None):
        first, last = max(opens, instant_ms(since)), min(closes, instant_ms(until))
        inside = (period.ends_ms > first) & (period.begins_ms < last)
        edges = np.concatenate([[first], period.ends_ms[inside], period.begins_ms[inside], [last]])
        edges = np.sort(np.clip(edges, first, last)).reshape(-1, 2)
        for begins, ends in edges[edges[:, 1] - edges[:, 0] >= LEAST_GAP_MS].tolist():
            causes = sorted(set(ill.loc[(ill_to > begins) & (ill_from < ends), "health"]))
            lost = (ends - begins) / 1000.0
            said = ", ".join(causes) or "no data"
            rows.append((begins, ends, day, lost, said, begins == opens, ends == closes))
    if not rows:
        return empty(OUTAGES)
    made = pd.DataFrame(rows, columns=OUTAGES.names)
    for name in ("begins", "ends"):
        made[name] = pd.to_datetime(made[name], unit="ms", utc=True)
    return check(made.assign(local_date=made["local_date"].astype("datetime64[ms]")), OUTAGES)


def joined(found: pd.DataFrame, opening: Opening) -> tuple[Gap, ...]:
    """Outages as gaps: one that reaches closing time and goes on when the store opens again is one gap.

    Args:
        found: ``frames.OUTAGES``, in order.
        opening: When the store is open.
    """
    if found.empty:
        return ()
    first, last = found["begins"].iloc[0], found["ends"].iloc[-1]
    spans = opening.spans(first.to_pydatetime(), last.to_pydatetime())
    number = {int(opens): place for place, opens in enumerate(spans["opens_ms"])}
    closing = {int(closes): place for place, closes in enumerate(spans["closes_ms"])}
    gaps: list[Gap] = []
    before = None
    columns = (found[name].tolist() for name in ("begins", "ends", "open_s", "cause", "from_open", "to_close"))
    for begins, ends, open_s, cause, from_open, to_close in zip(*columns, strict=True):
        here = number.get(instant_ms(begins)) if from_open else None
        if gaps and before is not None and here == before + 1:
            last_gap = gaps.pop()
            causes = sorted({*last_gap.cause.split(", "), *cause.split(", ")} - {"no data"})
            said = ", ".join(causes) or "no data"
            gaps.append(Gap(last_gap.begins, ends.to_pydatetime(), last_gap.open_s + open_s, said))
        else:
            gaps.append(Gap(begins.to_pydatetime(), ends.to_pydatetime(), open_s, cause))
        before = closing.get(instant_ms(ends)) if to_close else None
    return tuple(gaps)
