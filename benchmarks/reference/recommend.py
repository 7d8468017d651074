"""Figures of the part ``recommend``: Complete Journey, product types, learnt before October and asked after."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics import frames
from analytics.purchases import purchases
from analytics.recommend import AGAIN, NEW, history, tf_idf, trial

from .check import Check, at_least, equal, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.purchases import Purchases

LAST = date(2018, 1, 1)
# October to the end: what is kept back to judge by; July to September: what everything is chosen on.
DAYS = 93
# Petrol and slips of paper are no products.
NO_PRODUCTS = ("FUEL", "MISCELLANEOUS")


def journey(folder: Path) -> Purchases:
    """The 75,000 lines as purchases of product types."""
    names = {"household_id": "str", "basket_id": "str", "product_id": "str"}
    lines = pd.read_csv(folder / "transactions_sample.csv.gz", dtype=names, parse_dates=["transaction_timestamp"])
    lines = lines.merge(pd.read_csv(folder / "products.csv.gz", dtype="str"), on="product_id")
    lines = lines[lines["product_type"].notna() & ~lines["department"].isin(NO_PRODUCTS)]
    lines = lines.sort_values(["transaction_timestamp", "basket_id", "product_type"], kind="stable")
    lines = lines.reset_index(drop=True)
    minor = (100 * lines["sales_value"]).round().astype("int64")
    first = lines.drop_duplicates("basket_id")
    receipts = pd.DataFrame(
        {
            "receipt_id": first["basket_id"],
            "till_id": "T1",
            "sold_at": first["transaction_timestamp"].dt.tz_localize("UTC").dt.as_unit("ms"),
            "kind": "sale",
            "total_minor": minor.groupby(lines["basket_id"]).sum().reindex(first["basket_id"]).to_numpy(),
            "currency": "USD",
            "member_id": first["household_id"],
            "return_of": None,
        }
    )
    sold = pd.DataFrame(
        {
            "receipt_id": lines["basket_id"],
            "line_no": lines.groupby("basket_id").cumcount(),
            "product_id": lines["product_type"],
            "quantity": 1,
            "unit_price_minor": minor,
            "discount_minor": 0,
            "line_total_minor": minor,
        }
    )
    people = sorted(lines["household_id"].unique())
    members = pd.DataFrame({"member_id": people, "joined_on": pd.Timestamp("2017-01-01"), "consent": True})
    members = members.assign(age_band=None, gender=None, province=None)[frames.MEMBERS.names]
    types = sorted(lines["product_type"].unique())
    products = pd.DataFrame({"product_id": types, "gtin": "", "name": types, "description": "", "category": ""})
    products = products.assign(price_minor=0, cost_minor=0)
    receipts, sold = receipts.reset_index(drop=True), sold.reset_index(drop=True)
    return purchases(receipts, sold, members, products, as_of=LAST, time="UTC")


def checks(shared: Path) -> Iterator[Check]:
    """Popularity and own counts as they were measured, and what the models chosen before October reach.

    Args:
        shared: The folder of the reference data.
    """
    sales = journey(shared / "reference" / "completejourney")
    names = [f"{name} {text}" for name, text in zip(sales.products["name"], sales.products["description"], strict=True)]
    found = trial(history(sales), tf_idf(names), DAYS, 10_000, last=False)
    tested = found.rows[(found.rows["split"] == "test") & (found.rows["k"] == 10)]
    rows = {(str(row["kind"]), str(row["model"])): row for row in tested.to_dict("records")}
    for kind, users, popular in ((NEW, 1961, 0.0948), (AGAIN, 1988, 0.1338)):
        yield equal(f"members asked, {kind}", users, rows[kind, "popular"]["members"])
        yield near(f"popularity, {kind}, nDCG@10", popular, rows[kind, "popular"]["ndcg"], 0.0005)
    yield near("own counts, again, nDCG@10", 0.1517, rows[AGAIN, "own"]["ndcg"], 0.001)
    for kind, least in ((NEW, 0.097), (AGAIN, 0.152)):
        served = found.serves[kind]
        parts = ", ".join(f"{name} {weight:g}" for name, weight in served.parts.items())
        mine = rows[kind, served.model]
        yield at_least(f"served, {kind}: {served.model} ({parts}), nDCG@10", least, mine["ndcg"])
        over = f"{mine['over_popular']:+.4f} ({mine['low']:+.4f} to {mine['high']:+.4f})"
        yield Check(f"the same over popularity, {kind}", "above 0", over, "interval above 0", mine["low"] > 0)
    for (kind, model), row in rows.items():
        over = "" if model == "popular" else f" ({row['low']:+.4f} to {row['high']:+.4f} over popularity)"
        yield Check(f"{kind}, {model}", "", f"{row['ndcg']:.4f}{over}", "shown", ok=True)
