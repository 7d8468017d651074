"""The sections of the page about distributions: the usual purchase, and how groups of members differ."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...frames import ANSWERS, DESCRIPTION_BINS, DESCRIPTION_WEEK, DESCRIPTIONS
from ...money import DECIMALS
from ..how import How
from ..sections import Chart, Row, Section
from .describe_charts import histogram, strips, week

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

READS: tuple[Contract, ...] = (ANSWERS, DESCRIPTIONS, DESCRIPTION_BINS, DESCRIPTION_WEEK)
# The hour has its own drawing.
_TABLE = (
    "frequency",
    "value",
    "gap_days",
    "basket_amount",
    "basket_units",
    "basket_products",
    "dwell_s",
    "dwell_day_s",
)
_MONEY = ("value", "basket_amount")
_GROUPED = ("segment", "age", "province")
_MOST_GROUPS = 10


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    answers = data.of(ANSWERS)
    told = answers[answers["topic"] == "describe"]
    mine = {str(row["question"]): row["why"] for row in told.to_dict("records")}
    if not mine:
        return {}
    return {"describe": _usual(data, mine, say), "describe_groups": _groups(data, mine, say)}


def _usual(data: ReportData, answers: Mapping[str, Any], say: Language) -> Section | str:
    found = data.of(DESCRIPTIONS)
    store = {str(row["measure"]): row for row in found[found["by"] == "store"].to_dict("records")}
    if not store:
        return say(f"describe.why_{answers['basket']}")
    rows = tuple(_row(store[name], data, say) for name in _TABLE if name in store)
    days = next(iter(store.values()))
    lines = []
    if "value" in store and not pd.isna(store["value"]["gini"]):
        lines.append(say("describe.gini", gini=say.number(store["value"]["gini"], 2)))
    if "dwell_day_s" in store:
        lines.append(say("describe.by_day"))
    lines.append(say("describe.note"))
    before = bool(found["before_n"].notna().any())
    lead = say("describe.lead" if before else "describe.lead_alone", **_days(days, say))
    heads = tuple(say(f"describe.{name}") for name in ("measure", "n", "mean", "sure", "median", "half", "change"))
    way = How(say("describe.title"), say("describe.how"), _command(days, ""))
    return Section(say("describe.title"), lead, heads, rows, tuple(lines), way, _charts(data, say))


def _charts(data: ReportData, say: Language) -> tuple[Chart, ...]:
    bins, hours = data.of(DESCRIPTION_BINS), data.of(DESCRIPTION_WEEK)
    amounts = bins[bins["measure"] == "basket_amount"]
    scale = 10 ** DECIMALS.get(data.currency, 2)
    found = []
    if len(amounts):
        title = say("describe.amounts", currency=data.currency)
        found.append(Chart(histogram(amounts, lambda low: say.count(low / scale), title, say), title))
    if len(hours):
        found.append(Chart(week(hours, say), say("describe.week")))
    return tuple(found)


def _row(row: Mapping[Hashable, Any], data: ReportData, say: Language) -> Row:
    name = str(row["measure"])
    half = _between((row["p25"], row["p75"]), name, data, say)
    sure = _between((row["mean_low"], row["mean_high"]), name, data, say)
    mean, median = (_amount(row[which], name, data, say) for which in ("mean", "p50"))
    return Row((say(f"describe.{name}"), say.count(row["n"]), mean, sure, median, half, _change(row, say)))


def _groups(data: ReportData, answers: Mapping[str, Any], say: Language) -> Section | str:
    """One way of grouping members: the first of which there are two groups to be compared."""
    found = data.of(DESCRIPTIONS)
    value = found[found["measure"] == "value"]
    ways = [by for by in _GROUPED if (value["by"] == by).sum() > 1]
    if not ways:
        why = answers["value"]
        return say("describe.why_few_groups" if pd.isna(why) else f"describe.why_{why}")
    by = ways[0]
    mine = value[value["by"] == by].sort_values(["p50", "group"], ascending=[False, True]).head(_MOST_GROUPS)
    often = found[(found["by"] == by) & (found["measure"] == "frequency")].set_index("group")
    basket = found[(found["by"] == by) & (found["measure"] == "basket_amount")].set_index("group")
    names = [_group(str(name), by, say) for name in mine["group"]]
    rows = []
    for row, name in zip(mine.to_dict("records"), names, strict=True):
        group = row["group"]
        bought = say.number(float(often.loc[group, "mean"])) if group in often.index else say.number(None)
        amount = float(basket.loc[group, "mean"]) if group in basket.index else None
        cells = (name, say.count(row["n"]), bought, say.money(row["mean"], data.currency, whole=True))
        sure = say.amounts((row["mean_low"], row["mean_high"]), data.currency, whole=True)
        rows.append(Row((*cells, sure, say.money(amount, data.currency), _change(row, say))))
    heads = tuple(
        say(f"describe_groups.{n}") for n in ("group", "members", "often", "spent", "sure", "amount", "change")
    )
    scale = 10 ** DECIMALS.get(data.currency, 2)
    axis = say("describe_groups.axis", currency=data.currency)
    lead = say(f"describe_groups.lead_{by}", **_days(value.iloc[0].to_dict(), say))
    way = How(say("describe_groups.title"), say("describe.how"), _command(value.iloc[0].to_dict(), by))
    charts = (Chart(strips(mine, scale, names, axis, say), say("describe_groups.chart")),)
    lines = (say("describe_groups.chance"), say("describe_groups.small"))
    return Section(say("describe_groups.title"), lead, heads, tuple(rows), lines, way, charts)


def _group(name: str, by: str, say: Language) -> str:
    """The product's own words for a group; ages and provinces are called as the shop calls them."""
    key = name.lower().replace(" ", "_").replace("'", "")
    if say.has(f"describe_group.{key}"):
        return say(f"describe_group.{key}")
    return say.word("segment", key) if by == "segment" and say.has(f"segment.{key}") else name


def _days(row: Mapping[Hashable, Any], say: Language) -> dict[str, str]:
    first, last = row["first_day"].date(), row["last_day"].date()
    days = (last - first).days + 1
    return {"span": say.span(first, last), "length": say.length(days)}


def _command(row: Mapping[Hashable, Any], by: str) -> str:
    until = row["last_day"].date() + timedelta(days=1)
    given = f" --by {by}" if by else ""
    return f"footfall-analytics describe --since {row['first_day'].date()} --until {until}{given}"


def _between(ends: tuple[Any, Any], name: str, data: ReportData, say: Language) -> str:
    if pd.isna(ends[0]):
        return say.number(None)
    if name in _MONEY:
        return say.amounts(ends, data.currency)
    return say("value.between", low=_amount(ends[0], name, data, say), high=_amount(ends[1], name, data, say))


def _change(row: Mapping[Hashable, Any], say: Language) -> str:
    if pd.isna(row["change"]):
        return say.number(None)
    if pd.isna(row["change_low"]):
        return say.signed_percent(row["change"], 0)
    ends = (say.signed_percent(row[name], 0) for name in ("change", "change_low", "change_high"))
    change, low, high = ends
    return say("describe.changed", change=change, low=low, high=high)


def _amount(value: float, name: str, data: ReportData, say: Language) -> str:
    if name in _MONEY:
        return say.money(value, data.currency)
    if name.startswith("dwell"):
        return say.duration(value)
    whole = float(value).is_integer()
    return say.count(value) if whole else say.number(value, 1 if name == "gap_days" else 2)
