"""What a group is like: how many, how they buy, and what of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import SEGMENT_GROUPS, check, empty

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ..purchases import Purchases

# A group buys mostly of a category that makes this share of what it buys, and so many times the share of all.
MOSTLY, LIFT = 0.25, 1.25
_MOST_CATEGORIES = 2


def profiles(
    people: pd.DataFrame,
    grouping: str,
    as_of: date,
    *,
    fitted_on: date | None = None,
    words: Mapping[str, tuple[str, ...]] | None = None,
    goods: Mapping[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """The groups of one grouping.

    Args:
        people: One row a member: ``name`` of the group (missing: in none), ``recency_days``, ``frequency``,
            ``monetary_minor``, ``sold_minor``, ``dwell_s``.
        grouping: One of ``frames.GROUPINGS``.
        as_of: The day on which they are judged.
        fitted_on: The day on which the groups were found.
        words: What is special of a group.
        goods: What it buys more of than others.

    Returns:
        ``frames.SEGMENT_GROUPS``, by name.
    """
    mine = people[people["name"].notna()]
    if mine.empty:
        return empty(SEGMENT_GROUPS)
    by = mine.groupby("name", sort=True)
    found = pd.DataFrame(
        {
            "members": by.size(),
            "net_minor": by["monetary_minor"].sum(),
            "recency_days": by["recency_days"].median().astype("float64"),
            "frequency": by["frequency"].mean(),
            "basket_minor": (by["sold_minor"].sum() / by["frequency"].sum()).clip(lower=0.0),
            "dwell_s": by["dwell_s"].mean(),
        }
    ).reset_index()
    for column, told, joint in (("words", words, ","), ("goods", goods, "; ")):
        texts = [joint.join((told or {}).get(str(name), ())) or None for name in found["name"]]
        found[column] = pd.Series(texts, index=found.index, dtype="str")
    found = found.assign(grouping=grouping)
    found["as_of"] = pd.Series([pd.Timestamp(as_of)] * len(found), dtype="datetime64[ms]")
    fitted = None if fitted_on is None else pd.Timestamp(fitted_on)
    found["fitted_on"] = pd.Series(fitted, index=found.index, dtype="datetime64[ms]")
    return check(found, SEGMENT_GROUPS)


def mostly(sales: Purchases, group: pd.Series, until: date) -> dict[str, tuple[str, ...]]:
    """The categories of which a group buys more than others.

    Args:
        sales: What was bought.
        group: Name of the group by member.
        until: Only what was bought up to this day.

    Returns:
        Up to two categories by group, the largest first; a group without one is not there.
    """
    lines = sales.lines_of_members()
    lines = lines[lines["kind"].eq("sale") & (lines["local_date"] <= pd.Timestamp(until))]
    master = sales.products.set_index("product_id")["category"]
    category, name = lines["product_id"].map(master), lines["member_id"].map(group)
    there = (category.notna() & name.notna()).to_numpy()
    if not there.any():
        return {}
    table = pd.crosstab(name[there].astype("str"), category[there].astype("str"))
    shares = table.to_numpy() / table.to_numpy().sum(axis=1, keepdims=True)
    overall = table.to_numpy().sum(axis=0) / table.to_numpy().sum()
    found = {}
    for row, who in enumerate(table.index):
        order = np.argsort(-shares[row], kind="stable")
        kept = [n for n in order if shares[row, n] >= MOSTLY and shares[row, n] >= LIFT * overall[n]]
        if kept:
            found[str(who)] = tuple(str(table.columns[n]) for n in kept[:_MOST_CATEGORIES])
    return found


def named_products(sales: Purchases, ids: pd.Index[str]) -> list[str]:
    """What products are called; a product that the master does not know has its id."""
    master = sales.products.set_index("product_id")["name"]
    names = pd.Series(ids, dtype="str").map(master)
    return [str(name) if pd.notna(name) and name else str(own) for name, own in zip(names, ids, strict=True)]
