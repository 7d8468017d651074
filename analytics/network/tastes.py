"""Which products are bought by the same members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy
from scipy import sparse

if TYPE_CHECKING:
    from ..purchases import Purchases
    from .rules import NetworkRules

MIN_MEMBERS = 10
MOST_EDGES = 2_000
_ERROR = 0.05


def shared_products(sales: Purchases, rules: NetworkRules) -> tuple[pd.DataFrame, int]:
    """Pairs of products that the same members buy, beyond chance: members and products projected on products.

    A member who buys much has many products in common with everybody. So chance is a graph in which each member buys
    as many products and each product has as many buyers as there are: members i with d_i products, L purchases in all
    and products of c_a and c_b buyers are expected to share c_a c_b sum(d_i^2) / L^2 of them. The excess is tested by
    the binomial distribution, with Holm's correction over all pairs of products with enough buyers; the strongest by
    the lower end of the exact interval of observed over expected are kept.

    Args:
        sales: Only what members bought is looked at.
        rules: The days.

    Returns:
        ``first``, ``second`` (products, in order), ``members`` who bought both, ``expected``, ``times`` observed over
        expected, ``times_low`` (95 %), and ``p`` after correction; and how many products have enough buyers.

    Reference:
        Chung, Lu: The average distances in random graphs with given expected degrees, 2002; Tumminello, Micciche,
        Lillo, Piilo, Mantegna: Statistically validated networks in bipartite complex systems, 2011.
    """
    first_day = pd.Timestamp(sales.as_of) - pd.Timedelta(days=rules.days - 1)
    rows = sales.lines
    rows = rows[rows["member_id"].notna() & (rows["kind"] == "sale") & (rows["local_date"] >= first_day)]
    rows = rows[["member_id", "product_id"]].drop_duplicates()
    who, members = pd.factorize(rows["member_id"], sort=True)
    item, products = pd.factorize(rows["product_id"], sort=True)
    bought = sparse.csr_array((np.ones(len(rows)), (who, item)), shape=(len(members), len(products)))
    each = np.bincount(item, minlength=len(products)).astype(np.float64)
    often = np.flatnonzero(each >= MIN_MEMBERS)
    own = bought[:, often]
    both = sparse.triu(own.T @ own, 1).tocoo()
    squares = float((np.bincount(who, minlength=1).astype(np.float64) ** 2).sum()) / max(len(rows), 1) ** 2
    a, b = often[both.row], often[both.col]
    expected = each[a] * each[b] * squares
    more = (both.data >= MIN_MEMBERS) & (both.data > expected)
    a, b, seen, expected = a[more], b[more], both.data[more], expected[more]
    tests = len(often) * (len(often) - 1) // 2
    found = pd.DataFrame(
        {
            "first": pd.Series(products[a], dtype="str"),
            "second": pd.Series(products[b], dtype="str"),
            "members": seen.astype(np.int64),
            "expected": expected,
            "times": seen / expected,
            "times_low": scipy.stats.chi2.ppf(0.025, 2 * seen) / 2 / expected,
            "p": np.asarray(
                scipy.stats.binom.sf(seen - 1, len(members), np.minimum(expected / max(len(members), 1), 1.0))
            ),
        }
    ).sort_values(["p", "first", "second"], kind="stable")
    stepped = np.maximum.accumulate(found["p"].to_numpy() * np.maximum(tests - np.arange(len(found)), 1))
    found = found.assign(p=np.minimum(stepped, 1.0))
    found = found[found["p"] <= _ERROR]
    strongest = found.sort_values(["times_low", "first", "second"], ascending=[False, True, True], kind="stable")
    return strongest.head(MOST_EDGES).sort_values(["first", "second"]).reset_index(drop=True), len(often)
