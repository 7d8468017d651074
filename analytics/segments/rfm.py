"""Who the members are to the store: how recently, how often and for how much they buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import SEGMENTS, check, empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases

SCORES = 5
OTHERS = "Others"


@dataclass(frozen=True, slots=True)
class Segment:
    """A named range of scores, both ends included, 1 (least) to 5 (best) each.

    Attributes:
        name: What the segment is called.
        r: Recency scores.
        f: Frequency scores.
        m: Monetary scores.
        meaning: Who that is, in a few words.
    """

    name: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]
    meaning: str


# The first that fits is the one. Names and ranges are those of the segment table in the vignette of the R package rfm.
NAMED = (
    Segment("Champions", (5, 5), (5, 5), (5, 5), "bought just now, buy often, spend most"),
    Segment("Potential Loyalist", (3, 5), (3, 5), (2, 5), "bought lately, more than once or twice"),
    Segment("Loyal Customers", (2, 4), (2, 4), (2, 4), "buy now and then, spend an average amount"),
    Segment("Promising", (3, 4), (1, 3), (3, 5), "bought seldom so far, but for a lot"),
    Segment("New Customers", (4, 5), (1, 3), (1, 5), "bought lately, not often"),
    Segment("Can't Lose Them", (1, 2), (3, 4), (4, 5), "spent a lot, have not been back for long"),
    Segment("At Risk", (1, 2), (2, 5), (4, 5), "bought often, long ago"),
    Segment("Need Attention", (1, 3), (3, 5), (3, 5), "above average, drifting away"),
    Segment("About To Sleep", (2, 3), (1, 3), (1, 4), "below average, soon gone"),
    Segment("Lost", (1, 1), (1, 5), (1, 5), "not back for longest"),
)


def segments(sales: Purchases) -> pd.DataFrame:
    """Scores and names every member who agreed to it and has bought something.

    Args:
        sales: What was bought up to the day on which the members are judged.

    Returns:
        ``frames.SEGMENTS``, in order of members, without their other groups. Frequency counts sales over zero;
        monetary is sales less returns.
    """
    rows = sales.of_members()
    rows = rows[rows["amount_minor"] != 0]
    sold = rows[rows["kind"] == "sale"]
    if sold.empty:
        return empty(SEGMENTS)
    last = sold.groupby("member_id")["local_date"].max()
    found = pd.DataFrame(
        {
            "recency_days": (pd.Timestamp(sales.as_of) - last).dt.days,
            "frequency": sold.groupby("member_id").size(),
        }
    )
    found["monetary_minor"] = rows.groupby("member_id")["amount_minor"].sum().reindex(found.index)
    found = found.rename_axis("member_id").reset_index()
    found["as_of"] = pd.Series([pd.Timestamp(sales.as_of)] * len(found), dtype="datetime64[ms]")
    return check(scored(found), SEGMENTS)


def scored(found: pd.DataFrame) -> pd.DataFrame:
    """Adds ``r``, ``f``, ``m`` and ``segment`` to rows of ``recency_days``, ``frequency``, ``monetary_minor``."""
    r = SCORES + 1 - _score(found["recency_days"].to_numpy(dtype=np.float64))
    f = _score(found["frequency"].to_numpy(dtype=np.float64))
    m = _score(found["monetary_minor"].to_numpy(dtype=np.float64))
    name = np.full(len(found), OTHERS, dtype=object)
    for segment in reversed(NAMED):
        fits = _within(r, segment.r) & _within(f, segment.f) & _within(m, segment.m)
        name[fits] = segment.name
    return found.assign(r=r, f=f, m=m, segment=pd.Series(name, index=found.index, dtype="str"))


def _score(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 to 5 by fifths: the bins are closed on the left and cut at each quantile plus 1.

    ``pd.qcut`` cuts elsewhere and refuses ties, of which frequencies are full. Equal cuts leave a score unused.
    """
    cuts = np.quantile(values, np.arange(1, SCORES) / SCORES) + 1.0
    return np.searchsorted(cuts, values, side="right").astype(np.int64) + 1


def _within(scores: NDArray[np.int64], ends: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray((scores >= ends[0]) & (scores <= ends[1]))
