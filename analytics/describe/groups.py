"""Who belongs together: members by segment, age, gender and province, and never fewer than a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..segments import scored

if TYPE_CHECKING:
    from datetime import date

    from ..purchases import Purchases

NOT_GIVEN, OTHER, NEW = "not given", "other", "new"
_COLUMNS = {"age": "age_band", "gender": "gender", "province": "province"}


def labels(sales: Purchases, by: str, eve: date) -> pd.Series[str]:
    """The group of every member, by ``member_id``.

    Args:
        sales: Everything sold.
        by: ``segment``, ``age``, ``gender`` or ``province``.
        eve: The day before the period: segments are those of that evening. Those of today were made by what was bought
            in the period, so that the best would always have bought more.
    """
    members = sales.members.set_index("member_id")
    if by == "segment":
        return _segments(sales, eve).reindex(members.index).fillna(NEW)
    return members[_COLUMNS[by]].fillna(NOT_GIVEN)


def large_enough(groups: pd.Series[str], members: pd.Series[str], least: int) -> dict[str, str]:
    """Which groups are shown as which: small ones as ``OTHER``, which takes in more until it is not small itself.

    Args:
        groups: Group by ``member_id``.
        members: Who bought in the period, each once.
        least: Fewer members than these are not shown.

    Returns:
        From every group to its name; a group that cannot be shown at all is missing.
    """
    counts = groups.reindex(members).value_counts()
    order = sorted(counts.items(), key=lambda item: (int(item[1]), str(item[0])))
    together, held = set[str](), 0
    for name, many in order:
        if int(many) >= least and (held == 0 or held >= least):
            break
        together.add(str(name))
        held += int(many)
    shown = {str(name): str(name) for name, _ in order if str(name) not in together}
    if held >= least:
        shown |= dict.fromkeys(together, OTHER)
    return shown


def _segments(sales: Purchases, eve: date) -> pd.Series[str]:
    last, rows = pd.Timestamp(eve), sales.receipts
    rows = rows[rows["member_id"].notna() & (rows["local_date"] <= last) & (rows["amount_minor"] != 0)]
    sold = rows[rows["kind"] == "sale"]
    if sold.empty:
        return pd.Series(dtype="str")
    found = pd.DataFrame(
        {
            "recency_days": (last - sold.groupby("member_id")["local_date"].max()).dt.days,
            "frequency": sold.groupby("member_id").size(),
        }
    )
    found["monetary_minor"] = rows.groupby("member_id")["amount_minor"].sum().reindex(found.index)
    return scored(found)["segment"]
