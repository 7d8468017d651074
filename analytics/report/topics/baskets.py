"""The section of the page about what is bought together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...baskets import one_way
from ...frames import ANSWERS, BASKET_LEVELS, BASKET_RULES
from ..how import How
from ..sections import Row, Section

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, BASKET_LEVELS, BASKET_RULES)
_ROWS, _CATEGORIES = 10, 3


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    mine = answers[answers["topic"] == "baskets"].set_index("question")
    if mine.empty:
        return {}
    if not mine["answered"].any():
        (why,) = mine.loc[["product_rules"]].to_dict("records")
        return {"baskets": say(f"baskets.why_{why['why']}", have=say.count(why["have"]), need=say.count(why["need"]))}
    return {"baskets": _together(data, say)}


def _together(data: ReportData, say: Language) -> Section:
    levels = {row["level"]: row for row in data.of(BASKET_LEVELS).to_dict("records")}
    rules = one_way(data.of(BASKET_RULES))
    rules = rules[rules["explained_by"].isna()]
    products = rules[rules["level"] == "product"].head(_ROWS).to_dict("records")
    names: dict[str, str] = dict(zip(data.products["product_id"], data.products["name"], strict=True))
    level = levels.get("product") or levels["category"]
    lines = []
    if products:
        lines.append(_read_out(products[0], names, say))
    categories = rules[rules["level"] == "category"].head(_CATEGORIES).to_dict("records")
    if categories:
        told = say("number.semicolon").join(
            say(
                "baskets.category",
                given=_given(row, {}, say),
                bought=row["bought"],
                times=say.number(row["lift"]),
                between=_between(row, say),
            )
            for row in categories
        )
        lines.append(say("baskets.categories", rules=told))
    if level["early_found"]:
        lines.append(say("baskets.held", n=level["early_found"], held=level["late_held"], faded=level["late_faded"]))
    if level["explained"]:
        lines.append(say("baskets.explained", n=level["explained"]))
    lines.append(say("baskets.note"))
    first, last = level["first_day"].date(), level["as_of"].date()
    lead = say(
        "baskets.lead",
        receipts=say.count(level["receipts"]),
        span=say.span(first, last),
        several=say.count(level["several"]),
        least=say.count(level["least"]),
    )
    heads = tuple(say(f"baskets.{name}") for name in ("given", "bought", "receipts", "share", "between", "times"))
    after = (level["as_of"] + pd.Timedelta(days=1)).date()
    way = How(say("baskets.title"), say("baskets.how"), f"footfall-analytics baskets --since {first} --until {after}")
    rows = tuple(_row(row, names, say) for row in products)
    return Section(say("baskets.title"), lead, heads if rows else (), rows, tuple(lines), way, texts=2)


def _row(row: Mapping[Hashable, Any], names: Mapping[str, str], say: Language) -> Row:
    bought = str(row["bought"])
    low, high = row["confidence_low"], row["confidence_high"]
    times = say("baskets.times_of", times=say.number(row["lift"]), between=_between(row, say))
    return Row(
        (
            _given(row, names, say),
            names.get(bought, bought),
            say.count(row["given_receipts"]),
            say.percent(row["confidence"], 0),
            say.percents(low, high),
            times,
        )
    )


def _read_out(row: Mapping[Hashable, Any], names: Mapping[str, str], say: Language) -> str:
    """The first row as a sentence."""
    bought = str(row["bought"])
    return say(
        "baskets.read",
        given=_given(row, names, say),
        bought=names.get(bought, bought),
        receipts=say.count(row["given_receipts"]),
        share=say.percent(row["confidence"], 0),
        times=say.number(row["lift"]),
    )


def _given(row: Mapping[Hashable, Any], names: Mapping[str, str], say: Language) -> str:
    items = [str(row[name]) for name in ("given", "given_2", "given_3") if not pd.isna(row[name])]
    return say.listed([names.get(item, item) for item in items])


def _between(row: Mapping[Hashable, Any], say: Language) -> str:
    low, high = (say.number(row[name]) for name in ("lift_low", "lift_high"))
    return f"{low}–{high}"
