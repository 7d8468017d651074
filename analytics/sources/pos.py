"""What the tills sold: receipts, the lines and payments on them, and what a till itself says of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import money
from ..frames import KINDS, LINES, PAYMENTS, RECEIPTS, TILL_DAYS
from .columns import Field, Shop, Source, rule
from .parts import OTHER_SIGN

if TYPE_CHECKING:
    from collections.abc import Sequence


NOT_OWN = "must be the store's own currency"
NO_TILL = "no till of this store"
TAX_OVER_TOTAL = "must not be more than the total, of which it is a part"


def _receipt_rules(shop: Shop) -> Sequence[Any]:
    known = [shop.currency, *shop.rates]
    own = NOT_OWN + (" or one with a stated rate" if shop.rates else "")
    rules = [
        rule("currency", "no currency has this code", lambda f: f["currency"].isin(list(money.DECIMALS))),
        rule("currency", own, lambda f: f["currency"].isin(known)),
        rule(
            "return_of",
            "only a return names the receipt that it returns",
            lambda f: f["return_of"].isna() | (f["kind"] == "return") | f.get("negative", default=False),
        ),
        rule("return_of", "a receipt cannot return itself", lambda f: ~(f["return_of"] == f["receipt_id"])),
    ]
    if shop.tills:
        text = f"{NO_TILL}; its tills are {', '.join(shop.tills)}"
        rules.append(rule("till_id", text, lambda f: f["till_id"].isin(shop.tills)))
    if shop.tax == "included":
        rules.append(
            rule("tax", TAX_OVER_TOTAL, lambda f: f["tax_minor"].isna() | (f["tax_minor"] <= f["total_minor"]))
        )
    return rules


def _receipts(frame: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """Signs become kinds, and other currencies the store's, with what was paid kept beside it."""
    made = frame.copy(deep=False)
    if "negative" in made:
        made["kind"] = made["kind"].mask(made["negative"] & (made["kind"] == "sale"), "return")
    foreign = made["currency"] != shop.currency
    if foreign.any():
        made["original_currency"] = made["currency"].where(foreign)
        made["original_total_minor"] = made["total_minor"].where(foreign)
        for name in ("total_minor", "tax_minor"):
            made[name] = _in_own_currency(made[name].astype("Int64"), made["original_currency"], shop)
        made["currency"] = shop.currency
    return made


def _in_own_currency(minor: pd.Series[int], currencies: pd.Series[str], shop: Shop) -> pd.Series[int]:
    own = minor.copy()
    for code in currencies.dropna().unique():
        here = currencies == code
        own[here] = money.converted(minor[here], str(code), shop.currency, shop.rates[str(code)])
    return own


def _part_rules(shop: Shop) -> Sequence[Any]:
    """A till that writes returns as negative numbers does so on every line and payment of a return."""
    if shop.receipts is None:
        return []
    kinds = shop.receipts["kind"]

    def holds(frame: pd.DataFrame) -> pd.Series[bool]:
        if "negative" not in frame:
            return pd.Series(data=True, index=frame.index)
        amount = frame["line_total_minor"] if "line_total_minor" in frame else frame["amount_minor"]
        kind = frame["receipt_id"].map(kinds)
        return kind.isna() | (frame["negative"] == (kind == "return")) | ((amount == 0) & ~frame["negative"])

    return [rule("receipt_id", OTHER_SIGN, holds)]


def _line_rules(shop: Shop) -> Sequence[Any]:
    def adds_up(frame: pd.DataFrame) -> pd.Series[bool]:
        return frame["quantity"] * frame["unit_price_minor"] - frame["discount_minor"] == frame["line_total_minor"]

    return [rule("line_total", "must be quantity x unit_price - discount", adds_up), *_part_rules(shop)]


RECEIPT_FILE = Source(
    "receipts",
    RECEIPTS,
    (
        Field("receipt_id", "text", "names the receipt, unique in the store"),
        Field("till_id", "text", "names the till"),
        Field("sold_at", "time", "ISO 8601; without an offset in the store's time"),
        Field("kind", "text", "sale, return, void or training; it carries the sign", allowed=KINDS),
        Field("total", "money", "paid in major units, such as 12.90; never negative", signed=True),
        Field("currency", "text", "ISO 4217; the store's own, or one with a stated rate"),
        Field("member_id", "text", "the member card shown", optional=True),
        Field("return_of", "text", "on a return: the receipt returned", optional=True),
        Field("tax", "money", "tax of the receipt, major units", optional=True, signed=True),
    ),
    _receipt_rules,
    _receipts,
)

LINE_FILE = Source(
    "receipt_lines",
    LINES,
    (
        Field("receipt_id", "text", "the receipt"),
        Field("line_no", "whole", "number of the line on the receipt"),
        Field("product_id", "text", "what was sold"),
        Field("quantity", "whole", "units, at least 1", least=1, signed=True),
        Field("unit_price", "money", "major units", signed=True),
        Field("discount", "money", "off the whole line, major units", signed=True),
        Field("line_total", "money", "quantity x unit_price - discount", signed=True),
    ),
    _line_rules,
    part=True,
)

PAYMENT_FILE = Source(
    "payments",
    PAYMENTS,
    (
        Field("receipt_id", "text", "the receipt"),
        Field("payment_no", "whole", "number of the payment on the receipt"),
        Field("method", "text", "cash, card, voucher or the till's own word"),
        Field("amount", "money", "major units", signed=True),
    ),
    _part_rules,
    part=True,
)

TILL_DAY_FILE = Source(
    "till_days",
    TILL_DAYS,
    (
        Field("till_id", "text", "names the till"),
        Field("local_date", "day", "the business day, such as 2026-03-01"),
        Field("total", "money", "sales less returns by the till's own count, major units", negative=True),
        Field("receipts", "whole", "its sales over more than nothing", optional=True),
    ),
)
