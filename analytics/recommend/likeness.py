"""Which products go together: for the shelf beside, for a first basket, and for what nobody bought yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from ..frames import PRODUCT_SIMILAR, check
from .fitting import cosine
from .measures import best

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .history import Sparse

# Fewer receipts with both are chance, and so is what chance alone would put together as often.
_LEAST_BOTH = 5
# Below this cosine a text shares a word or two with the other, and no more.
_LEAST_WORDS = 0.1
_BLOCK = 500


def on_receipts(sales: Purchases, products: NDArray[np.object_]) -> Sparse:
    """Which products stand on which receipts, of members and of all others, shape (receipts, products), 0 or 1."""
    lines = sales.lines[(sales.lines["kind"] == "sale") & (sales.lines["quantity"] > 0)]
    number, names = pd.factorize(lines["receipt_id"])
    what = pd.Index(products).get_indexer(pd.Index(lines["product_id"]))
    found = csr_array((np.ones(len(lines)), (number, what)), shape=(len(names), len(products)))
    found.sum_duplicates()
    found.data = np.ones_like(found.data)
    return found


def together(receipts: Sparse) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cosine of products over receipts, 0 where chance would do as much, and how many receipts hold both.

    Args:
        receipts: ``on_receipts``.

    Returns:
        Two arrays of shape (products, products).
    """
    both = np.rint((receipts.T @ receipts).toarray()).astype(np.int64)
    alone = np.diag(both).astype(np.float64)
    expected = np.outer(alone, alone) / max(receipts.shape[0], 1)
    found = cosine(receipts)
    found[(both < _LEAST_BOTH) | (both <= expected)] = 0.0
    return found, both


def similar(
    products: NDArray[np.object_],
    found: tuple[NDArray[np.float32], NDArray[np.int64]],
    terms: Sparse,
    gone: NDArray[np.bool_],
    top: int,
) -> pd.DataFrame:
    """``frames.PRODUCT_SIMILAR``: first what is bought together, then what is described alike.

    Args:
        products: Their ids, shape (products,).
        found: ``together``.
        terms: ``words.tf_idf`` of the products.
        gone: Products that are not shown beside others.
        top: At most so many for each.
    """
    near, both = found
    frames = []
    for begin in range(0, len(products), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        words = np.asarray((terms[block] @ terms.T).toarray(), dtype=np.float32)
        words[words < _LEAST_WORDS] = 0.0
        bought = near[block]
        # What is bought together comes first, whatever the words: both scores lie between 0 and 1.
        scores = np.where(bought > 0, 1.0 + bought, words).astype(np.float32)
        scores[:, gone] = 0.0
        scores[np.arange(len(scores)), np.arange(begin, begin + len(scores))] = 0.0
        order = best(scores, top)
        value = np.take_along_axis(scores, order, axis=1)
        row, place = np.nonzero(value > 0)
        other = order[row, place]
        by = value[row, place] > 1.0
        frames.append(
            pd.DataFrame(
                {
                    "product_id": products[begin + row],
                    "rank": (place + 1).astype("int64"),
                    "other_id": products[other],
                    "score": (value[row, place] - by).clip(0.0).astype("float64"),
                    "by": np.where(by, "bought", "words"),
                    "receipts": both[begin + row, other],
                }
            )
        )
    return check(
        pd.concat(frames, ignore_index=True).astype({"product_id": "str", "other_id": "str", "by": "str"}),
        PRODUCT_SIMILAR,
    )


def with_basket(basket: NDArray[np.int64], near: NDArray[np.float32], terms: Sparse) -> NDArray[np.float64]:
    """How well each product goes with a basket: the likeness by receipts, and where there is none by words.

    Args:
        basket: Places of the products in it.
        near: ``together``.
        terms: ``words.tf_idf``.

    Returns:
        Shape (products,); what is in the basket is 0.
    """
    bought: NDArray[np.float64] = near[basket].astype(np.float64).sum(axis=0)
    if not (bought > 0).any():
        words = np.asarray((terms[basket] @ terms.T).toarray(), dtype=np.float64).sum(axis=0)
        bought = np.where(words >= _LEAST_WORDS, words, 0.0)
    bought[basket] = 0.0
    return bought
