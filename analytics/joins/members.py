"""Which visits were those of members: known only through the till moment, and only with consent.

A card speaks for a receipt, on which it is printed or beside which it was swiped, and the receipt for the visit it is
paired with. The link is as sure as that pair. Nothing else links a member to a visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CARD_SWIPES, MEMBER_VISITS, MEMBERS, RECEIPT_VISITS, RECEIPTS, check
from ..opening import ms
from .assigning import best_pairs, within
from .tags import laplace

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLACE = ["camera_id", "run_id", "track_id"]
# Usual time from the swipe to the receipt, and how much later than the receipt a swipe may be written; seconds.
_TO_PAY_S, _SLACK_S = 45.0, 10.0
# Share of swipes that end without a receipt: the prior; and how much likelier the receipt is that shows the same card.
_NO_RECEIPT, _SAME_CARD = 0.1, 1000.0
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class CardRules:
    """How cards are read.

    Attributes:
        swipe_s: A receipt comes at most so long after its swipe.
        apart_s: One card at two tills within this time is not one person.
    """

    swipe_s: float = 180.0
    apart_s: float = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Cards:
    """Everything that tells of cards.

    Attributes:
        receipts: ``frames.RECEIPTS``, times as printed; voids and training link nobody.
        right_at: The corrected time of each receipt, same rows.
        swipes: ``frames.CARD_SWIPES``, with corrected times; readers that are no till link nobody.
        members: ``frames.MEMBERS``, those of the cards at least. Who is not in it has given no consent.
    """

    receipts: pd.DataFrame
    right_at: pd.Series
    swipes: pd.DataFrame
    members: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Carded:
    """What cards say.

    Attributes:
        visits: ``frames.MEMBER_VISITS``: links, and claims that were flagged instead.
        withheld: Sales and swipes with a card whose member gave no consent, or is not known.
        unpaired: Sales with a card that no visit is known for.
    """

    visits: pd.DataFrame
    withheld: int
    unpaired: int


def member_visits(cards: Cards, pairs: pd.DataFrame, rules: CardRules | None = None) -> Carded:
    """Links members to visits.

    Claims that contradict each other link nobody and are flagged: one card at two tills within ``apart_s``, two cards
    on one receipt, two members on one visit.

    Args:
        cards: What they say.
        pairs: ``frames.RECEIPT_VISITS``.
        rules: What is usual; None: the defaults.

    Returns:
        The links and what was left out. A link's probability is that of the receipt's pair, for a swipe times that of
        the receipt being the swipe's.

    Raises:
        FrameError: A frame breaks its contract.
    """
    rules = rules or CardRules()
    known = check(cards.members, MEMBERS)
    agreed = set(known.loc[known["consent"], "member_id"])
    rows = check(cards.receipts, RECEIPTS)
    paid = rows["kind"].isin(["sale", "return"]).to_numpy(dtype=bool)
    sold = rows[paid].assign(right=ms(cards.right_at)[paid]).reset_index(drop=True)
    read = check(cards.swipes, CARD_SWIPES)
    withheld = int((sold["member_id"].notna() & (sold["kind"] == "sale") & ~sold["member_id"].isin(agreed)).sum())
    withheld += int((~read["member_id"].isin(agreed)).sum())
    # From here on nobody is left who did not agree.
    sold["member_id"] = sold["member_id"].where(sold["member_id"].isin(agreed))
    read = read[read["member_id"].isin(agreed)].reset_index(drop=True)
    claims = pd.concat([_printed(sold), _swiped(sold, read, rules)], ignore_index=True)
    claims = claims.drop_duplicates(["member_id", "receipt_id"], ignore_index=True)
    flag = pd.Series(None, index=claims.index, dtype=object)
    flag[_at_two_tills(claims, sold, read, rules)] = "card at two tills"
    flag[claims.duplicated("receipt_id", keep=False)] = "two cards on one receipt"
    found = claims.merge(
        check(pairs, RECEIPT_VISITS)[["receipt_id", *_PLACE, "probability"]], on="receipt_id", how="left"
    )
    linked = found["track_id"].notna()
    shared = found[linked].groupby(_PLACE)["member_id"].transform("nunique").reindex(found.index, fill_value=0) > 1
    flag[shared & flag.isna()] = "two members on one visit"
    unpaired = int((~linked & flag.isna()).sum())
    found["flag"] = flag.astype("str")
    found["probability"] = found["probability"] * found["sure"]
    told = flag.notna()
    for name in (*_PLACE, "probability"):
        found[name] = found[name].mask(told)
    kept = found[linked | told].sort_values(["sold_at", "receipt_id", "member_id"])
    told_of = [column.name for column in MEMBER_VISITS.columns if not column.absent]
    return Carded(check(kept[told_of], MEMBER_VISITS), withheld, unpaired)


def _printed(sold: pd.DataFrame) -> pd.DataFrame:
    """Claims of the cards that are on sales. A return shows the card of the sale that it takes back, whoever comes."""
    mine = sold.loc[sold["member_id"].notna() & (sold["kind"] == "sale"), ["member_id", "receipt_id", "sold_at"]]
    return mine.assign(via="receipt", sure=1.0)


def _swiped(sold: pd.DataFrame, swipes: pd.DataFrame, rules: CardRules) -> pd.DataFrame:
    """Claims of swipes: each swipe and receipt of a till at most once, by the lag between them.

    A receipt that is likelier not the swipe's is none of the member's: a card that is swiped twice for one receipt does
    not get the next customer's.
    """
    tills = pd.Index(sold["till_id"].unique())
    swipe, receipt = within(
        ms(swipes["swiped_at"]),
        tills.get_indexer(swipes["reader_id"]).astype(np.int64),
        sold["right"].to_numpy(dtype=np.int64),
        tills.get_indexer(sold["till_id"]).astype(np.int64),
        (-rules.swipe_s, _SLACK_S),
    )
    lag_s = (sold["right"].to_numpy(dtype=np.int64)[receipt] - ms(swipes["swiped_at"])[swipe]) / 1000.0
    prior = (1.0 - _NO_RECEIPT) / _NO_RECEIPT * (rules.swipe_s + _SLACK_S)
    weight = prior * laplace(lag_s, _TO_PAY_S, _SLACK_S)
    who = swipes["member_id"].to_numpy(dtype=object)[swipe]
    weight = np.where(sold["member_id"].to_numpy(dtype=object)[receipt] == who, _SAME_CARD * weight, weight)
    chosen = best_pairs(swipe, receipt, weight)
    whole = 1.0 + np.bincount(swipe, weights=weight, minlength=len(swipes))
    chosen = chosen[(weight / whole[swipe])[chosen] >= _LEAST]
    mine = sold.iloc[receipt[chosen]][["receipt_id", "sold_at"]].reset_index(drop=True)
    return mine.assign(member_id=who[chosen], via="swipe", sure=(weight / whole[swipe])[chosen])


def _at_two_tills(
    claims: pd.DataFrame, sold: pd.DataFrame, swipes: pd.DataFrame, rules: CardRules
) -> NDArray[np.bool_]:
    """Claims of cards that were at another till within ``apart_s``."""
    printed = sold.loc[sold["member_id"].notna() & (sold["kind"] == "sale"), ["member_id", "till_id", "right"]]
    read = pd.DataFrame(
        {"member_id": swipes["member_id"], "till_id": swipes["reader_id"], "right": ms(swipes["swiped_at"])}
    )
    read = read[read["till_id"].isin(sold["till_id"].unique())]
    uses = pd.concat([printed, read], ignore_index=True)
    mine = claims.merge(sold[["receipt_id", "till_id", "right"]], on="receipt_id", how="left")
    cards = pd.Index(pd.unique(pd.concat([uses["member_id"], mine["member_id"]])))
    claim, use = within(
        mine["right"].to_numpy(dtype=np.int64),
        cards.get_indexer(mine["member_id"]).astype(np.int64),
        uses["right"].to_numpy(dtype=np.int64),
        cards.get_indexer(uses["member_id"]).astype(np.int64),
        (-rules.apart_s, rules.apart_s),
    )
    other = mine["till_id"].to_numpy(dtype=object)[claim] != uses["till_id"].to_numpy(dtype=object)[use]
    found = np.zeros(len(claims), dtype=bool)
    found[claim[other]] = True
    return found
